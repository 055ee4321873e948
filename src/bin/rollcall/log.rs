//! The log: one line for whatever a person is told, appended to a file or, for a journal, on stderr. It holds no number,
//! because no message does. Every line names the run.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use rollcall::ledger::RunId;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::args::{Common, LogFormat};
use crate::failure::{Exit, Failure};

/// The run that this process is about: the one that it begins, unless it goes on with another. Logging is a matter of
/// the whole process, and so is this.
static RUN: LazyLock<Mutex<RunId>> = LazyLock::new(|| Mutex::new(RunId::fresh()));

/// The run that this process is about.
pub(crate) fn run() -> RunId {
    RUN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// This process goes on with a run that was begun before.
pub(crate) fn about(run: &RunId) {
    *RUN.lock().unwrap_or_else(PoisonError::into_inner) = run.clone();
}

/// Opens the log where one is asked for.
pub(crate) fn open(common: &Common) -> Result<(), Failure> {
    let Some(path) = &common.log_file else { return Ok(()) };
    let sink = if path == Path::new("-") { None } else { Some(Mutex::new(append(path)?)) };
    // A journal has its own clock, and reads the level from the beginning of the line.
    let journal = sink.is_none() && std::env::var_os("JOURNAL_STREAM").is_some();
    let level = if common.verbose > 0 { Level::DEBUG } else { Level::INFO };
    let log = tracing_subscriber::fmt().with_max_level(level).with_ansi(false).with_writer(move || match &sink {
        Some(file) => Sink::File(file.lock().unwrap_or_else(PoisonError::into_inner).try_clone()),
        None => Sink::Stderr(io::stderr()),
    });
    let plain = tracing_subscriber::fmt::format().with_target(false).with_ansi(false);
    let begun = match common.log_format {
        LogFormat::Text if journal => log.event_format(Line { inner: plain.without_time(), journal }).try_init(),
        LogFormat::Text => log.event_format(Line { inner: plain, journal }).try_init(),
        LogFormat::Json => {
            let inner = plain.json().flatten_event(true);
            log.fmt_fields(JsonFields::new()).event_format(Line { inner, journal }).try_init()
        }
    };
    begun.map_err(|error| Failure::new(Exit::Failed, anyhow::Error::msg(error.to_string()), None))
}

fn append(path: &Path) -> Result<File, Failure> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("cannot open the log {}", path.display()));
        Failure::new(Exit::Failed, error, Some("name a file in a folder that you may write to".to_owned()))
    })
}

/// Where one line goes.
enum Sink {
    File(io::Result<File>),
    Stderr(io::Stderr),
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(Ok(file)) => file.write(bytes),
            Self::File(Err(error)) => Err(error.kind().into()),
            Self::Stderr(stderr) => stderr.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(Ok(file)) => file.flush(),
            Self::File(Err(error)) => Err(error.kind().into()),
            Self::Stderr(stderr) => stderr.flush(),
        }
    }
}

/// A line of the log, with the run that it is about.
struct Line<F> {
    inner: F,
    journal: bool,
}

impl<S, N, F> FormatEvent<S, N> for Line<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut text = String::new();
        self.inner.format_event(context, Writer::new(&mut text), event)?;
        if self.journal {
            write!(out, "<{}>", priority(*event.metadata().level()))?;
        }
        match text.strip_prefix('{') {
            Some(rest) => write!(out, "{{\"run\":\"{}\",{rest}", run()),
            None => writeln!(out, "{} run={}", text.trim(), run()),
        }
    }
}

/// The priority of a level, as syslog counts.
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}
