//! Which account is meant, and how fast it may be asked: the flags say it first, then the environment, then the profile
//! in `rollcall.toml`, setting by setting.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use rollcall::groups::{Account, AuthUrl, Connection, Credentials, Endpoint, Proxies, Rate, Secret, ServiceRegion};
use rollcall::jobs::{Config, Profile, SecretSource};
use rollcall::ledger::{Reach, Run, StateFolder};
use rollcall::sandbox;

use crate::args::{Common, ConnectionArgs, OfflineArgs};
use crate::failure::Failure;

/// Everything that is known of the account before anything is started.
pub(crate) struct Settings {
    pub(crate) target: Target,
    pub(crate) pace: Pace,
    /// How a later command reaches it again.
    pub(crate) reach: Reach,
    pub(crate) auth_url: Option<String>,
    pub(crate) ca_file: Option<PathBuf>,
}

impl Settings {
    /// The account's key.
    pub(crate) fn key(&self) -> String {
        match &self.target {
            Target::Sandbox { .. } => sandbox_account().key(),
            Target::Server(connection) => connection.endpoint.account().key(),
        }
    }
}

fn sandbox_account() -> Account {
    Account::Sandbox { plan: sandbox::Settings::DEFAULT_PLAN.to_owned() }
}

/// Where the account is.
pub(crate) enum Target {
    /// The Groups API in this process.
    Sandbox {
        /// Where its groups are kept.
        data: PathBuf,
    },
    /// A server somewhere.
    Server(Box<Connection>),
}

/// How fast, how much at once, and how patiently.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) rate: f64,
    pub(crate) concurrency: NonZeroUsize,
    /// Numbers in one request, where no flag says otherwise.
    pub(crate) chunk_size: NonZeroUsize,
    /// Seconds.
    pub(crate) timeout: f64,
    pub(crate) retries: u32,
}

/// Which profile is meant.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProfileName {
    /// The file, when it was named.
    config: Option<PathBuf>,
    /// The profile, when it was named.
    name: Option<String>,
}

/// A profile that was found, and where.
struct Chosen {
    config: PathBuf,
    name: String,
    profile: Profile,
}

/// Works out which account is meant, before any file is read: a missing token should not cost a minute of reading.
pub(crate) fn settings(args: &ConnectionArgs, common: &Common, state: &StateFolder) -> Result<Settings, Failure> {
    settings_under(args, &ProfileName::of(common), state)
}

/// As [`settings`], where the profile is not the one that was typed.
pub(crate) fn settings_under(
    args: &ConnectionArgs,
    profile: &ProfileName,
    state: &StateFolder,
) -> Result<Settings, Failure> {
    Asked { args, chosen: profile.chosen(args.sandbox)?, environment: true }.settings(state)
}

/// As [`settings`], for an account that the profile of this name tells all of: neither flags nor the environment count.
pub(crate) fn settings_of_profile(name: &str, common: &Common, state: &StateFolder) -> Result<Settings, Failure> {
    let profile = ProfileName { config: common.config.clone(), name: Some(name.to_owned()) };
    let chosen = profile.chosen(false)?;
    Asked { args: &ConnectionArgs::default(), chosen, environment: false }.settings(state)
}

/// As [`settings`]; none when no account is named anywhere.
pub(crate) fn settings_if_any(
    args: &ConnectionArgs,
    common: &Common,
    state: &StateFolder,
) -> Result<Option<Settings>, Failure> {
    let named = ["SINCH_SERVICE_PLAN_ID", "SINCH_API_TOKEN", "SINCH_PROJECT_ID", "SINCH_KEY_ID", "SINCH_KEY_SECRET"];
    let chosen = ProfileName::of(common).chosen(args.sandbox)?;
    let by_profile = chosen.as_ref().is_some_and(Chosen::names_an_account);
    if !args.sandbox && args.base_url.is_none() && !by_profile && named.into_iter().all(|name| variable(name).is_none())
    {
        return Ok(None);
    }
    Asked { args, chosen, environment: true }.settings(state).map(Some)
}

