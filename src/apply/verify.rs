//! Reads members back and compares them with what was sent.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Check;
use crate::groups::{ApiError, GroupId, GroupsApi};
use crate::numbers::NumberSet;
use crate::report::{Event, Events};

/// What was done to a group.
pub(super) struct Sent {
    pub(super) before: NumberSet,
    pub(super) added: NumberSet,
    pub(super) removed: NumberSet,
}

/// Compares until everything is as planned or the patience ends: providers answer from copies that may lag.
pub(super) async fn check<A: GroupsApi>(
    api: &A,
    id: &GroupId,
    label: &str,
    sent: &Sent,
    patience: Duration,
    events: &Events,
    stop: &CancellationToken,
) -> Result<Check, ApiError> {
    let until = tokio::time::Instant::now() + patience;
    let mut pause = Duration::from_millis(200);
    loop {
        let live = api.members(id).await?;
        let check = compare(sent, &live);
        if check.astray == 0 || stop.is_cancelled() || tokio::time::Instant::now() >= until {
            return Ok(check);
        }
        events(&Event::Unsettled { group: label.to_owned(), numbers: check.astray });
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {}
        }
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

fn compare(sent: &Sent, live: &NumberSet) -> Check {
    let count = |set: &NumberSet| u64::try_from(set.len()).unwrap_or(u64::MAX);
    let missing = sent.added.difference(live);
    let lingering = sent.removed.intersection(live);
    let stayed = sent.before.difference(&sent.removed);
    Check {
        after: count(live),
        astray: count(&missing) + count(&lingering),
        joined: count(&live.difference(&sent.before).difference(&sent.added)),
        left: count(&stayed.difference(live)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::Msisdn;

    fn set(values: &[u64]) -> NumberSet {
        values.iter().filter_map(|value| Msisdn::from_value(*value)).collect()
    }

    #[test]
    fn others_changes_are_told_from_ours() {
        let sent = Sent { before: set(&[1, 2, 3]), added: set(&[4, 5]), removed: set(&[3]) };
        let check = compare(&sent, &set(&[1, 4, 5, 9]));
        assert_eq!((check.after, check.astray, check.joined, check.left), (4, 0, 1, 1));
    }

    #[test]
    fn what_we_sent_and_do_not_find_is_astray() {
        let sent = Sent { before: set(&[1, 3]), added: set(&[4, 5]), removed: set(&[3]) };
        let check = compare(&sent, &set(&[1, 3, 4]));
        assert_eq!((check.astray, check.joined, check.left), (2, 0, 0));
    }
}
