//! A small HTTP server that answers by a script and remembers what it was asked.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rollcall::groups::{Client, Connection, Credentials, Endpoint, EventSink, GroupsEvent, Rate, Secret};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) at: Instant,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What the server does about a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// The connection ends without an answer.
    Drop,
    /// The answer promises more than it holds.
    Torn {
        body: String,
    },
    /// No answer, ever.
    Hang,
    /// An answer after a while.
    After(Duration, Box<Reply>),
}

pub(crate) fn answer(status: u16, body: &str) -> Reply {
    Reply::Answer { status, headers: Vec::new(), body: body.to_owned() }
}

impl Reply {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.into()));
        }
        self
    }
}

pub(crate) const TOKEN: &str = "hush-hush-token";
pub(crate) const GROUP: &str = r#"{"id":"G1","name":"Staff","size":2,"created_at":"2024-06-06T08:59:22.156Z","modified_at":"2024-06-06T08:59:22.156Z","child_groups":[],"news":{"of":"tomorrow"}}"#;

type Script = dyn Fn(&Request, usize) -> Reply + Send + Sync;

/// The server: ends when dropped.
pub(crate) struct Server {
    pub(crate) origin: String,
    requests: Arc<Mutex<Vec<Request>>>,
    _ends: DropGuard,
}

impl Server {
    /// Answers every request by the script, which also hears how many came before it.
    pub(crate) async fn start(script: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_tls(script, None).await
    }

    /// Answers with these, one after another, and the last one from then on.
    pub(crate) async fn playing(replies: Vec<Reply>) -> Self {
        Self::start(move |_, before| replies[before.min(replies.len() - 1)].clone()).await
    }

    pub(crate) async fn start_tls(
        script: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
        tls: Option<tokio_rustls::TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let origin = format!("{scheme}://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Script> = Arc::new(script);
        let end = CancellationToken::new();
        let (seen, stop) = (requests.clone(), end.clone());
        tokio::spawn(stop.run_until_cancelled_owned(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (script, seen, tls) = (script.clone(), seen.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, &*script, &seen).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &*script, &seen).await;
                            }
                        }
                    }
                });
            }
        }));
        Self { origin, requests, _ends: end.drop_guard() }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    pub(crate) fn base_url(&self) -> String {
        format!("{}/xms/v1/plan", self.origin)
    }

    /// A connection with a token, fast and impatient.
    pub(crate) fn connection(&self) -> Connection {
        Connection {
            rate: Rate::per_second(1000.0).unwrap(),
            timeout: Duration::from_secs(20),
            retries: 3,
            concurrency: NonZeroUsize::new(4).unwrap(),
            ..Connection::new(Endpoint::at(&self.base_url()).unwrap(), Credentials::Token(Secret::new(TOKEN)))
        }
    }

    pub(crate) fn client(&self) -> Client {
        connect(&self.connection())
    }
}

pub(crate) fn silent() -> EventSink {
    Arc::new(|_: &GroupsEvent| {})
}

pub(crate) fn connect(connection: &Connection) -> Client {
    Client::connect(connection, silent(), CancellationToken::new()).unwrap()
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, script: &Script, seen: &Mutex<Vec<Request>>) {
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await {
        let before = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        let mut reply = script(&request, before);
        while let Reply::After(wait, then) = reply {
            tokio::time::sleep(wait).await;
            reply = *then;
        }
        let (status, headers, body, promised) = match reply {
            Reply::Answer { status, headers, body } => {
                let promised = body.len();
                (status, headers, body, promised)
            }
            Reply::Torn { body } => {
                let promised = body.len() + 100;
                (200, Vec::new(), body, promised)
            }
            Reply::Hang => return std::future::pending().await,
            Reply::Drop | Reply::After(..) => return,
        };
        let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {promised}\r\n");
        for (name, value) in headers {
            head += name;
            head += ": ";
            head += &value;
            head += "\r\n";
        }
        head += "\r\n";
        let sent = stream.write_all(head.as_bytes()).await.is_ok() && stream.write_all(body.as_bytes()).await.is_ok();
        if !sent || stream.flush().await.is_err() || promised != body.len() {
            return;
        }
    }
}

async fn read_request<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> Option<Request> {
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    };
    let at = Instant::now();
    let head: Vec<u8> = buffer.drain(..head_end).collect();
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap().to_owned(), first.next().unwrap().to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
    while buffer.len() < length {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8(buffer.drain(..length).collect()).unwrap();
    Some(Request { at, method, target, headers, body })
}
