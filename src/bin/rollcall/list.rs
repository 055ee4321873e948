//! From typed settings to an opened list and its papers.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use rollcall::audience::{
    self, Audience, AudienceError, AudienceMember, Explain, Papers, ReadFile, Routing, Settings, Suppression,
    SuppressionSettings, Tally,
};
use rollcall::contacts::{ContactsError, Detection, Fingerprint, Input, List, ReadOptions, expand};
use rollcall::ledger::{self, InputRole};
use rollcall::numbers::{self, Marks, Msisdn, Normalizer, NumberSet, NumberType, Policy, Region, RowRegion};
use rollcall::output::{Output, OutputError};
use rollcall::plan::Mode;
use rollcall::report::{self, DetectionReport, Report, escaped};

use crate::args::{Accept, Extension, Letters, ListArgs, Multiple, PlusLess, PolicyArgs, SuppressArgs};
use crate::connect::unless_stopped;
use crate::failure::Failure;
use crate::signals::Stop;
use crate::terminal::Terminal;

/// What a list was found to hold.
pub(crate) struct Gathered {
    pub(crate) audience: Audience,
    /// Whom nobody may write to. Under a mode that only removes, their rows count like any other.
    pub(crate) suppression: Suppression,
    pub(crate) detected: Vec<DetectionReport>,
    pub(crate) warnings: Vec<String>,
    /// What the list's files are called.
    pub(crate) names: Vec<String>,
}

impl Gathered {
    /// What no list at all holds: one group, and nobody in it.
    pub(crate) fn nobody() -> Self {
        let audience = Audience {
            groups: vec![AudienceMember::default()],
            possible: NumberSet::new(),
            tally: Tally::default(),
            explained: Vec::new(),
            found_late: Vec::new(),
            files: Vec::new(),
        };
        Self {
            audience,
            suppression: Suppression::default(),
            detected: Vec::new(),
            warnings: Vec::new(),
            names: Vec::new(),
        }
    }

    /// What was read, as the ledger remembers it. What came by standard input and was not kept has no place in it.
    pub(crate) fn inputs(&self) -> Vec<ledger::Input> {
        let lists = self.audience.files.iter().filter_map(|file| input(InputRole::List, file));
        lists.chain(suppression_inputs(&self.suppression)).collect()
    }

    /// Puts into the report what is known before anything is planned.
    pub(crate) fn describe(&self, report: &mut Report) {
        report.set_tally(&self.audience.tally);
        report.set_suppression(&self.suppression);
        report.detected.clone_from(&self.detected);
        report.warnings.clone_from(&self.warnings);
    }
}

/// What suppression lists were, as the ledger remembers it.
pub(crate) fn suppression_inputs(suppression: &Suppression) -> impl Iterator<Item = ledger::Input> {
    suppression.files.iter().filter_map(|file| input(InputRole::Suppression, file))
}

fn input(role: InputRole, file: &ReadFile) -> Option<ledger::Input> {
    let path = file.path.as_ref()?;
    let Fingerprint { size, modified, sha256 } = file.fingerprint.clone()?;
    let modified = modified.and_then(|at| Timestamp::try_from(at).ok());
    Some(ledger::Input { role, path: anywhere(path), size, modified, sha256, rows: file.rows })
}

/// The inputs that are meant. With a file to keep it in, standard input is copied there first, so that it can be read
/// again.
pub(crate) fn inputs(args: &ListArgs, keep: Option<&Path>, stop: &Stop) -> Result<Vec<Input>, Failure> {
    let mut inputs = expand(&args.inputs)?;
    if let Some(keep) = keep
        && let Some(stdin) = inputs.iter_mut().find(|input| **input == Input::Stdin)
    {
        spool(keep, stop)?;
        *stdin = Input::Known { path: keep.to_owned(), name: Input::Stdin.name() };
    }
    Ok(inputs)
}

