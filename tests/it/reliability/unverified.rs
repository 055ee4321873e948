//! Stopped when everything was sent and nothing was read back: incomplete, whoever stops it, and resuming only looks.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::doorkeeper::Doorkeeper;
use crate::workdir::{Served, Workdir, end};

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
