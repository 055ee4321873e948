//! Told to stop while the list is still being read: nothing has been sent, and the exit code says who wished it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use crate::workdir::Workdir;

/// Sends a signal to a command that we have started.
fn signal(child: &Child, name: &str) {
    let ended = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(ended.unwrap().success(), "{name}");
}

/// Begins to feed a list to a command, stops it once it has begun, and feeds it on until it says what it stops for.
/// Yields its exit code and what it has said.
fn stopped(dir: &Workdir, args: &[&str], stop: impl FnOnce(&Child), said: &str) -> (i32, String) {
    let mut command = dir.command(args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut list = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut heard = Vec::new();
    let block = "+12125550100\n".repeat(100_000);
    // More than a pipe holds: it reads by now, or has ended already.
    let _ = list.write_all(format!("phone\n{block}").as_bytes());
    stop(&child);
    for line in lines.by_ref() {
        let found = line.contains(said);
        heard.push(line);
        if found {
            break;
        }
    }
    let _ = list.write_all(block.as_bytes());
    drop(list);
    heard.extend(lines);
    (child.wait().unwrap().code().unwrap(), heard.join("\n"))
}

#[test]
fn a_stop_while_the_list_is_read_ends_as_what_wished_it() {
    let import = ["import", "-", "--group", "News", "--create", "--sandbox", "--region", "US"];
    let late = [&import[..], &["--deadline", "0"]].concat();
    let check = ["check", "-", "--region", "US"];
    let told = "what is under way is finished";
    let by = |name: &'static str| move |child: &Child| signal(child, name);
    for _ in 0..2 {
        let dir = Workdir::new();
        let endings = [
            stopped(&dir, &late, |_| (), told),
            stopped(&dir, &import, by("-TERM"), told),
            stopped(&dir, &import, by("-INT"), told),
            stopped(&dir, &check, by("-TERM"), told),
            stopped(&dir, &check, by("-INT"), told),
        ];
        for ((code, said), expected) in endings.iter().zip([5, 5, 130, 5, 130]) {
            assert_eq!(*code, expected, "{said}");
            assert!(said.contains("nothing was changed") && !said.contains("runs resume"), "{said}");
        }
        assert_eq!(dir.run(["groups", "list", "--sandbox", "--json"]).code(0).stdout.trim(), "[]");
    }
}
