//! The file as a whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::error::meant;
use super::{Hook, Job, JobsError, Profile};

/// A profile of this name is used where none is named.
const DEFAULT: &str = "default";

/// A `rollcall.toml` that was read.
#[derive(Debug, Clone)]
pub struct Config {
    path: PathBuf,
    text: String,
    profiles: BTreeMap<String, Profile>,
    jobs: BTreeMap<String, Job>,
    hooks: Vec<Hook>,
}

/// Profiles say how to reach an account, jobs say what to do with it. Relative paths are relative to this file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "rollcall.toml", rename = "Config")]
struct File {
    /// Accounts, by name. The profile `default` is used where none is named.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Profile>")]
    profiles: BTreeMap<String, Spanned<Profile>>,
    /// Jobs, by name: `rollcall run NAME`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Job>")]
    jobs: BTreeMap<String, Spanned<Job>>,
    /// Who is told of all jobs.
    #[serde(default)]
    #[schemars(with = "Vec<Hook>")]
    hooks: Vec<Spanned<Hook>>,
}

/// The JSON schema of the file, but for the flags of a job's command, which are any.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(File).into()
}

impl Config {
    /// Reads the file that is named, or the first that is there; none when none is named and none is there.
    ///
    /// # Errors
    /// When it cannot be read, or says what cannot be.
    pub fn find(named: Option<&Path>, places: &[PathBuf]) -> Result<Option<Self>, JobsError> {
        let named = named.into_iter().map(Path::to_owned);
        let there = places.iter().filter(|path| path.exists()).cloned();
        named.chain(there).next().map(|path| Self::read(&path)).transpose()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or says what cannot be.
    pub fn read(path: &Path) -> Result<Self, JobsError> {
        let failed = |source| JobsError::Unreadable { path: path.to_owned(), source };
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let path = std::path::absolute(path).map_err(failed)?;
        Self::parse(path, text)
    }

    fn parse(path: PathBuf, text: String) -> Result<Self, JobsError> {
        let invalid = |at: usize, problem: String, hint: Option<String>| JobsError::Invalid {
            path: path.clone(),
            line: line(&text, at),
            problem,
            hint,
        };
        let file: File = toml::from_str(&text).map_err(|error| {
            let (problem, hint) = explained(error.message());
            invalid(error.span().map_or(0, |span| span.start), problem, hint)
        })?;
        let folder = path.parent().unwrap_or(Path::new("/"));
        let mut profiles = BTreeMap::new();
        for (name, profile) in file.profiles {
            let (at, mut profile) = (profile.span().start, profile.into_inner());
            profile.anchor(folder);
            if let Some(problem) = unfit(&name).or_else(|| profile.contradiction()) {
                return Err(invalid(at, format!("profile {name:?}: {problem}"), None));
            }
            profiles.insert(name, profile);
        }
        let mut hooks = Vec::new();
        for hook in file.hooks {
            let (at, mut hook) = (hook.span().start, hook.into_inner());
            hook.anchor(folder);
            if let Some(problem) = hook.contradiction() {
                return Err(invalid(at, problem, None));
            }
            hooks.push(hook);
        }
        let mut jobs = BTreeMap::new();
        for (name, job) in file.jobs {
            let (at, mut job) = (job.span().start, job.into_inner());
            job.anchor(folder);
            if let Some(problem) = unfit(&name).or_else(|| job.contradiction()) {
                return Err(invalid(at, format!("job {name:?}: {problem}"), None));
            }
            if let Some(profile) = job.profile.as_ref().filter(|profile| !profiles.contains_key(*profile)) {
                let known: Vec<String> = profiles.keys().cloned().collect();
                let hint = meant(profile, &known).map(|meant| format!("did you mean `{meant}`?"));
                return Err(invalid(at, format!("job {name:?}: there is no profile {profile:?}"), hint));
            }
            job.hooks.extend(hooks.iter().cloned());
            jobs.insert(name, job);
        }
        Ok(Self { path, text, profiles, jobs, hooks })
    }

    /// Where the file lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that relative paths are relative to.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    /// The profile of this name; without a name the profile `default`, if there is one.
    ///
    /// # Errors
    /// When one is named that is not there.
    pub fn profile(&self, name: Option<&str>) -> Result<Option<(&str, &Profile)>, JobsError> {
        let found = self.profiles.get_key_value(name.unwrap_or(DEFAULT));
        match (found, name) {
            (Some((name, profile)), _) => Ok(Some((name, profile))),
            (None, None) => Ok(None),
            (None, Some(name)) => Err(self.unknown("profile", name, self.profiles.keys())),
        }
    }

    /// The job of this name.
    ///
    /// # Errors
    /// When it is not there.
    pub fn job(&self, name: &str) -> Result<(&str, &Job), JobsError> {
        let found = self.jobs.get_key_value(name).map(|(name, job)| (name.as_str(), job));
        found.ok_or_else(|| self.unknown("job", name, self.jobs.keys()))
    }

    /// All jobs, by name.
    pub fn jobs(&self) -> impl Iterator<Item = (&str, &Job)> {
        self.jobs.iter().map(|(name, job)| (name.as_str(), job))
    }

    /// Every hook, once: those of all jobs, and then those of single ones.
    #[must_use]
    pub fn hooks(&self) -> Vec<&Hook> {
        let mut all: Vec<&Hook> = Vec::new();
        for hook in self.hooks.iter().chain(self.jobs.values().flat_map(|job| &job.hooks)) {
            if !all.contains(&hook) {
                all.push(hook);
            }
        }
        all
    }

    /// All profiles, by name.
    pub fn profiles(&self) -> impl Iterator<Item = (&str, &Profile)> {
        self.profiles.iter().map(|(name, profile)| (name.as_str(), profile))
    }

    /// The error of something that the file says, for whoever knows better than this room what can be said.
    #[must_use]
    pub fn invalid(&self, at: usize, problem: String, hint: Option<String>) -> JobsError {
        JobsError::Invalid { path: self.path.clone(), line: line(&self.text, at), problem, hint }
    }

    fn unknown<'a>(&self, kind: &'static str, name: &str, known: impl Iterator<Item = &'a String>) -> JobsError {
        JobsError::Unknown { path: self.path.clone(), kind, name: name.to_owned(), known: known.cloned().collect() }
    }
}

