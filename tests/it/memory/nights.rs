//! Night after night: the same list, and people who come and go by themselves.

use super::{Town, number, range, set, tripped};

#[test]
fn who_left_is_missed_by_one_list_and_stays_away_when_the_next_one_names_them_again() {
    let town = Town::with(0..20);
    town.leave([7]);
    town.import("sync", (0..20).filter(|index| *index != 7), &[]).0.code(0);
    assert_eq!(town.left(), set(&[&number(7).to_string()]));
    for mode in ["sync", "add", "replace"] {
        let (ended, report) = town.import(mode, 0..20, &[]);
        ended.code(0);
        assert_eq!(report["members"]["left"], 1, "{mode}");
        assert!(!town.members().contains(&7), "{mode}");
    }
    // Back by a keyword: a member like any other, and no leaver.
    town.join([7]);
    town.import("sync", 0..20, &[]).0.code(0);
    assert_eq!((town.members(), town.left()), (range(0..20), set(&[])));
}

#[test]
fn who_left_is_added_again_when_the_user_says_so() {
    let town = Town::with(0..20);
    town.leave([7]);
    town.import("sync", 0..20, &[]).0.code(0);
    assert_eq!(town.members().len(), 19);
    let (ended, report) = town.import("sync", 0..20, &["--readd-left"]);
    ended.code(0);
    assert_eq!(report["members"]["added"], 1);
    assert_eq!((town.members(), town.left()), (range(0..20), set(&[])));
}

#[test]
fn who_joined_survives_ten_syncs_until_asked_otherwise() {
    let town = Town::with(0..20);
    town.join([90]);
    for _ in 0..10 {
        let (ended, report) = town.import("sync", 0..20, &[]);
        ended.code(0);
        assert_eq!((&report["members"]["joined"], &report["members"]["to_remove"]), (&1.into(), &0.into()));
    }
    assert!(town.members().contains(&90));
    let (ended, report) = town.import("sync", 0..20, &["--remove-joined"]);
    ended.code(0);
    assert_eq!(report["members"]["removed"], 1);
    assert_eq!(town.members(), range(0..20));
}

#[test]
fn who_joined_is_ours_as_soon_as_a_list_names_them() {
    let town = Town::with(0..20);
    town.join([90]);
    town.import("sync", (0..20).chain([90]), &[]).0.code(0);
    town.import("sync", 0..20, &[]).0.code(0);
    assert_eq!(town.members(), range(0..20));
}

#[test]
fn who_came_back_and_was_taken_out_by_a_list_may_be_listed_again() {
    let town = Town::with(0..20);
    town.leave([7]);
    town.import("sync", 0..20, &[]).0.code(0);
    town.join([7]);
    town.import("remove", [7], &[]).0.code(0);
    assert_eq!(town.left(), set(&[]), "their own coming back has ended their leaving");
    town.import("add", [7], &[]).0.code(0);
    assert!(town.members().contains(&7));
}

#[test]
fn a_group_emptied_by_hand_stops_every_night_until_someone_decides() {
    let town = Town::with(0..20);
    town.leave(0..20);
    for mode in ["sync", "add", "sync"] {
        let (ended, report) = town.import(mode, 0..20, &[]);
        ended.code(4).says("--max-left");
        assert_eq!(tripped(&report), set(&["left"]));
        assert_eq!(town.left(), set(&[]), "nobody is a leaver before someone has decided");
        assert_eq!(town.members(), range(0..0));
    }
    // An accident: all come back.
    town.import("sync", 0..20, &["--max-left", "100%", "--readd-left"]).0.code(0);
    assert_eq!((town.members(), town.left()), (range(0..20), set(&[])));
}

#[test]
fn a_group_that_was_left_by_all_stays_empty_when_someone_has_decided_so() {
    let town = Town::with(0..20);
    town.leave(0..20);
    town.import("sync", 0..20, &["--max-left", "100%"]).0.code(0);
    assert_eq!(town.left().len(), 20);
    let (ended, report) = town.import("sync", 0..20, &[]);
    ended.code(0);
    assert_eq!((&report["members"]["left"], town.members()), (&20.into(), range(0..0)));
}

#[test]
fn a_first_sync_compares_two_ways_and_says_so() {
    let town = Town::new();
    town.run(&["import", "list.csv", "--group", "News"]).code(2);
    town.dir.file("list.csv", super::csv(0..20));
    town.run(&["import", "list.csv", "--group", "News", "--create"]).code(0);
    std::fs::remove_file(town.dir.path("state").join("ledger.sqlite")).unwrap();
    town.join([90]);
    let (ended, report) = town.import("sync", 0..20, &[]);
    ended.code(0).says("nothing is remembered of this group yet");
    assert_eq!((&report["members"]["removed"], town.members()), (&1.into(), range(0..20)));
    let (ended, _) = town.import("sync", 0..20, &[]);
    assert!(!ended.code(0).stderr.contains("nothing is remembered"), "{ended:?}");
}

#[test]
fn whom_a_rejected_row_may_mean_is_held() {
    let town = Town::with(0..20);
    let list = super::csv(0..18) + &format!("{} {}\n", number(18), number(19));
    let (ended, report) = town.import_text("sync", &list, &["--max-rejects", "50%"]);
    ended.code(3);
    assert_eq!((&report["members"]["held"], town.members()), (&2.into(), range(0..20)));
    let deeds = |index: u64| {
        let (_, found) = town.dir.report(["find", &number(index).to_string(), "--sandbox"]);
        let runs = found["runs"].as_array().unwrap().iter();
        let held = runs.filter(|run| run["run"] == report["run"] && run["deed"] == "held");
        held.count()
    };
    assert_eq!((deeds(18), deeds(17)), (1, 0), "why somebody is still a member can be found out");
    // Whom no row may mean is removed.
    town.import("sync", 0..19, &[]).0.code(0);
    assert_eq!(town.members(), range(0..19));
}

#[test]
fn a_group_that_somebody_renamed_is_the_same_audience() {
    let town = Town::with(0..20);
    town.leave([7]);
    town.import("sync", 0..20, &[]).0.code(0);
    let id = town.group("News").id;
    let renamed = rollcall::groups::GroupUpdate {
        name: rollcall::groups::NameChange::Set("Letters".into()),
        ..Default::default()
    };
    town.update(&renamed);
    town.dir.file("list.csv", super::csv(0..20));
    let (ended, report) =
        town.dir.report(["import", "list.csv", "--group", id.as_str(), "--sandbox", "--mode", "sync"]);
    ended.code(0);
    assert_eq!((&report["members"]["left"], &report["members"]["to_add"]), (&1.into(), &0.into()));
}
