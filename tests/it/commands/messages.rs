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

#[test]
fn a_brake_is_followed_by_the_way_past_it() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\nnobody\n");
    let args = ["import", "list.csv", "--group", "News", "--create", "--sandbox"];
    let said = dir.run(args).code(4).stderr.clone();
    let last: Vec<&str> = said.lines().rev().take(2).collect();
    let (way, brake) = (last[0], last[1]);
    assert!(brake.starts_with("brake rejects: ") && brake.ends_with("(--max-rejects moves it)"), "{said}");
    let digest = way.strip_prefix("hint: `--override ").and_then(|way| way.split('`').next()).unwrap();
    let ended = dir.run([&args[..], &["--override", digest]].concat());
    assert!(!ended.code(3).stderr.contains("--override"), "{ended:?}");
}

#[test]
fn what_went_past_a_brake_in_part_is_not_offered_as_a_whole() {
    let dir = Workdir::new();
    let list = |groups: [(&str, u32); 2]| {
        let rows = groups.into_iter().flat_map(|(group, all)| (0..all).map(move |one| (group, one)));
        rows.fold("phone,group\n".to_owned(), |text, (group, one)| text + &format!("+121255501{one:02},{group}\n"))
    };
    let run = |groups, more: &[&str]| {
        dir.file("list.csv", list(groups));
        let args = ["import", "list.csv", "--group-column", "group", "--create", "--sandbox", "--mode", "sync"];
        dir.run([&args[..], &["--max-shrink", "100%"], more].concat())
    };
    run([("News", 12), ("Other", 12)], &[]).code(0);
    run([("News", 1), ("Other", 13)], &[]).code(4).says("hint: `--override ");
    let ended = run([("News", 1), ("Other", 13)], &["--keep-going"]);
    assert!(!ended.code(4).says("brake remove: News").stderr.contains("--override"), "{ended:?}");
    assert_eq!(dir.run(["groups", "members", "Other", "--sandbox"]).stdout.lines().count(), 13);
}

#[test]
fn one_is_not_spoken_of_as_many() {
    let dir = Workdir::new();
    dir.file("list.csv", "phone\n+12125550100\n");
    let ended = dir.run(["import", "list.csv", "--group", "News", "--create", "--sandbox"]);
    ended.code(0).says("sending 1 number in 1 request\n");
    let (ended, report) = dir.report(["plan", "list.csv", "--group", "News", "--sandbox", "-o", "news.plan"]);
    ended.code(0);
    assert!(report["brakes"].as_array().unwrap().iter().all(|brake| brake.get("message").is_none()), "{report}");
    dir.run(["export", "News", "--sandbox", "-o", "news.csv"]).code(0).says("wrote 1 row to");
}

#[test]
fn no_help_is_broken_by_what_it_quotes() {
    let dir = Workdir::new();
    for command in ["import", "plan", "copy", "restore"] {
        let help = dir.run([command, "--help"]).code(0).stdout.clone();
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("{number}") == words.contains("--spread-name"), "{command}: {words}");
        assert_eq!(help.matches('`').count() % 2, 0, "{command}: {help}");
    }
}
