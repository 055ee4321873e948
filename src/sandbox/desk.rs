//! The routes: from path, method and header to the store, and back to a status and JSON.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Extension, FromRequest, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::stream;
use serde::Serialize;
use serde_json::json;

use super::doors::{Doors, Pass};
use super::gate::{Gate, Tally, gate};
use super::log::{Counts, RequestLog};
use super::refusal::Refusal;
use super::{Store, body};
use crate::groups::GroupId;
use crate::numbers::NumberSet;

/// How many groups are on a page unless the request says so.
const PAGE_SIZE: u32 = 30;
/// How many members go into one piece of an answer.
const MEMBERS_A_PIECE: usize = 4096;

/// What the handlers share.
pub(super) struct App {
    pub(super) plan: String,
    pub(super) store: Store,
    pub(super) doors: Doors,
    pub(super) gate: Gate,
    pub(super) log: RequestLog,
}

pub(super) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/xms/v1/{plan}/groups", get(list).post(create))
        .route("/xms/v1/{plan}/groups/{id}", get(retrieve).post(update).put(replace).delete(delete))
        .route("/xms/v1/{plan}/groups/{id}/members", get(members))
        .route("/sandbox/v1/{plan}/groups/{id}/inbound", post(inbound))
        .route_layer(from_fn_with_state(Arc::clone(app), authorize))
        .route("/oauth2/token", post(token))
        .fallback(nothing_there)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(app), gate))
        .with_state(Arc::clone(app))
}

pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// An error as the provider writes it.
pub(super) fn problem(status: StatusCode, code: &str, text: &str) -> Response {
    json(status, &json!({ "code": code, "text": text }))
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        json(status, &self.body())
    }
}

/// The body of a request that has to say that it is JSON.
struct Json(Bytes);

impl<S: Send + Sync> FromRequest<S> for Json {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if !is_content(request.headers(), "application/json") {
            let text = "The content type has to be application/json.";
            return Err(problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", text));
        }
        Bytes::from_request(request, state).await.map(Self).map_err(IntoResponse::into_response)
    }
}

fn is_content(headers: &HeaderMap, wanted: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
}

fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()
}

/// Stands before every route with a plan in its path.
async fn authorize(
    State(app): State<Arc<App>>,
    Path(path): Path<HashMap<String, String>>,
    request: Request,
    next: Next,
) -> Response {
    let pass = app.doors.pass(authorization(request.headers()));
    let why = match pass {
        Pass::Valid if path.get("plan") == Some(&app.plan) => return next.run(request).await,
        Pass::Valid | Pass::Unknown => "The token is not valid for this service plan",
        Pass::Missing => "The header 'Authorization: Bearer TOKEN' is missing",
        Pass::Expired => "The token expired",
    };
    let error = if pass == Pass::Missing { "" } else { ", error=\"invalid_token\"" };
    let mut response = problem(StatusCode::UNAUTHORIZED, "unauthorized", &format!("{why}."));
    if let Ok(challenge) =
        HeaderValue::from_str(&format!("Bearer realm=\"sandbox\"{error}, error_description=\"{why}\""))
    {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

type Place = Path<(String, String)>;

async fn create(
    State(app): State<Arc<App>>,
    Extension(tally): Extension<Tally>,
    Json(body): Json,
) -> Result<Response, Refusal> {
    let new = body::new_group(&body)?;
    tally.note(Counts { members: Some(new.members.len()), ..Counts::default() });
    let group = app.store.create_group(new).await.map_err(|refusal| body::reworded(refusal, &body))?;
    Ok(json(StatusCode::CREATED, &group))
}

async fn list(State(app): State<Arc<App>>, Query(query): Query<HashMap<String, String>>) -> Result<Response, Refusal> {
    let number = |name: &str, default| match query.get(name) {
        None => Ok(default),
        Some(text) => text.parse::<u32>().map_err(|_| Refusal::Format {
            parameter: name.to_owned(),
            index: None,
            value: text.clone(),
            wanted: "number from 0",
        }),
    };
    let page = app.store.list_groups(number("page", 0)?, number("page_size", PAGE_SIZE)?).await?;
    Ok(json(StatusCode::OK, &page))
}

async fn retrieve(State(app): State<Arc<App>>, Path((_, id)): Place) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, &app.store.retrieve_group(GroupId::new(id)).await?))
}

