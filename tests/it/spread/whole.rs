//! What is done to an audience is done to all of its groups.

use rollcall::groups::AutoUpdate;

use super::{Place, everybody, members, number, range, tripped};

#[test]
fn an_audience_gets_as_many_groups_as_it_needs() {
    let place = Place::new();
    let (ended, report) = place.sync(0..25, &["--create"]);
    ended.code(0);
    assert_eq!(
        place.members(),
        members([("News-1", range(0..10)), ("News-2", range(10..20)), ("News-3", range(20..25))])
    );
    let groups = report["groups"].as_array().unwrap();
    let told: Vec<_> =
        groups.iter().map(|group| (group["name"].as_str().unwrap(), group["added"].as_u64().unwrap())).collect();
    assert_eq!(told, [("News-1", 10), ("News-2", 10), ("News-3", 5)]);
    assert!(
        groups
            .iter()
            .all(|group| group["audience"] == "News" && group["created"] == true && group["after"] == group["added"])
    );
    assert_eq!((&report["members"]["added"], &report["verified"]), (&25.into(), &true.into()));
}

#[test]
fn a_nightly_sync_moves_nobody_and_sends_nothing() {
    let place = Place::with(0..25);
    let before: Vec<_> = place.groups().into_iter().map(|group| group.modified_at).collect();
    for _ in 0..2 {
        let (ended, report) = place.sync(0..25, &[]);
        ended.code(0).says("nothing to do");
        assert_eq!((&report["members"]["already"], &report["verified"]), (&25.into(), &true.into()));
        let after: Vec<_> = place.groups().into_iter().map(|group| group.modified_at).collect();
        assert_eq!(before, after);
    }
}

#[test]
fn gaps_are_filled_before_a_group_is_made() {
    let place = Place::with(0..25);
    // 3 and 12 go, seven come: two fill the gaps, five the last group.
    let list = (0..25).filter(|index| ![3, 12].contains(index)).chain(30..37);
    place.sync(list, &[]).0.code(0);
    let now = place.members();
    assert_eq!(now.len(), 3);
    assert!(now["News-1"].contains(&30) && now["News-2"].contains(&31));
    assert_eq!(now["News-3"].len(), 10);
    // The next one needs a group.
    let list = (0..25).filter(|index| ![3, 12].contains(index)).chain(30..38);
    place.sync(list, &[]).0.code(0);
    let now = place.members();
    assert_eq!((now.len(), &now["News-4"]), (4, &range(37..38)));
    everybody(&now);
}

#[test]
fn a_further_group_has_the_keywords_of_the_first() {
    let place = Place::new();
    let words = |word: &str| Some(vec![word.to_owned()]);
    let auto_update = AutoUpdate::new("12345", words("JOIN").as_deref(), words("STOP").as_deref()).unwrap();
    place.make("News-1", 0..10, Some(auto_update.clone()));
    place.sync(0..25, &[]).0.code(0);
    for group in ["News-1", "News-2", "News-3"] {
        let now = place.group(group).auto_update.unwrap();
        assert_eq!(
            (now.to(), now.add_words(), now.remove_words()),
            (auto_update.to(), auto_update.add_words(), auto_update.remove_words())
        );
    }
}

#[test]
fn who_left_one_of_its_groups_has_left_the_audience() {
    let place = Place::with(0..25);
    place.leave("News-2", [15]);
    let (ended, report) = place.sync(0..25, &[]);
    ended.code(0);
    assert_eq!(report["members"]["left"], 1);
    assert!(!everybody(&place.members()).contains(&15));
    assert_eq!(place.left(), [number(15).to_string()].into());
    // Back by a keyword, and so in another group than before.
    place.join("News-3", [15]);
    place.sync(0..25, &[]).0.code(0);
    assert_eq!(place.left(), [].into());
    assert!(place.members()["News-3"].contains(&15));
}

#[test]
fn who_is_found_in_another_of_its_groups_has_not_left() {
    let place = Place::with(0..25);
    place.leave("News-2", [15]);
    place.join("News-3", [15]);
    let (ended, report) = place.sync(0..25, &[]);
    ended.code(0);
    assert_eq!((&report["members"]["left"], &report["members"]["to_add"]), (&0.into(), &0.into()));
    assert_eq!(place.left(), [].into());
}

#[test]
fn who_is_in_two_of_its_groups_stays_in_the_first() {
    let place = Place::with(0..25);
    place.join("News-3", [4, 15]);
    let (ended, report) = place.import("add", 0..2, &[]);
    ended.code(0).says("2 memberships are double");
    assert_eq!(report["members"]["removed"], 2);
    assert_eq!(
        place.members(),
        members([("News-1", range(0..10)), ("News-2", range(10..20)), ("News-3", range(20..25))])
    );
    // They are still ours, and have not left.
    place.sync((0..25).filter(|index| *index != 4), &[]).0.code(0);
    assert_eq!((everybody(&place.members()).contains(&4), place.left()), (false, [].into()));
}

#[test]
fn brakes_look_at_the_audience() {
    let place = Place::with(0..25);
    // Five of the first ten, but five of twenty-five.
    let flags = ["--spread", "--group-limit", "10"];
    place.import("sync", 5..25, &flags).0.code(0);
    assert_eq!(everybody(&place.members()), range(5..25));
    let (ended, report) = place.import("sync", 10..25, &flags);
    ended.code(4).says("News: 5 of 20 members would be removed");
    assert_eq!(tripped(&report), ["remove"]);
    let digest = report["digest"].as_str().unwrap();
    place.import("sync", 10..25, &[&flags[..], &["--override", digest]].concat()).0.code(0);
    assert_eq!(everybody(&place.members()), range(10..25));
}

#[test]
fn without_the_flag_a_plan_that_passes_the_limit_is_refused_before_anything_is_sent() {
    let place = Place::new();
    place.dir.file("list.csv", super::csv(0..25));
    place.run("import list.csv --group News --create --group-limit 10").code(2).says("--spread");
    assert!(place.groups().is_empty());
}
