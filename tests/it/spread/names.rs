//! Which groups an audience is: those that the ledger knows, else those whose names the template makes.

use super::{Place, everybody, members, range};

#[test]
fn its_groups_are_known_by_their_ids() {
    let place = Place::with(0..25);
    place.rename("News-2", "Renamed");
    place.make("News-2", 50..55, None);
    let (ended, report) = place.sync(0..26, &[]);
    ended.code(0).says("left alone: News-2");
    assert_eq!((&report["members"]["added"], report["groups"].as_array().unwrap().len()), (&1.into(), 3));
    let now = place.members();
    assert_eq!((&now["Renamed"], &now["News-2"], &now["News-3"]), (&range(10..20), &range(50..55), &range(20..26)));
}

#[test]
fn a_name_that_is_taken_is_passed_over() {
    let place = Place::with(0..10);
    place.make("News-2", 50..55, None);
    place.sync(0..15, &[]).0.code(0);
    let now = place.members();
    assert_eq!((&now["News-2"], &now["News-3"]), (&range(50..55), &range(10..15)));
}

#[test]
fn without_a_ledger_its_groups_are_those_that_are_exactly_called_so() {
    let place = Place::with(0..25);
    for (index, other) in ["News-01", "News-", "News-2b", "news-2", "xNews-2", "News -2"].into_iter().enumerate() {
        let index = u64::try_from(index).unwrap();
        place.make(other, 60 + index..61 + index, None);
    }
    let before = place.members();
    place.forget_everything();
    let (ended, report) = place.sync(0..25, &[]);
    ended.code(0);
    assert_eq!((report["groups"].as_array().unwrap().len(), &report["members"]["already"]), (3, &25.into()));
    assert_eq!(place.members(), before);
    place.forget_everything();
    assert_eq!(place.run("export News").code(0).stdout.lines().count(), 26);
}

#[test]
fn a_hole_in_the_numbers_is_an_error() {
    let place = Place::with(0..25);
    place.forget_everything();
    place.rename("News-2", "Other");
    let before = place.members();
    place.refused("sync", 0..25, &["--spread", "--group-limit", "10"]).code(2).says("there is no \"News-2\"");
    place.run("export News").code(2).says("there is no \"News-2\"");
    assert_eq!(place.members(), before);
}

#[test]
fn a_group_of_the_same_name_is_an_error() {
    let place = Place::new();
    place.make("News", 0..5, None);
    place
        .refused("sync", 0..25, &["--spread", "--group-limit", "10", "--create"])
        .code(2)
        .says("is one group")
        .says("News-1");
    assert_eq!(place.members(), members([("News", range(0..5))]));
    // Renamed, it is the first of several.
    place.rename("News", "News-1");
    place.sync(0..25, &[]).0.code(0);
    assert_eq!(place.members()["News-1"].len(), 10);
    place.make("News", 90..95, None);
    place.refused("sync", 0..25, &["--spread", "--group-limit", "10"]).code(2).says("is one group");
    place.refused("add", 0..25, &[]).code(2).says("the name of a group, and of an audience");
    place.run("export News").code(2).says("the name of a group, and of an audience");
}

#[test]
fn what_was_known_of_a_group_is_known_of_the_audience_that_it_becomes_a_part_of() {
    let place = Place::new();
    place.dir.file("list.csv", super::csv(0..8));
    place.run("import list.csv --group News-1 --create --rate 1000").code(0);
    place.leave("News-1", [3]);
    let (ended, report) = place.sync(0..25, &[]);
    ended.code(0).says("is one of its groups from now on");
    assert_eq!(report["members"]["left"], 1);
    assert!(!everybody(&place.members()).contains(&3));
    assert_eq!(place.left(), [super::number(3).to_string()].into());
    place.sync(0..25, &[]).0.code(0).says("nothing to do");
}

