#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use super::*;
use crate::groups::GroupId;
use crate::numbers::Msisdn;
use crate::plan::{Choices, GroupRef, Memory, Mode, Wish};
use proptest::prelude::*;

fn numbers() -> impl Strategy<Value = NumberSet> {
    proptest::collection::vec(prop_oneof![1..60u64, 12_125_550_100..12_125_550_160u64], 0..40)
        .prop_map(|values| values.into_iter().filter_map(Msisdn::from_value).collect())
}

fn sections() -> impl Strategy<Value = PlanFile> {
    let section = (numbers(), numbers(), numbers(), 0..4usize, any::<bool>(), "\\PC{1,20}");
    let section = section.prop_map(|(listed, live, ours, mode, is_new, name)| {
        let (group, live) = if is_new {
            (GroupRef::New { name: name.clone() }, NumberSet::new())
        } else {
            (GroupRef::Existing { id: GroupId::new("A1"), name: Some(name.clone()) }, live)
        };
        let wish = Wish { listed, ..Wish::default() };
        let memory = Memory { baseline: true, ours, leavers: NumberSet::new() };
        let plan =
            Plan::draft("sandbox/demo".into(), group, Mode::ALL[mode], &wish, &live, &memory, Choices::default());
        Section {
            plan,
            audience: name,
            spread: is_new.then(|| "{name}-{number}".to_owned()),
            live,
            listed: wish.listed,
            rows: Some(7),
            readd_left: is_new,
            verdicts: Vec::new(),
            sending: Sending::default(),
            cost: Cost { requests: 3, seconds: 0.3 },
            made: Some(Timestamp::UNIX_EPOCH),
        }
    });
    proptest::collection::vec(section, 1..4).prop_map(|sections| PlanFile { sections })
}

fn written(file: &PlanFile) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.write(&mut bytes).unwrap();
    bytes
}

