//! From a job to the command that it stands for: its keys are the command's own flags, so that whatever can be typed
//! can be written down, and is judged in the same way.

use std::any::TypeId;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::ValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, CommandFactory, Parser};
use rollcall::jobs::{Config, Flag, Given, Job, JobsError, LogForm, Task};
use rollcall::meant;
use serde_json::{Value, json};

use crate::args::{Cli, Color, Common, LogFormat};
use crate::failure::{Exit, Failure};

/// Texts that are paths, or patterns of paths, to whoever reads them.
const PATTERNS: [&str; 3] = ["inputs", "suppress", "join"];

/// What was typed when the job was called, and what was found out since.
#[derive(Clone, Copy)]
pub(crate) struct Called<'a> {
    pub(crate) common: &'a Common,
    pub(crate) dry_run: bool,
    /// The lists to read; none before they were looked for.
    pub(crate) lists: Option<&'a [String]>,
}

/// What a job stands for.
pub(crate) struct Told {
    pub(crate) cli: Cli,
    /// What the command was told, without its lists and without what every command may be told.
    pub(crate) words: Vec<OsString>,
}

impl<'a> Called<'a> {
    /// Called to see whether it can be.
    pub(crate) fn to_look(common: &'a Common) -> Self {
        Self { common, dry_run: false, lists: None }
    }
}

/// The command line that a job stands for. What was typed counts more than what is written down.
pub(crate) fn command_line(config: &Config, name: &str, job: &Job, called: &Called<'_>) -> Result<Told, Failure> {
    let (task, flags) = job.task().ok_or_else(|| Failure::internal(anyhow::anyhow!("a job without a command")))?;
    let known = known(task);
    let (mut told, mut operands) = (Vec::new(), Vec::new());
    let rehearsal = called.dry_run.then(|| rehearsal(task));
    for flag in flags.iter().filter(|flag| rehearsal.is_none_or(|(keys, _)| !keys.contains(&&*flag.key))) {
        let arg = known.iter().find(|arg| key(arg) == flag.key).ok_or_else(|| unknown(config, task, flag, &known))?;
        let words = words(arg, flag, config).map_err(|problem| config.invalid(flag.at, problem, None))?;
        if arg.is_positional() { operands.extend(words) } else { told.extend(words) }
    }
    if let Some(lists) = called.lists {
        operands = lists.iter().map(OsString::from).collect();
    }
    let mut line: Vec<OsString> = vec!["rollcall".into(), task.as_str().into()];
    line.extend(everywhere(config, job, called.common));
    line.extend(told.iter().cloned());
    line.extend(rehearsal.map(|(_, word)| word.into()));
    line.push("--".into());
    line.extend(operands);
    let cli = Cli::try_parse_from(line).map_err(|error| refused(config, name, task, &flags, &error))?;
    Ok(Told { cli, words: told })
}

/// The flags and operands of a command, without those that every command has.
fn known(task: Task) -> Vec<Arg> {
    let cli = Cli::command();
    let command = cli.find_subcommand(task.as_str());
    command.map(|command| command.get_arguments().cloned().collect()).unwrap_or_default()
}

/// The name that a flag or operand has in the file.
fn key(arg: &Arg) -> String {
    arg.get_long().unwrap_or(arg.get_id().as_str()).replace('-', "_")
}

/// What changes nothing, and the keys that it takes the place of: an export writes nowhere.
fn rehearsal(task: Task) -> (&'static [&'static str], &'static str) {
    match task {
        Task::Import => (&["dry_run"], "--dry-run"),
        Task::Export => (&["output", "unmatched_rows", "unmatched_members"], "--output=/dev/null"),
    }
}

/// The flags that every command has: those that were typed, then those of the job.
fn everywhere(config: &Config, job: &Job, common: &Common) -> Vec<OsString> {
    let mut line: Vec<OsString> = Vec::new();
    let mut add = |flag: &str, value: Option<OsString>| {
        if let Some(value) = value {
            line.push(format!("--{flag}").into());
            line.push(value);
        }
    };
    add("config", Some(config.path().into()));
    add("profile", common.profile.clone().or_else(|| job.profile.clone()).map(Into::into));
    let state = if common.state_dir.is_some() { common.named_state_dir() } else { job.state_dir.clone() };
    add("state-dir", state.map(Into::into));
    let (file, form) = match &common.log_file {
        Some(path) => {
            let form = match common.log_format {
                LogFormat::Text => LogForm::Text,
                LogFormat::Json => LogForm::Json,
            };
            (Some(path.clone()), Some(form.as_str()))
        }
        None => (job.log_file.clone(), job.log_format.map(LogForm::as_str)),
    };
    add("log-file", file.map(Into::into));
    add("log-format", form.map(Into::into));
    add("keep", Some(common.keep.to_string().into()));
    add(
        "color",
        Some(match common.color {
            Color::Auto => "auto".into(),
            Color::Always => "always".into(),
            Color::Never => "never".into(),
        }),
    );
    line.extend((0..common.verbose).map(|_| "-v".into()));
    line.extend(common.json.then(|| "--json".into()));
    line.extend(common.quiet.then(|| "--quiet".into()));
    line
}

