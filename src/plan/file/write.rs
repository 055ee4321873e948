//! From plans to lines.

use std::io::{self, Write};

use super::PlanFile;
use super::header::{Header, Seal};

/// How a change looks: what stands before the number and behind it.
pub(super) const ADD: &str = "{\"add\":\"";
pub(super) const REMOVE: &str = "{\"remove\":\"";
pub(super) const END: &str = "\"}";

impl PlanFile {
    /// Writes all sections. 10,000 changes take about 300 KB.
    ///
    /// # Errors
    /// When the output takes no more.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let (whole, sections) = (self.digest(), self.sections.len());
        for (number, section) in (1..).zip(&self.sections) {
            let header = serde_json::to_string(&Header::of(section, number, sections, whole))?;
            let prefix = header.strip_suffix('}').unwrap_or(&header);
            let lines = || {
                let adds = section.plan.add.iter().map(|number| format!("{ADD}{number}{END}"));
                adds.chain(section.plan.remove.iter().map(|number| format!("{REMOVE}{number}{END}")))
            };
            let mut seal = Seal::default();
            seal.line(prefix);
            lines().for_each(|line| seal.line(&line));
            writeln!(to, "{}", Seal::put(prefix, &seal.finish()))?;
            for line in lines() {
                writeln!(to, "{line}")?;
            }
        }
        Ok(())
    }
}
