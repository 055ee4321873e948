//! Sends one chunk, and finds out what became of it.

use std::time::Duration;

use super::{ApplyError, Errand, Shop};
use crate::groups::{ApiError, ErrorClass, GroupUpdate, GroupsApi, Replacement};
use crate::ledger::Outcome;
use crate::numbers::NumberSet;
use crate::plan::Chunk;

/// How often a chunk of unknown outcome is looked up and sent again before it is left for later.
const LOOKUPS: u32 = 4;

/// How long a group that was only just made may be unknown to the provider ("has not had time to load").
const LOADING: Duration = Duration::from_secs(10);

/// Sends a chunk, and writes down its intent before and its outcome after. `before` are the group's members when the
/// run, or its resumption, began. Yields those of the chunk who had left already when a lost answer was looked into.
pub(super) async fn send<A: GroupsApi>(
    shop: &Shop<A>,
    errand: &Errand,
    before: &NumberSet,
) -> Result<NumberSet, ApplyError> {
    let key = errand.chunk;
    let chunk = shop
        .ledger(move |ledger| {
            let chunk = ledger.chunk(key)?;
            ledger.intend(key)?;
            Ok(chunk)
        })
        .await?;
    match insist(shop, errand, &chunk).await {
        Ok(gone) => {
            let (add, remove): (NumberSet, NumberSet) =
                (chunk.add.into_iter().collect(), chunk.remove.into_iter().collect());
            let idle = add.intersection(before).union(&remove.difference(before));
            shop.ledger(move |ledger| ledger.settle(key, Outcome::Applied { idle: &idle })).await?;
            Ok(gone)
        }
        Err(error) => {
            let (class, words) = (error.class, error.summary().to_owned());
            let settled = shop.ledger(move |ledger| {
                let words = words.as_str();
                ledger.settle(
                    key,
                    match class {
                        ErrorClass::Ambiguous => Outcome::Unknown { words },
                        ErrorClass::NotApplied
                        | ErrorClass::NotFound
                        | ErrorClass::TooLarge
                        | ErrorClass::Refused
                        | ErrorClass::NameTaken
                        | ErrorClass::Account
                        | ErrorClass::Stop => Outcome::Failed { words },
                    },
                )
            });
            settled.await?;
            Err(error.into())
        }
    }
}

/// Sends a chunk until its outcome is known, within reason. Yields those of it who have left already.
async fn insist<A: GroupsApi>(shop: &Shop<A>, errand: &Errand, chunk: &Chunk) -> Result<NumberSet, ApiError> {
    let loading = tokio::time::Instant::now() + LOADING;
    let mut lookups = 0;
    loop {
        let error = match once(&*shop.api, errand, chunk).await {
            Ok(()) => return Ok(NumberSet::new()),
            Err(error) => error,
        };
        match error.class {
            ErrorClass::Ambiguous if lookups < LOOKUPS => {
                lookups += 1;
                // The look may fail as well; the outcome is then as unknown as before.
                let Ok(live) = shop.api.members(&errand.id).await else { return Err(error) };
                if took_effect(&live, chunk) {
                    return Ok(missing(&live, chunk));
                }
            }
            ErrorClass::NotFound if errand.fresh && tokio::time::Instant::now() < loading => {
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            ErrorClass::Ambiguous
            | ErrorClass::NotFound
            | ErrorClass::NotApplied
            | ErrorClass::Refused
            | ErrorClass::TooLarge
            | ErrorClass::NameTaken
            | ErrorClass::Account
            | ErrorClass::Stop => return Err(error),
        }
    }
}

/// One request: an update, or the one replacement that a whole plan becomes.
async fn once<A: GroupsApi>(api: &A, errand: &Errand, chunk: &Chunk) -> Result<(), ApiError> {
    if !errand.whole {
        let update = GroupUpdate { add: chunk.add.clone(), remove: chunk.remove.clone(), ..GroupUpdate::default() };
        return api.update(&errand.id, &update).await.map(|_| ());
    }
    // What a replacement does not send is cleared, so that everything else is sent as it is.
    let group = api.retrieve(&errand.id).await?;
    let mut members = api.members(&errand.id).await?;
    members.remove_all(&chunk.remove.iter().copied().collect());
    let members = members.union(&chunk.add.iter().copied().collect());
    let replacement = Replacement {
        members: members.as_slice().to_vec(),
        name: group.name,
        child_groups: group.child_groups,
        auto_update: group.auto_update,
    };
    api.replace(&errand.id, &replacement).await.map(|_| ())
}

/// Whether a chunk of unknown outcome was applied, by the members now. None of its adds was a member before, so that
/// one of them among the members proves it; those of it who are missing then have left meanwhile and must not be added
/// again.
pub(super) fn took_effect(live: &NumberSet, chunk: &Chunk) -> bool {
    if chunk.add.is_empty() {
        return !chunk.remove.iter().any(|number| live.contains(*number));
    }
    chunk.add.iter().any(|number| live.contains(*number))
}

/// The adds of an applied chunk that are no members any more.
pub(super) fn missing(live: &NumberSet, chunk: &Chunk) -> NumberSet {
    chunk.add.iter().copied().filter(|number| !live.contains(*number)).collect()
}
