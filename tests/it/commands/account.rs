//! A server elsewhere: accounts, answers that refuse, and being stopped.

use std::fmt::Write;
use std::process::Stdio;

use crate::workdir::{Served, Workdir, end};

/// A list of so many American example numbers.
fn list(dir: &Workdir, rows: usize) {
    let areas = [201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228];
    let mut text = "phone\n".to_owned();
    for row in 0..rows {
        writeln!(text, "+1{}55501{:02}", areas[row / 100], row % 100).unwrap();
    }
    dir.file("list.csv", text);
}

const IMPORT: [&str; 5] = ["import", "list.csv", "--group", "News", "--create"];

#[test]
fn a_server_of_ones_own_is_an_account_like_any_other() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    list(&dir, 50);
    end(&mut served.command(&dir, &IMPORT)).code(0);
    let export = end(&mut served.command(&dir, &["export", "News"]));
    assert_eq!(export.code(0).stdout.lines().count(), 51);
}

#[test]
fn a_wrong_token_is_refused_with_a_hint() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    list(&dir, 3);
    for args in [&IMPORT[..], &["export", "News"], &["groups", "list"]] {
        let mut command = served.command(&dir, args);
        command.env("SINCH_API_TOKEN", "wr0ng-token");
        let ended = end(&mut command);
        ended.code(6).says("hint:").says("SINCH_API_TOKEN");
        assert!(!ended.stderr.contains("wr0ng"), "{ended:?}");
    }
}

#[test]
fn projects_exchange_their_key_for_a_token() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &["--key-id", "key", "--key-secret", "s3cret"]);
    let origin = served.base_url.strip_suffix("/xms/v1/demo").unwrap();
    let with = |secret: &str| {
        let mut command = dir.command(["groups", "list", "--base-url", &served.base_url, "--auth-url", origin]);
        command.env("SINCH_KEY_ID", "key").env("SINCH_KEY_SECRET", secret);
        end(&mut command)
    };
    with("s3cret").code(0);
    let wrong = with("wr0ng");
    wrong.code(6);
    assert!(!wrong.stderr.contains("wr0ng"), "{wrong:?}");
}

#[test]
fn two_groups_of_one_name_are_an_error_that_lists_the_ids() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    let (one, other) = (make_group(&served), make_group(&served));
    list(&dir, 3);
    let ended = end(&mut served.command(&dir, &["import", "list.csv", "--group", "News"]));
    ended.code(2).says(&one).says(&other);
    end(&mut served.command(&dir, &["import", "list.csv", "--group", &one])).code(0);
}

#[test]
fn faults_on_the_way_do_not_change_the_end() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &["--faults", "429=8,500=8,503=8,reset=8,lost=8,truncate=8", "--seed", "11"]);
    list(&dir, 1000);
    let mut command = served.command(&dir, &IMPORT);
    command.args(["--chunk-size", "50", "--rate", "200", "--retries", "12", "--json"]);
    let ended = end(&mut command);
    let report: serde_json::Value = serde_json::from_str(&ended.code(0).stdout).unwrap();
    assert_eq!((&report["verified"], &report["groups"][0]["after"]), (&true.into(), &1000.into()));
    assert!(report["requests"]["retried"].as_u64().unwrap() > 0, "{report}");
}

#[test]
fn ctrl_c_finishes_what_is_under_way_and_says_what_is_left() {
    for (signal, code) in [("INT", 130), ("TERM", 5)] {
        let dir = Workdir::new();
        let served = Served::start(&dir, &["--latency", "50"]);
        list(&dir, 2000);
        let mut command = served.command(&dir, &IMPORT);
        command.args(["--chunk-size", "10", "--rate", "50", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        wait_for_members(&dir, &served);
        assert!(
            std::process::Command::new("kill")
                .args(["-s", signal, &child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
        let output = child.wait_with_output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{report}");
        let added = report["members"]["added"].as_u64().unwrap();
        assert!(added > 0 && added < 2000, "{report}");
        let left = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(left.contains("left"), "{left}");
        let export = end(&mut served.command(&dir, &["export", "News"]));
        assert_eq!(export.code(0).stdout.lines().count() - 1, usize::try_from(added).unwrap(), "what is told is true");
        end(&mut served.command(&dir, &IMPORT)).code(0);
        let export = end(&mut served.command(&dir, &["export", "News"]));
        assert_eq!(export.code(0).stdout.lines().count(), 2001);
    }
}

/// Makes a group called News, as somebody else would; gives its id.
fn make_group(served: &Served) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let answer = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .post(format!("{}/groups", served.base_url))
            .bearer_auth("t0ken")
            .header("content-type", "application/json")
            .body(r#"{"name":"News"}"#)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
        let group: serde_json::Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        group["id"].as_str().unwrap().to_owned()
    })
}

/// Waits until somebody has arrived in the group: then sending is under way.
fn wait_for_members(dir: &Workdir, served: &Served) {
    for _ in 0..600 {
        let ended =
            end(&mut served.command(dir, &["groups", "members", "News", "--allow-size-mismatch", "--rate", "1000"]));
        if ended.code == 0 && !ended.stdout.is_empty() {
            return;
        }
    }
    panic!("nobody has arrived");
}