/// The key of the account that is meant, where nobody has to be asked and no secret is needed; none when no account is
/// named anywhere.
pub(crate) fn account_key(args: &OfflineArgs, common: &Common) -> Result<Option<String>, Failure> {
    if let Some(key) = &args.account {
        return Ok(Some(key.clone()));
    }
    let connection = ConnectionArgs { sandbox: args.sandbox, base_url: args.base_url.clone(), ..Default::default() };
    let chosen = ProfileName::of(common).chosen(args.sandbox)?;
    let asked = Asked { args: &connection, chosen, environment: true };
    if asked.sandbox()? {
        return Ok(Some(sandbox_account().key()));
    }
    if let Some(base) = asked.base_url()? {
        return Ok(Some(base.account().key()));
    }
    Ok(asked.plan().map(|plan| Account::Provider { plan: plan.trim().to_owned() }.key()))
}

impl Pace {
    /// Tells a connection.
    pub(crate) fn set(self, connection: &mut Connection) -> Result<(), Failure> {
        connection.rate = Rate::per_second(self.rate)?;
        connection.concurrency = self.concurrency;
        connection.timeout = Duration::try_from_secs_f64(self.timeout)
            .map_err(|_| Failure::usage("--timeout is no time", "give seconds, such as 30 or 2.5"))?;
        connection.retries = self.retries;
        Ok(())
    }
}

impl ProfileName {
    /// The profile that was typed, or else the usual one.
    pub(crate) fn of(common: &Common) -> Self {
        Self { config: common.config.clone(), name: common.profile.clone() }
    }

    /// The profile that was typed, or else that of a run.
    pub(crate) fn of_run(common: &Common, run: &Run) -> Self {
        let typed = Self::of(common);
        if typed.name.is_some() || run.reach.sandbox {
            return typed;
        }
        Self { config: typed.config.or_else(|| run.reach.config.clone()), name: run.reach.profile.clone() }
    }

    /// Looks the profile up. The sandbox needs no setting, so that only a profile that is named says how fast it is.
    fn chosen(&self, sandbox: bool) -> Result<Option<Chosen>, Failure> {
        if sandbox && self.name.is_none() {
            return Ok(None);
        }
        let Some(config) = find_config(self.config.as_deref())? else {
            return match &self.name {
                Some(_) => Err(missing_config().into()),
                None => Ok(None),
            };
        };
        let chosen = config.profile(self.name.as_deref())?.map(|(name, profile)| Chosen {
            config: config.path().to_owned(),
            name: name.to_owned(),
            profile: profile.clone(),
        });
        Ok(chosen)
    }
}

impl Chosen {
    fn names_an_account(&self) -> bool {
        let Profile { sandbox, service_plan_id, project_id, base_url, .. } = &self.profile;
        *sandbox || service_plan_id.is_some() || project_id.is_some() || base_url.is_some()
    }
}

/// The file of profiles and jobs: the one that is named, or the first that is there.
pub(crate) fn find_config(named: Option<&std::path::Path>) -> Result<Option<Config>, Failure> {
    Ok(Config::find(named, &config_places())?)
}

/// The error of a file that is not there.
pub(crate) fn missing_config() -> rollcall::jobs::JobsError {
    rollcall::jobs::JobsError::Missing { looked: config_places() }
}

/// Where the file of profiles and jobs is looked for.
fn config_places() -> Vec<PathBuf> {
    use etcetera::BaseStrategy;
    let home = etcetera::choose_base_strategy().ok();
    let platform = home.map(|folders| folders.config_dir().join("rollcall").join("rollcall.toml"));
    std::iter::once(PathBuf::from("rollcall.toml")).chain(platform).collect()
}

/// What was asked for: the flags, the environment where it counts, and the profile.
struct Asked<'a> {
    args: &'a ConnectionArgs,
    chosen: Option<Chosen>,
    environment: bool,
}

