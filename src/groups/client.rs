//! The Groups API over HTTP: the seven operations, through `retry(pace(http))`.

use std::sync::Arc;

use bytes::Bytes;
use jiff::SignedDuration;
use reqwest::{Method, Url};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::answer::Deleted;
use super::auth::Auth;
use super::http::{Call, Http};
use super::pace::Pace;
use super::retry::Retry;
use super::{
    Account, ApiError, ConnectError, Connection, ErrorClass, EventSink, Group, GroupId, GroupPage, GroupUpdate,
    GroupsApi, NewGroup, Operation, Replacement, RequestStats,
};
use crate::numbers::NumberSet;

/// A Groups API at the other end of a connection. Cheap to clone; clones share pace, pauses, token and counters.
#[derive(Clone)]
pub struct Client {
    stack: Arc<Retry>,
    base: Url,
    account: Account,
}

impl Client {
    /// A client for the account. Nothing is sent yet.
    ///
    /// When `stop` is cancelled, no request begins any more and none is repeated; those under way finish, and all
    /// others end in an error that says [`ApiError::interrupted`].
    ///
    /// # Errors
    /// When the settings lead nowhere: files that cannot be read, a proxy or a token that cannot be used.
    pub fn connect(connection: &Connection, events: EventSink, stop: CancellationToken) -> Result<Self, ConnectError> {
        if connection.timeout.is_zero() {
            return Err(ConnectError::Timeout);
        }
        let (http, auth) = (Http::new(connection)?, Auth::new(connection)?);
        let pace = Pace::new(http, auth, connection, events, stop);
        Ok(Self {
            stack: Arc::new(Retry::new(pace, connection.retries)),
            base: connection.endpoint.url().clone(),
            account: connection.endpoint.account().clone(),
        })
    }

    /// Whose groups these are.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// What has been sent so far.
    #[must_use]
    pub fn stats(&self) -> RequestStats {
        self.stack.pace.counters.snapshot()
    }

    /// How far this machine's clock is ahead of the account's; none before the first answer, or when it did not say.
    #[must_use]
    pub fn clock_skew(&self) -> Option<SignedDuration> {
        self.stack.pace.http.skew().map(SignedDuration::from_secs)
    }

    /// A call to all groups.
    fn to_all(&self, operation: Operation, method: Method) -> Call {
        let mut url = self.base.clone();
        // An http or https URL always has a path to append to, so there is no other case.
        if let Ok(mut path) = url.path_segments_mut() {
            path.push("groups");
        }
        Call { operation, method, url, body: None, group: None, harmless: operation.is_read() }
    }

    /// A call to one group.
    fn to_one(&self, operation: Operation, method: Method, id: &GroupId) -> Result<Call, ApiError> {
        if !is_a_path_segment(id.as_str()) {
            return Err(ApiError::new(operation, ErrorClass::NotFound, "no group has an id like that"));
        }
        let mut call = self.to_all(operation, method);
        if let Ok(mut path) = call.url.path_segments_mut() {
            path.push(id.as_str());
            if operation == Operation::Members {
                path.push("members");
            }
        }
        call.group = Some(id.clone());
        Ok(call)
    }
}

/// Whether a text stays one segment of a URL's path. Dots and control characters are resolved or dropped there, so
/// that an update of `..` would become the creation of a group.
fn is_a_path_segment(id: &str) -> bool {
    !matches!(id, "" | "." | "..") && !id.chars().any(char::is_control)
}

impl Call {
    fn carrying(mut self, body: &impl Serialize) -> Result<Self, ApiError> {
        let unwritable = |_| ApiError::new(self.operation, ErrorClass::Stop, "the request cannot be written as JSON");
        self.body = Some(Bytes::from(serde_json::to_vec(body).map_err(unwritable)?));
        Ok(self)
    }

    fn harmless_if(mut self, harmless: bool) -> Self {
        self.harmless = harmless;
        self
    }
}

impl GroupsApi for Client {
    async fn create(&self, group: &NewGroup) -> Result<Group, ApiError> {
        let call = self.to_all(Operation::Create, Method::POST).carrying(group)?;
        let made: Group = self.stack.call(&call).await?;
        self.stack.made(&made.id);
        Ok(made)
    }

    async fn list(&self, page: u32, page_size: u32) -> Result<GroupPage, ApiError> {
        let mut call = self.to_all(Operation::List, Method::GET);
        call.url.set_query(Some(&format!("page={page}&page_size={page_size}")));
        self.stack.call(&call).await
    }

    async fn retrieve(&self, id: &GroupId) -> Result<Group, ApiError> {
        self.stack.call(&self.to_one(Operation::Retrieve, Method::GET, id)?).await
    }

    async fn members(&self, id: &GroupId) -> Result<NumberSet, ApiError> {
        self.stack.call(&self.to_one(Operation::Members, Method::GET, id)?).await
    }

    async fn update(&self, id: &GroupId, update: &GroupUpdate) -> Result<Group, ApiError> {
        // Whoever left since the lost answer would be added again, or a group's newest members removed: the caller
        // must look first.
        let harmless = update.add.is_empty() && update.add_from_group.is_none() && update.remove_from_group.is_none();
        let call = self.to_one(Operation::Update, Method::POST, id)?.carrying(update)?.harmless_if(harmless);
        self.stack.call(&call).await
    }

    async fn replace(&self, id: &GroupId, replacement: &Replacement) -> Result<Group, ApiError> {
        let call = self.to_one(Operation::Replace, Method::PUT, id)?.carrying(replacement)?.harmless_if(true);
        self.stack.call(&call).await
    }

    async fn delete(&self, id: &GroupId) -> Result<(), ApiError> {
        let call = self.to_one(Operation::Delete, Method::DELETE, id)?.harmless_if(true);
        let Deleted = self.stack.call(&call).await?;
        self.stack.deleted(id);
        Ok(())
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("account", &self.account).finish_non_exhaustive()
    }
}
