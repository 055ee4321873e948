//! An audience in several groups is kept, brought back, copied and told of by its one name.

use serde_json::Value;

use sha2::{Digest, Sha256};

use super::{Members, Place, everybody, range};

/// The names of the groups in a backup.
fn kept(place: &Place, folder: &str) -> Vec<String> {
    let manifest: Value = serde_json::from_str(&place.dir.read(&format!("{folder}/manifest.json"))).unwrap();
    let groups = manifest["backup"]["groups"].as_array().unwrap();
    let mut names: Vec<String> =
        groups.iter().map(|entry| entry["group"]["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_backup_takes_all_groups_of_an_audience_and_a_restore_brings_them_back() {
    let (place, other) = (Place::with(0..25), Place::new());
    place.make("Other", 0..3, None);
    place.run("backup kept News --rate 1000").code(0);
    assert_eq!(kept(&place, "kept"), ["News-1", "News-2", "News-3"]);
    place.run("backup one News-2 News News-2 --rate 1000").code(0);
    assert_eq!(kept(&place, "one"), ["News-1", "News-2", "News-3"], "each once");
    place.run("backup none Nobody --rate 1000").code(2).says("Nobody");
    place.run("backup whole --rate 1000").code(0);
    let whole = place.dir.path("whole");
    other.dir.run(["restore", whole.to_str().unwrap(), "News", "--sandbox", "--rate", "1000"]).code(0);
    assert_eq!(other.members(), {
        let mut groups = place.members();
        groups.remove("Other");
        groups
    });
    // It is an audience there as well.
    other.sync(0..25, &[]).0.code(0).says("nothing to do");
}

/// Names that are not what an audience's groups are called unless somebody says so.
const NAMES: [&str; 2] = ["--spread-name", "{name} no {number}"];

/// A place with 25 members in three groups of such names, of whom one has left, and a backup of it.
fn oddly_named() -> (Place, Members) {
    let place = Place::new();
    place.sync(0..25, &[&NAMES[..], &["--create"]].concat()).0.code(0);
    place.leave("News no 2", [15]);
    place.join("News no 3", [80]);
    place.sync(0..25, &[]).0.code(0);
    place.run("backup kept --rate 1000").code(0);
    let members = place.members();
    assert_eq!(members.keys().collect::<Vec<_>>(), ["News no 1", "News no 2", "News no 3"]);
    (place, members)
}

/// Brings a backup into another account, as one would who has never heard of these groups.
fn brought(place: &Place, other: &Place, flags: &[&str]) {
    let kept = place.dir.path("kept");
    let restore = ["restore", kept.to_str().unwrap(), "--sandbox", "--rate", "1000"];
    other.dir.run(restore.iter().chain(flags)).code(0);
}

/// The night after: a few more are listed, and the one who joined by himself is not.
fn is_the_audience(other: &Place, before: &Members) {
    let (ended, report) = other.sync(0..32, &[]);
    ended.code(0);
    let figures = ["added", "removed", "left", "joined"].map(|figure| report["members"][figure].as_u64().unwrap());
    assert_eq!(figures, [7, 0, 1, 1], "{report}");
    let now = other.members();
    assert_eq!(everybody(&now), &(&range(0..32) - &[15].into()) | &[80].into());
    for (name, members) in before {
        assert!(now[name].is_superset(members), "nobody moves: {now:?}");
    }
    let shown: Value = serde_json::from_str(&other.run("groups show News --json").code(0).stdout).unwrap();
    let names: Vec<&str> =
        shown["groups"].as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["News no 1", "News no 2", "News no 3", "News no 4"], "in order");
}

#[test]
fn an_audience_keeps_the_names_of_its_groups_in_another_account() {
    let (place, before) = oddly_named();
    for chosen in [&[][..], &["News"]] {
        let other = Place::new();
        brought(&place, &other, &[chosen, &["--dry-run"]].concat());
        brought(&place, &other, chosen);
        assert_eq!(other.members(), before);
        brought(&place, &other, chosen);
        assert_eq!(other.members(), before);
        is_the_audience(&other, &before);
    }
    // One after another, in whatever order.
    let other = Place::new();
    for chosen in ["News no 3", "News no 1", "News"] {
        brought(&place, &other, &[chosen]);
    }
    is_the_audience(&other, &before);
}

#[test]
fn groups_of_the_audience_that_are_there_already_are_groups_of_it() {
    let (place, before) = oddly_named();
    // Somebody has made one of them, another has been imported into by itself, and nothing is known of the third.
    let other = Place::new();
    other.make("News no 3", [21, 80], None);
    other.dir.file("list.csv", super::csv(0..3));
    let import = ["import", "list.csv", "--create", "--rate", "1000", "--sandbox", "--group", "News no 1"];
    other.dir.run(import).code(0);
    brought(&place, &other, &[]);
    assert_eq!(other.members(), before);
    is_the_audience(&other, &before);
    // A ledger that was lost is as good as another account.
    let (place, before) = oddly_named();
    place.forget_everything();
    brought(&place, &place, &[]);
    assert_eq!(place.members(), before);
    is_the_audience(&place, &before);
}

#[test]
fn an_audience_that_cannot_be_one_in_another_account_is_groups_there() {
    let (place, before) = oddly_named();
    let other = Place::new();
    other.make("News", [90], None);
    brought(&place, &other, &[]);
    let mut expected = before.clone();
    expected.insert("News".to_owned(), [90].into());
    assert_eq!(other.members(), expected);
    let shown = |name: &str| {
        let shown = other.dir.run(["groups", "members", name, "--sandbox"]);
        shown.code(0).stdout.lines().count()
    };
    assert_eq!((shown("News"), shown("News no 1")), (1, 10));
    // Under other names they are other groups.
    let other = Place::new();
    brought(&place, &other, &["News no 2", "--as", "News no 2=Second"]);
    assert_eq!(other.members().keys().collect::<Vec<_>>(), ["Second"]);
    other.run("groups show News").code(2);
}

#[test]
fn a_backup_of_before_names_were_kept_is_read() {
    let (place, before) = oddly_named();
    let text = place.dir.read("kept/manifest.json");
    let (_, backup) = text.trim_end().strip_suffix('}').unwrap().split_once("\"backup\":").unwrap();
    let lines: Vec<&str> = backup.lines().filter(|line| !line.contains("\"spread\":")).collect();
    assert_eq!(lines.len() + 3, backup.lines().count(), "{backup}");
    let backup = lines.join("\n");
    let seal = Sha256::digest(&backup).iter().fold(String::new(), |seal, byte| format!("{seal}{byte:02x}"));
    place.dir.file("kept/manifest.json", format!("{{\"format\":1,\"sha256\":\"{seal}\",\"backup\":{backup}}}\n"));
    let other = Place::new();
    brought(&place, &other, &[]);
    assert_eq!(other.members(), before);
    // There, they are groups of an audience for whoever says how those are called.
    let (ended, report) = other.sync(0..25, &[&NAMES[..], &["--readd-left"]].concat());
    ended.code(0);
    assert_eq!((&report["members"]["added"], report["groups"].as_array().unwrap().len()), (&1.into(), 3));
}

#[test]
fn all_groups_of_an_audience_that_are_lost_are_made_again_as_its_groups() {
    let place = Place::with(0..25);
    let before = place.members();
    place.run("backup kept News --rate 1000").code(0);
    for group in before.keys() {
        place.delete(group);
    }
    place.run("restore kept News --rate 1000").code(0);
    assert_eq!(place.members(), before);
    let (ended, report) = place.sync(0..25, &[]);
    ended.code(0).says("nothing to do");
    let names: Vec<&str> =
        report["groups"].as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["News-1", "News-2", "News-3"]);
}