impl Asked<'_> {
    fn settings(self, state: &StateFolder) -> Result<Settings, Failure> {
        let profile = self.chosen.as_ref().map(|chosen| &chosen.profile);
        let ca_file = self.args.ca_file.clone().or_else(|| profile.and_then(|profile| profile.ca_file.clone()));
        let auth_url = self.args.auth_url.clone().or_else(|| profile.and_then(|profile| profile.auth_url.clone()));
        let sandbox = self.sandbox()?;
        let target = if sandbox {
            Target::Sandbox { data: state.sandbox_file() }
        } else {
            let (endpoint, credentials) = self.account(auth_url.as_deref())?;
            let mut connection = Connection::new(endpoint, credentials);
            connection.ca_file.clone_from(&ca_file);
            connection.proxies = Proxies::from_variables(variable);
            Target::Server(Box::new(connection))
        };
        let pace = self.pace();
        // What is wrong with the pace is told before anything is done, too.
        if let (Target::Server(_), Err(error)) = (&target, Rate::per_second(pace.rate)) {
            return Err(error.into());
        }
        let (name, config) = self.chosen.map(|chosen| (chosen.name, chosen.config)).unzip();
        let reach = Reach { sandbox, profile: name, base_url: self.args.base_url.clone(), config };
        Ok(Settings { target, pace, reach, auth_url, ca_file })
    }

    /// Whether the embedded sandbox is meant.
    fn sandbox(&self) -> Result<bool, Failure> {
        let by_flag = self.args.base_url.is_some() && std::env::var_os("ROLLCALL_BASE_URL").is_none();
        if self.args.sandbox && by_flag {
            return Err(Failure::usage("--sandbox and --base-url name two accounts", "give one of them"));
        }
        Ok(self.args.sandbox || (self.profile().is_some_and(|profile| profile.sandbox) && !by_flag))
    }

    fn pace(&self) -> Pace {
        let (args, profile) = (self.args, self.profile());
        Pace {
            rate: args.rate.or_else(|| profile?.rate).unwrap_or(Rate::DEFAULT.get()),
            concurrency: args.concurrency.or_else(|| profile?.concurrency).unwrap_or(Connection::CONCURRENCY),
            chunk_size: profile.and_then(|profile| profile.chunk_size).unwrap_or(MOST_IN_ONE_REQUEST),
            timeout: args.timeout.or_else(|| profile?.timeout).unwrap_or(Connection::TIMEOUT.as_secs_f64()),
            retries: args.retries.or_else(|| profile?.retries).unwrap_or(Connection::RETRIES),
        }
    }

    /// Where, and as whom.
    fn account(&self, auth_url: Option<&str>) -> Result<(Endpoint, Credentials), Failure> {
        let base = self.base_url()?;
        if let Some(token) = self.token()? {
            let endpoint = match (base, self.plan()) {
                (Some(base), _) => base,
                (None, Some(plan)) => Endpoint::service_plan(self.region()?, &plan)?,
                (None, None) => {
                    return Err(Failure::usage(
                        "there is an API token, but no service plan",
                        "set SINCH_SERVICE_PLAN_ID, or name the whole address with --base-url",
                    ));
                }
            };
            return Ok((endpoint, Credentials::Token(token)));
        }
        if let Some((key_id, key_secret)) = self.key()? {
            let endpoint = match (base, self.plan()) {
                (Some(base), _) => base,
                (None, Some(project)) => Endpoint::project(self.region()?, &project)?,
                (None, None) => {
                    return Err(Failure::usage(
                        "there is a project's key, but no project",
                        "set SINCH_PROJECT_ID, or name the whole address with --base-url",
                    ));
                }
            };
            let auth_url = AuthUrl::at(auth_url.unwrap_or(AuthUrl::PROVIDER))?;
            return Ok((endpoint, Credentials::Project { key_id, key_secret, auth_url }));
        }
        Err(match &self.chosen {
            None => Failure::usage(
                "no account is set",
                "set SINCH_SERVICE_PLAN_ID, SINCH_API_TOKEN and SINCH_REGION (or SINCH_PROJECT_ID, SINCH_KEY_ID and \
                 SINCH_KEY_SECRET), name a --profile, or try --sandbox, which needs none",
            ),
            Some(chosen) => Failure::usage(
                format!("no secret is set: neither the environment nor the profile {:?} has one", chosen.name),
                format!(
                    "give the profile token_env, token_file or token_command in {}, or set SINCH_API_TOKEN",
                    chosen.config.display()
                ),
            ),
        })
    }

    /// The whole address. An id in the environment counts more than the profile's address, unless they mean the same.
    fn base_url(&self) -> Result<Option<Endpoint>, Failure> {
        if let Some(base) = &self.args.base_url {
            return Ok(Some(Endpoint::at(base)?));
        }
        let Some(base) = self.profile().and_then(|profile| profile.base_url.as_deref()) else { return Ok(None) };
        let endpoint = Endpoint::at(base)?;
        let other = self.variable(self.plan_name()).is_some_and(|plan| plan.trim() != endpoint.account().plan());
        Ok((!other).then_some(endpoint))
    }

    /// The id of the service plan or project.
    fn plan(&self) -> Option<String> {
        let profile = self.profile();
        self.variable(self.plan_name()).or_else(|| {
            let profile = profile?;
            if self.is_project() { profile.project_id.clone() } else { profile.service_plan_id.clone() }
        })
    }

    fn plan_name(&self) -> &'static str {
        if self.is_project() { "SINCH_PROJECT_ID" } else { "SINCH_SERVICE_PLAN_ID" }
    }

    /// Whether a project's key is used. An API token counts more, the environment more than the profile.
    fn is_project(&self) -> bool {
        let profile = self.profile();
        if self.variable("SINCH_API_TOKEN").is_some() {
            return false;
        }
        self.variable("SINCH_KEY_ID").is_some()
            || profile.is_some_and(|profile| profile.token().is_none() && profile.key_id.is_some())
    }

    fn token(&self) -> Result<Option<Secret>, Failure> {
        if let Some(token) = self.variable("SINCH_API_TOKEN") {
            return Ok(Some(Secret::new(token)));
        }
        if self.is_project() {
            return Ok(None);
        }
        self.profile().and_then(Profile::token).map(|source| fetch(&source)).transpose()
    }

    fn key(&self) -> Result<Option<(String, Secret)>, Failure> {
        let profile = self.profile();
        let Some(id) = self.variable("SINCH_KEY_ID").or_else(|| profile?.key_id.clone()) else { return Ok(None) };
        let secret = match self.variable("SINCH_KEY_SECRET") {
            Some(secret) => Some(Secret::new(secret)),
            None => profile.and_then(Profile::key_secret).map(|source| fetch(&source)).transpose()?,
        };
        Ok(secret.map(|secret| (id, secret)))
    }

    fn region(&self) -> Result<ServiceRegion, Failure> {
        let profile = self.profile();
        let Some(name) = self.variable("SINCH_REGION").or_else(|| profile?.region.clone()) else {
            return Err(Failure::usage(
                "no region is set",
                "set SINCH_REGION to us, eu, au, br or ca, or name the whole address with --base-url",
            ));
        };
        Ok(name.parse::<ServiceRegion>()?)
    }

    fn profile(&self) -> Option<&Profile> {
        self.chosen.as_ref().map(|chosen| &chosen.profile)
    }

    fn variable(&self, name: &str) -> Option<String> {
        if self.environment { variable(name) } else { None }
    }
}

/// As many numbers as the provider takes in one request.
const MOST_IN_ONE_REQUEST: NonZeroUsize = NonZeroUsize::MIN.saturating_add(9_999);

fn fetch(source: &SecretSource) -> Result<Secret, Failure> {
    Ok(source.fetch()?)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}
