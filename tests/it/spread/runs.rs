//! What was done to an audience can be taken back, checked again, and planned beforehand.

use super::{Place, everybody, members, range};

#[test]
fn a_run_is_taken_back_in_every_group_where_it_was() {
    let place = Place::with(0..25);
    let before = place.members();
    place.sync((5..15).chain(40..60), &[]).0.code(0);
    assert_ne!(place.members(), before);
    let run = place.newest();
    let (ended, report) = place.report(&format!("runs undo {run} --yes --group-limit 10 --rate 1000"));
    ended.code(0);
    assert_eq!(report["verified"], true);
    let mut after = place.members();
    after.retain(|_, members| !members.is_empty());
    assert_eq!(after, before);
}

#[test]
fn groups_that_a_run_has_made_can_be_deleted_with_it() {
    let place = Place::with(0..10);
    place.sync(0..25, &[]).0.code(0);
    let run = place.newest();
    place.run(&format!("runs undo {run} --yes --delete-created --rate 1000")).code(0);
    assert_eq!(place.members(), members([("News-1", range(0..10))]));
    // It is the same audience, and grows again.
    place.sync(0..15, &[]).0.code(0);
    assert_eq!(place.members()["News-2"], range(10..15));
}

#[test]
fn a_run_is_verified_in_every_group() {
    let place = Place::with(0..25);
    let run = place.newest();
    let (ended, findings) = place.report(&format!("runs verify {run} --verify-wait 0"));
    ended.code(0);
    let groups = findings["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 3);
    assert!(groups.iter().all(|group| group["left"] == 0 && group["joined"] == 0), "{findings}");
    place.leave("News-2", [15]);
    place.join("News-1", [70]);
    let (ended, findings) = place.report(&format!("runs verify {run} --verify-wait 0"));
    ended.code(8);
    let sum = |what: &str| {
        findings["groups"].as_array().unwrap().iter().map(|group| group[what].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!((sum("missing"), sum("joined"), sum("left")), (1, 1, 0));
}

#[test]
fn empty_groups_at_the_end_are_kept_or_dropped() {
    let place = Place::with(0..25);
    place.sync(0..8, &[]).0.code(0);
    assert_eq!(place.groups().len(), 3, "kept unless asked otherwise");
    let (ended, report) = place.sync(0..8, &["--drop-empty"]);
    ended.code(0);
    let deleted = |group: &&serde_json::Value| group["deleted"] == true;
    assert_eq!(report["groups"].as_array().unwrap().iter().filter(deleted).count(), 2);
    assert_eq!(place.members(), members([("News-1", range(0..8))]));
    place.sync(0..15, &["--drop-empty"]).0.code(0);
    assert_eq!(place.members(), members([("News-1", range(0..10)), ("News-2", range(10..15))]));
    // The first stays, whoever is in it; and so does one that is empty before one that is not.
    place.sync(10..15, &["--drop-empty"]).0.code(0);
    assert_eq!(place.members(), members([("News-1", range(0..0)), ("News-2", range(10..15))]));
}

#[test]
fn a_replacement_is_one_request_for_each_group_that_changes() {
    let place = Place::with(0..25);
    let (ended, report) =
        place.import("replace", (0..19).chain(20..26), &["--spread", "--group-limit", "10", "--max-remove", "100%"]);
    ended.code(0);
    assert_eq!(
        place.members(),
        members([
            ("News-1", range(0..10)),
            ("News-2", range(10..19).into_iter().chain([25]).collect()),
            ("News-3", range(20..25))
        ])
    );
    assert_eq!(report["verified"], true);
}

#[test]
fn a_plan_of_an_audience_is_applied_exactly_or_not_at_all() {
    let place = Place::with(0..25);
    place.dir.file("list.csv", super::csv((0..12).chain(30..55)));
    let plan =
        "plan list.csv --group News --mode sync --spread --group-limit 10 --max-remove 100% --rate 1000 -o news.plan";
    let (ended, made) = place.report(plan);
    ended.code(0);
    let (_, dry) =
        place.report("import list.csv --group News --mode sync --spread --group-limit 10 --max-remove 100% --dry-run");
    assert_eq!((&made["digest"], &made["members"]), (&dry["digest"], &dry["members"]));
    place.run("apply news.plan --show").code(0);
    // Somebody joins one of the groups whom the plan adds to another.
    place.join("News-1", [54]);
    place.run("apply news.plan --tolerate 5").code(9).says("would change 1 of them");
    place.leave("News-1", [54]);
    place.leave("News-3", [24]);
    place.run("apply news.plan").code(9).says("News-3");
    place.join("News-3", [24]);
    let (ended, applied) = place.report("apply news.plan --rate 1000");
    ended.code(0);
    assert_eq!((&applied["digest"], &applied["verified"]), (&made["digest"], &true.into()));
    assert_eq!(everybody(&place.members()), (0..12).chain(30..55).collect());
    place.run("apply news.plan").code(9).says("seems to have been applied");
    place.sync((0..12).chain(30..55), &[]).0.code(0).says("nothing to do");
}

#[test]
fn a_plan_for_an_audience_that_lives_elsewhere_by_now_has_moved() {
    let place = Place::with(0..10);
    place.dir.file("list.csv", super::csv(0..9));
    place.run("plan list.csv --group News --spread --group-limit 10 -o news.plan").code(0);
    place.sync(0..15, &[]).0.code(0);
    let before = place.members();
    place.run("apply news.plan").code(9).says("lives in other groups by now");
    assert_eq!(place.members(), before);
}

#[test]
fn a_full_group_changes_in_one_request_as_there_is_room_left_for_those_who_join() {
    let place = Place::new();
    place.import("sync", 0..9_600, &["--spread", "--create"]).0.code(0);
    let (ended, report) = place.import("sync", 50..9_650, &["--spread"]);
    ended.code(0);
    assert_eq!((&report["members"]["added"], &report["members"]["removed"]), (&50.into(), &50.into()));
    assert_eq!(place.members()["News-1"].len(), 9_500);
    let (_, run) = place.dir.report(["runs", "show", &place.newest()]);
    assert_eq!(run["plans"][0]["requests"], serde_json::json!({ "applied": 1 }), "{run}");
}