/// The line of a place in the text, from 1.
fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// A name that could not be the name of a file, a unit or a metric's label.
fn unfit(name: &str) -> Option<String> {
    let sound = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    (!sound).then(|| "a name has 1 to 64 letters, digits, - and _".to_owned())
}

/// What the parser says, in our words where it is an unknown key: the list of all keys helps nobody, the one that was
/// meant does.
fn explained(message: &str) -> (String, Option<String>) {
    let mut ticked = message.split('`').skip(1).step_by(2);
    let Some(key) = message.starts_with("unknown field").then(|| ticked.next()).flatten() else {
        let problem = message.trim().replace('\n', "; ").replace("expected f64", "expected a number");
        let problem = problem.replace("expected a nonzero usize", "expected a number from 1");
        return (problem.replace("expected usize", "expected a number from 0"), None);
    };
    let known: Vec<String> = ticked.map(str::to_owned).collect();
    let problem = format!("there is no key `{key}` here");
    if let "token" | "key_secret" | "secret" | "password" | "api_token" = key {
        return (
            problem,
            Some(
                "secrets do not stand in this file: token_env, token_file and token_command (or \
            key_secret_env, …) say where one comes from"
                    .to_owned(),
            ),
        );
    }
    let hint = match meant(key, &known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    (problem, Some(hint))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::super::{Given, SecretSource, Task};
    use super::*;

    fn parse(text: &str) -> Result<Config, JobsError> {
        Config::parse(PathBuf::from("/etc/rollcall/rollcall.toml"), text.to_owned())
    }

    #[track_caller]
    fn refused(text: &str, line: usize, problem: &str, hint: &str) {
        let error = parse(text).unwrap_err();
        let JobsError::Invalid { line: found, problem: said, .. } = &error else { panic!("{error:?}") };
        let advice = error.hint().unwrap_or_default();
        assert_eq!(*found, line, "{error} / {advice}");
        assert!(said.contains(problem) && advice.contains(hint), "{error} / {advice}");
    }

    #[test]
    fn what_nobody_would_understand_is_an_error_with_its_line_and_what_was_meant() {
        refused("[profile.x]\n", 1, "`profile`", "`profiles`");
        refused("[profiles.x]\nrate = 5\nregoin = \"us\"\n", 3, "`regoin`", "`region`");
        refused("[profiles.x]\ntoken = \"s3cret\"\n", 2, "`token`", "token_file");
        refused("[jobs.x]\nprofil = \"y\"\n[jobs.x.import]\n", 2, "`profil`", "`profile`");
        refused("\n[profiles.x]\nrate = \"fast\"\n", 3, "expected a number", "");
        refused("[jobs.x]\nat = \"25:00\"\n[jobs.x.import]\n", 1, "25:00", "");
        refused("[profiles.prod]\n[jobs.x]\nprofile = \"prd\"\n[jobs.x.import]\n", 2, "\"prd\"", "`prod`");
        refused("[jobs.x]\n", 1, "no command", "");
        refused("[jobs.\"a b\"]\n[jobs.\"a b\".import]\n", 1, "letters", "");
        refused("[profiles.x]\ntoken_env = \"A\"\ntoken_file = \"b\"\n", 1, "more than one", "");
        refused("[profiles.x]\nkey_id = \"A\"\n", 1, "belong together", "");
        for odd in ["rate = 0", "rate = nan", "rate = -1", "timeout = 0", "timeout = -3", "timeout = inf"] {
            refused(&format!("[profiles.x]\n{odd}\n"), 1, odd.split(' ').next().unwrap(), "");
        }
        refused("a = = 1\n", 1, "", "");
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let config =
            parse("[profiles.a]\ntoken_file = \"t\"\nca_file = \"/ca\"\n[jobs.x]\nstate_dir = \"s\"\nimport = {}\n");
        let config = config.unwrap();
        let (_, profile) = config.profile(Some("a")).unwrap().unwrap();
        assert_eq!(profile.token(), Some(SecretSource::File("/etc/rollcall/t".into())));
        assert_eq!(profile.ca_file.as_deref(), Some(Path::new("/ca")));
        assert_eq!(config.job("x").unwrap().1.state_dir.as_deref(), Some(Path::new("/etc/rollcall/s")));
        assert_eq!(config.job("nightly").unwrap_err().hint().unwrap(), "the file has x");
    }

    #[test]
    fn the_default_profile_is_the_one_of_that_name() {
        assert!(parse("[profiles.a]\n").unwrap().profile(None).unwrap().is_none());
        assert_eq!(parse("[profiles.default]\n").unwrap().profile(None).unwrap().unwrap().0, "default");
        assert!(parse("[profiles.default]\n").unwrap().profile(Some("b")).is_err());
    }

    #[test]
    fn flags_keep_their_order_and_their_lines() {
        let config = parse("[jobs.x.import]\ninputs = [\"b\", \"a\"]\ncreate = true\nrate = 2.5\nphone_column = 3\n");
        let config = config.unwrap();
        let (task, flags) = config.job("x").unwrap().1.task().unwrap();
        assert_eq!(task, Task::Import);
        let lines: Vec<(usize, &str)> = flags.iter().map(|flag| (line(&config.text, flag.at), &*flag.key)).collect();
        assert_eq!(lines, [(2, "inputs"), (3, "create"), (4, "rate"), (5, "phone_column")]);
        let given: Vec<Given> = flags.into_iter().map(|flag| flag.given).collect();
        let one = |text: &str| Given::One(text.to_owned());
        assert_eq!(given, [Given::Many(vec!["b".into(), "a".into()]), Given::Switch(true), one("2.5"), one("3")]);
    }
}
