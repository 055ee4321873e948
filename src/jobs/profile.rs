//! How to reach an account, and how fast.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{CommandLine, SecretSource};

/// An account and its pace. What is not given here comes from the environment or has its usual value; flags and the
/// environment count more than what is given here.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Use the Groups API inside rollcall; its groups are kept in the state folder, and no account is needed.
    #[serde(default)]
    pub sandbox: bool,
    /// The service plan's id (`SINCH_SERVICE_PLAN_ID`).
    pub service_plan_id: Option<String>,
    /// The project's id (`SINCH_PROJECT_ID`).
    pub project_id: Option<String>,
    /// Where the account lives: us, eu, au, br or ca (`SINCH_REGION`).
    pub region: Option<String>,
    /// Everything before `/groups`, ending in the plan's id; https, or http to this machine.
    pub base_url: Option<String>,
    /// Where project keys are exchanged for tokens; `/oauth2/token` is appended.
    pub auth_url: Option<String>,
    /// Trust the authorities in this PEM file too.
    pub ca_file: Option<PathBuf>,
    /// The environment variable that holds the API token.
    token_env: Option<String>,
    /// The file that holds the API token; others must not be able to read it.
    token_file: Option<PathBuf>,
    /// The command that prints the API token: a list of words, or one line for the shell.
    token_command: Option<CommandLine>,
    /// The id of the project's key (`SINCH_KEY_ID`).
    pub key_id: Option<String>,
    /// The environment variable that holds the key's secret.
    key_secret_env: Option<String>,
    /// The file that holds the key's secret; others must not be able to read it.
    key_secret_file: Option<PathBuf>,
    /// The command that prints the key's secret: a list of words, or one line for the shell.
    key_secret_command: Option<CommandLine>,
    /// Requests a second, at most; fractions allowed. Usually 10.
    #[schemars(range(min = 0.001, max = 1_000_000.0))]
    pub rate: Option<f64>,
    /// Requests under way at once. Usually 4.
    pub concurrency: Option<NonZeroUsize>,
    /// Numbers in one request. Usually 10,000.
    #[schemars(range(min = 1, max = 10_000))]
    pub chunk_size: Option<NonZeroUsize>,
    /// How long one request may take, in seconds. Usually 30.
    #[schemars(range(min = 0.0))]
    pub timeout: Option<f64>,
    /// How often a failed request is repeated. Usually 5.
    pub retries: Option<u32>,
}

impl Profile {
    /// Where the API token comes from; none when the profile does not say.
    #[must_use]
    pub fn token(&self) -> Option<SecretSource> {
        self.tokens().into_iter().flatten().next()
    }

    /// Where the key's secret comes from; none when the profile does not say.
    #[must_use]
    pub fn key_secret(&self) -> Option<SecretSource> {
        self.key_secrets().into_iter().flatten().next()
    }

    fn tokens(&self) -> [Option<SecretSource>; 3] {
        sources(self.token_env.as_ref(), self.token_file.as_ref(), self.token_command.as_ref())
    }

    fn key_secrets(&self) -> [Option<SecretSource>; 3] {
        sources(self.key_secret_env.as_ref(), self.key_secret_file.as_ref(), self.key_secret_command.as_ref())
    }

    /// What the keys say together and cannot mean.
    pub(super) fn contradiction(&self) -> Option<String> {
        let several = |sources: [Option<SecretSource>; 3]| sources.into_iter().flatten().count() > 1;
        let (token, secret) = (self.token().is_some(), self.key_secret().is_some());
        let project = secret || self.key_id.is_some();
        let problem = if several(self.tokens()) {
            "the token comes from more than one place"
        } else if several(self.key_secrets()) {
            "the key's secret comes from more than one place"
        } else if token && project {
            "the profile has both an API token and a project's key"
        } else if secret != self.key_id.is_some() {
            "key_id and the key's secret belong together"
        } else if [&self.token_command, &self.key_secret_command].into_iter().flatten().any(CommandLine::is_empty) {
            "a command for a secret is empty"
        } else if self.sandbox && (token || project || self.base_url.is_some()) {
            "sandbox = true needs no account, and this profile names one"
        } else if self.chunk_size.is_some_and(|size| size.get() > 10_000) {
            "chunk_size is a number from 1 to 10,000"
        } else if self.rate.is_some_and(|rate| !(0.001..=1e6).contains(&rate)) {
            "rate is a number from 0.001 to 1,000,000"
        } else if self.timeout.is_some_and(|seconds| !(seconds > 0.0 && seconds.is_finite())) {
            "timeout is a number of seconds above 0"
        } else {
            return None;
        };
        Some(problem.to_owned())
    }

    /// Paths are relative to the file's folder, and commands run there.
    pub(super) fn anchor(&mut self, folder: &Path) {
        for path in [&mut self.ca_file, &mut self.token_file, &mut self.key_secret_file].into_iter().flatten() {
            *path = folder.join(&*path);
        }
        for command in [&mut self.token_command, &mut self.key_secret_command].into_iter().flatten() {
            folder.clone_into(&mut command.folder);
        }
    }
}

fn sources(env: Option<&String>, file: Option<&PathBuf>, command: Option<&CommandLine>) -> [Option<SecretSource>; 3] {
    [
        env.cloned().map(SecretSource::Env),
        file.cloned().map(SecretSource::File),
        command.cloned().map(SecretSource::Command),
    ]
}
