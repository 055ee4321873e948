//! From typed settings to an opened list and its papers.

use std::num::NonZeroUsize;
use std::path::Path;

use rollcall::audience::{self, Audience, Papers, Routing, Settings};
use rollcall::contacts::{ColumnRef, List, ReadOptions, expand};
use rollcall::numbers::{self, Marks, Normalizer, NumberSet, Policy, RowRegion};
use rollcall::output::Output;
use rollcall::report::{DetectionReport, escaped};

use crate::args::{Accept, Extension, Letters, ListArgs, Multiple, PlusLess, PolicyArgs};
use crate::failure::Failure;
use crate::signals::Stop;
use crate::terminal::Terminal;

/// What a list was found to hold.
pub(crate) struct Gathered {
    pub(crate) audience: Audience,
    pub(crate) detected: Vec<DetectionReport>,
}

/// Opens the lists, says what was found out about them, and reads them to their end.
pub(crate) fn gather(
    args: &ListArgs,
    group_column: Option<&ColumnRef>,
    mut papers: Papers,
    stop: &Stop,
    terminal: &Terminal,
) -> Result<Gathered, Failure> {
    let normalizer = Normalizer::new(policy(&args.policy));
    let options = ReadOptions {
        phone_columns: args.phone_column.clone(),
        region_column: args.region_column.clone(),
        group_column: group_column.cloned(),
        action_column: None,
        no_header: args.no_header,
        delimiter: args.delimiter,
        encoding: args.encoding.clone(),
        sheet: args.sheet.clone(),
        ..ReadOptions::default()
    };
    let given = args.region.map_or(RowRegion::None, RowRegion::Known);
    let is_phone = |cell: &[u8], region: &[u8]| {
        let mut verdicts = Vec::new();
        normalizer.read(cell, RowRegion::of_cell(region, given), &mut verdicts);
        verdicts.iter().any(Result::is_ok)
    };
    let list = List::open(&expand(&args.inputs)?, &options, &is_phone)?;
    let detected = detections(&list);
    for found in &detected {
        terminal.note(&format!("{}: {} ({})", found.what, escaped(&found.value), escaped(&found.evidence)));
    }
    let settings = Settings {
        normalizer: &normalizer,
        region: args.region,
        suppressed: &NumberSet::new(),
        routing: if group_column.is_some() { Routing::Column } else { Routing::One },
        every_number: args.policy.multiple == Multiple::All,
        threads: threads(args.threads),
        stop: &stop.flag,
    };
    let audience = audience::read(list, &settings, &mut papers)?;
    papers.finish()?;
    Ok(Gathered { audience, detected })
}

fn detections(list: &List) -> Vec<DetectionReport> {
    list.detections()
        .iter()
        .map(|found| DetectionReport {
            what: found.what.to_owned(),
            value: found.value.clone(),
            evidence: found.evidence.clone(),
        })
        .collect()
}

/// Opens an output before any work is done for it.
pub(crate) fn paper(path: Option<&Path>) -> Result<Option<Output>, Failure> {
    Ok(path.map(Output::create).transpose()?)
}

fn threads(asked: Option<NonZeroUsize>) -> NonZeroUsize {
    // More than four workers wait for each other at the counting and the writing.
    let most = NonZeroUsize::MIN.saturating_add(3);
    asked.unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN).min(most))
}

fn policy(args: &PolicyArgs) -> Policy {
    let mut refused_repairs = Marks::NONE;
    for repair in &args.no_repair {
        refused_repairs.insert(*repair);
    }
    Policy {
        plus_less: match args.plus_less {
            PlusLess::Auto => numbers::PlusLess::Auto,
            PlusLess::National => numbers::PlusLess::National,
            PlusLess::International => numbers::PlusLess::International,
            PlusLess::Refuse => numbers::PlusLess::Refuse,
        },
        multiple: match args.multiple {
            Multiple::Refuse => numbers::Multiple::Refuse,
            Multiple::First => numbers::Multiple::First,
            Multiple::All => numbers::Multiple::All,
        },
        extension: match args.extension {
            Extension::Refuse => numbers::Extension::Refuse,
            Extension::Drop => numbers::Extension::Drop,
        },
        letters: match args.letters {
            Letters::Refuse => numbers::Letters::Refuse,
            Letters::Read => numbers::Letters::Read,
        },
        level: match args.accept {
            Accept::Valid => numbers::Level::Valid,
            Accept::Possible => numbers::Level::Possible,
        },
        types: args.types.clone(),
        refused_repairs,
        repair_plus: args.repair.iter().any(|name| name == "plus"),
    }
}
