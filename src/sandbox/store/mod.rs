//! The groups, kept in `SQLite`, one transaction for each request.
//!
//! Receives typed requests, from the HTTP side or straight through [`GroupsApi`]; yields groups and members, or a
//! refusal. The work is done on a blocking thread, one request after the other; other processes may use the same
//! file at the same time.

mod book;
mod error;
mod inbound;
mod schema;
mod session;

use std::fmt;
use std::sync::Arc;

use tokio::sync::Mutex;

use self::book::Book;
pub use self::error::StoreError;
pub use self::inbound::{Inbound, Joined};
use super::refusal::Refusal;
use super::{Data, Rules, Settings};
use crate::groups::{ApiError, Group, GroupId, GroupPage, GroupUpdate, GroupsApi, NewGroup, Operation, Replacement};
use crate::numbers::NumberSet;

/// The groups of one service plan. Clones share them.
#[derive(Clone)]
pub struct Store(Arc<Mutex<Book>>);

impl Store {
    /// Opens the data, making them when missing. Blocks on the disk.
    ///
    /// # Errors
    /// When the file cannot be opened or made, or is not a sandbox's.
    pub fn open(data: &Data, plan: &str, rules: Rules) -> Result<Self, StoreError> {
        let connection = schema::open(data)?;
        Ok(Self(Arc::new(Mutex::new(Book::new(connection, plan, rules)))))
    }

    /// An empty store in memory, with the default plan and rules.
    ///
    /// # Errors
    /// When `SQLite` cannot do even that.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::open(&Data::Memory, Settings::DEFAULT_PLAN, Rules::default())
    }

    /// Somebody texts the group's number: see [`Inbound`].
    pub(super) async fn inbound(&self, id: GroupId, message: Inbound) -> Result<Joined, Refusal> {
        self.work(move |book| book.inbound(&id, &message)).await
    }

    pub(super) async fn create_group(&self, new: NewGroup) -> Result<Group, Refusal> {
        self.work(move |book| book.create(&new)).await
    }

    pub(super) async fn list_groups(&self, page: u32, page_size: u32) -> Result<GroupPage, Refusal> {
        self.work(move |book| book.list(page, page_size)).await
    }

    pub(super) async fn retrieve_group(&self, id: GroupId) -> Result<Group, Refusal> {
        self.work(move |book| book.retrieve(&id)).await
    }

    pub(super) async fn members_of(&self, id: GroupId) -> Result<NumberSet, Refusal> {
        self.work(move |book| book.members(&id)).await
    }

    pub(super) async fn update_group(&self, id: GroupId, update: GroupUpdate) -> Result<Group, Refusal> {
        self.work(move |book| book.update(&id, &update)).await
    }

    pub(super) async fn replace_group(&self, id: GroupId, replacement: Replacement) -> Result<Group, Refusal> {
        self.work(move |book| book.replace(&id, &replacement)).await
    }

    pub(super) async fn delete_group(&self, id: GroupId) -> Result<(), Refusal> {
        self.work(move |book| book.delete(&id)).await
    }

    /// Waits for its turn as a task, not as a thread, so that a crowd of requests holds no crowd of threads.
    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Book) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let mut book = Arc::clone(&self.0).lock_owned().await;
        let done = tokio::task::spawn_blocking(move || job(&mut book)).await;
        done.unwrap_or_else(|_| Err(Refusal::Broken("its work broke off".to_owned())))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl GroupsApi for Store {
    async fn create(&self, group: &NewGroup) -> Result<Group, ApiError> {
        self.create_group(group.clone()).await.map_err(|refusal| refusal.into_api_error(Operation::Create))
    }

    async fn list(&self, page: u32, page_size: u32) -> Result<GroupPage, ApiError> {
        self.list_groups(page, page_size).await.map_err(|refusal| refusal.into_api_error(Operation::List))
    }

    async fn retrieve(&self, id: &GroupId) -> Result<Group, ApiError> {
        self.retrieve_group(id.clone()).await.map_err(|refusal| refusal.into_api_error(Operation::Retrieve))
    }

    async fn members(&self, id: &GroupId) -> Result<NumberSet, ApiError> {
        self.members_of(id.clone()).await.map_err(|refusal| refusal.into_api_error(Operation::Members))
    }

    async fn update(&self, id: &GroupId, update: &GroupUpdate) -> Result<Group, ApiError> {
        let done = self.update_group(id.clone(), update.clone()).await;
        done.map_err(|refusal| refusal.into_api_error(Operation::Update))
    }

    async fn replace(&self, id: &GroupId, replacement: &Replacement) -> Result<Group, ApiError> {
        let done = self.replace_group(id.clone(), replacement.clone()).await;
        done.map_err(|refusal| refusal.into_api_error(Operation::Replace))
    }

    async fn delete(&self, id: &GroupId) -> Result<(), ApiError> {
        self.delete_group(id.clone()).await.map_err(|refusal| refusal.into_api_error(Operation::Delete))
    }
}
