//! Every row is accounted for: read = accepted + duplicate + suppressed + rejected, on paper too, whatever the bytes.

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use rollcall::audience::{self, Audience, Explain, Papers, Routing, Settings, Suppression, SuppressionSettings};
use rollcall::contacts::{ColumnRef, List, ReadOptions, expand};
use rollcall::numbers::{Multiple, Normalizer, Policy, RowRegion};
use rollcall::output::Output;

use crate::workdir::Workdir;

const US: &str = "US";

/// How a case is read.
#[derive(Debug, Clone, Copy)]
struct Way {
    threads: usize,
    block_bytes: usize,
    routed: bool,
    actions: bool,
    multiple: Multiple,
}

/// What came of it: the audience, and the three papers.
struct Read {
    audience: Audience,
    papers: [String; 3],
}

fn read(dir: &Workdir, way: Way) -> Option<Read> {
    let region = rollcall::numbers::Region::read(US.as_bytes());
    let policy = Policy { multiple: way.multiple, ..Policy::default() };
    let normalizer = Normalizer::new(policy.clone());
    let given = region.map_or(RowRegion::None, RowRegion::Known);
    let judge = |cell: &[u8], _: &[u8]| {
        let mut verdicts = Vec::new();
        normalizer.read(cell, given, |verdict| verdicts.push(verdict));
        verdicts.iter().any(Result::is_ok)
    };
    let options = ReadOptions {
        phone_columns: vec![ColumnRef::Number(1)],
        action_column: way.actions.then_some(ColumnRef::Number(2)),
        group_column: way.routed.then_some(ColumnRef::Number(3)),
        delimiter: Some(b','),
        ..ReadOptions::default()
    };
    let stop = AtomicBool::new(false);
    let threads = NonZeroUsize::new(way.threads).unwrap();
    let how = SuppressionSettings { options: &options, policy: &policy, region, threads, stop: &stop };
    let suppressed = Suppression::read(&expand([dir.path("stop.csv")]).unwrap(), &how).unwrap();
    // A list without a first column is refused, which is another promise.
    let inputs = expand([dir.path("a.csv"), dir.path("b.csv")]).unwrap();
    let list = List::open_in_blocks(&inputs, &options, &judge, way.block_bytes).ok()?;
    let names = ["verdicts", "clean", "rejects"].map(|name| format!("{name}.csv"));
    let [verdicts, clean, rejects] = names.each_ref().map(|name| Some(Output::create(&dir.path(name)).unwrap()));
    let mut papers = Papers { verdicts, clean, rejects };
    let settings = Settings {
        normalizer: &normalizer,
        region,
        suppressed: &suppressed,
        routing: if way.routed { Routing::Column } else { Routing::One },
        actions: way.actions,
        every_number: way.multiple == Multiple::All,
        possible: true,
        explain: Explain::Nothing,
        refused: &std::collections::BTreeMap::new(),
        threads,
        stop: &stop,
    };
    let audience = match audience::read(list, &settings, &mut papers) {
        Ok(audience) => audience,
        Err(audience::AudienceError::GroupName) => return None,
        Err(error) => panic!("{error}"),
    };
    papers.finish().unwrap();
    Some(Read { audience, papers: names.map(|name| dir.read(&name)) })
}

