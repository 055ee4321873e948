//! What goes in comes out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use jiff::Timestamp;
use rollcall::groups::GroupId;
use rollcall::ledger::Ledger;
use rollcall::ledger::{
    ChunkState, Creation, Deed, How, Input, InputRole, Leaver, LedgerError, LedgerErrorClass, Look, NewPlan, Note,
    Origin, Outcome, Phase, Refusal, RunFilter, RunState,
};
use rollcall::numbers::{Msisdn, NumberSet};
use rollcall::plan::{Chunk, GroupRef, Mode};

use super::{Room, audience, digits, new_plan, number, plan, set, values};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn a_run_is_remembered_as_it_was() {
    let room = Room::new();
    let run = room.begin();
    let input = Input {
        role: InputRole::Suppression,
        path: PathBuf::from("lists/März 2026.csv"),
        size: 1_234,
        modified: Some(Timestamp::from_nanosecond(1_700_000_000_123_456_789).unwrap()),
        sha256: [7; 32],
        rows: 55,
    };
    let change = plan("news", set(&[1, 2, 3, 4]), set(&[9]));
    let ids =
        room.ledger.plan_run(&run, std::slice::from_ref(&input), vec![new_plan("news", &change, 3, Some(55))]).unwrap();
    room.ledger.end_run(&run, RunState::Applied, 3, "{\"format\":1}").unwrap();

    let room = room.reopened();
    let found = room.ledger.find_run(run.as_str()).unwrap();
    assert_eq!(room.ledger.runs(RunFilter::default()).unwrap(), std::slice::from_ref(&found));
    assert_eq!(
        (found.command.as_str(), found.account.as_str(), found.mode.as_str()),
        ("import", super::ACCOUNT, "add")
    );
    assert_eq!(
        (found.state, found.exit, found.plans, found.adds, found.removes),
        (RunState::Applied, Some(3), 1, 4, 1)
    );
    assert!(found.reach.sandbox && found.ended.unwrap() >= found.started && !found.trimmed);
    assert_eq!(found.settings, serde_json::json!({"chunk_size": 3}));
    assert_eq!(room.ledger.inputs(&run).unwrap(), [input]);
    assert_eq!(room.ledger.report(&run).unwrap().as_deref(), Some("{\"format\":1}"));
    let [stored] = room.ledger.plans(&run).unwrap().try_into().unwrap();
    assert_eq!((stored.id, stored.digest, stored.group_ref()), (ids[0], change.digest(), change.group.clone()));
    assert_eq!(stored.creation, Creation::Needless);
    let chunks = room.ledger.chunks(ids[0]).unwrap();
    assert_eq!(chunks.iter().map(|chunk| (chunk.adds, chunk.removes)).collect::<Vec<_>>(), [(3, 1), (1, 0)]);
    let first = room.ledger.chunk(chunks[0].id).unwrap();
    assert_eq!(first, Chunk { number: 0, add: vec![number(1), number(2), number(3)], remove: vec![number(9)] });
}

#[test]
fn files_are_for_their_owner_alone_even_when_they_were_not() {
    let room = Room::new();
    room.planned("news", &[1], &[], 10);
    let names = ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"];
    let modes = |room: &Room| {
        names.map(|name| std::fs::metadata(room.folder.path().join(name)).unwrap().permissions().mode() & 0o777)
    };
    assert_eq!(modes(&room), [0o600; 3]);
    for name in names {
        std::fs::set_permissions(room.folder.path().join(name), PermissionsExt::from_mode(0o644)).unwrap();
    }
    let second = rollcall::ledger::Ledger::open(&room.state).unwrap();
    assert_eq!(modes(&room), [0o600; 3]);
    // Setting them right has not cost the first its hold on the file.
    assert_eq!(second.runs(RunFilter::default()).unwrap().len(), 1);
    room.planned("news", &[2], &[], 10);
    assert_eq!(second.runs(RunFilter::default()).unwrap().len(), 2);
}

