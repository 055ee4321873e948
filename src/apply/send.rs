//! Sends one chunk, and finds out what became of it: as a whole, or of its parts where it cannot go as it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::poison::{self, NAMED_IN_A_ROW, Remedy};
use super::{ApplyError, Shop};
use crate::groups::{ApiError, ErrorClass, GroupId, GroupUpdate, GroupsApi, Replacement};
use crate::ledger::{ChunkId, Outcome, Refusal};
use crate::numbers::{Msisdn, NumberSet};
use crate::plan::Chunk;
use crate::report::Event;

/// How often a chunk of unknown outcome is looked up and sent again before it is left for later.
const LOOKUPS: u32 = 4;

/// How long a group that was only just made may be unknown to the provider ("has not had time to load").
const LOADING: Duration = Duration::from_secs(10);

/// Chunks of one group on their way, one after another.
pub(super) struct Errand {
    pub(super) job: usize,
    /// One, unless they have to go one after another.
    pub(super) chunks: Vec<ChunkId>,
    /// Whether a chunk goes as a replacement of the group. That takes the members as they are, so that two of them
    /// must not go at once.
    pub(super) whole: bool,
    /// Whether the group has turned out to hold no more.
    pub(super) full: Arc<AtomicBool>,
    pub(super) id: GroupId,
    pub(super) fresh: bool,
    pub(super) numbers: u64,
}

/// What came of an errand.
#[derive(Default)]
pub(super) struct Sent {
    /// Adds who had left already when a lost answer was looked into.
    pub(super) gone: NumberSet,
    /// Why something of it is left.
    pub(super) failure: Option<ApplyError>,
}

/// A chunk, or a part of one.
struct Piece {
    chunk: ChunkId,
    /// How many of its numbers were refused by name, one after another.
    named: u32,
}

impl Piece {
    fn new(chunk: ChunkId) -> Self {
        Self { chunk, named: 0 }
    }

    /// The halves that the ledger has made of a chunk, the first last: they are taken from the end.
    fn halves(chunk: ChunkId, halves: &[Chunk; 2]) -> Vec<Self> {
        halves.iter().rev().map(|half| Self::new(chunk.plan().chunk(half.number))).collect()
    }
}

/// What has begun with a piece.
enum Begun {
    /// Its intent is written down.
    Intended(Chunk),
    /// It is larger than the provider takes, and was halved.
    Halved([Chunk; 2]),
}

/// A request that failed.
struct Miss {
    error: ApiError,
    /// The number of it that the provider has named.
    named: Option<Msisdn>,
}

/// Sends the chunks of an errand one after another, each with its intent written down before and its outcome after.
/// `before` are the group's members when the run, or its resumption, began. Between two requests it stops when `halt`
/// says so.
pub(super) async fn send<A: GroupsApi>(
    shop: &Shop<A>,
    errand: &Errand,
    before: &NumberSet,
    halt: &CancellationToken,
) -> Sent {
    let mut pieces: Vec<Piece> = errand.chunks.iter().rev().copied().map(Piece::new).collect();
    let mut sent = Sent::default();
    let mut begun = false;
    while let Some(piece) = pieces.pop() {
        if errand.full.load(Ordering::Relaxed) || (begun && halt.is_cancelled()) {
            break;
        }
        begun = true;
        match attempt(shop, errand, &piece, before, &mut sent.gone).await {
            Ok(rest) => pieces.extend(rest),
            Err(error) => {
                sent.failure = Some(error);
                break;
            }
        }
    }
    sent
}

