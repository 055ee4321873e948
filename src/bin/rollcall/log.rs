//! The log: one line for whatever a person is told, appended to a file. It holds no number, because no message does.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Mutex;

use tracing::Level;

use crate::args::{Common, LogFormat};
use crate::failure::{Exit, Failure};

/// Opens the log where one is asked for.
pub(crate) fn open(common: &Common) -> Result<(), Failure> {
    let Some(path) = &common.log_file else { return Ok(()) };
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("cannot open the log {}", path.display()));
        Failure::new(Exit::Failed, error, Some("name a file in a folder that you may write to".to_owned()))
    })?;
    let level = if common.verbose > 0 { Level::DEBUG } else { Level::INFO };
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(Mutex::new(file)).with_target(false);
    let begun = match common.log_format {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    begun.map_err(|error| Failure::new(Exit::Failed, anyhow::Error::msg(error.to_string()), None))
}
