//! The provider's Groups REST API: typed requests in, typed answers out.
//!
//! Receives [`NewGroup`], [`GroupUpdate`], [`Replacement`] and ids; yields [`Group`]s, members, or an [`ApiError`] that
//! says what may be done about it. Knows nothing of plans or CSV. The only room that speaks HTTP to a provider.

mod api;
mod error;
mod wire;

pub use api::GroupsApi;
pub use error::{ApiError, ErrorClass, NamedElement, Operation};
pub use wire::{AutoUpdate, Group, GroupId, GroupPage, GroupUpdate, NameChange, NewGroup, Replacement};
