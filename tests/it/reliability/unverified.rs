//! Stopped when everything was sent and nothing was read back: incomplete, whoever stops it, and resuming only looks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

use crate::workdir::{Served, Workdir, end};

/// Stands before a sandbox, and holds back the answer to each change until it is let go.
struct Doorkeeper {
    base_url: String,
    port: u16,
    /// Hears of each change that has been made.
    made: Receiver<()>,
    /// Lets its answer go.
    go: Sender<()>,
    /// What was asked, as methods and paths.
    asked: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Doorkeeper {
    fn start(served: &Served) -> Self {
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

    fn command(&self, dir: &Workdir, args: &[&str]) -> Command {
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

/// Who stops it.
#[derive(Clone, Copy)]
enum By {
    Signal(&'static str),
    /// After so many seconds.
    Deadline(f64),
}

/// Stops an import between its only change and the read-back; none when the deadline came too early.
fn stopped(dir: &Workdir, door: &Doorkeeper, by: By) -> Option<(i32, Value, String)> {
    let deadline = if let By::Deadline(seconds) = by { seconds } else { 600.0 }.to_string();
    let args = ["import", "list.csv", "--group", "News", "--json", "--deadline", &deadline];
    let mut child = door.command(dir, &args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut until = |word: &str| {
        for line in lines.by_ref().map(Result::unwrap) {
            said += &line;
            if line.contains(word) {
                return;
            }
        }
    };
    let timely = match by {
        By::Signal(name) => {
            door.made.recv().unwrap();
            let kill = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
            assert!(kill.success());
            until("stopping");
            true
        }
        By::Deadline(_) => {
            until("the deadline has come");
            door.made.try_recv().is_ok()
        }
    };
    if !timely {
        child.kill().unwrap();
        child.wait().unwrap();
        return None;
    }
    door.go.send(()).unwrap();
    until("nothing says this");
    let mut report = String::new();
    child.stdout.take().unwrap().read_to_string(&mut report).unwrap();
    let code = child.wait().unwrap().code().unwrap();
    Some((code, serde_json::from_str(&report).unwrap(), said))
}

#[test]
fn a_run_that_is_stopped_before_the_read_back_is_incomplete_whoever_stops_it() {
    for by in [By::Signal("INT"), By::Signal("TERM"), By::Deadline(0.5)] {
        let mut by = by;
        let (dir, _served, door, (code, report, said)) = loop {
            let dir = Workdir::new();
            dir.file("list.csv", "phone\n+12125550100\n+12125550101\n");
            let served = Served::start(&dir, &[]);
            end(&mut served.command(&dir, &["groups", "create", "News"])).code(0);
            let door = Doorkeeper::start(&served);
            match stopped(&dir, &door, by) {
                Some(ended) => break (dir, served, door, ended),
                // A busy machine takes its time before it has sent anything.
                None => by = if let By::Deadline(seconds) = by { By::Deadline(seconds * 2.0) } else { by },
            }
        };
        let wanted = if let By::Signal("INT") = by { 130 } else { 5 };
        assert_eq!((code, &report["exit"]), (wanted, &wanted.into()), "{said}\n{report:#}");
        assert_eq!((&report["members"]["added"], &report["verified"]), (&2.into(), &Value::Null), "{report:#}");
        let run = report["run"].as_str().unwrap();
        assert!(said.contains(&format!("runs resume {run}")), "{said}");
        assert!(!door.asked.lock().unwrap().last().unwrap().starts_with("GET "), "nothing is begun after the stop");
        let mut resume = door.command(&dir, &["runs", "resume", "--json"]);
        let ended = end(&mut resume);
        let resumed: Value = serde_json::from_str(&ended.code(0).stdout).unwrap();
        assert_eq!((&resumed["run"], &resumed["verified"]), (&run.into(), &true.into()), "{resumed:#}");
        let asked = door.asked.lock().unwrap().clone();
        let changes = asked.iter().filter(|line| !line.starts_with("GET ")).count();
        assert_eq!(changes, 1, "resuming only looks: {asked:?}");
        end(&mut door.command(&dir, &["runs", "resume"])).code(0).says("nothing to resume");
    }
}
