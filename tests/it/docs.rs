//! What the documents say is so: every command in them runs against the sandbox and ends as it is said to, and what they
//! show of the help is what the binary says.
//!
//! In a fenced block marked `sh` (and in README's indented blocks) a line that begins with `rollcall` must end with 0, or
//! with the code behind `# exit`. Blocks of one document run one after the other, in one folder, with the samples, a list
//! called `contacts.csv`, and an account. `RUN` is the newest run.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workdir::{Served, Workdir, end};

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The documents that people read, by path.
fn documents() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = vec!["README.md".to_owned()];
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    names.extend(pages.map(|path| format!("docs/{}", path.file_name().unwrap().to_str().unwrap())));
    names.sort();
    names
}

/// The shell blocks of a document, in order.
fn blocks(text: &str) -> Vec<String> {
    let (mut blocks, mut block, mut fence) = (Vec::new(), String::new(), None);
    for line in text.lines().chain([""]) {
        match (&fence, line.strip_prefix("```")) {
            (None, Some(kind)) => fence = Some(kind.to_owned()),
            (Some(kind), Some(_)) => {
                if kind == "sh" {
                    blocks.push(std::mem::take(&mut block));
                }
                block.clear();
                fence = None;
            }
            (Some(_), None) => block += &format!("{line}\n"),
            (None, None) => match line.strip_prefix("    ") {
                Some(code) => block += &format!("{code}\n"),
                None if line.trim().is_empty() => {}
                None => blocks.extend((!block.is_empty()).then(|| std::mem::take(&mut block))),
            },
        }
    }
    blocks.extend((!block.is_empty()).then_some(block));
    blocks
}

/// A block as a script that stops at the first command that ends otherwise than the document says.
fn script(block: &str) -> String {
    let mut script = String::new();
    for line in block.replace("\\\n", " ").lines() {
        // An account is set already, and what a document leaves out cannot be set.
        if line.starts_with("export ") || line.starts_with("cargo ") {
            continue;
        }
        if !line.starts_with("rollcall ") {
            script += &format!("{line}\n");
            continue;
        }
        let (command, remark) = line.split_once("  #").unwrap_or((line, ""));
        let code = remark
            .trim()
            .strip_prefix("exit ")
            .map_or("0", |rest| rest.split(|after: char| !after.is_ascii_digit()).next().unwrap_or_default());
        let command = command.trim().replace(" RUN", " \"$(newest)\"");
        script += &format!("{command}\ncode=$?; [ $code = {code} ] || {{ echo \"ended with $code\"; exit 99; }}\n");
    }
    script
}

const NEWEST: &str = "newest() { rollcall runs list --limit 1 | tail -n 1 | cut -d ' ' -f 1; }\n";

/// Commands that serve until they are stopped, or change the machine.
fn stays_untried(block: &str) -> bool {
    block.lines().any(|line| ["rollcall sandbox", "sudo ", "docker "].iter().any(|start| line.starts_with(start)))
}

/// Runs the commands of a document, after what brings one to it.
fn try_out(name: &str, before: &[&[&str]]) {
    try_out_in(&Workdir::new(), name, before);
}

fn try_out_in(dir: &Workdir, name: &str, before: &[&[&str]]) {
    let text = document(name);
    let served = Served::start(dir, &[]);
    symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"), dir.path("samples")).unwrap();
    dir.file("contacts.csv", document("samples/basic.csv"));
    let bin = dir.path("bin");
    std::fs::create_dir(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_rollcall"), bin.join("rollcall")).unwrap();
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())))
        .unwrap();
    for args in before {
        served.command(dir, args).output().unwrap();
    }
    for block in blocks(&text).iter().filter(|block| !stays_untried(block)) {
        let mut rollcall = served.command(dir, &[]);
        let mut bash = Command::new("bash");
        bash.arg("-c").arg(format!("{NEWEST}set -x\n{}", script(block))).current_dir(dir.path("")).env("PATH", &path);
        for (name, value) in rollcall.get_envs() {
            match value {
                Some(value) => bash.env(name, value),
                None => bash.env_remove(name),
            };
        }
        rollcall.stdin(std::process::Stdio::null());
        let ended = end(bash.stdin(std::process::Stdio::null()).env("LC_ALL", "C.UTF-8"));
        assert_eq!(ended.code, 0, "{name} says otherwise:\n{block}\n{ended:?}");
    }
}

#[test]
fn the_commands_of_the_readme_run() {
    try_out("README.md", &[]);
}

#[test]
fn the_commands_of_the_way_of_a_migration_run() {
    try_out("docs/migrate.md", &[]);
}

#[test]
fn the_commands_for_analysis_run() {
    try_out("docs/analysis.md", &[]);
}

#[test]
fn the_commands_for_nights_run_with_the_file_that_is_shown() {
    let dir = Workdir::new();
    let text = document("docs/nightly.md");
    let shown = text.split_once("```toml\n").unwrap().1.split_once("```").unwrap().0;
    dir.file("rollcall.toml", shown.replace('…', "demo"));
    for folder in ["secrets", "exports"] {
        std::fs::create_dir(dir.path(folder)).unwrap();
    }
    for (name, text) in [("token", "t0ken\n"), ("chat-webhook", "https://chat.example.com/hook\n")] {
        let path = dir.file(&format!("secrets/{name}"), text);
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let mut list = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut list, b"phone\n+12125550100\n+12125550101\n").unwrap();
    dir.file("exports/customers-1.csv.gz", list.finish().unwrap());
    // The first time is done by hand, so that there is a baseline.
    let first = ["import", "exports/customers-1.csv.gz", "--group", "Customers", "--create", "--mode", "sync"];
    try_out_in(&dir, "docs/nightly.md", &[&first]);
}

#[test]
fn the_commands_for_troubles_run() {
    try_out(
        "docs/troubleshooting.md",
        &[&["import", "contacts.csv", "--region", "US", "--group", "News", "--create", "--limit", "1"]],
    );
}

/// Every document with commands is tried out by a test above.
#[test]
fn no_document_with_commands_is_left_out() {
    let tried: String = document("tests/it/docs.rs").split_whitespace().collect();
    for name in documents() {
        let has_commands =
            blocks(&document(&name)).iter().any(|block| block.lines().any(|line| line.starts_with("rollcall ")));
        assert!(!has_commands || tried.contains(&format!("\"{name}\",&[")), "{name} has commands that nobody tries");
    }
}

/// Links between the documents lead somewhere.
#[test]
fn links_lead_somewhere() {
    for name in documents() {
        let text = document(&name);
        let folder = PathBuf::from(&name).parent().unwrap().to_owned();
        let targets: BTreeSet<&str> =
            text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()).collect();
        for target in targets.into_iter().filter(|target| !target.is_empty() && !target.contains("://")) {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder).join(target);
            assert!(path.exists(), "{name} links to {target}, which is not there");
        }
    }
}

/// README shows the help as it is. `UPDATE_DOCS=1 cargo test docs` writes it there anew.
#[test]
fn the_help_in_the_readme_is_that_of_the_binary() {
    let (begin, after) = ("<!-- rollcall --help -->\n```text\n", "```\n");
    let help = Workdir::new().run(["--help"]).code(0).stdout.clone();
    let readme = document("README.md");
    let (before, rest) = readme.split_once(begin).unwrap();
    let (shown, rest) = rest.split_once(after).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
        std::fs::write(path, [before, begin, &help, after, rest].concat()).unwrap();
    } else {
        assert_eq!(shown, help, "UPDATE_DOCS=1 cargo test docs");
    }
}