/// The words that a key stands for.
fn words(arg: &Arg, flag: &Flag, config: &Config) -> Result<Vec<OsString>, String> {
    let key = &flag.key;
    let long = arg.get_long().map(|long| format!("--{long}"));
    let switch = matches!(arg.get_action(), ArgAction::SetTrue);
    let or_switch = switch || arg.get_num_args().is_some_and(|range| range.min_values() == 0);
    let values = match &flag.given {
        Given::Switch(on) if or_switch => {
            return Ok(on.then_some(long).flatten().map(Into::into).into_iter().collect());
        }
        Given::Switch(_) => return Err(format!("`{key}` takes {}, not true or false", expected(arg))),
        Given::One(_) | Given::Many(_) if switch => return Err(format!("`{key}` is true or false")),
        Given::Unfit(what) => return Err(format!("`{key}` takes {}, not {what}", expected(arg))),
        Given::Many(_) if !matches!(arg.get_action(), ArgAction::Append) => {
            return Err(format!("`{key}` takes {}, not a list", expected(arg)));
        }
        Given::One(value) => std::slice::from_ref(value),
        Given::Many(values) => values.as_slice(),
    };
    let anchored = values.iter().map(|value| anchored(arg, value, config.folder()));
    // In one word, so that a value may begin with a dash.
    Ok(anchored
        .map(|value| match &long {
            Some(long) => {
                let mut word = OsString::from(format!("{long}="));
                word.push(value);
                word
            }
            None => value,
        })
        .collect())
}

fn expected(arg: &Arg) -> String {
    let names: Vec<&str> = arg.get_value_names().unwrap_or_default().iter().map(clap::builder::Str::as_str).collect();
    names.first().copied().unwrap_or("a value").to_owned()
}

/// A value as it is for someone who stands in the file's folder.
fn anchored(arg: &Arg, value: &str, folder: &Path) -> OsString {
    let pattern = PATTERNS.contains(&key(arg).as_str());
    if value == "-" || !(pattern || is_path(arg)) || Path::new(value).is_absolute() {
        return value.into();
    }
    if pattern && value.contains(['*', '?', '[']) {
        return format!("{}/{value}", glob::Pattern::escape(&folder.to_string_lossy())).into();
    }
    folder.join(value).into()
}

fn is_path(arg: &Arg) -> bool {
    arg.get_value_parser().type_id() == ValueParser::path_buf().type_id()
}

fn unknown(config: &Config, task: Task, flag: &Flag, known: &[Arg]) -> JobsError {
    let keys: Vec<String> = known.iter().map(key).collect();
    let dashed = flag.key.replace('-', "_");
    let of_every_command = ["profile", "state_dir", "log_file", "log_format"].contains(&dashed.as_str());
    let hint = if of_every_command {
        format!("`{dashed}` stands in the job's own table, above [….{}]", task.as_str())
    } else {
        match meant::place(&dashed, keys.iter().map(String::as_str)).and_then(|place| keys.get(place)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("`rollcall {} --help` shows what there is; write `_` for `-`", task.as_str()),
        }
    };
    let problem = format!("there is no key `{}` for {}", flag.key, task.as_str());
    config.invalid(flag.at, problem, Some(hint))
}