/// Sends one piece. Yields what is left of it to be sent, the last first.
async fn attempt<A: GroupsApi>(
    shop: &Shop<A>,
    errand: &Errand,
    piece: &Piece,
    before: &NumberSet,
    gone: &mut NumberSet,
) -> Result<Vec<Piece>, ApplyError> {
    let (key, most) = (piece.chunk, shop.learning.most());
    let begun = shop.ledger(move |ledger| {
        let chunk = ledger.chunk(key)?;
        if chunk.len() > most {
            return ledger.split(key).map(Begun::Halved);
        }
        ledger.intend(key)?;
        Ok(Begun::Intended(chunk))
    });
    let chunk = match begun.await? {
        Begun::Intended(chunk) => chunk,
        Begun::Halved(halves) => return Ok(Piece::halves(key, &halves)),
    };
    let miss = match insist(shop, errand, &chunk).await {
        Ok(left) => {
            *gone = gone.union(&left);
            let (add, remove): (NumberSet, NumberSet) =
                (chunk.add.into_iter().collect(), chunk.remove.into_iter().collect());
            let idle = add.intersection(before).union(&remove.difference(before));
            shop.ledger(move |ledger| ledger.settle(key, Outcome::Applied { idle: &idle })).await?;
            return Ok(Vec::new());
        }
        Err(miss) => miss,
    };
    match poison::remedy(&miss.error, miss.named, &chunk) {
        Remedy::SetAside(number) => set_aside(shop, piece, number, miss.error).await,
        Remedy::Halve if !shop.settings.atomic && shop.learning.spend() => halve(shop, key).await,
        Remedy::Shrink if !shop.settings.atomic => {
            let most = shop.learning.shrink(chunk.len());
            let reason = format!("{}; no more than {most} numbers in a request from here", miss.error);
            (shop.events)(&Event::Retrying { reason });
            halve(shop, key).await
        }
        Remedy::Halve | Remedy::Shrink | Remedy::None => {
            if miss.error.class == ErrorClass::TooLarge {
                // What is too much with a single number is too much with any other: the group is full.
                errand.full.store(true, Ordering::Relaxed);
            }
            give_up(shop, key, miss.error).await
        }
    }
}

/// Takes a number out of a chunk. Of a chunk that has lost many in a row the rest goes in halves.
async fn set_aside<A: GroupsApi>(
    shop: &Shop<A>,
    piece: &Piece,
    number: Msisdn,
    error: ApiError,
) -> Result<Vec<Piece>, ApplyError> {
    let (key, refusal) = (piece.chunk, Refusal { number, words: poison::words(&error) });
    let rest = shop.ledger(move |ledger| ledger.set_aside(key, &[refusal])).await?;
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    if !shop.learning.spend() {
        return Err(error.into());
    }
    let named = piece.named + 1;
    if named >= NAMED_IN_A_ROW && rest.len() > 1 && !shop.settings.atomic && shop.learning.spend() {
        return halve(shop, key).await;
    }
    Ok(vec![Piece { chunk: key, named }])
}

async fn halve<A: GroupsApi>(shop: &Shop<A>, key: ChunkId) -> Result<Vec<Piece>, ApplyError> {
    let halves = shop.ledger(move |ledger| ledger.split(key)).await?;
    Ok(Piece::halves(key, &halves))
}

/// Writes down that a chunk is left, and why.
async fn give_up<A: GroupsApi>(shop: &Shop<A>, key: ChunkId, error: ApiError) -> Result<Vec<Piece>, ApplyError> {
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

/// Sends a chunk until its outcome is known, within reason. Yields those of it who have left already.
async fn insist<A: GroupsApi>(shop: &Shop<A>, errand: &Errand, chunk: &Chunk) -> Result<NumberSet, Miss> {
    let loading = tokio::time::Instant::now() + LOADING;
    let mut lookups = 0;
    loop {
        let miss = match once(&*shop.api, errand, chunk).await {
            Ok(()) => return Ok(NumberSet::new()),
            Err(miss) => miss,
        };
        match miss.error.class {
            ErrorClass::Ambiguous if lookups < LOOKUPS => {
                lookups += 1;
                // The look may fail as well; the outcome is then as unknown as before.
                let Ok(live) = shop.api.members(&errand.id).await else { return Err(miss) };
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
            | ErrorClass::Stop => return Err(miss),
        }
    }
}

impl From<ApiError> for Miss {
    fn from(error: ApiError) -> Self {
        Self { error, named: None }
    }
}

/// One request: an update, or the one replacement that a whole plan becomes.
async fn once<A: GroupsApi>(api: &A, errand: &Errand, chunk: &Chunk) -> Result<(), Miss> {
    if !errand.whole {
        let update = GroupUpdate { add: chunk.add.clone(), remove: chunk.remove.clone(), ..GroupUpdate::default() };
        return match api.update(&errand.id, &update).await {
            Ok(_) => Ok(()),
            Err(error) => Err(missed(error, |list| match list {
                "add" => Some(&update.add),
                "remove" => Some(&update.remove),
                _ => None,
            })),
        };
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
    match api.replace(&errand.id, &replacement).await {
        Ok(_) => Ok(()),
        Err(error) => Err(missed(error, |list| (list == "members").then_some(&replacement.members))),
    }
}

/// A failed request, with the number that is to blame as far as the provider can be believed.
fn missed<'a>(error: ApiError, sent: impl Fn(&str) -> Option<&'a Vec<Msisdn>>) -> Miss {
    let named =
        error.element.as_deref().and_then(|element| poison::named(element, |list| sent(list).map(Vec::as_slice)));
    Miss { error, named }
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
