//! What people see: messages and progress on stderr, results on stdout. The only place that prints.

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use rollcall::ledger::RunId;
use rollcall::report::{Event, Report, counted, escaped, summary};

use crate::args::{Color, Common};
use crate::failure::{Exit, Failure};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const DIM: Style = Style::new().dimmed();

/// The terminal, or what stands in for it. Cheap to clone; clones share the progress bar.
#[derive(Clone)]
pub(crate) struct Terminal {
    quiet: bool,
    json: bool,
    verbose: u8,
    color: anstream::ColorChoice,
    /// Whether someone watches.
    watched: bool,
    bar: Arc<Mutex<Option<ProgressBar>>>,
    /// The state folder, when it was named by the flag.
    state_dir: Option<Arc<str>>,
    /// Whether the log goes where messages would go, and takes their place.
    logged: bool,
    /// The last report, for whoever has to do with it after the command.
    told: Arc<Mutex<Option<Report>>>,
}

impl Terminal {
    pub(crate) fn new(common: &Common) -> Self {
        let color = match common.color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        Self {
            quiet: common.quiet,
            json: common.json,
            verbose: common.verbose,
            color,
            watched: std::io::stderr().is_terminal()
                && !common.quiet
                && common.log_file.as_deref() != Some(Path::new("-")),
            bar: Arc::default(),
            state_dir: common.named_state_dir().map(|path| path.to_string_lossy().into()),
            logged: common.log_file.as_deref() == Some(Path::new("-")),
            told: Arc::default(),
        }
    }

    /// The same terminal for what has been said before.
    pub(crate) fn hushed(&self) -> Self {
        Self { quiet: true, ..self.clone() }
    }

    /// Whether scripts listen on stdout.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// One line for whoever wants to know.
    pub(crate) fn note(&self, text: &str) {
        tracing::info!("{text}");
        if !self.quiet {
            self.err(&format!("{DIM}{text}{DIM:#}"));
        }
    }

    /// One line for whoever asked for more.
    pub(crate) fn detail(&self, text: &str) {
        tracing::debug!("{text}");
        if self.verbose > 0 && !self.quiet {
            self.err(&format!("{DIM}{text}{DIM:#}"));
        }
    }

    /// One line that should be read.
    pub(crate) fn warn(&self, text: &str) {
        tracing::warn!("{text}");
        if !self.quiet {
            self.err(&format!("{WARNING}warning:{WARNING:#} {text}"));
        }
    }

    /// What to do next.
    pub(crate) fn hint(&self, text: &str) {
        if !self.quiet {
            self.err(&format!("{HINT}hint:{HINT:#} {text}"));
        }
    }

    /// Why it did not work, level by level, and what to do next. Errors are told even to those who want quiet.
    pub(crate) fn failure(&self, failure: &Failure) {
        if failure.exit != Exit::Done {
            self.error(&*failure.error, failure.hint.as_deref(), failure.exit);
        }
    }

