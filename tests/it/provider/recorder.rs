//! A proxy that passes everything on and remembers every body.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

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
    target: String,
    http: reqwest::Client,
    seen: Mutex<Vec<Exchange>>,
}

impl Recorder {
    /// Passes on to the server whose base URL this is.
    pub(super) async fn before(base_url: &str) -> Self {
        let (target, plan) = base_url.split_once("/xms").unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let way = Arc::new(Way { target: target.to_owned(), http, seen: Mutex::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/xms{plan}", listener.local_addr().unwrap());
        let app = Router::new().fallback(pass).with_state(Arc::clone(&way));
        tokio::spawn(async { axum::serve(listener, app).await });
        Self { base_url, way }
    }

    pub(super) fn seen(&self) -> Vec<Exchange> {
        self.way.seen.lock().unwrap().clone()
    }
}

async fn pass(State(way): State<Arc<Way>>, method: Method, uri: Uri, mut headers: HeaderMap, body: Bytes) -> Response {
    headers.remove(header::HOST);
    let sent = way.http.request(method.clone(), format!("{}{uri}", way.target)).headers(headers).body(body.clone());
    let Ok(answer) = sent.send().await else { return StatusCode::BAD_GATEWAY.into_response() };
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let Ok(told) = answer.bytes().await else { return StatusCode::BAD_GATEWAY.into_response() };
    // /xms/v1/PLAN/groups…
    let path = uri.path().splitn(5, '/').nth(4).unwrap_or_default();
    way.seen.lock().unwrap().push(Exchange {
        method: method.to_string(),
        path: format!("/{path}"),
        query: uri.query().map(str::to_owned),
        request: json(&body),
        status: status.as_u16(),
        answer: json(&told),
    });
    headers.remove(header::TRANSFER_ENCODING);
    (status, headers, told).into_response()
}

fn json(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}
