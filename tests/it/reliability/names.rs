//! Groups that are made once, whatever becomes of the answer.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use rollcall::groups::{
    ApiError, ErrorClass, Group, GroupId, GroupPage, GroupUpdate, GroupsApi, NewGroup, Operation, Replacement,
};
use rollcall::ledger::Creation;
use rollcall::numbers::NumberSet;
use rollcall::plan::Mode;
use rollcall::sandbox::{Data, Rules, Settings, Store};

use super::{Cut, GROUP, Room, numbers};

/// What becomes of the first requests to make a group, one after another.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// The group is made, the answer is lost, and lists do not show it for so many looks.
    Lost { hidden: usize },
    /// Nothing is made, and nobody says so.
    Reset,
    /// Somebody else makes a group of that name first.
    Taken { members: u64 },
}

struct Moody {
    store: Store,
    fates: Vec<Fate>,
    creations: AtomicUsize,
    hidden: AtomicUsize,
}

impl Moody {
    fn new(fates: &[Fate]) -> Self {
        let rules = Rules { unique_names: true, ..Rules::default() };
        let store = Store::open(&Data::Memory, Settings::DEFAULT_PLAN, rules).unwrap();
        Self { store, fates: fates.to_vec(), creations: AtomicUsize::new(0), hidden: AtomicUsize::new(0) }
    }
}

fn lost() -> ApiError {
    ApiError::new(Operation::Create, ErrorClass::Ambiguous, "the answer was lost")
}

impl GroupsApi for Moody {
    async fn create(&self, group: &NewGroup) -> Result<Group, ApiError> {
        let turn = self.creations.fetch_add(1, Ordering::SeqCst);
        match self.fates.get(turn) {
            None => self.store.create(group).await,
            Some(Fate::Reset) => Err(lost()),
            Some(Fate::Lost { hidden }) => {
                self.store.create(group).await?;
                self.hidden.store(*hidden, Ordering::SeqCst);
                Err(lost())
            }
            Some(Fate::Taken { members }) => {
                let theirs = NewGroup { members: numbers(0..*members).iter().collect(), ..group.clone() };
                self.store.create(&theirs).await?;
                self.store.create(group).await
            }
        }
    }

    async fn list(&self, page: u32, page_size: u32) -> Result<GroupPage, ApiError> {
        let hides = self.hidden.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        let mut found = self.store.list(page, page_size).await?;
        if hides {
            found.groups.clear();
            found.count = 0;
        }
        Ok(found)
    }

    async fn retrieve(&self, id: &GroupId) -> Result<Group, ApiError> {
        self.store.retrieve(id).await
    }

    async fn members(&self, id: &GroupId) -> Result<NumberSet, ApiError> {
        self.store.members(id).await
    }

    async fn update(&self, id: &GroupId, update: &GroupUpdate) -> Result<Group, ApiError> {
        self.store.update(id, update).await
    }

    async fn replace(&self, id: &GroupId, replacement: &Replacement) -> Result<Group, ApiError> {
        self.store.replace(id, replacement).await
    }

    async fn delete(&self, id: &GroupId) -> Result<(), ApiError> {
        self.store.delete(id).await
    }
}

#[tokio::test]
async fn a_group_is_made_once() {
    // Side by side: a group that is nowhere to be seen is looked for during ten seconds.
    let cases = [
        (&[Fate::Lost { hidden: 0 }][..], 1),
        (&[Fate::Lost { hidden: 4 }], 1),
        (&[Fate::Reset], 2),
        (&[Fate::Reset, Fate::Lost { hidden: 2 }], 2),
    ];
    join_all(cases.map(|(fates, asked)| made_once(fates, asked))).await;
}

async fn made_once(fates: &[Fate], asked: usize) {
    let room = Room::without(Moody::new(fates));
    let nobody = NumberSet::new();
    let (run, applied) = room.change(Mode::Add, &numbers(0..25), &nobody, Cut::default()).await;
    assert!(applied.groups[0].failure.is_none(), "{fates:?}: {:?}", applied.groups[0].failure);
    assert!(applied.groups[0].created);
    assert_eq!(applied.verified(), Some(true), "{fates:?}");
    assert_eq!(room.api.creations.load(Ordering::SeqCst), asked, "{fates:?}");
    assert_eq!(room.api.store.list(0, 10).await.unwrap().count, 1, "{fates:?}");
    assert_eq!(room.plan(&run).creation, Creation::Made);
    let id = applied.groups[0].id.clone().unwrap();
    assert_eq!(room.api.store.members(&id).await.unwrap(), numbers(0..25));
}

#[tokio::test]
async fn a_group_that_others_have_made_meanwhile_is_used_and_its_members_are_known() {
    let room = Room::without(Moody::new(&[Fate::Taken { members: 7 }]));
    let (run, applied) = room.change(Mode::Add, &numbers(5..30), &NumberSet::new(), Cut::default()).await;
    let group = &applied.groups[0];
    assert!(!group.created && group.failure.is_none());
    assert_eq!(room.plan(&run).creation, Creation::Found);
    assert_eq!(group.added, 23, "two of them were there");
    assert_eq!(group.check.as_ref().unwrap().joined, 0, "they were there before");
    assert_eq!(applied.verified(), Some(true));
    assert_eq!(room.api.store.members(group.id.as_ref().unwrap()).await.unwrap(), numbers(0..30));
}

#[tokio::test]
async fn a_list_is_not_said_to_be_the_group_where_others_have_put_members() {
    for mode in [Mode::Sync, Mode::Replace] {
        let room = Room::without(Moody::new(&[Fate::Taken { members: 7 }]));
        let (_, applied) = room.change(mode, &numbers(5..30), &NumberSet::new(), Cut::default()).await;
        assert!(applied.groups[0].failure.is_some() && !applied.is_complete(), "{mode:?}");
        let theirs = room.api.store.list(0, 10).await.unwrap().groups.remove(0);
        assert_eq!((theirs.name.as_deref(), theirs.size), (Some(GROUP), Some(7)), "nothing was done to it");
    }
}
