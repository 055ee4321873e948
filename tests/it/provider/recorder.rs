//! A proxy that passes everything on and remembers every body.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use serde::Serialize;
use serde_json::Value;

use crate::relay::{Answered, Relay, serve};

/// A request and its answer. A body that is no JSON is a string; one that is empty is null.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Exchange {
    pub(super) method: String,
    /// Behind the plan's id, without the query.
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) request: Value,
    pub(super) status: u16,
    pub(super) answer: Value,
}

/// A proxy in front of a sandbox.
pub(super) struct Recorder {
    pub(super) base_url: String,
    way: Arc<Way>,
}

struct Way {
    relay: Relay,
    seen: Mutex<Vec<Exchange>>,
}

impl Recorder {
    /// Passes on to the server whose base URL this is.
    pub(super) async fn before(base_url: &str) -> Self {
        let way = Arc::new(Way { relay: Relay::to(base_url), seen: Mutex::default() });
        let app = Router::new().fallback(pass).with_state(Arc::clone(&way));
        Self { base_url: serve(app, base_url).await, way }
    }

    pub(super) fn seen(&self) -> Vec<Exchange> {
        self.way.seen.lock().unwrap().clone()
    }
}

async fn pass(State(way): State<Arc<Way>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Answered {
    let answer = way.relay.carry((method.clone(), uri.clone(), headers, body.clone())).await;
    let (status, _, told) = &answer;
    // /xms/v1/PLAN/groups…
    let path = uri.path().splitn(5, '/').nth(4).unwrap_or_default();
    way.seen.lock().unwrap().push(Exchange {
        method: method.to_string(),
        path: format!("/{path}"),
        query: uri.query().map(str::to_owned),
        request: json(&body),
        status: status.as_u16(),
        answer: json(told),
    });
    answer
}

fn json(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}