/// The path as it leads to the same file from every folder.
pub(crate) fn anywhere(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn spool(path: &Path, stop: &Stop) -> Result<(), Failure> {
    let mut kept = Output::create(path)?;
    let (mut stdin, mut block) = (std::io::stdin().lock(), vec![0; 256 << 10]);
    loop {
        let length = match stdin.read(&mut block) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(ContactsError::Unreadable { file: "-".to_owned(), source }.into()),
        };
        let full = |source| OutputError { path: path.to_owned(), source };
        kept.write_all(block.get(..length).unwrap_or_default()).map_err(full)?;
        if stop.flag.load(Ordering::Relaxed) {
            return Err(unless_stopped(AudienceError::Interrupted.into(), stop.exit()));
        }
    }
    Ok(kept.finish()?)
}

/// Which lists to read, and for what.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) args: &'a ListArgs,
    pub(crate) inputs: &'a [Input],
    /// How the groups will be changed, if they will.
    pub(crate) mode: Option<Mode>,
    /// Which rows' way to their verdict is to be told.
    pub(crate) explain: Explain,
    /// Numbers that the provider has refused.
    pub(crate) refused: &'a BTreeMap<Msisdn, String>,
}

/// Opens the lists, says what was found out about them, and reads them to their end.
pub(crate) fn gather(
    reading: Reading<'_>,
    mut papers: Papers,
    stop: &Stop,
    terminal: &Terminal,
) -> Result<Gathered, Failure> {
    let Reading { args, inputs, mode, explain, refused } = reading;
    let policy = policy(&args.policy);
    // What changes groups is remembered with what it was made from.
    let options = ReadOptions { fingerprints: mode.is_some(), ..read_options(args) };
    let threads = threads(args.threads);
    let suppression = suppression(args, &options, &policy, threads, stop)?;
    let normalizer = Normalizer::new(policy);
    let list = open(inputs, &options, args, &normalizer)?;
    let mut detected: Vec<_> =
        suppression.detections.iter().map(|(file, found)| detection(file, found)).chain(detections(&list)).collect();
    for found in &detected {
        say(found, terminal);
    }
    warn_of_rejects(&suppression, terminal);
    // Whoever is not to be written to may well be removed.
    let nobody = Suppression::default();
    let settings = Settings {
        normalizer: &normalizer,
        region: args.region,
        suppressed: if mode == Some(Mode::Remove) { &nobody } else { &suppression },
        routing: if args.group_column.is_some() { Routing::Column } else { Routing::One },
        actions: args.action_column.is_some(),
        every_number: args.policy.multiple == Multiple::All,
        possible: mode.is_some_and(Mode::is_whole),
        explain,
        refused,
        threads,
        stop: &stop.flag,
    };
    let audience = audience::read(list, &settings, &mut papers);
    let audience = audience.map_err(|error| unless_stopped(error.into(), stop.exit()))?;
    papers.finish()?;
    for (file, found) in &audience.found_late {
        detected.push(detection(file, found));
        detected.last().into_iter().for_each(|found| say(found, terminal));
    }
    let mut warnings = type_filter(&args.policy.types);
    if mode != Some(Mode::Remove) {
        warnings.extend(report::warnings(&audience.tally));
    }
    for warning in &warnings {
        terminal.warn(warning);
    }
    Ok(Gathered { audience, suppression, detected, warnings, names: inputs.iter().map(Input::name).collect() })
}

/// Opens a list whose rows are wanted for something else than a change, and says what was found out about it.
pub(crate) fn open_beside(
    args: &ListArgs,
    normalizer: &Normalizer,
    stop: &Stop,
    terminal: &Terminal,
) -> Result<List, Failure> {
    let list = open(&inputs(args, None, stop)?, &read_options(args), args, normalizer)?;
    detections(&list).for_each(|found| say(&found, terminal));
    Ok(list)
}

/// Opens a list; its phone columns are those whose cells are numbers.
fn open(
    inputs: &[Input],
    options: &ReadOptions,
    args: &ListArgs,
    normalizer: &Normalizer,
) -> Result<List, ContactsError> {
    let given = args.region.map_or(RowRegion::None, RowRegion::Known);
    let is_phone = |cell: &[u8], region: &[u8]| {
        let mut verdicts = Vec::new();
        normalizer.read(cell, RowRegion::of_cell(region, given), |verdict| verdicts.push(verdict));
        verdicts.iter().any(Result::is_ok)
    };
    List::open(inputs, options, &is_phone)
}