#[test]
fn a_run_is_found_by_a_part_of_its_name() {
    let room = Room::new();
    let (first, second) = (room.begin(), room.begin());
    let letters = |run: &rollcall::ledger::RunId| run.as_str()[run.as_str().len() - 4..].to_owned();
    assert_eq!(room.ledger.find_run(&letters(&first)).unwrap().id, first);
    assert_eq!(room.ledger.find_run(second.as_str()).unwrap().id, second);
    for (text, many) in [("20", true), ("nothing", false), ("", false), ("%", false)] {
        let error = room.ledger.find_run(text).unwrap_err();
        assert_eq!(matches!(error, LedgerError::ManyRuns { .. }), many, "{text}: {error}");
        assert_eq!(error.class(), LedgerErrorClass::Nowhere);
        assert!(error.hint().is_some());
    }
}

#[test]
fn runs_are_listed_by_account_audience_and_what_is_left_of_them() {
    let room = Room::new();
    let (news, _) = room.planned("news", &[1], &[], 10);
    let (other, _) = room.planned("other", &[1], &[], 10);
    room.ledger.end_run(&other, RunState::Verified, 0, "{}").unwrap();
    let ids = |filter| room.ledger.runs(filter).unwrap().into_iter().map(|run| run.id).collect::<Vec<_>>();
    assert_eq!(ids(RunFilter::default()), [other.clone(), news.clone()]);
    assert_eq!(ids(RunFilter { limit: Some(1), ..RunFilter::default() }), [other]);
    assert_eq!(ids(RunFilter { audience: Some("news"), ..RunFilter::default() }), std::slice::from_ref(&news));
    assert_eq!(ids(RunFilter { account: Some("provider/demo"), ..RunFilter::default() }), []);
    assert_eq!(ids(RunFilter { resumable: true, ..RunFilter::default() }), std::slice::from_ref(&news));
    room.ledger.abandon_run(&news).unwrap();
    assert_eq!(ids(RunFilter { resumable: true, ..RunFilter::default() }), []);
    assert!(room.ledger.abandon_run(&news).is_err());
}

#[test]
fn a_run_that_was_taken_back_says_by_which() {
    let room = Room::new();
    let (run, _) = room.planned("news", &[1], &[], 10);
    let folder = room.state.begin_run().unwrap();
    let undo = rollcall::ledger::RunId::of(&folder);
    let new = rollcall::ledger::NewRun {
        id: &undo,
        command: "runs undo",
        account: super::ACCOUNT,
        reach: &rollcall::ledger::Reach::default(),
        mode: "remove",
        undo_of: Some(&run),
        settings: &serde_json::Value::Null,
    };
    room.ledger.begin_run(&new).unwrap();
    assert_eq!(room.ledger.find_run(run.as_str()).unwrap().undone_by, None);
    room.ledger.end_run(&undo, RunState::Verified, 0, "{}").unwrap();
    assert_eq!(room.ledger.find_run(run.as_str()).unwrap().undone_by, Some(undo.clone()));
    assert_eq!(room.ledger.find_run(undo.as_str()).unwrap().undo_of, Some(run));
}

#[test]
fn a_plan_is_stored_whole_and_once() {
    let room = Room::new();
    let run = room.begin();
    let change = plan("news", set(&[1, 2]), set(&[]));
    let short = NewPlan {
        audience: "news",
        plan: &change,
        rows: None,
        listed: Cow::default(),
        guests: NumberSet::new(),
        chunks: Box::new([(Phase::Main, Chunk { number: 0, add: vec![number(1)], remove: vec![] })].into_iter()),
    };
    assert!(matches!(room.ledger.plan_run(&run, &[], vec![short]), Err(LedgerError::OutOfOrder(_))));
    assert!(room.ledger.plans(&run).unwrap().is_empty());
    assert_eq!(room.ledger.find_run(run.as_str()).unwrap().state, RunState::Begun);
    room.ledger.plan_run(&run, &[], vec![new_plan("news", &change, 1, None)]).unwrap();
    assert!(room.ledger.plan_run(&run, &[], vec![new_plan("news", &change, 1, None)]).is_err());
    assert_eq!(room.ledger.plans(&run).unwrap().len(), 1);
}

