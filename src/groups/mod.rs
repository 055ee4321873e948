//! The provider's Groups REST API: typed requests in, typed answers out.
//!
//! Receives [`NewGroup`], [`GroupUpdate`], [`Replacement`] and ids; yields [`Group`]s, members, or an [`ApiError`] that
//! says what may be done about it. Knows nothing of plans or CSV. The only room that speaks HTTP to a provider.
//!
//! A call goes through three layers, put together in [`Client::connect`] for reads and writes alike:
//!
//! ```text
//! retry    repeats what is known not to have been applied, or does no harm twice; rests when all fails
//! pace     so many a second, so many at once, nobody during a pause; sees to the access token
//! http     one request, one typed answer, one classified error
//! ```

mod answer;
mod api;
mod auth;
mod breaker;
mod classify;
mod client;
mod complaint;
mod connection;
mod endpoint;
mod error;
mod events;
mod failure;
mod http;
mod keywords;
mod listing;
mod name;
mod outstanding;
mod pace;
mod pause;
mod picture;
mod proxies;
mod retry;
mod secret;
mod slots;
mod template;
mod wire;

pub use api::GroupsApi;
pub use client::Client;
pub use connection::{ConnectError, Connection, Credentials, Rate, UrlSetting};
pub use endpoint::{Account, AuthUrl, Endpoint, ServiceRegion};
pub use error::{ApiError, ErrorClass, NamedElement, Operation};
pub use events::{EventSink, GroupsEvent, PauseReason, RequestStats};
pub use keywords::{KeywordError, Keywords, TextTo};
pub use listing::{FindError, Found, FoundBy, all_groups, find_among, find_group};
pub use name::{GroupName, NameError};
pub use picture::{Picture, PictureError, picture};
pub use proxies::Proxies;
pub use secret::Secret;
pub use template::{Template, TemplateError};
pub use wire::{AutoUpdate, Group, GroupId, GroupPage, GroupUpdate, NameChange, NewGroup, Replacement};
