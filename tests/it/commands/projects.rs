//! A project's key, by the real binary: the token is fetched, kept in memory alone, and renewed.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rollcall::sandbox::{OauthKey, Sandbox, Secret, Settings};
use serde_json::Value;

use crate::groups::server::{Reply, Request, Server, answer};
use crate::workdir::{Workdir, end};

/// A command that knows the key and where to take it.
fn command(dir: &Workdir, base_url: &str, origin: &str, args: &[&str]) -> Command {
    let mut command = dir.command(args);
    command.args(["--base-url", base_url, "--auth-url", origin]);
    command.env("SINCH_KEY_ID", "key-1").env("SINCH_KEY_SECRET", "hush-hush-secret");
    command
}

/// Every file below a folder, in one.
fn everything(folder: &Path, into: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            everything(&path, into);
        } else {
            into.extend(std::fs::read(&path).unwrap());
        }
    }
}

fn holds(text: &[u8], word: &str) -> bool {
    text.windows(word.len()).any(|window| window == word.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_outlives_its_token_gets_another() {
    let dir = Workdir::new();
    let key = OauthKey { id: "key-1".to_owned(), secret: Secret::new("hush-hush-secret") };
    // The shortest life that can be told in whole seconds; the import takes longer at its rate.
    let settings = Settings { key: Some(key), token_lifetime: Duration::from_secs(1), ..Settings::default() };
    let running = Sandbox::start(settings).await.unwrap();
    let rows = (0..30).fold("phone\n".to_owned(), |text, at| text + &format!("+121255501{at:02}\n"));
    dir.file("list.csv", rows);
    let args = ["import", "list.csv", "--group", "News", "--create", "--chunk-size", "1", "--rate", "20", "--json"];
    let ended = end(&mut command(&dir, &running.base_url(), &running.auth_url(), &args));
    let report: Value = serde_json::from_str(&ended.code(0).stdout).unwrap();
    assert_eq!((&report["verified"], &report["members"]["added"]), (&true.into(), &30.into()));
    let requests = running.log().entries();
    let tokens = requests.iter().filter(|entry| entry.path == "/oauth2/token").count();
    assert!(tokens >= 2, "{tokens}");
    running.stop().await;
}

fn is_for_token(request: &Request) -> bool {
    request.target == "/oauth2/token"
}

fn token(name: &str) -> Reply {
    answer(200, &format!(r#"{{"access_token":"{name}","expires_in":3600,"token_type":"bearer"}}"#))
}

fn expired() -> Reply {
    answer(401, "").with("www-authenticate", r#"Bearer error="invalid_token", error_description="token expired""#)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_has_expired_is_renewed_once_and_never_written_down() {
    let dir = Workdir::new();
    let server = Server::start(|request, before| match (is_for_token(request), request.header("authorization")) {
        (true, _) if before == 0 => token("t0ken-old"),
        (true, _) => token("t0ken-new"),
        (false, Some("Bearer t0ken-new")) => answer(200, r#"{"page":0,"page_size":0,"count":0,"groups":[]}"#),
        (false, _) => expired(),
    })
    .await;
    let base_url = format!("{}/xms/v1/plan", server.origin);
    let list = ["groups", "list", "--log-file", "log.txt", "-vv"];
    let ended = end(&mut command(&dir, &base_url, &server.origin, &list));
    ended.code(0);
    assert_eq!(server.count(), 4, "a token, a refusal, a token, an answer");
    // Another process has to ask anew.
    end(&mut command(&dir, &base_url, &server.origin, &list)).code(0);
    assert_eq!(server.requests().iter().filter(|request| is_for_token(request)).count(), 3);
    let mut written = Vec::new();
    everything(&dir.path("."), &mut written);
    written.extend(ended.stderr.bytes().chain(ended.stdout.bytes()));
    for secret in ["t0ken", "hush-hush"] {
        assert!(!holds(&written, secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_new_token_is_expired_as_well_is_refused() {
    let dir = Workdir::new();
    let server = Server::start(|request, _| if is_for_token(request) { token("t0ken") } else { expired() }).await;
    let base_url = format!("{}/xms/v1/plan", server.origin);
    let ended = end(&mut command(&dir, &base_url, &server.origin, &["groups", "list"]));
    ended.code(6).says("SINCH_KEY_ID");
    assert_eq!(server.count(), 4);
    assert!(!ended.stderr.contains("t0ken"), "{ended:?}");
}
