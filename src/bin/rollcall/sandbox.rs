//! `rollcall sandbox`: the Groups API on this machine, until it is stopped.

use std::time::Duration;

use rollcall::sandbox::{FaultPlan, OauthKey, RateLimit, Rules, Sandbox, Secret, Settings};

use crate::args::SandboxArgs;
use crate::connect::runtime;
use crate::failure::{Exit, Failure};
use crate::signals::Stop;
use crate::terminal::Terminal;

pub(crate) fn run(args: &SandboxArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let settings = settings(args)?;
    let runtime = runtime()?;
    let stop = Stop::listen(&runtime, terminal)?;
    runtime.block_on(async {
        let running = Sandbox::start(settings).await?;
        terminal.out(&format!("listening on {}\n", running.base_url()))?;
        if args.token.is_none() {
            terminal.note(&format!("the API token is {}", running.token()));
        }
        stop.token.cancelled().await;
        running.stop().await;
        Ok(Exit::Done)
    })
}

fn settings(args: &SandboxArgs) -> Result<Settings, Failure> {
    let wrong = |flag: &str, error: &dyn std::fmt::Display| {
        Failure::usage(format!("{flag}: {error}"), "`rollcall sandbox --help` shows examples")
    };
    let mut settings = Settings {
        listen: args.listen,
        data: args.data.parse().unwrap_or_else(|never: std::convert::Infallible| match never {}),
        rules: Rules {
            group_limit: args.group_limit,
            refuse: args.refuse.iter().copied().collect(),
            ..Rules::default()
        },
        max_outstanding: args.max_outstanding.map(std::num::NonZeroUsize::get),
        latency: Duration::from_millis(args.latency),
        seed: args.seed,
        log: args.request_log.clone(),
        ..Settings::default()
    };
    if let Some(plan) = &args.plan {
        settings.plan.clone_from(plan);
    }
    if let Some(token) = &args.token {
        settings.token = Secret::new(token);
    }
    if let (Some(id), Some(secret)) = (&args.key_id, &args.key_secret) {
        settings.key = Some(OauthKey { id: id.clone(), secret: Secret::new(secret) });
    }
    if let Some(limit) = &args.rate_limit {
        settings.rate_limit = Some(limit.parse::<RateLimit>().map_err(|error| wrong("--rate-limit", &error))?);
    }
    if let Some(faults) = &args.faults {
        settings.faults = faults.parse::<FaultPlan>().map_err(|error| wrong("--faults", &error))?;
    }
    Ok(settings)
}