#[test]
fn a_copy_takes_all_groups_of_an_audience() {
    let (place, there) = (Place::with(0..25), Place::new());
    place.make("Other", 0..3, None);
    let served = crate::workdir::Served::start(&there.dir, &[]);
    let token = place.dir.file("token", "t0ken\n");
    std::fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let profile = format!(
        "[profiles.there]\nbase_url = \"{}\"\ntoken_file = \"{}\"\nrate = 1000.0\n",
        served.base_url,
        token.display()
    );
    place.dir.file("rollcall.toml", profile);
    let (ended, report) = place.report("copy --to-profile there News --rate 1000");
    ended.code(0);
    let mut names: Vec<&str> =
        report["groups"].as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["News-1", "News-2", "News-3"]);
    assert_eq!(report["members"]["added"], 25);
}

#[test]
fn the_page_of_an_export_draws_the_growth_of_the_whole_audience() {
    let place = Place::with(0..8);
    place.sync(0..25, &[]).0.code(0);
    place.leave("News-2", [15]);
    place.sync(0..27, &[]).0.code(0);
    place.run("export News -o news.csv --report page.html --rate 1000").code(0);
    let page = place.dir.read("page.html");
    let growth = &page[page.find("Growth and leavers").expect("growth is drawn")..];
    // Of all three groups, each run once: 8, 25, and 26 after one has left and two have come.
    assert!(growth.contains("26 members over 3 runs: 8 after the first, 26 after the last."), "{growth}");
    assert!(growth.contains("1 member was found to have left"), "{growth}");
    assert!(!growth.contains("growth1"), "one chart: {growth}");
    assert_eq!(everybody(&place.members()), &range(0..27) - &[15].into());
}

