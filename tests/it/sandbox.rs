//! The sandbox, from outside: every documented rule over real HTTP, every fault as a client meets it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod doors;
mod faults;
mod groups;
mod inbound;
mod limits;
mod persistence;
mod rules;
mod store;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, StatusCode};
use rollcall::sandbox::{Running, Sandbox, Settings};
use serde_json::{Value, json};

/// A sandbox and somebody who talks to it.
struct World {
    sandbox: Running,
    http: reqwest::Client,
}

/// An answer, read to its end.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The status, and the error's code.
    fn problem(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["code"].as_str().unwrap_or_default().to_owned())
    }

    /// The body of a success.
    fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        self.json()
    }
}

impl World {
    async fn new(settings: Settings) -> Self {
        let sandbox = Sandbox::start(settings).await.unwrap();
        Self { sandbox, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn plain() -> Self {
        Self::new(Settings::default()).await
    }

    /// A request to a path under the plan's, with the token and, when there is a body, its content type.
    fn request(&self, method: Method, path: &str, body: Option<String>) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.sandbox.base_url());
        let request = self.http.request(method, url).header(AUTHORIZATION, format!("Bearer {}", self.sandbox.token()));
        match body {
            None => request,
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(body),
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        finish(self.request(method, path, body.map(|body| body.to_string()))).await.unwrap()
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    /// Makes a group and yields the path to it.
    async fn group(&self, body: Value) -> String {
        format!("/groups/{}", id(&self.post("/groups", body).await.ok()))
    }

    async fn members(&self, group: &str) -> Vec<String> {
        serde_json::from_value(self.get(&format!("{group}/members")).await.ok()).unwrap()
    }
}

async fn finish(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Answer { status, headers, text: response.text().await? })
}

fn id(group: &Value) -> String {
    group["id"].as_str().unwrap().to_owned()
}

/// Numbers of an area code that nobody has.
fn number(index: u32) -> String {
    format!("+1555{:07}", 100_0000 + index)
}

fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(number).collect()
}

/// As answers give them.
fn digits(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|index| number(index).trim_start_matches('+').to_owned()).collect()
}

fn keywords(join: &str, leave: &str) -> Value {
    json!({ "to": "+15550009999", "add": { "first_word": join }, "remove": { "first_word": leave } })
}
