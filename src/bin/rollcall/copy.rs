//! `rollcall copy`: groups of one account into another, with nothing in between but this machine's memory.

use rollcall::backup::Kit;
use rollcall::groups::all_groups;
use rollcall::ledger::Ledger;
use rollcall::report::{Report, escaped};

use crate::args::{Common, CopyArgs};
use crate::backup::Reading;
use crate::connect::{self, Link};
use crate::failure::{Exit, Failure};
use crate::terminal::Terminal;
use crate::{account, bring, membership};

pub(crate) fn run(args: &CopyArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Failure> {
    let state = connect::state(common)?;
    let source = account::settings(&args.connection, common, &state)?;
    let target = account::settings_of_profile(&args.to_profile, common, &state)?;
    let (from, to) = (source.key(), target.key());
    if from == to {
        return Err(Failure::usage(
            format!("the groups of {from} would be copied to where they are"),
            "name another account: --to-profile is where to, --profile or the environment where from",
        ));
    }
    let report = Report::new("copy");
    bring::run(report, &args.bring, target, common, terminal, async |ledger, stop, report| {
        let link = Link::open(source, &stop.token, terminal).await?;
        let kit = kit(args, &link, ledger, terminal).await;
        link.tell(report);
        link.close().await;
        kit
    })
}

/// Reads the groups that were chosen, their child groups, and who left them.
async fn kit(args: &CopyArgs, link: &Link, ledger: &Ledger, terminal: &Terminal) -> Result<Kit, Failure> {
    let account = link.account().key();
    let all = all_groups(&*link.api).await?;
    let chosen = if args.all { all.clone() } else { membership::groups(&args.groups, ledger, link).await? };
    let is_chosen = |id| chosen.iter().any(|group| group.id == id);
    let children = all.iter().filter(|group| {
        !is_chosen(group.id.clone()) && chosen.iter().any(|parent| parent.child_groups.contains(&group.id))
    });
    let children = children.cloned().collect();
    let reading = Reading { link, ledger, any_size: args.bring.brakes.allow_size_mismatch, terminal };
    let mut kit = Kit { account: account.clone(), ..Kit::default() };
    for (groups, into) in [(chosen, &mut kit.groups), (children, &mut kit.children)] {
        let mut read = Vec::new();
        let gone = reading.each(groups, |at, kept| {
            read.push((at, kept));
            Ok(())
        });
        for id in gone.await? {
            terminal.warn(&format!("the group {} was deleted while it was to be copied", escaped(id.as_str())));
        }
        // Newest first, as the account lists them.
        read.sort_by_key(|(at, _)| *at);
        into.extend(read.into_iter().map(|(_, kept)| kept));
    }
    if args.all {
        for figures in ledger.audiences()? {
            let (audience, seen) = (figures.audience, &kit.groups);
            if audience.account == account && !seen.iter().any(|kept| kept.audience == audience.name) {
                let leavers = ledger.leavers(&audience)?;
                kit.departed.push((audience.name, leavers));
            }
        }
    }
    Ok(kit)
}