async fn members(
    State(app): State<Arc<App>>,
    Extension(tally): Extension<Tally>,
    Path((_, id)): Place,
) -> Result<Response, Refusal> {
    let members = app.store.members_of(GroupId::new(id)).await?;
    tally.note(Counts { members: Some(members.len()), ..Counts::default() });
    Ok(([(header::CONTENT_TYPE, "application/json")], written(members)).into_response())
}

/// The members as a JSON array of digits, a piece at a time: eight bytes are kept for each, not its text.
fn written(members: NumberSet) -> Body {
    let pieces = members.len().div_ceil(MEMBERS_A_PIECE).max(1);
    Body::from_stream(stream::iter((0..pieces).map(move |piece| {
        let mut text = String::from(if piece == 0 { "[" } else { "" });
        let start = piece * MEMBERS_A_PIECE;
        for (index, member) in members.iter().enumerate().skip(start).take(MEMBERS_A_PIECE) {
            let comma = if index == 0 { "" } else { "," };
            // Writing to a string does not fail.
            let _ = write!(text, "{comma}\"{}\"", member.value());
        }
        if piece + 1 == pieces {
            text.push(']');
        }
        Ok::<_, std::convert::Infallible>(text)
    })))
}

async fn update(
    State(app): State<Arc<App>>,
    Extension(tally): Extension<Tally>,
    Path((_, id)): Place,
    Json(body): Json,
) -> Result<Response, Refusal> {
    let update = body::update(&body)?;
    tally.note(Counts { add: Some(update.add.len()), remove: Some(update.remove.len()), ..Counts::default() });
    let done = app.store.update_group(GroupId::new(id), update).await;
    Ok(json(StatusCode::OK, &done.map_err(|refusal| body::reworded(refusal, &body))?))
}

async fn replace(
    State(app): State<Arc<App>>,
    Extension(tally): Extension<Tally>,
    Path((_, id)): Place,
    Json(body): Json,
) -> Result<Response, Refusal> {
    let replacement = body::replacement(&body)?;
    tally.note(Counts { members: Some(replacement.members.len()), ..Counts::default() });
    let done = app.store.replace_group(GroupId::new(id), replacement).await;
    Ok(json(StatusCode::OK, &done.map_err(|refusal| body::reworded(refusal, &body))?))
}

async fn delete(State(app): State<Arc<App>>, Path((_, id)): Place) -> Result<StatusCode, Refusal> {
    app.store.delete_group(GroupId::new(id)).await?;
    Ok(StatusCode::OK)
}

/// Not the provider's: somebody texts the group's number, so that a group changes behind its importer's back.
async fn inbound(State(app): State<Arc<App>>, Path((_, id)): Place, Json(body): Json) -> Result<Response, Refusal> {
    let message = body::inbound(&body)?;
    let done = app.store.inbound(GroupId::new(id), message).await?;
    Ok(json(StatusCode::OK, &json!({ "result": done.name() })))
}

/// `POST /oauth2/token` (RFC 6749, 4.4).
async fn token(State(app): State<Arc<App>>, headers: HeaderMap, form: Bytes) -> Response {
    let problem = |status, error: &str| json(status, &json!({ "error": error }));
    if !is_content(&headers, "application/x-www-form-urlencoded") {
        return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request");
    }
    let Some((token, lifetime)) = app.doors.issue(authorization(&headers)) else {
        let mut response = problem(StatusCode::UNAUTHORIZED, "invalid_client");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"sandbox\""));
        return response;
    };
    if !form.split(|byte| *byte == b'&').any(|field| field == b"grant_type=client_credentials") {
        return problem(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let answer =
        json!({ "access_token": token, "token_type": "bearer", "expires_in": lifetime.as_secs(), "scope": "" });
    let mut response = json(StatusCode::OK, &answer);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn nothing_there() -> Response {
    let text = "There is nothing at this path; the Groups API is at /xms/v1/PLAN/groups.";
    problem(StatusCode::NOT_FOUND, "not_found", text)
}

async fn no_such_method() -> Response {
    problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This path does not have this method.")
}