/// What the parser of the command line says, in the words of the file.
fn refused(config: &Config, name: &str, task: Task, flags: &[Flag], error: &clap::Error) -> Failure {
    let told = error.to_string();
    let first = told.lines().next().unwrap_or_default();
    let problem = first.strip_prefix("error: ").unwrap_or(first);
    let mut named = Vec::new();
    if let Some(ContextValue::String(arg)) = error.get(ContextKind::InvalidArg) {
        named.push(arg.clone());
    }
    if let Some(ContextValue::Strings(args)) = error.get(ContextKind::InvalidArg) {
        named.extend(args.iter().cloned());
    }
    let known = known(task);
    let keys: Vec<String> = named.iter().filter_map(|shown| key_of(shown, &known)).collect();
    let hint = possible(error).unwrap_or_else(|| match error.kind() {
        ErrorKind::MissingRequiredArgument => {
            format!("add {} to [jobs.{name}.{}]", keys.join(" or "), task.as_str())
        }
        _ => format!("`rollcall {} --help` says what it takes", task.as_str()),
    });
    if let Some(flag) = flags.iter().find(|flag| keys.contains(&flag.key)) {
        return config.invalid(flag.at, problem.to_owned(), Some(hint)).into();
    }
    let missing = if error.kind() == ErrorKind::MissingRequiredArgument { named.join(", ") } else { String::new() };
    let text = format!("{}: job {name:?}: {problem} {missing}", config.path().display());
    Failure::new(Exit::Usage, anyhow::Error::msg(text.trim_end().to_owned()), Some(hint))
}

/// The key of what the parser shows, such as `--mode <MODE>` or `<INPUT>...`.
fn key_of(shown: &str, known: &[Arg]) -> Option<String> {
    let word = shown.split([' ', '=']).next().unwrap_or_default();
    let is_shown = |arg: &&Arg| match arg.get_long() {
        Some(long) => word.strip_prefix("--") == Some(long),
        None => word.trim_start_matches(['<', '[']).split(['>', ']']).next() == Some(expected(arg).as_str()),
    };
    known.iter().find(is_shown).map(key)
}

fn possible(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !values.is_empty() => Some(format!("there are {}", values.join(", "))),
        _ => None,
    }
}

/// The JSON schema of `rollcall.toml`, with the flags of each command in their places.
pub(crate) fn schema() -> Value {
    let mut schema = rollcall::jobs::schema();
    for task in Task::ALL {
        let properties: serde_json::Map<String, Value> =
            known(task).iter().filter(|arg| !arg.is_hide_set()).map(|arg| (key(arg), described(arg))).collect();
        let table = json!({ "type": "object", "additionalProperties": false, "properties": properties });
        if let Some(place) = schema.pointer_mut(&format!("/$defs/Job/properties/{}", task.as_str())) {
            *place = table;
        }
    }
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        definitions.remove("Flags");
    }
    schema
}

fn described(arg: &Arg) -> Value {
    let description = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let one = if matches!(arg.get_action(), ArgAction::SetTrue) { json!({ "type": "boolean" }) } else { value(arg) };
    let many = matches!(arg.get_action(), ArgAction::Append);
    let or_switch = arg.get_num_args().is_some_and(|range| range.min_values() == 0) && arg.get_action().takes_values();
    let mut schema = if many {
        json!({ "anyOf": [one, { "type": "array", "items": one }] })
    } else if or_switch {
        json!({ "anyOf": [one, { "type": "boolean" }] })
    } else {
        one
    };
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), description.into());
    }
    schema
}

fn value(arg: &Arg) -> Value {
    let possible: Vec<String> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if !possible.is_empty() {
        return json!({ "enum": possible });
    }
    let parsed = arg.get_value_parser().type_id();
    let is = |ids: &[TypeId]| ids.iter().any(|id| parsed == *id);
    if is(&[TypeId::of::<u32>(), TypeId::of::<u64>(), TypeId::of::<usize>(), TypeId::of::<std::num::NonZeroUsize>()]) {
        json!({ "type": "integer", "minimum": 0 })
    } else if is(&[TypeId::of::<f64>()]) {
        json!({ "type": "number" })
    } else if is(&[TypeId::of::<String>(), TypeId::of::<PathBuf>()]) {
        json!({ "type": "string" })
    } else {
        // A share, a column, a region: a word or a number.
        json!({ "type": ["string", "integer"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_names_a_file_is_relative_to_the_jobs_file() {
        for task in Task::ALL {
            for arg in known(task) {
                let what = expected(&arg);
                let names_a_file = ["FILE", "DIR", "INPUT", "PATH"].iter().any(|name| what.contains(name));
                let is_anchored = is_path(&arg) || PATTERNS.contains(&key(&arg).as_str());
                assert_eq!(names_a_file, is_anchored, "{} {}", task.as_str(), key(&arg));
            }
        }
    }
}
