//! `rollcall groups create`: a group that is not there yet, with the members of a list or with none.

use rollcall::apply::Making;
use rollcall::groups::GroupName;

use super::keywords;
use crate::args::{self, Common, CreateArgs};
use crate::failure::{Exit, Failure};
use crate::import::{self, Purpose};
use crate::terminal::Terminal;

pub(super) fn run(args: CreateArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let CreateArgs { mut import, keywords: words } = args;
    let name = GroupName::new(import.change.group.take().unwrap_or_default())?;
    let making = Making { auto_update: keywords(&words, None)?, children: Vec::new() };
    let change = &mut import.change;
    change.group = Some(name.into_string());
    change.mode = args::Mode::Add;
    change.create = true;
    if import.list.inputs.is_empty() {
        // No list is no short list.
        change.min_rows = 0;
    }
    import::run_for(&Purpose::Create(making), &import, common, terminal)
}
