//! What people are told when something cannot be.

use crate::workdir::Workdir;

#[test]
fn each_input_that_cannot_be_read_gets_its_own_message() {
    let dir = Workdir::new();
    std::fs::create_dir(dir.path("folder")).unwrap();
    dir.file("empty.csv", "");
    dir.file("header.csv", "name,phone\n");
    dir.run(["check", "missing.csv"]).code(2).says("missing.csv").says("hint:");
    dir.run(["check", "folder"]).code(2).says("folder").says("hint:");
    dir.run(["check", "*.tsv"]).code(2).says("*.tsv");
    dir.run(["check", "empty.csv"]).code(4).says("is empty").says("--min-rows");
    dir.run(["check", "header.csv"]).code(4).says("header").says("--min-rows");
}

#[test]
fn an_unknown_column_lists_the_columns_there_are() {
    let dir = Workdir::new();
    dir.file("list.csv", "name,phone,country\nx,+12125550100,US\n");
    dir.run(["check", "list.csv", "--phone-column", "fone"])
        .code(2)
        .says("fone")
        .says("name")
        .says("country")
        .says("phone");
    dir.run(["check", "list.csv", "--phone-column", "9"]).code(2).says("9");
}

#[test]
fn no_account_is_a_usage_error_that_says_what_to_set() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n");
    dir.run(["import", "list.csv", "--group", "News"]).code(2).says("SINCH_API_TOKEN").says("--sandbox");
}

#[test]
fn no_network_is_incomplete() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n");
    // A port that was free a moment ago, and where nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = dir.command(["import", "list.csv", "--group", "News", "--retries", "1"]);
    command.arg("--base-url").arg(format!("http://127.0.0.1:{port}/xms/v1/plan")).env("SINCH_API_TOKEN", "t0ken");
    crate::workdir::end(&mut command).code(5).says("hint:");
}

#[test]
fn a_token_never_travels_unencrypted() {
    let dir = Workdir::new();
    let mut command = dir.command(["groups", "list", "--base-url", "http://198.51.100.7/xms/v1/plan"]);
    command.env("SINCH_API_TOKEN", "t0ken-9876");
    let ended = crate::workdir::end(&mut command);
    ended.code(2).says("https");
    assert!(!ended.stderr.contains("9876"), "{ended:?}");
}

#[test]
fn an_output_that_cannot_be_written_costs_no_work() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n");
    let ended = dir.run(["check", "list.csv", "-o", "no/such/folder.csv"]);
    ended.code(1).says("hint:");
}

#[test]
fn help_shows_examples_first_and_every_command() {
    let dir = Workdir::new();
    let help = dir.run(["--help"]);
    assert!(help.code(0).stdout.starts_with("Examples:"), "{help:?}");
    for command in ["check", "import", "export", "groups", "sandbox", "completions", "man"] {
        let help = dir.run([command, "--help"]);
        assert!(help.code(0).stdout.contains("Usage:"), "{help:?}");
    }
    assert!(dir.run(["--version"]).code(0).stdout.contains("metadata"));
}

#[test]
fn completions_and_manual_pages_are_made() {
    let dir = Workdir::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(dir.run(["completions", shell]).code(0).stdout.contains("rollcall"));
    }
    dir.run(["man", "pages"]).code(0);
    assert!(dir.read("pages/rollcall-import.1").contains("group"));
}

#[test]
fn the_log_holds_what_people_are_told_and_no_number() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n+12125550101\nx\n");
    let args = ["import", "list.csv", "--group", "News", "--create", "--sandbox", "--max-rejects", "100%"];
    dir.run(args.iter().chain(&["--log-file", "log.txt"])).code(3);
    let log = dir.read("log.txt");
    assert!(log.contains("import has ended") && !log.contains("2125550"), "{log}");
    dir.run(args.iter().chain(&["--log-file", "log.json", "--log-format", "json"])).code(3);
    for line in dir.read("log.json").lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(entry["timestamp"].is_string(), "{line}");
    }
}

#[test]
fn what_people_see_holds_no_number() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n+12125550101 x\n+1212555010\n+12125550102 ext 5\n");
    let ended =
        dir.run(["import", "list.csv", "--group", "News", "--create", "--sandbox", "--max-rejects", "100%", "-vv"]);
    ended.code(3);
    assert!(!ended.stderr.contains("2125550"), "{ended:?}");
}