proptest! {
    #[test]
    fn a_plan_comes_back_as_it_was(file in sections()) {
        let read = PlanFile::read(written(&file).as_slice()).unwrap();
        prop_assert_eq!(read.digest(), file.digest());
        for (read, written) in read.sections.iter().zip(&file.sections) {
            prop_assert_eq!(&read.plan.group, &written.plan.group);
            prop_assert_eq!((&read.plan.add, &read.plan.remove), (&written.plan.add, &written.plan.remove));
            prop_assert_eq!((&read.plan.new_leavers, &read.plan.returned), (&written.plan.new_leavers, &written.plan.returned));
            prop_assert_eq!((&read.live, read.plan.before), (&written.live, written.plan.before));
            prop_assert_eq!(&read.listed, &written.listed.union(&written.plan.add));
            prop_assert_eq!((&read.audience, read.rows, read.readd_left), (&written.audience, written.rows, written.readd_left));
            prop_assert_eq!((read.cost, read.sending, read.made), (written.cost, written.sending, written.made));
        }
        prop_assert_eq!(written(&read), written(&file));
    }

    #[test]
    fn every_edited_byte_shows(file in sections(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = written(&file);
        // The end of the last line may be missing: some programs leave it out.
        let at = at.index(bytes.len() - 1);
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        prop_assert!(PlanFile::read(bytes.as_slice()).is_err());
    }

    #[test]
    fn a_line_that_is_missing_or_twice_there_shows(file in sections(), at in any::<prop::sample::Index>()) {
        let text = String::from_utf8(written(&file)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let at = at.index(lines.len());
        let (mut without, mut twice) = (lines.clone(), lines.clone());
        without.remove(at);
        twice.insert(at, lines[at]);
        for lines in [without, twice] {
            prop_assert!(PlanFile::read(lines.join("\n").as_bytes()).is_err());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(PlanFile::read(bytes.as_slice()).is_err());
    }
}

fn section() -> Section {
    let set = |values: std::ops::Range<u64>| -> NumberSet { values.filter_map(Msisdn::from_value).collect() };
    let group = GroupRef::Existing { id: GroupId::new("A1"), name: Some("News".into()) };
    let (wish, live) = (Wish { listed: set(4..7), ..Wish::default() }, set(1..5));
    let plan =
        Plan::draft("sandbox/demo".into(), group, Mode::Sync, &wish, &live, &Memory::default(), Choices::default());
    Section {
        plan,
        audience: "News".into(),
        spread: None,
        live,
        listed: wish.listed,
        rows: None,
        readd_left: false,
        verdicts: Vec::new(),
        sending: Sending::default(),
        cost: Cost::default(),
        made: None,
    }
}

#[test]
fn parts_of_different_plans_are_no_plan() {
    let two = |name: &str| {
        let mut other = section();
        other.plan.group = GroupRef::New { name: name.into() };
        (other.plan.remove, other.live) = (NumberSet::new(), NumberSet::new());
        PlanFile { sections: vec![section(), other] }
    };
    let (one, other) = (written(&two("x")), written(&two("y")));
    let (one, other) = (String::from_utf8(one).unwrap(), String::from_utf8(other).unwrap());
    let head = |text: &str| text.split_inclusive('\n').take(6).collect::<String>();
    let mixed = head(&one) + &other[head(&other).len()..];
    assert!(PlanFile::read(one.as_bytes()).is_ok());
    assert!(matches!(PlanFile::read(mixed.as_bytes()), Err(PlanFileError::Edited { line: 7, .. })));
    assert!(matches!(PlanFile::read(head(&one).as_bytes()), Err(PlanFileError::Cut { line: 6 })));
}

#[test]
fn what_is_wrong_with_a_line_is_said_of_that_line() {
    let text = String::from_utf8(written(&PlanFile { sections: vec![section()] })).unwrap();
    let tail: Vec<&str> = text.lines().skip(1).collect();
    let [adds, removes] = [r#"{"add":"+"#, r#"{"remove":"+"#];
    assert_eq!(
        tail,
        [5, 6]
            .map(|n| format!("{adds}{n}\"}}"))
            .into_iter()
            .chain([1, 2, 3].map(|n| format!("{removes}{n}\"}}")))
            .collect::<Vec<_>>()
    );
    let line = |from: &str, to: &str| match PlanFile::read(text.replace(from, to).as_bytes()) {
        Err(PlanFileError::Line { line, .. }) => line,
        other => panic!("{other:?}"),
    };
    assert_eq!(line("{\"add\":\"+6\"}", "{\"add\":\"+4\"}"), 3, "out of order");
    assert_eq!(line("{\"add\":\"+5\"}", "{\"add\":\"+2\"}"), 2, "a member");
    assert_eq!(line("{\"remove\":\"+3\"}", "{\"remove\":\"+9\"}"), 6, "no member");
    assert_eq!(line("{\"remove\":\"+2\"}", "{\"add\":\"+2\"}"), 5);
    assert_eq!(line("{\"remove\":\"+2\"}", "{\"remove\":\"+02\"}"), 5);
}

#[test]
fn a_file_of_format_0_is_read() {
    let text = include_str!("format-0.ndjson");
    let read = PlanFile::read(text.as_bytes()).unwrap();
    let section = &read.sections[0];
    assert_eq!(section.plan.group.label(), "News");
    assert_eq!((section.plan.add.len(), section.plan.remove.len(), section.live.len()), (2, 1, 2));
    assert_eq!(section.listed, section.plan.add, "nothing else is known");
    assert_eq!((section.sending.chunk_size.get(), section.sending.group_limit), (10_000, 10_000));
    let edited = text.replace("+12125550103", "+12125550104");
    assert!(PlanFile::read(edited.as_bytes()).is_err(), "the digest shows it");
}

#[test]
fn a_file_of_format_1_is_read_by_all_that_come_after() {
    let text = include_str!("format-1.ndjson");
    let read = PlanFile::read(text.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(written(&read)).unwrap(), text);
}

#[test]
fn a_later_format_is_refused_by_its_number() {
    let text = String::from_utf8(written(&PlanFile { sections: vec![section()] })).unwrap();
    let later = text.replace("{\"format\":1,", "{\"format\":3,");
    assert!(matches!(PlanFile::read(later.as_bytes()), Err(PlanFileError::Newer { found: 3, known: 2 })));
    let without = text.replace("{\"format\":1,", "{\"format\":0,");
    assert!(PlanFile::read(without.as_bytes()).is_err(), "a seal that is there has to hold");
}

#[test]
fn ten_thousand_numbers_take_about_300_kilobytes() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut some = |count: usize| -> NumberSet {
        (0..count).filter_map(|_| Msisdn::from_value(random.u64(4_915_000_000_000..4_918_000_000_000))).collect()
    };
    let (wish, live) = (Wish { listed: some(10_000), ..Wish::default() }, some(1_000));
    let group = GroupRef::New { name: "News".into() };
    let plan = Plan::draft("a".into(), group, Mode::Add, &wish, &live, &Memory::default(), Choices::default());
    let file = PlanFile { sections: vec![Section { plan, live, listed: wish.listed, ..section() }] };
    let size = written(&file).len();
    assert!((200_000..300_000).contains(&size), "{size}");
}