fn read_options(args: &ListArgs) -> ReadOptions {
    ReadOptions {
        phone_columns: args.phone_column.clone(),
        region_column: args.region_column.clone(),
        group_column: args.group_column.clone(),
        action_column: args.action_column.clone(),
        no_header: args.no_header,
        header_line: args.header_line,
        backslash: args.backslash,
        delimiter: args.delimiter,
        encoding: args.encoding.clone(),
        sheet: args.sheet.clone(),
        ..ReadOptions::default()
    }
}

/// Reads the suppression lists, before anything else: without them nothing may be sent.
fn suppression(
    args: &ListArgs,
    options: &ReadOptions,
    policy: &Policy,
    threads: NonZeroUsize,
    stop: &Stop,
) -> Result<Suppression, Failure> {
    if args.suppress.is_empty() {
        return Ok(Suppression::default());
    }
    let is_stdin = |name: &String| name == "-";
    if args.suppress.iter().any(is_stdin) && args.inputs.iter().any(is_stdin) {
        return Err(Failure::usage("stdin is named twice", "name `-` as a list or with --suppress, not both"));
    }
    let settings = SuppressionSettings { options, policy, region: args.region, threads, stop: &stop.flag };
    let suppression = Suppression::read(&expand(&args.suppress)?, &settings);
    suppression.map_err(|error| unless_stopped(error.into(), stop.exit()))
}

fn warn_of_rejects(suppression: &Suppression, terminal: &Terminal) {
    for (file, line) in &suppression.reject_places {
        terminal.warn(&format!("line {line} of the suppression list {} means no number for sure", escaped(file)));
    }
}

/// Reads suppression lists that stand alone, as no list is read beside them, and says what was found out about them.
pub(crate) fn suppression_alone(
    args: &SuppressArgs,
    region: Option<Region>,
    stop: &Stop,
    terminal: &Terminal,
    report: &mut Report,
) -> Result<Suppression, Failure> {
    if args.suppress.is_empty() {
        return Ok(Suppression::default());
    }
    let options = ReadOptions { fingerprints: true, ..ReadOptions::default() };
    let (policy, threads) = (Policy::default(), threads(None));
    let settings = SuppressionSettings { options: &options, policy: &policy, region, threads, stop: &stop.flag };
    let suppression = Suppression::read(&expand(&args.suppress)?, &settings);
    let suppression = suppression.map_err(|error| unless_stopped(error.into(), stop.exit()))?;
    for (file, found) in &suppression.detections {
        report.detected.push(detection(file, found));
        report.detected.last().into_iter().for_each(|found| say(found, terminal));
    }
    warn_of_rejects(&suppression, terminal);
    report.set_suppression(&suppression);
    Ok(suppression)
}

/// What to say of a filter that leaves out whole countries.
fn type_filter(types: &[NumberType]) -> Vec<String> {
    if !types.contains(&NumberType::Mobile) || types.contains(&NumberType::FixedLineOrMobile) {
        return Vec::new();
    }
    vec![
        "--types mobile leaves out all US and Canadian numbers, which are fixed_line_or_mobile: mobile numbers of \
         all countries are --types mobile,fixed_line_or_mobile"
            .to_owned(),
    ]
}

/// What has been found out about a list.
fn detections(list: &List) -> impl Iterator<Item = DetectionReport> {
    let name = |file: usize| list.files().get(file).map(String::as_str).unwrap_or_default();
    list.detections().iter().map(move |found| detection(name(found.file), found))
}

fn detection(file: &str, found: &Detection) -> DetectionReport {
    DetectionReport {
        file: file.to_owned(),
        what: found.what.to_owned(),
        value: found.value.clone(),
        evidence: found.evidence.clone(),
    }
}

/// Tells what was found out, and how.
fn say(found: &DetectionReport, terminal: &Terminal) {
    let (file, value, evidence) = (escaped(&found.file), escaped(&found.value), escaped(&found.evidence));
    terminal.note(&format!("{file}: {}: {value} ({evidence})", found.what));
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

pub(crate) fn policy(args: &PolicyArgs) -> Policy {
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
