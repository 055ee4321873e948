//! Someone who listens: a server on this machine that takes POSTs and remembers them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::Value;

pub(super) struct Listener {
    heard: Arc<Mutex<Vec<Value>>>,
    pub(super) url: String,
}

impl Listener {
    /// Answers every POST with this status.
    pub(super) fn start(status: u16) -> Self {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook/s3cret-path", server.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        // Ends with the process: a test has nobody else to listen to.
        std::thread::spawn(move || {
            for stream in server.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line).unwrap();
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    if line.trim().is_empty() {
                        break;
                    }
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).unwrap();
                ears.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { heard, url }
    }

    /// What was heard since the last time, in order.
    pub(super) fn heard(&self) -> Vec<Value> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    /// The events of that.
    pub(super) fn events(&self) -> Vec<String> {
        self.heard().iter().map(|news| news["event"].as_str().unwrap().to_owned()).collect()
    }
}