/// The records of a paper, without its header.
fn records(paper: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(paper.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Cells and lines as people have them, and what is left of them when something went wrong.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let number = (0_u8..30).prop_map(|last| format!("(212) 555-01{last:02}"));
    let cell = prop_oneof![
        6 => number,
        1 => Just("+12125550101".to_owned()),
        1 => Just("4479111".to_owned()),
        1 => Just(String::new()),
        1 => Just("212 555 0102; 212 555 0103".to_owned()),
        1 => Just("\"a\nb\"".to_owned()),
        1 => Just("\"".to_owned()),
    ];
    let action = prop::sample::select(vec!["add", "remove", "perhaps", ""]);
    let group = prop::sample::select(vec!["north", "south;north", "", "\""]);
    let end = prop::sample::select(vec!["\n", "\r\n", "\r", "\n\n"]);
    let row = (cell, action, group, end).prop_map(|(cell, action, group, end)| format!("{cell},{action},{group}{end}"));
    let rows =
        prop::collection::vec(row, 0..30).prop_map(|rows| format!("phone,what,list\n{}", rows.concat()).into_bytes());
    let junk = prop::collection::vec(
        prop_oneof![3 => prop::sample::select(b"\",\n\r+0123456789 ;a".to_vec()), 1 => any::<u8>()],
        0..300,
    );
    let mixed = (rows.clone(), rows.clone()).prop_map(|(one, other)| {
        let accents = "ééééééééééé,add,north\n".as_bytes();
        [&one, accents, b"\xe9 212 555 0120,add,north\n", &other].concat()
    });
    let damaged = (rows.clone(), junk.clone()).prop_map(|(rows, junk)| [rows, junk].concat());
    prop_oneof![3 => rows, 1 => junk, 1 => mixed, 1 => damaged]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_row_is_lost_and_none_is_counted_twice(
        first in text(),
        second in text(),
        routed in any::<bool>(),
        actions in any::<bool>(),
        multiple in prop::sample::select(vec![Multiple::Refuse, Multiple::First, Multiple::All]),
    ) {
        let dir = Workdir::new();
        dir.file("a.csv", first);
        dir.file("b.csv", second);
        dir.file("stop.csv", "phone\n+12125550105\n+12125550106\n");
        let way = Way { threads: 1, block_bytes: 1 << 18, routed, actions, multiple };
        let Some(alone) = read(&dir, way) else { return Ok(()) };
        let rows = alone.audience.tally.rows;
        prop_assert_eq!(rows.read, rows.accepted + rows.duplicate + rows.suppressed + rows.rejected);
        let [verdicts, clean, rejects] = alone.papers.each_ref().map(|paper| records(paper));
        let outcome = |name: &str| u64::try_from(verdicts.iter().filter(|cells| cells[2] == name).count()).unwrap();
        if multiple == Multiple::All {
            prop_assert!(u64::try_from(verdicts.len()).unwrap() >= rows.read);
        } else {
            let told = ["accepted", "duplicate", "suppressed", "rejected"].map(outcome);
            prop_assert_eq!(told, [rows.accepted, rows.duplicate, rows.suppressed, rows.rejected]);
            prop_assert_eq!(u64::try_from(clean.len()).unwrap(), rows.accepted);
        }
        prop_assert_eq!(u64::try_from(rejects.len()).unwrap(), rows.rejected);
        // Lines ascend within a file, so that no row is there twice.
        for pair in verdicts.windows(2) {
            let line = |cells: &Vec<String>| cells[0].parse::<u64>().unwrap();
            let same_file = pair[0][8] == pair[1][8];
            prop_assert!(!same_file || line(&pair[0]) < line(&pair[1]) || multiple == Multiple::All);
        }
        // Every accepted number is in a group, and nothing else is.
        let mut members = Vec::new();
        for group in alone.audience.groups {
            let numbers = group.into_numbers();
            members.extend(numbers.listed.iter().chain(numbers.unlisted.iter()).map(|number| number.to_string()));
        }
        let mut told: Vec<String> = clean.iter().map(|cells| cells[cells.len() - 3].clone()).collect();
        for numbers in [&mut members, &mut told] {
            numbers.sort();
            numbers.dedup();
        }
        prop_assert_eq!(told, members);
        for (threads, block_bytes) in [(1, 64), (2, 64), (3, 300)] {
            let again = read(&dir, Way { threads, block_bytes, ..way }).unwrap();
            prop_assert_eq!(&again.papers, &alone.papers);
            prop_assert_eq!(again.audience.tally.rows, rows);
            prop_assert_eq!(again.audience.possible, alone.audience.possible.clone());
        }
    }
}