#[test]
fn the_making_of_a_group_is_known_before_and_after() {
    let room = Room::new();
    let run = room.begin();
    let mut change = plan("news", set(&[1]), set(&[]));
    change.group = GroupRef::New { name: "news".to_owned() };
    let id = room.ledger.plan_run(&run, &[], vec![new_plan("news", &change, 1, None)]).unwrap()[0];
    let creation = || room.ledger.plans(&run).unwrap()[0].creation;
    assert_eq!(creation(), Creation::Wanted);
    room.ledger.intend_creation(id).unwrap();
    assert_eq!(creation(), Creation::Asked);
    room.ledger.intend_creation(id).unwrap();
    room.ledger.settle_creation(id, &GroupId::new("G1"), true).unwrap();
    assert_eq!(creation(), Creation::Made);
    assert!(room.ledger.intend_creation(id).is_err());
    assert!(room.ledger.settle_creation(id, &GroupId::new("G2"), true).is_err());
    let named = GroupRef::Existing { id: GroupId::new("G1"), name: Some("news".to_owned()) };
    assert_eq!(room.ledger.plans(&run).unwrap()[0].group_ref(), named);
}

#[test]
fn adds_wait_until_room_is_made() {
    let room = Room::new();
    let run = room.begin();
    let change = plan("news", set(&[1]), set(&[9]));
    let phased = NewPlan {
        audience: "news",
        plan: &change,
        rows: None,
        listed: Cow::default(),
        guests: NumberSet::new(),
        chunks: Box::new(
            [
                (Phase::Room, Chunk { number: 0, add: vec![], remove: vec![number(9)] }),
                (Phase::Main, Chunk { number: 1, add: vec![number(1)], remove: vec![] }),
            ]
            .into_iter(),
        ),
    };
    let id = room.ledger.plan_run(&run, &[], vec![phased]).unwrap()[0];
    assert!(room.ledger.intend(id.chunk(1)).is_err());
    room.ledger.intend(id.chunk(0)).unwrap();
    assert!(room.ledger.intend(id.chunk(1)).is_err());
    room.ledger.settle(id.chunk(0), Outcome::Unknown { words: "lost" }).unwrap();
    assert!(room.ledger.intend(id.chunk(1)).is_err());
    room.ledger.settle(id.chunk(0), Outcome::Applied { idle: &NumberSet::new() }).unwrap();
    room.ledger.intend(id.chunk(1)).unwrap();
}

#[test]
fn members_were_seen_where_a_run_found_or_left_them() {
    let room = Room::new();
    let run = room.begin();
    let change = super::plan("news", set(&[1, 2, 3]), set(&[8, 9]));
    let new = NewPlan { listed: Cow::Owned(set(&[5])), ..new_plan("news", &change, 5, None) };
    let plan = room.ledger.plan_run(&run, &[], vec![new]).unwrap()[0];
    room.ledger.intend(plan.chunk(0)).unwrap();
    let seen = |ledger: &Ledger| {
        let mut seen = BTreeMap::new();
        let mut saw = |at, numbers: &NumberSet| {
            seen.entry(at).or_insert_with(BTreeSet::new).extend(numbers.iter().map(Msisdn::value));
        };
        ledger.sightings(&audience("news"), &mut saw).unwrap();
        seen.into_values().collect::<Vec<_>>()
    };
    assert_eq!(seen(&room.ledger), [[5].into()], "nobody knows yet what became of the chunk");
    // 2 was there already and 9 was not; 3 was not found again.
    room.ledger.settle(plan.chunk(0), Outcome::Applied { idle: &set(&[2, 9]) }).unwrap();
    room.ledger.note_astray(plan, &set(&[3])).unwrap();
    assert_eq!(seen(&room.ledger), [[1, 2, 5, 8].into()]);
    let look = Look {
        run: &run,
        taken: Timestamp::now(),
        groups: &[],
        ours: &set(&[1, 2, 5]),
        joined: &set(&[7]),
        left: &NumberSet::new(),
    };
    room.ledger.remember(&audience("news"), &look).unwrap();
    assert_eq!(seen(&room.ledger), [[1, 2, 5, 8].into(), BTreeSet::from([1, 2, 5, 7])]);
    assert!(seen(&Room::new().ledger).is_empty());
}