#[test]
fn a_part_is_not_taken_for_the_whole() {
    let place = Place::with(0..25);
    place.dir.file("one.csv", super::csv(0..1));
    for flags in ["", "--spread"] {
        let ended = place.run(&format!("import one.csv --group News-2 --mode sync {flags}"));
        ended.code(2).says("is one of the groups of the audience \"News\"").says("--group 'News' --spread");
    }
    assert_eq!(everybody(&place.members()), range(0..25));
    // Whoever is to be forgotten is taken out of all of it.
    place.run(&format!("forget {} --yes", super::number(15))).code(0);
    assert!(!everybody(&place.members()).contains(&15));
    assert_eq!(place.left(), [].into());
}

#[test]
fn a_known_audience_needs_the_flag_only_to_grow() {
    let place = Place::with(0..25);
    place.import("add", 30..32, &["--group-limit", "10"]).0.code(0);
    assert_eq!(place.members()["News-3"].len(), 7);
    let (ended, _) = place.import("remove", [0, 15], &[]);
    ended.code(0);
    assert_eq!(everybody(&place.members()).len(), 25);
}

#[test]
fn names_follow_the_template_that_is_given_and_it_is_remembered() {
    let place = Place::new();
    place.sync(0..15, &["--create", "--spread-name", "{number}. {name}"]).0.code(0);
    place.sync(0..25, &[]).0.code(0);
    let names: Vec<String> = place.members().into_keys().collect();
    assert_eq!(names, ["1. News", "2. News", "3. News"]);
    place.forget_everything();
    place.sync(0..25, &["--spread-name", "{n}. {name}"]).0.code(0);
    assert_eq!(everybody(&place.members()), range(0..25));
}

#[test]
fn names_that_do_not_fit_are_refused_with_the_flag() {
    let place = Place::new();
    place.dir.file("list.csv", super::csv(0..85));
    let name = "Eighteen letters!!";
    let args = |template| {
        [
            "import",
            "list.csv",
            "--sandbox",
            "--create",
            "--spread",
            "--group-limit",
            "10",
            "--group",
            name,
            "--spread-name",
            template,
            "--rate",
            "1000",
        ]
    };
    place.dir.run(args("{name}-{number}")).code(0);
    place.dir.file("list.csv", super::csv(0..95));
    // The tenth group has two digits.
    place.dir.run(args("{name}-{number}")).code(2).says("--spread-name").says("Eighteen letters!!-10");
    assert_eq!(place.groups().len(), 9);
    place.dir.run(args("List {number}")).code(0);
    assert_eq!(place.members()["List 1"].len(), 5);
    for wrong in ["{name}", "{n}-{n}", "{list}-{n}"] {
        place.dir.run(args(wrong)).code(2);
    }
}

#[test]
fn a_group_of_it_that_is_gone_is_said_and_left_out_only_on_request() {
    let place = Place::with(0..25);
    place.delete("News-3");
    place
        .refused("sync", 0..25, &["--spread", "--group-limit", "10"])
        .code(2)
        .says("not there any more")
        .says("--create");
    place.run("export News").code(2).says("not there any more");
    let (ended, report) = place.sync(0..25, &["--create", "--readd-left"]);
    ended.code(0);
    assert_eq!(report["members"]["added"], 5);
    assert_eq!(everybody(&place.members()), range(0..25));
}

#[test]
fn an_export_is_of_the_audience() {
    let place = Place::with(0..25);
    place.join("News-2", [3]);
    let export = place.run("export News").code(0).stdout.clone();
    let rows: Vec<&str> = export.lines().skip(1).collect();
    assert_eq!(rows.len(), 25);
    assert!(rows.iter().all(|row| row.ends_with(",News")), "{export}");
    assert!(rows.is_sorted());
    let export = place.run("export News --per-group").code(0).stdout.clone();
    assert_eq!(export.lines().filter(|row| row.ends_with(",News-2")).count(), 11);
    let one = place.run("export News-3").code(0).stdout.clone();
    assert_eq!(one.lines().count(), 6);
}
