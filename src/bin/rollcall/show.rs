//! A saved plan as a person reads it.

use std::fmt::Write;

use rollcall::plan::{GroupRef, PlanFile, Section};
use rollcall::report::{counted, escaped};

/// How many changes of each kind are shown of a group, unless all are asked for.
const SHOWN: usize = 5;

/// The plan in words: what it is, what it would change, what the brakes say. Free of styles; ready for a terminal.
pub(crate) fn show(file: &PlanFile, everything: bool) -> String {
    let (mut text, cost) = (String::new(), file.cost());
    for section in &file.sections {
        group(&mut text, section, if everything { usize::MAX } else { SHOWN });
    }
    let requests = counted(cost.requests, "request", "requests");
    line(&mut text, &format!("cost     {requests}, {:.1} s at the rate it was made for", cost.seconds));
    line(&mut text, &format!("digest   {}", file.digest()));
    text
}

fn group(text: &mut String, section: &Section, shown: usize) {
    let plan = &section.plan;
    let group = match &plan.group {
        GroupRef::Existing { id, name: Some(name) } => format!("{} ({})", escaped(name), escaped(id.as_str())),
        GroupRef::Existing { id, name: None } => escaped(id.as_str()),
        GroupRef::New { name } => format!("{}, which is to be made", escaped(name)),
    };
    line(text, &format!("group    {group}"));
    line(text, &format!("account  {}", escaped(&plan.account)));
    if let Some(made) = section.made {
        line(text, &format!("made     {made}"));
    }
    line(text, &format!("mode     {}", plan.mode));
    line(text, &format!("members  {} now, {} then", plan.before, plan.after()));
    line(text, &format!("adds     {}", plan.add.len()));
    line(text, &format!("removes  {}", plan.remove.len()));
    for (count, what) in [
        (plan.already, "are as the list wants them"),
        (plan.left, "have left, and are not added again"),
        (plan.new_leavers.count(), "have left since the last run"),
        (plan.joined, "have joined by themselves, and are kept"),
        (plan.held.count(), "are kept because a rejected row may have meant them"),
    ] {
        if count > 0 {
            line(text, &format!("         {count} {what}"));
        }
    }
    for verdict in section.verdicts.iter().filter(|verdict| verdict.tripped) {
        line(text, &format!("brake    {}: {}", verdict.name, escaped(&verdict.message)));
    }
    for (sign, numbers) in [('+', &plan.add), ('-', &plan.remove)] {
        for number in numbers.iter().take(shown) {
            line(text, &format!("  {sign} {number}"));
        }
        if numbers.len() > shown {
            line(text, &format!("  {sign} … and {} more (-v shows all)", numbers.len() - shown));
        }
    }
    line(text, "");
}

fn line(text: &mut String, line: &str) {
    // Writing into a string cannot fail.
    let _ = writeln!(text, "{line}");
}