#[test]
fn a_poisoned_chunk_is_sent_without_its_poison() {
    let room = Room::new();
    let (_, plan) = room.planned("news", &[1, 2, 3, 4, 5], &[8, 9], 5);
    let chunk = plan.chunk(0);
    room.ledger.intend(chunk).unwrap();
    let poison = Refusal { number: number(3), words: "value '+3' is not valid".to_owned() };
    let stranger = Refusal { number: number(77), words: "not ours".to_owned() };
    let rest = room.ledger.set_aside(chunk, &[poison.clone(), stranger]).unwrap();
    assert_eq!(rest.add, [1, 2, 4, 5].map(number));
    assert_eq!(room.ledger.refusals(plan).unwrap(), std::slice::from_ref(&poison));
    assert!(!format!("{poison:?}").contains("valid"));

    let halves = room.ledger.split(chunk).unwrap();
    assert_eq!(halves[0].add.len() + halves[0].remove.len(), 3);
    assert_eq!(halves[1], room.ledger.chunk(plan.chunk(halves[1].number)).unwrap());
    for half in &halves {
        room.ledger.intend(plan.chunk(half.number)).unwrap();
        room.ledger.settle(plan.chunk(half.number), Outcome::Applied { idle: &NumberSet::new() }).unwrap();
    }
    assert_eq!(digits(&room.ledger.took_effect(plan).unwrap()), [vec![1, 2, 4, 5], vec![8, 9], vec![], vec![]]);
    assert!(room.ledger.split(chunk).is_err());
    assert!(room.ledger.set_aside(chunk, &[]).is_err());
}

#[test]
fn a_chunk_of_nothing_but_poison_has_come_to_its_end() {
    let room = Room::new();
    let (_, plan) = room.planned("news", &[1], &[], 5);
    room.ledger.intend(plan.chunk(0)).unwrap();
    assert!(room.ledger.split(plan.chunk(0)).is_err());
    let poison = Refusal { number: number(1), words: String::new() };
    assert!(room.ledger.set_aside(plan.chunk(0), &[poison]).unwrap().is_empty());
    assert_eq!(room.ledger.chunks(plan).unwrap()[0].state, ChunkState::Refused);
    assert!(room.ledger.intend(plan.chunk(0)).is_err());
}

#[test]
fn rows_are_those_of_the_last_applied_run_in_such_a_mode() {
    let room = Room::new();
    let apply = |rows, state| {
        let run = room.begin();
        let change = plan("news", set(&[]), set(&[]));
        room.ledger.plan_run(&run, &[], vec![new_plan("news", &change, 1, rows)]).unwrap();
        room.ledger.end_run(&run, state, 0, "{}").unwrap();
        run
    };
    assert_eq!(room.ledger.last_rows(&audience("news"), &[Mode::Add]).unwrap(), None);
    apply(Some(10), RunState::Verified);
    let last = apply(Some(20), RunState::Applied);
    apply(Some(30), RunState::Incomplete);
    apply(Some(40), RunState::Refused);
    apply(None, RunState::Verified);
    assert_eq!(room.ledger.last_rows(&audience("news"), &[Mode::Sync, Mode::Add]).unwrap(), Some((last, 20)));
    assert_eq!(room.ledger.last_rows(&audience("news"), &[Mode::Sync]).unwrap(), None);
    assert_eq!(room.ledger.last_rows(&audience("other"), &[Mode::Add]).unwrap(), None);
}

#[test]
fn a_renamed_audience_keeps_its_memory() {
    let room = Room::new();
    let run = room.begin();
    let groups = [GroupId::new("G1"), GroupId::new("G2")];
    let look =
        Look { run: &run, taken: at(5), groups: &groups, ours: &set(&[1]), joined: &set(&[1, 2]), left: &set(&[2, 3]) };
    room.ledger.remember(&audience("news"), &look).unwrap();
    room.ledger.remember(&audience("other"), &Look { groups: &[], ..look }).unwrap();
    assert!(matches!(room.ledger.rename_audience(&audience("news"), "other"), Err(LedgerError::NameTaken(_))));
    room.ledger.rename_audience(&audience("news"), "new").unwrap();
    assert_eq!(room.ledger.baseline(&audience("news")).unwrap(), None);
    let baseline = room.ledger.baseline(&audience("new")).unwrap().unwrap();
    assert_eq!((values(&baseline.ours), values(&baseline.joined)), (vec![1], vec![2]));
    assert_eq!((baseline.run, baseline.taken, baseline.groups), (run.clone(), at(5), groups.to_vec()));
    let left = Leaver { number: number(3), since: at(5), run: Some(run), how: How::Observed };
    assert_eq!(room.ledger.leavers(&audience("new")).unwrap(), [left]);
    assert_eq!(room.ledger.audience_of_group(super::ACCOUNT, &groups[1]).unwrap(), Some(audience("new")));
    assert_eq!(room.ledger.audience_of_group("provider/demo", &groups[1]).unwrap(), None);
    let figures = room.ledger.audiences().unwrap();
    assert_eq!(figures.len(), 2);
    assert_eq!(figures[0].audience, audience("new"));
    assert_eq!((figures[0].ours, figures[0].joined, figures[0].leavers), (1, 1, 1));
}

