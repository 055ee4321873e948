//! A door before a sandbox, where the answer to each change waits until a test lets it go: whatever is to happen in that
//! moment happens in it, without anybody's clock.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::workdir::{Served, Workdir};

/// Stands before a sandbox, and holds back the answer to each change until it is let go.
pub(crate) struct Doorkeeper {
    pub(crate) base_url: String,
    port: u16,
    /// Hears of each change that has been made.
    pub(crate) made: Receiver<()>,
    /// Lets its answer go.
    pub(crate) go: Sender<()>,
    /// What was asked, as methods and paths.
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Doorkeeper {
    pub(crate) fn start(served: &Served) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let host = served.base_url.split('/').nth(2).unwrap().to_owned();
        let base_url = served.base_url.replace(&host, &format!("127.0.0.1:{port}"));
        let ((tell, made), (go, wait)) = (channel(), channel());
        let (asked, over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (heard, end) = (Arc::clone(&asked), Arc::clone(&over));
        let wait = Arc::new(Mutex::new(wait));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                // A client may keep a connection for later: each has a thread, which ends with it.
                let (host, heard, tell, wait) = (host.clone(), Arc::clone(&heard), tell.clone(), Arc::clone(&wait));
                std::thread::spawn(move || pass(stream.unwrap(), &host, &heard, &tell, &wait));
            }
        });
        Self { base_url, port, made, go, asked, over, thread: Some(thread) }
    }

    pub(crate) fn command(&self, dir: &Workdir, args: &[&str]) -> Command {
        let mut command = dir.command(args);
        command.env("ROLLCALL_BASE_URL", &self.base_url).env("SINCH_API_TOKEN", "t0ken");
        command
    }
}

impl Drop for Doorkeeper {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes it up, so that it sees that it is over.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Passes one request on; its connection ends with it.
fn pass(
    stream: TcpStream,
    host: &str,
    asked: &Mutex<Vec<String>>,
    tell: &Sender<()>,
    wait: &Mutex<Receiver<()>>,
) -> std::io::Result<()> {
    let mut client = BufReader::new(stream);
    let (mut head, mut length, mut first) = (String::new(), 0, String::new());
    loop {
        let mut line = String::new();
        if client.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line.trim().is_empty() {
            break;
        }
        if first.is_empty() {
            line.trim().clone_into(&mut first);
        }
        let small = line.to_ascii_lowercase();
        if let Some(value) = small.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if !small.starts_with("connection:") {
            head += &line;
        }
    }
    let mut body = vec![0; length];
    client.read_exact(&mut body)?;
    asked.lock().unwrap().push(first.clone());
    let mut sandbox = TcpStream::connect(host)?;
    sandbox.write_all(format!("{head}connection: close\r\n\r\n").as_bytes())?;
    sandbox.write_all(&body)?;
    let mut answer = Vec::new();
    sandbox.read_to_end(&mut answer)?;
    if !first.starts_with("GET ") {
        // Nobody listens when the test has failed.
        let _ = tell.send(());
        let _ = wait.lock().unwrap().recv();
    }
    client.get_mut().write_all(&answer)
}