/// Deletes a group and yields where its backup is.
fn deleted(place: &Place, group: &str) -> String {
    let (ended, report) = place.report(&format!("groups delete {group} --yes --rate 1000"));
    ended.code(0);
    report["files"]["backup"].as_str().unwrap().to_owned()
}

#[test]
fn a_group_that_is_made_again_belongs_to_its_audience_again() {
    let place = Place::with(0..25);
    let before = place.members();
    let backup = deleted(&place, "News-2");
    place.run(&format!("restore {backup} --rate 1000")).code(0);
    assert_eq!(place.members(), before);
    place.sync(0..25, &[]).0.code(0).says("nothing to do");
    // Also when somebody else has deleted it.
    place.run("backup kept News --rate 1000").code(0);
    place.delete("News-2");
    place.run("restore kept News --rate 1000").code(0);
    assert_eq!(place.members(), before);
    assert_eq!(place.left(), [].into(), "whoever was deleted with a group has not left");
    let (ended, report) = place.sync(0..25, &[]);
    ended.code(0).says("nothing to do");
    assert_eq!(report["groups"].as_array().unwrap().len(), 3);
}

#[test]
fn nobody_is_brought_back_into_a_second_group_of_the_audience() {
    let place = Place::with(0..25);
    let backup = deleted(&place, "News-2");
    // The night puts them elsewhere.
    place.sync(0..25, &[]).0.code(0);
    place.run(&format!("restore {backup} --rate 1000")).code(0);
    assert_eq!(everybody(&place.members()), range(0..25));
    place.sync(0..25, &[]).0.code(0).says("nothing to do");
    // Nor whoever has gone from one of them to another by themselves; where all become as they were, they do so.
    place.run("backup kept News --rate 1000").code(0);
    place.leave("News-1", [4]);
    place.join("News-3", [4]);
    place.run("restore kept --rate 1000").code(0).says("nothing to do");
    assert!(place.members()["News-3"].contains(&4));
    place.run("restore kept --mode sync --max-remove 100% --rate 1000").code(0);
    assert_eq!(everybody(&place.members()), range(0..25));
    assert!(place.members()["News-1"].contains(&4));
}

#[test]
fn who_left_an_audience_since_is_not_brought_back_into_it() {
    let place = Place::with(0..25);
    place.run("backup kept News --rate 1000").code(0);
    place.leave("News-2", [15]);
    place.run("restore kept --rate 1000").code(0).says("--readd-left");
    assert!(!everybody(&place.members()).contains(&15));
    assert_eq!(place.left(), [super::number(15).to_string()].into());
    place.run("restore kept --readd-left --rate 1000").code(0);
    assert_eq!(everybody(&place.members()), range(0..25));
    // Under another name it is another group.
    place.run("restore kept News-2 --as News-2=Old --rate 1000").code(0);
    assert_eq!(place.members()["Old"], range(10..20));
    place.sync(0..25, &[]).0.code(0).says("nothing to do");
}

#[test]
fn one_group_is_never_taken_for_its_audience_nor_the_other_way_round() {
    let place = Place::with(0..25);
    let before = place.members();
    for line in ["groups update News --add +12125550100", "groups delete News --yes", "groups update News --name Other"]
    {
        place.run(line).code(2).says("News-1, News-2, News-3").says("name one of them");
    }
    let part = place.run("groups update News-2 --remove +12125550115");
    part.code(2).says("\"News-2\" is one of the groups of the audience \"News\"").says("--group News --spread");
    assert_eq!(place.members(), before);
}
