//! What a Groups API can do, wherever it runs.

use std::future::Future;

use super::{ApiError, Group, GroupId, GroupPage, GroupUpdate, NewGroup, Replacement};
use crate::numbers::NumberSet;

/// The seven operations of the Groups API.
///
/// Implemented by the HTTP client and by the sandbox's store in this process; one suite of tests runs on both.
/// An implementation may repeat a call by itself only while it knows that the call was not applied; where that is
/// unknown it answers [`super::ErrorClass::Ambiguous`], and the caller decides.
pub trait GroupsApi: Send + Sync + 'static {
    /// `POST /groups`. Not idempotent: after an ambiguous failure look for the group before creating again.
    fn create(&self, group: &NewGroup) -> impl Future<Output = Result<Group, ApiError>> + Send;

    /// `GET /groups`: one page, newest group first; `page` counts from 0, `page_size` is 1 to 100.
    fn list(&self, page: u32, page_size: u32) -> impl Future<Output = Result<GroupPage, ApiError>> + Send;

    /// `GET /groups/{id}`.
    fn retrieve(&self, id: &GroupId) -> impl Future<Output = Result<Group, ApiError>> + Send;

    /// `GET /groups/{id}/members`: all of them, 8 bytes each.
    fn members(&self, id: &GroupId) -> impl Future<Output = Result<NumberSet, ApiError>> + Send;

    /// `POST /groups/{id}`. The provider adds before it removes: a number in both ends up out.
    fn update(&self, id: &GroupId, update: &GroupUpdate) -> impl Future<Output = Result<Group, ApiError>> + Send;

    /// `PUT /groups/{id}`: what is not sent is cleared.
    fn replace(&self, id: &GroupId, replacement: &Replacement) -> impl Future<Output = Result<Group, ApiError>> + Send;

    /// `DELETE /groups/{id}`.
    fn delete(&self, id: &GroupId) -> impl Future<Output = Result<(), ApiError>> + Send;
}
