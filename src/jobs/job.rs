//! A named job: a command with its flags, and what it needs when nobody watches.

use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use toml::Spanned;

use super::{Hook, Length};

/// What one job does.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// What the job is for, in a few words.
    pub description: Option<String>,
    /// The profile of the account [default: the profile `default`, if there is one].
    pub profile: Option<String>,
    /// When the job runs every day, as HH:MM on this machine's clock; for `rollcall schedule`. Usually 03:00.
    #[schemars(regex(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub at: Option<String>,
    /// Where runs are remembered [default: the platform's state folder].
    pub state_dir: Option<PathBuf>,
    /// Append a log to this file; it never holds a number.
    pub log_file: Option<PathBuf>,
    /// The log's form. Usually text.
    pub log_format: Option<LogForm>,
    /// Skip a night on which nothing can have changed: the lists, the suppression lists, the settings, the program and
    /// the groups are as the last night left them. Usually true.
    skip_unchanged: Option<bool>,
    /// Skip a night on which there is no list, instead of failing.
    #[serde(default)]
    pub skip_missing: bool,
    /// Of several lists read only the newest: by name, or by when it was modified.
    pub newest: Option<Newest>,
    /// Refuse a list that is older than this.
    pub max_age: Option<Length>,
    /// How long a list that is not there yet is waited for, and one that is still growing. Usually not at all, and 10m.
    pub wait: Option<Length>,
    /// How long a list must have stood still before it is read. Usually 2s.
    pub settle: Option<Length>,
    /// Begin at a random moment within this time, so that many machines do not begin at once.
    pub jitter: Option<Length>,
    /// Keep a compressed copy of each list that was brought in, in this folder.
    pub archive_to: Option<PathBuf>,
    /// Move each list that was brought in into this folder.
    pub move_to: Option<PathBuf>,
    /// How many reports are kept in the state folder. Usually 90.
    pub keep_reports: Option<usize>,
    /// Write metrics for Prometheus' node exporter into this file.
    pub metrics: Option<PathBuf>,
    /// Who is told, besides those at the top of the file.
    #[serde(default)]
    pub hooks: Vec<Hook>,
    import: Option<Flags>,
    export: Option<Flags>,
}

/// Which of several lists is the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Newest {
    /// The last by name: where the name has a date.
    Name,
    /// The one that was modified last.
    Modified,
}

/// The form of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogForm {
    /// Lines to read.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogForm {
    /// Its name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// The command that a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// `rollcall import`.
    Import,
    /// `rollcall export`.
    Export,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Import, Self::Export];

    /// The command's name, which is also the name of its table in a job.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Export => "export",
        }
    }
}

/// A command's flags and arguments as the file names them: with `_` for `-`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
struct Flags(std::collections::BTreeMap<String, Spanned<toml::Value>>);

impl JsonSchema for Flags {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Flags".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }
}

/// One key of a job's command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The key as it is written.
    pub key: String,
    /// What it says.
    pub given: Given,
    /// Where it stands, in bytes from the beginning of the file: see [`super::Config::invalid`].
    pub at: usize,
}

/// What a key says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// `true` or `false`.
    Switch(bool),
    /// A text or a number.
    One(String),
    /// A list of texts and numbers.
    Many(Vec<String>),
    /// Something that no flag can be told, such as a date or a table.
    Unfit(&'static str),
}

impl Job {
    /// The command, and what it is told, in the order of the file; none when the job has no command, or two.
    #[must_use]
    pub fn task(&self) -> Option<(Task, Vec<Flag>)> {
        let (task, flags) = match (&self.import, &self.export) {
            (Some(flags), None) => (Task::Import, flags),
            (None, Some(flags)) => (Task::Export, flags),
            (None, None) | (Some(_), Some(_)) => return None,
        };
        let flag = |(key, value): (&String, &Spanned<toml::Value>)| Flag {
            key: key.clone(),
            given: given(value.get_ref()),
            at: value.span().start,
        };
        let mut flags: Vec<Flag> = flags.0.iter().map(flag).collect();
        flags.sort_by_key(|flag| flag.at);
        Some((task, flags))
    }

    /// Whether a night on which nothing can have changed is skipped.
    #[must_use]
    pub fn skips_unchanged(&self) -> bool {
        self.skip_unchanged.unwrap_or(true)
    }

    /// What the keys say together and cannot mean.
    pub(super) fn contradiction(&self) -> Option<String> {
        match (&self.import, &self.export) {
            (None, None) => Some("the job has no command: it needs a table import or a table export".to_owned()),
            (Some(_), Some(_)) => Some("the job has two commands: make two jobs of it".to_owned()),
            (None, Some(_)) if self.has_lists() => Some("an export has no lists to wait for or to put away".to_owned()),
            (Some(_), None) | (None, Some(_)) => {
                let hook = self.hooks.iter().find_map(Hook::contradiction);
                if hook.is_some() {
                    return hook;
                }
                let at = self.at.as_deref().filter(|at| jiff::civil::Time::strptime("%H:%M", at).is_err());
                at.map(|at| format!("at = {at:?} is no time of day, such as \"03:00\""))
            }
        }
    }

    fn has_lists(&self) -> bool {
        let lengths = [self.max_age, self.wait, self.settle].iter().any(Option::is_some);
        let folders = self.archive_to.is_some() || self.move_to.is_some();
        lengths || folders || self.newest.is_some() || self.skip_missing || self.skip_unchanged.is_some()
    }

    /// Paths are relative to the file's folder.
    pub(super) fn anchor(&mut self, folder: &Path) {
        let Self { state_dir, log_file, archive_to, move_to, metrics, .. } = self;
        // Only a log can go to stderr.
        let log_file = log_file.as_mut().filter(|path| path.as_os_str() != "-");
        for path in [state_dir, archive_to, move_to, metrics].into_iter().flatten().chain(log_file) {
            *path = folder.join(&*path);
        }
        self.hooks.iter_mut().for_each(|hook| hook.anchor(folder));
    }
}

fn given(value: &toml::Value) -> Given {
    match value {
        toml::Value::Boolean(switch) => Given::Switch(*switch),
        toml::Value::Array(values) => match values.iter().map(word).collect() {
            Some(words) => Given::Many(words),
            None => Given::Unfit("a list of more than texts and numbers"),
        },
        toml::Value::Datetime(_) => Given::Unfit("a date"),
        toml::Value::Table(_) => Given::Unfit("a table"),
        toml::Value::String(_) | toml::Value::Integer(_) | toml::Value::Float(_) => {
            word(value).map_or(Given::Unfit("no text"), Given::One)
        }
    }
}

fn word(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(_) | toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => None,
    }
}
