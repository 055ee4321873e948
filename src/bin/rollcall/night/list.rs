//! Which jobs there are.

use rollcall::jobs::{Config, Flag, Given, Job};
use rollcall::report::escaped;
use serde_json::{Value, json};

use crate::args::Common;
use crate::failure::Failure;
use crate::job::{Called, command_line};
use crate::terminal::Terminal;

/// Shows which jobs there are, and what is wrong with them.
pub(super) fn run(config: &Config, common: &Common, terminal: &Terminal) -> Result<(), Failure> {
    let called = Called::to_look(common);
    let mut rows = Vec::new();
    for (name, job) in config.jobs() {
        let Some((task, flags)) = job.task() else { continue };
        let problem = command_line(config, name, job, &called).err().map(|failure| failure.error.to_string());
        rows.push((name, job, task, about(&flags), problem));
    }
    if common.json {
        let rows: Vec<Value> = rows
            .iter()
            .map(|(name, job, task, about, problem)| {
                json!({
                    "job": name, "command": task.as_str(), "profile": job.profile, "at": job.at, "about": about,
                    "description": job.description, "problem": problem,
                })
            })
            .collect();
        return terminal.out(&format!("{:#}\n", Value::from(rows)));
    }
    if rows.is_empty() {
        terminal.note(&format!("{} has no jobs yet: begin one with [jobs.nightly.import]", config.path().display()));
        return Ok(());
    }
    let width = rows.iter().map(|(name, ..)| name.len()).max().unwrap_or_default().max(4);
    let mut text = format!("{:<width$}  {:<7}  {:<5}  {:<12}  about\n", "job", "command", "at", "profile");
    for (name, job, task, about, problem) in &rows {
        let Job { description, profile, at, .. } = job;
        let (at, profile) = (at.as_deref().unwrap_or("-"), profile.as_deref().unwrap_or("-"));
        let about = escaped(description.as_deref().unwrap_or(about));
        text += &format!("{name:<width$}  {:<7}  {at:<5}  {profile:<12}  {about}\n", task.as_str());
        if let Some(problem) = problem {
            text += &format!("{:<width$}  cannot run: {}\n", "", escaped(problem));
        }
    }
    terminal.out(&text)
}

/// What a job is about, when nobody has described it: its list and its group.
fn about(flags: &[Flag]) -> String {
    let told = |key: &str| {
        let flag = flags.iter().find(|flag| flag.key == key)?;
        match &flag.given {
            Given::One(word) => Some(word.clone()),
            Given::Many(words) => Some(words.join(", ")),
            Given::Switch(_) | Given::Unfit(_) => None,
        }
    };
    let from = told("inputs").or_else(|| told("groups"));
    let to = told("group").or_else(|| told("group_column").map(|column| format!("by column {column}")));
    let to = to.or_else(|| told("output"));
    [from, to].into_iter().flatten().collect::<Vec<_>>().join(" -> ")
}
