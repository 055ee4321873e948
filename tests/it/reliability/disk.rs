//! A ledger that cannot be written: nothing is sent that could not be remembered, nothing is torn, and the same command
//! does it when there is room again.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::workdir::{Ended, Served, Workdir, end};

/// A list that needs some room in a ledger.
fn list(rows: u32) -> String {
    (0..rows).fold("phone\n".to_owned(), |mut text, row| {
        writeln!(text, "+1201{:07}", 5_550_000 + row * 37).unwrap();
        text
    })
}

fn import<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["import", "list.csv", "--group", "News", "--rate", "1000", "--chunk-size", "500"];
    args.extend_from_slice(more);
    args
}

fn members(dir: &Workdir, served: &Served) -> BTreeSet<String> {
    let out = served.command(dir, &["export", "News"]).env("ROLLCALL_STATE_DIR", dir.path("another")).output().unwrap();
    // Before it is made there is no group, and nobody in it.
    assert!(matches!(out.status.code(), Some(0 | 2)), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout)
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap().to_owned())
        .collect()
}

fn listed(text: &str) -> BTreeSet<String> {
    text.lines().skip(1).map(str::to_owned).collect()
}

/// The same command with files limited to so many blocks of 512 bytes: writes past it fail, as on a full disk.
fn limited(dir: &Workdir, served: &Served, blocks: usize, args: &[&str]) -> Ended {
    let whole = served.command(dir, args);
    let mut command = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    command.args(["-c", &script, "sh"]).arg(whole.get_program()).args(whole.get_args()).current_dir(dir.path(""));
    for (name, value) in whole.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    end(&mut command)
}

#[test]
fn a_disk_that_fills_at_any_moment_costs_nothing_but_time() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    let text = list(6_000);
    dir.file("list.csv", &text);
    let (mut failed, mut blocks) = (0, 8);
    loop {
        let ended = limited(&dir, &served, blocks, &import(&["--create"]));
        let now = members(&dir, &served);
        assert!(now.is_subset(&listed(&text)), "only what the list names");
        match ended.code {
            0 => break,
            // A full disk is a failure; where it came after the sending, what was sent is still so.
            1 => failed += 1,
            other => panic!("exit {other} with {blocks} blocks: {ended:?}"),
        }
        assert!(!ended.stderr.contains("panicked"), "{ended:?}");
        assert!(ended.stderr.contains("error:"), "{ended:?}");
        blocks += blocks / 2;
        assert!(blocks < 1 << 20);
    }
    assert!(failed > 2, "the limit was never felt");
    assert_eq!(members(&dir, &served), listed(&text));
    let again = end(&mut served.command(&dir, &import(&[])));
    again.code(0).says("nothing to do");
}

#[test]
fn a_state_folder_that_cannot_be_written_is_named_before_anything_is_sent() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    dir.file("list.csv", list(3));
    dir.file("state", "a file where the folder should be");
    let ended = end(&mut served.command(&dir, &import(&["--create"])));
    ended.code(1).says("state folder").says("--state-dir");
    std::fs::remove_file(dir.path("state")).unwrap();

    std::fs::create_dir(dir.path("state")).unwrap();
    std::fs::set_permissions(dir.path("state"), std::fs::Permissions::from_mode(0o500)).unwrap();
    if std::fs::write(dir.path("state/probe"), "").is_err() {
        // Whoever may write everywhere cannot be kept out like this.
        let ended = end(&mut served.command(&dir, &import(&["--create"])));
        ended.code(1);
    }
    std::fs::set_permissions(dir.path("state"), std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(served.command(&dir, &["groups", "show", "News"]).output().unwrap().status.code(), Some(2));
    end(&mut served.command(&dir, &import(&["--create"]))).code(0);
}

#[test]
fn papers_that_do_not_fit_are_absent_and_said_to_be() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    dir.file("list.csv", list(3));
    let ended = end(&mut served.command(&dir, &import(&["--create", "--verdicts", "/dev/full"])));
    ended.code(1).says("/dev/full");
    assert_eq!(served.command(&dir, &["groups", "show", "News"]).output().unwrap().status.code(), Some(2), "too early");
    let ended = end(&mut served.command(&dir, &import(&["--create", "--report", "nowhere/report.json"])));
    ended.code(1).says("nowhere/report.json");
    assert_eq!(served.command(&dir, &["groups", "show", "News"]).output().unwrap().status.code(), Some(2), "too early");
}
