//! A server whose group has another size than it has members: the brake `size`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::{csv, number, set, tripped};
use crate::workdir::Workdir;

/// The server: ends when dropped.
struct Liar {
    port: u16,
    /// What it was asked, as method and path.
    asked: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Liar {
    /// Serves the group `News` with these members, and a size of its own.
    fn start(members: u64, size: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (heard, end) = (Arc::clone(&asked), Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                answer(stream.unwrap(), members, size, &heard);
            }
        });
        Self { port, asked, over, thread: Some(thread) }
    }

    fn changes(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().filter(|line| !line.starts_with("GET ")).cloned().collect()
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes it up, so that it sees that it is over.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads one request and answers it; the connection ends with it.
fn answer(stream: TcpStream, members: u64, size: u64, asked: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let words: Vec<&str> = first.split(' ').collect();
    asked.lock().unwrap().push(format!("{} {}", words[0], words[1]));
    let group = format!(r#"{{"id":"01HZZZZZZZZZZZZZZZZZZZZZZZ","name":"News","size":{size}}}"#);
    let (status, text) = if words[1].ends_with("/members") {
        let members: Vec<String> = (0..members).map(|index| format!("\"{}\"", number(index).value())).collect();
        (200, format!("[{}]", members.join(",")))
    } else if words[1].contains('?') || words[1].ends_with("/groups") {
        (200, format!(r#"{{"page":0,"page_size":1,"count":1,"groups":[{group}]}}"#))
    } else if words[1].ends_with("/News") {
        (404, String::new())
    } else {
        (200, group)
    };
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", text.len());
    let _ = reader.get_mut().write_all((head + &text).as_bytes());
}

#[test]
fn members_that_do_not_add_up_stop_a_run_until_allowed() {
    let (liar, dir) = (Liar::start(3, 5), Workdir::new());
    dir.file("list.csv", csv(0..3));
    let base = format!("http://127.0.0.1:{}/xms/v1/plan", liar.port);
    let import = |flags: &[&str]| {
        let args = ["import", "list.csv", "--group", "News", "--base-url", &base, "--json"];
        let mut command = dir.command(args.iter().chain(flags));
        crate::workdir::end(command.env("SINCH_API_TOKEN", "t0ken"))
    };
    let ended = import(&[]);
    ended.code(4).says("--allow-size-mismatch");
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((tripped(&report), liar.changes()), (set(&["size"]), Vec::new()));
    import(&["--allow-size-mismatch"]).code(0);
}
