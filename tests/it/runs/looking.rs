//! `runs list` and `runs show`.

use sha2::{Digest, Sha256};

use super::*;

#[test]
fn an_empty_state_folder_says_so() {
    let dir = Workdir::new();
    let ended = dir.run(["runs", "list"]);
    ended.code(0).says("no runs").says("state");
    assert_eq!(ended.stdout, "");
    assert_eq!(told(&mut dir.command(["runs", "list"])).1, json!([]));
    dir.run(["runs", "show", "abcd"]).code(2).says("hint:").says("runs list");
    dir.run(["runs", "resume"]).code(0).says("nothing to resume");
}

#[test]
fn runs_are_listed_newest_first_and_shown_by_the_end_of_their_name() {
    let dir = Workdir::new();
    list(&dir, "list.csv", &numbers(0..20));
    dir.run(["import", "list.csv", "--group", "News", "--create", "--sandbox"]).code(0);
    let first = newest(&dir);
    dir.file("left.csv", "phone\nx\n+12015550100\n+12015550199\n");
    dir.run(["import", "left.csv", "--group", "News", "--mode", "remove", "--sandbox", "--max-rejects", "1"]).code(3);
    let (_, runs) = told(&mut dir.command(["runs", "list"]));
    assert_eq!(runs.as_array().unwrap().len(), 2);
    assert_eq!(runs[1]["run"], first.as_str());
    assert_eq!((&runs[0]["removed"], &runs[0]["exit"], &runs[0]["state"]), (&1.into(), &3.into(), &"verified".into()));
    assert_eq!(runs[0]["groups"], json!(["News"]));
    let table = dir.run(["runs", "list"]).stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("run") && lines[2].starts_with(&first), "{table}");
    assert_eq!(told(&mut dir.command(["runs", "list", "--limit", "1"])).1.as_array().unwrap().len(), 1);
    assert_eq!(told(&mut dir.command(["runs", "list", "--account", "provider/x"])).1, json!([]));
    let (_, shown) = told(&mut dir.command(["runs", "show", &first[first.len() - 4..]]));
    assert_eq!((&shown["run"], &shown["state"]), (&first.as_str().into(), &"verified".into()));
    assert_eq!((&shown["members"]["added"], &shown["rows"]["read"]), (&20.into(), &20.into()));
    assert_eq!(shown["plans"][0]["requests"], json!({ "applied": 1 }));
    let second = newest(&dir);
    let card = dir.run(["runs", "show", &second]).stdout;
    assert!(card.contains("rejects.csv") && card.contains("1 of 1 removed"), "{card}");
    assert!(!card.contains("+1"), "no number on the terminal: {card}");
}

#[test]
fn a_hostile_group_name_cannot_move_the_cursor() {
    let dir = Workdir::new();
    let served = Served::start(&dir, &[]);
    let id = Outside::new(&served).make("\u{1b}[2Jx", &BTreeSet::new());
    list(&dir, "list.csv", &numbers(0..2));
    end(&mut served.command(&dir, &["import", "list.csv", "--group", &id])).code(0);
    for args in [&["runs", "list"][..], &["runs", "show", &newest(&dir)]] {
        let ended = dir.run(args);
        assert!(!ended.code(0).stdout.contains('\u{1b}'), "{ended:?}");
        assert!(ended.stdout.contains("[2Jx"), "{ended:?}");
    }
}

#[test]
fn a_run_remembers_which_files_it_was_made_from() {
    let dir = Workdir::new();
    dir.file("a.csv", "phone\n+12015550100\n\n+12015550101\n");
    dir.file("left.csv", "phone\n+12015550199\n");
    let packed = zstd::encode_all("phone\n+12015550102\n".as_bytes(), 3).unwrap();
    dir.file("b.csv.gz", flate2_gz(b"phone\n+12015550103\n"));
    dir.file("c.csv.zst", &packed);
    let args = ["import", "a.csv", "b.csv.gz", "c.csv.zst", "--suppress", "left.csv", "--group", "News", "--create"];
    dir.run(args.into_iter().chain(["--sandbox"])).code(0);
    let (_, shown) = told(&mut dir.command(["runs", "show", &newest(&dir)]));
    let told: Vec<_> = shown["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| {
            let path = std::path::PathBuf::from(input["path"].as_str().unwrap());
            assert!(path.is_absolute());
            let bytes = std::fs::read(&path).unwrap();
            let sha256 = Sha256::digest(&bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
            assert_eq!(
                (input["sha256"].as_str().unwrap(), input["bytes"].as_u64().unwrap()),
                (&*sha256, u64::try_from(bytes.len()).unwrap())
            );
            assert!(input["modified"].is_string());
            (
                input["role"].as_str().unwrap(),
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                input["rows"].as_u64().unwrap(),
            )
        })
        .collect();
    let row = |role, name: &str, rows| (role, name.to_owned(), rows);
    assert_eq!(
        told,
        [
            row("list", "a.csv", 2),
            row("list", "b.csv.gz", 1),
            row("list", "c.csv.zst", 1),
            row("suppression", "left.csv", 1)
        ]
    );
}

#[test]
fn of_runs_that_are_not_kept_a_line_stays() {
    let dir = Workdir::new();
    for name in ["one", "two", "three"] {
        list(&dir, "list.csv", &numbers(0..2));
        dir.run(["import", "list.csv", "--group", name, "--create", "--sandbox", "--keep", "1"]).code(0);
        dir.run([
            "import",
            "list.csv",
            "--group",
            name,
            "--mode",
            "remove",
            "--max-remove",
            "100%",
            "--sandbox",
            "--keep",
            "1",
        ])
        .code(0);
    }
    let (_, runs) = told(&mut dir.command(["runs", "list"]));
    let runs: Vec<&str> = runs.as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap()).collect();
    assert_eq!(runs.len(), 6);
    dir.run(["runs", "undo", runs[5], "--sandbox"]).code(1).says("no longer kept");
    dir.run(["runs", "undo", runs[0], "--sandbox"]).code(0);
}

fn flate2_gz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, bytes).unwrap();
    packed.finish().unwrap()
}
