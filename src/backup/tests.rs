#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use std::path::Path;

use proptest::prelude::*;

use super::manifest::NAME;
use super::{Backup, Kept, Kit, NewBackup, Target};
use crate::groups::{Group, GroupId};
use crate::ledger::{How, Leaver};
use crate::numbers::{Msisdn, NumberSet};

fn set(values: impl IntoIterator<Item = u64>) -> NumberSet {
    values.into_iter().filter_map(|value| Msisdn::from_value(12_125_550_100 + value)).collect()
}

fn group(id: &str, name: Option<&str>) -> Group {
    Group {
        id: GroupId::new(id),
        name: name.map(str::to_owned),
        size: None,
        created_at: None,
        modified_at: None,
        child_groups: Vec::new(),
        auto_update: None,
    }
}

fn kept(id: &str, name: Option<&str>, members: NumberSet) -> Kept {
    let group = group(id, name);
    let audience = name.unwrap_or(id).to_owned();
    Kept { group, audience, spread: None, members, joined: None, leavers: Vec::new(), steady: true }
}

fn taken(place: &Path, groups: &[Kept]) -> Backup {
    let mut new = NewBackup::begin(place, "sandbox/demo", false).unwrap();
    for (at, kept) in groups.iter().enumerate().rev() {
        new.add(at, kept).unwrap();
    }
    new.add_departed("Long, \"gone\"", &leavers(&set([1]))).unwrap();
    new.finish(true, Vec::new(), Vec::new()).unwrap()
}

fn leavers(numbers: &NumberSet) -> Vec<Leaver> {
    let since = "2026-01-02T03:04:05Z".parse().unwrap();
    numbers.iter().map(|number| Leaver { number, since, run: None, how: How::Imported }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_was_kept_comes_back(
        name in proptest::option::of("\\PC{1,20}"),
        values in proptest::collection::btree_set(0..5_000u64, 0..40),
        joined in proptest::collection::btree_set(0..5_000u64, 0..40),
        left in proptest::collection::btree_set(5_000..9_000u64, 0..10),
        is_known: bool,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let members = set(values);
        let joined = set(joined).intersection(&members);
        let leavers = leavers(&set(left));
        let one = Kept {
            // Nobody is nobody's.
            joined: (is_known && !members.is_empty()).then_some(joined),
            leavers,
            ..kept("G1", name.as_deref(), members)
        };
        let backup = taken(&folder.path().join("b"), &[one.clone(), kept("G2", None, set([1]))]);
        let backup = Backup::open(backup.folder()).unwrap();
        prop_assert_eq!(backup.manifest().groups.len(), 2);
        let back = backup.group(&backup.manifest().groups[0]).unwrap();
        prop_assert_eq!(&back.group.name, &name);
        prop_assert_eq!((back.members, back.joined, back.leavers), (one.members, one.joined, one.leavers));
        let gone = &backup.manifest().departed[0];
        prop_assert_eq!((gone.audience.as_str(), backup.departed(gone).unwrap().len()), ("Long, \"gone\"", 1));
    }
}

#[test]
fn no_byte_of_the_manifest_can_be_changed_unnoticed() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("b");
    drop(taken(&place, &[kept("G1", Some("News"), set(0..3))]));
    let path = place.join(NAME);
    let sound = std::fs::read(&path).unwrap();
    // All of what is around the seal, and every seventh byte of what is in it; the last byte is the line's end.
    for at in (0..sound.len() - 1).filter(|at| *at < 110 || at % 7 == 0) {
        for change in [1, 0x20] {
            let mut edited = sound.clone();
            edited[at] ^= change;
            std::fs::write(&path, edited).unwrap();
            assert!(Backup::open(&place).is_err(), "byte {at} ^ {change}");
        }
    }
    std::fs::write(&path, sound).unwrap();
    assert!(Backup::open(&place).is_ok());
}

#[test]
fn a_backup_that_is_given_up_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let mut new = NewBackup::begin(&folder.path().join("b"), "sandbox/demo", false).unwrap();
    new.add(0, &kept("G1", Some("News"), set(0..3))).unwrap();
    drop(new);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

fn kit(groups: Vec<Kept>) -> Kit {
    Kit { account: "sandbox/a".to_owned(), groups, ..Kit::default() }
}

#[test]
fn at_home_a_group_is_known_by_its_id_and_elsewhere_by_its_name() {
    let there = [group("G1", Some("Renamed")), group("G9", Some("News"))];
    for (account, id) in [("sandbox/a", "G1"), ("sandbox/b", "G9")] {
        let again = kit(vec![kept("G1", Some("News"), set([]))]).again(account, &there, &[]).unwrap();
        assert!(matches!(&again[0].target, Target::There(group) if group.id.as_str() == id), "{again:?}");
    }
    let named = [("News".to_owned(), "Other".to_owned())];
    let again = kit(vec![kept("G1", Some("News"), set([]))]).again("sandbox/a", &there, &named).unwrap();
    assert!(matches!(&again[0].target, Target::Made(name) if name == "Other"), "{again:?}");
}

#[test]
fn two_groups_never_become_one() {
    let two = || vec![kept("G1", Some("News"), set([])), kept("G2", Some("News"), set([]))];
    assert!(kit(two()).again("sandbox/b", &[], &[]).is_err());
    assert!(kit(two()).again("sandbox/b", &[], &[("News".to_owned(), "A".to_owned())]).is_err());
    assert!(kit(two()).again("sandbox/b", &[], &[("G2".to_owned(), "A".to_owned())]).is_ok());
    let twins = [group("G7", Some("News")), group("G8", Some("News"))];
    assert!(kit(vec![kept("G1", Some("News"), set([]))]).again("sandbox/b", &twins, &[]).is_err());
}

#[test]
fn members_that_only_child_groups_bring_are_told_from_a_groups_own() {
    let family = |listed: NumberSet| {
        let mut parent = kept("P", Some("Parent"), listed);
        parent.group.child_groups = vec![GroupId::new("C")];
        let mut kit = kit(vec![parent]);
        kit.children.push(kept("C", Some("Child"), set([2, 3])));
        kit.again("sandbox/b", &[group("C2", Some("Child"))], &[]).unwrap().remove(0).members
    };
    assert_eq!(family(set([1, 2, 3])), set([1]), "a provider that lists them lists all of them");
    assert_eq!(family(set([1, 2])), set([1, 2]), "a provider that does not lists a group's own");
}