#[test]
fn a_number_is_found_wherever_it_is() {
    let room = Room::new();
    let (run, plan) = room.planned("news", &[1, 2, 3, 4], &[8, 9], 10);
    room.ledger.note(&run, Note::Suppressed, &set(&[5, 50])).unwrap();
    room.ledger.note(&run, Note::Held, &set(&[6])).unwrap();
    room.ledger.note(&run, Note::Rejected, &set(&[6, 7])).unwrap();
    assert_eq!(values(&room.ledger.noted(&run, Note::Rejected).unwrap()), [6, 7]);
    let deeds = |value| {
        let trace = room.ledger.trace(number(value)).unwrap();
        assert!(trace.runs.iter().all(|mention| mention.run == run && mention.command == "import"));
        trace.runs.into_iter().map(|mention| mention.deed).collect::<Vec<_>>()
    };
    assert_eq!((deeds(1), deeds(8)), (vec![Deed::ToAdd], vec![Deed::ToRemove]));
    room.ledger.intend(plan.chunk(0)).unwrap();
    assert_eq!((deeds(1), deeds(8)), (vec![Deed::PerhapsAdded], vec![Deed::PerhapsRemoved]));
    room.ledger.set_aside(plan.chunk(0), &[Refusal { number: number(4), words: String::new() }]).unwrap();
    room.ledger.intend(plan.chunk(0)).unwrap();
    room.ledger.settle(plan.chunk(0), Outcome::Applied { idle: &set(&[2, 9, 99]) }).unwrap();
    room.ledger.note_astray(plan, &set(&[3])).unwrap();
    assert_eq!(
        [1, 2, 3, 4, 8, 9].map(|value| deeds(value)[0]),
        [Deed::Added, Deed::AlreadyMember, Deed::NotKept, Deed::Refused, Deed::Removed, Deed::AlreadyGone,]
    );
    assert_eq!(deeds(5), [Deed::Suppressed]);
    assert_eq!(deeds(6), [Deed::Held, Deed::Rejected]);
    assert_eq!((deeds(99), deeds(51)), (vec![], vec![]));
    let look = Look { run: &run, taken: at(7), groups: &[], ours: &set(&[1]), joined: &set(&[2]), left: &set(&[3]) };
    room.ledger.remember(&audience("news"), &look).unwrap();
    let origin = |value| room.ledger.trace(number(value)).unwrap().baselines.first().map(|seen| seen.origin);
    assert_eq!([1, 2, 3].map(origin), [Some(Origin::Ours), Some(Origin::Joined), None]);
    let left = room.ledger.trace(number(3)).unwrap().leavers;
    assert_eq!(
        left.iter().map(|(audience, leaver)| (&*audience.name, leaver.since)).collect::<Vec<_>>(),
        [("news", at(7))]
    );
}

#[test]
fn two_may_look_and_write_at_once() {
    let room = Room::new();
    let others: Vec<_> = (0..3).map(|_| rollcall::ledger::Ledger::open(&room.state).unwrap()).collect();
    std::thread::scope(|scope| {
        for other in &others {
            scope.spawn(move || {
                for value in 1..=20 {
                    let leaver = Leaver { number: number(value), since: at(1), run: None, how: How::Imported };
                    other.add_leavers(&audience("news"), &[leaver]).unwrap();
                    assert!(other.leavers(&audience("news")).unwrap().len() >= usize::try_from(value).unwrap());
                }
            });
        }
    });
    assert_eq!(room.ledger.leavers(&audience("news")).unwrap().len(), 20);
}

#[test]
fn many_may_make_the_ledger_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let state = rollcall::ledger::StateFolder::open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        let opened: Vec<_> = (0..8).map(|_| scope.spawn(|| rollcall::ledger::Ledger::open(&state).map(drop))).collect();
        for opened in opened {
            opened.join().unwrap().unwrap();
        }
    });
}
