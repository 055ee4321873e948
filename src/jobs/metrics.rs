//! The last night of a job as a text file for Prometheus' node exporter.

use std::fmt::Write;

use serde_json::Value;

/// What the file tells. No numbers.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    /// The job's name.
    pub job: String,
    /// When the job last ended, in seconds since 1970.
    pub ended: i64,
    /// When it last ended well, in seconds since 1970; none when it never did.
    pub succeeded: Option<i64>,
    /// Its exit code.
    pub exit: u8,
    /// Whether it was skipped, as nothing had changed.
    pub skipped: bool,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Its report; null when it has none.
    pub report: Value,
}

impl Metrics {
    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = Text(String::new());
        let job = [("job", self.job.as_str())];
        text.one("rollcall_job_ended_timestamp_seconds", "When the job last ended.", &job, self.ended);
        if let Some(succeeded) = self.succeeded {
            let help = "When the job last ended well.";
            text.one("rollcall_job_succeeded_timestamp_seconds", help, &job, succeeded);
        }
        text.one("rollcall_job_exit_code", "How the job last ended; 0 and 3 are well.", &job, self.exit);
        text.one("rollcall_job_skipped", "Whether nothing had changed.", &job, u8::from(self.skipped));
        text.one("rollcall_job_duration_seconds", "How long the job last took.", &job, self.seconds);
        self.figures(&mut text, "rollcall_job_rows", "Rows of the list, by outcome.", "outcome", "/rows");
        self.figures(
            &mut text,
            "rollcall_job_members",
            "Numbers in groups, by what became of them.",
            "what",
            "/members",
        );
        self.figures(&mut text, "rollcall_job_requests", "Requests, by what became of them.", "what", "/requests");
        self.brakes(&mut text);
        self.groups(&mut text);
        text.0
    }

    fn figures(&self, text: &mut Text, name: &str, help: &str, label: &str, place: &str) {
        let Some(figures) = self.report.pointer(place).and_then(Value::as_object) else { return };
        text.head(name, help);
        for (what, figure) in figures {
            if figure.is_number() {
                text.sample(name, &[("job", &self.job), (label, what)], figure);
            }
        }
    }

    fn brakes(&self, text: &mut Text) {
        let tripped = |brake: &Value| brake.get("tripped").and_then(Value::as_bool).unwrap_or_default();
        let brakes = self.report.get("brakes").and_then(Value::as_array);
        let mut names: Vec<(&str, bool)> = Vec::new();
        for brake in brakes.into_iter().flatten() {
            let Some(name) = brake.get("name").and_then(Value::as_str) else { continue };
            match names.iter_mut().find(|(known, _)| *known == name) {
                // With several groups a brake is asked several times.
                Some((_, known)) => *known |= tripped(brake),
                None => names.push((name, tripped(brake))),
            }
        }
        if !names.is_empty() {
            text.head("rollcall_job_brake_tripped", "Whether the brake has refused.");
        }
        for (name, tripped) in names {
            text.sample("rollcall_job_brake_tripped", &[("job", &self.job), ("brake", name)], u8::from(tripped));
        }
    }

    fn groups(&self, text: &mut Text) {
        let groups: Vec<(&str, &Value)> = self
            .report
            .get("groups")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|group| {
                Some((group.get("name")?.as_str()?, group.get("after").filter(|after| after.is_number())?))
            })
            .collect();
        if !groups.is_empty() {
            text.head("rollcall_group_members", "Members of the group when they were read back.");
        }
        for (name, after) in groups {
            text.sample("rollcall_group_members", &[("job", &self.job), ("group", name)], after);
        }
    }
}

/// The text as it grows. Writing into a string cannot fail.
struct Text(String);

impl Text {
    fn one(&mut self, name: &str, help: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.head(name, help);
        self.sample(name, labels, value);
    }

    fn head(&mut self, name: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let label = |(name, value): &(&str, &str)| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{name}=\"{value}\"")
        };
        let labels: Vec<String> = labels.iter().map(label).collect();
        let _ = writeln!(self.0, "{name}{{{}}} {value}", labels.join(","));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_as_prometheus_reads_it() {
        let report = serde_json::json!({
            "rows": { "read": 10, "rejected": 1 },
            "brakes": [{ "name": "remove", "tripped": false }, { "name": "remove", "tripped": true }],
            "groups": [{ "name": "a \"b\"\\\n", "after": 9 }, { "name": "c", "after": null }],
        });
        let metrics =
            Metrics { job: "nightly".to_owned(), ended: 5, exit: 4, seconds: 1.5, report, ..Metrics::default() };
        let text = metrics.text();
        for line in [
            "rollcall_job_exit_code{job=\"nightly\"} 4",
            "rollcall_job_duration_seconds{job=\"nightly\"} 1.5",
            "rollcall_job_rows{job=\"nightly\",outcome=\"rejected\"} 1",
            "rollcall_job_brake_tripped{job=\"nightly\",brake=\"remove\"} 1",
            "rollcall_group_members{job=\"nightly\",group=\"a \\\"b\\\"\\\\\\n\"} 9",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(!text.contains("succeeded") && !text.contains("group=\"c\""), "{text}");
        for line in text.lines() {
            assert!(
                line.starts_with("# ") || line.rsplit(' ').next().is_some_and(|value| value.parse::<f64>().is_ok())
            );
        }
    }
}
