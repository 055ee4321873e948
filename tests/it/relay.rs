//! Passing requests on to a server, for whatever stands between it and a client.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};

/// The way to a server.
pub(crate) struct Relay {
    target: String,
    http: reqwest::Client,
}

/// A request, read to its end.
pub(crate) type Asked = (Method, Uri, HeaderMap, Bytes);
/// Its answer, read to its end.
pub(crate) type Answered = (StatusCode, HeaderMap, Bytes);

impl Relay {
    /// The way to the server whose base URL this is.
    pub(crate) fn to(base_url: &str) -> Self {
        let (target, _) = base_url.split_once("/xms").unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { target: target.to_owned(), http }
    }

    /// Asks the server, and waits for its whole answer; 502 when there is none.
    pub(crate) async fn carry(&self, (method, uri, mut headers, body): Asked) -> Answered {
        headers.remove(header::HOST);
        let sent = self.http.request(method, format!("{}{uri}", self.target)).headers(headers).body(body);
        let none = (StatusCode::BAD_GATEWAY, HeaderMap::new(), Bytes::new());
        let Ok(answer) = sent.send().await else { return none };
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        let Ok(told) = answer.bytes().await else { return none };
        headers.remove(header::TRANSFER_ENCODING);
        (status, headers, told)
    }
}

/// Serves at a free port in the background; yields the base URL of the server behind, as it is seen from here.
pub(crate) async fn serve(app: Router, base_url: &str) -> String {
    let (_, plan) = base_url.split_once("/xms").unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/xms{plan}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, app).await });
    base_url
}