    /// Why a part of it did not work, level by level, and what to do next.
    pub(crate) fn error(&self, error: &dyn Error, hint: Option<&str>, exit: Exit) {
        let mut text = escaped(&error.to_string());
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {}", escaped(&error.to_string()));
            cause = error.source();
        }
        tracing::error!(exit = exit.code(), hint, "{text}");
        self.err(&format!("{ERROR}error:{ERROR:#} {text}"));
        if let Some(hint) = hint {
            self.err(&format!("{HINT}hint:{HINT:#} {}", escaped(hint)));
        }
    }

    /// The outcome: JSON on stdout for scripts, the summary on stderr for people.
    pub(crate) fn report(&self, report: &Report) -> Result<(), Failure> {
        self.clear();
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some(report.clone());
        tracing::info!(
            read = report.rows.read,
            rejected = report.rows.rejected,
            added = report.members.added,
            removed = report.members.removed,
            verified = report.verified,
            seconds = report.seconds,
            exit = report.exit,
            "{} has ended",
            report.command
        );
        if self.json {
            let json = report.to_json().map_err(Failure::internal)?;
            self.out(&json)?;
        } else if !self.quiet && !self.logged {
            let mut stderr = anstream::AutoStream::new(std::io::stderr(), self.color);
            // Nobody is left to be told that stderr is gone.
            let _ = stderr.write_all(summary(report).as_bytes());
        }
        if let Some(way) = report.way_past_brakes().filter(|_| report.exit == Exit::Brake.code()) {
            self.hint(&way);
        }
        Ok(())
    }

    /// The last report that was told.
    pub(crate) fn last_report(&self) -> Option<Report> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// A result on stdout. A reader that has gone is no failure.
    pub(crate) fn out(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = anstream::AutoStream::new(std::io::stdout(), self.color);
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Failure::internal(error)),
            Ok(()) => Ok(()),
        }
    }

    /// The command that does the rest of a run, ready to be pasted.
    pub(crate) fn resume(&self, run: &RunId) -> String {
        let folder = self.state_dir.as_deref().map(|path| format!(" --state-dir {}", quoted(path)));
        format!("rollcall{} runs resume {run}", folder.unwrap_or_default())
    }

    /// Shows an event: on the bar while someone watches, as plain lines otherwise.
    pub(crate) fn event(&self, event: &Event) {
        match event {
            Event::RequestSent { .. } | Event::Throttled | Event::Sending { chunks: 0, .. } => {}
            Event::Sending { chunks, numbers } => {
                if !self.begin(*numbers) {
                    let (numbers, chunks) =
                        (counted(*numbers, "number", "numbers"), counted(*chunks, "request", "requests"));
                    self.note(&format!("sending {numbers} in {chunks}"));
                }
            }
            Event::ChunkDone { numbers, .. } => {
                if let Some(bar) = self.bar().as_ref() {
                    bar.inc(*numbers);
                }
            }
            Event::GroupCreated { name } => self.detail(&format!("made the group {}", escaped(name))),
            Event::Waiting { pause, reason } => {
                self.warn(&format!("waiting {:.1} s: {}", pause.as_secs_f64(), escaped(reason)));
            }
            Event::Retrying { reason } => self.detail(&format!("trying again: {}", escaped(reason))),
            Event::Verifying { .. } => {
                self.clear();
                self.detail("reading the members back");
            }
            Event::Unsettled { group, numbers } => {
                let numbers = counted(*numbers, "number is", "numbers are");
                self.note(&format!("{}: {numbers} not yet as planned; reading again", escaped(group)));
            }
        }
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        if let Some(bar) = self.bar().take() {
            bar.finish_and_clear();
        }
    }

    fn begin(&self, numbers: u64) -> bool {
        if !self.watched {
            return false;
        }
        let style = ProgressStyle::with_template("{bar:32} {human_pos}/{human_len} numbers  {rate}  {eta} left");
        let Ok(style) = style else { return false };
        let style = style.with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            // Writing to the bar's own text cannot fail.
            let _ = write!(out, "{:.0}/s", state.per_sec());
        });
        let bar = ProgressBar::with_draw_target(Some(numbers), ProgressDrawTarget::stderr()).with_style(style);
        bar.enable_steady_tick(Duration::from_millis(200));
        *self.bar() = Some(bar);
        true
    }

    fn bar(&self) -> std::sync::MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn err(&self, line: &str) {
        if self.logged {
            return;
        }
        let write = || {
            let mut stderr = anstream::AutoStream::new(std::io::stderr(), self.color);
            // Nobody is left to be told that stderr is gone.
            let _ = writeln!(stderr, "{line}");
        };
        match self.bar().as_ref() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "/._-+:@%,".contains(char);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Whether there is a terminal to ask on.
pub(crate) fn can_ask() -> bool {
    std::io::stderr().is_terminal() && std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty").is_ok()
}

/// Asks a question on the terminal itself, as stdin may be the list. None when there is no terminal to ask on.
pub(crate) fn ask(question: &str) -> Option<bool> {
    use std::io::{BufRead, BufReader};
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let mut terminal = std::fs::OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
    write!(terminal, "{question} [y/N] ").and_then(|()| terminal.flush()).ok()?;
    let mut answer = String::new();
    BufReader::new(terminal).read_line(&mut answer).ok()?;
    Some(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_only_where_a_shell_would_take_it_apart() {
        assert_eq!(quoted("/var/lib/rollcall-2"), "/var/lib/rollcall-2");
        assert_eq!(quoted("my state"), "'my state'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
