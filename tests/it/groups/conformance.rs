//! One suite for every implementation of [`GroupsApi`]: the sandbox's store in this process, and the client that
//! talks to a sandbox over HTTP, by token and by project.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rollcall::groups::{
    ApiError, AutoUpdate, ErrorClass, FindError, FoundBy, Group, GroupId, GroupUpdate, GroupsApi, NameChange, NewGroup,
    Replacement, all_groups, find_group,
};
use rollcall::numbers::Msisdn;
use rollcall::sandbox::{Running, Sandbox, Settings, Store};

use super::sandboxed;

/// Runs each case on each implementation, as tests of their own.
macro_rules! on_each {
    ($($case:ident),+ $(,)?) => {
        mod in_this_process {
            $(
                #[tokio::test]
                async fn $case() {
                    super::$case(&super::Store::in_memory().unwrap()).await;
                }
            )+
        }

        mod over_http_by_token {
            $(
                #[tokio::test]
                async fn $case() {
                    let running = super::served().await;
                    super::$case(&super::sandboxed::by_token(&running)).await;
                }
            )+
        }

        mod over_http_by_project {
            $(
                #[tokio::test]
                async fn $case() {
                    let running = super::served().await;
                    super::$case(&super::sandboxed::by_project(&running)).await;
                }
            )+
        }
    };
}

on_each!(
    a_group_is_made_read_and_deleted,
    adds_run_before_removes,
    repeats_and_strangers_are_no_errors,
    a_name_is_kept_set_and_erased,
    a_replacement_clears_what_it_does_not_name,
    another_groups_members_are_copied_once,
    keywords_survive_a_round_trip,
    what_is_not_there_is_not_found,
    one_bad_number_refuses_the_whole_and_is_named,
    too_much_is_too_large_and_changes_nothing,
    a_name_too_long_is_refused,
    the_list_is_paged_newest_first,
    groups_are_found_by_id_and_by_name,
);

async fn served() -> Running {
    Sandbox::start(Settings { key: Some(sandboxed::key()), ..Settings::default() }).await.unwrap()
}

/// Valid numbers, as many as wanted.
fn numbers(range: std::ops::Range<u64>) -> Vec<Msisdn> {
    range.map(|index| Msisdn::from_value(12_015_550_000 + index).unwrap()).collect()
}

fn named(name: &str) -> NewGroup {
    NewGroup { name: Some(name.to_owned()), ..NewGroup::default() }
}

async fn made(api: &impl GroupsApi, members: Vec<Msisdn>) -> GroupId {
    api.create(&NewGroup { members, ..named("Staff") }).await.unwrap().id
}

async fn members(api: &impl GroupsApi, id: &GroupId) -> Vec<Msisdn> {
    api.members(id).await.unwrap().iter().collect()
}

fn adding(add: Vec<Msisdn>) -> GroupUpdate {
    GroupUpdate { add, ..GroupUpdate::default() }
}

async fn a_group_is_made_read_and_deleted(api: &impl GroupsApi) {
    let made = api.create(&NewGroup { members: numbers(0..3), ..named("Staff") }).await.unwrap();
    assert_eq!((made.name.as_deref(), made.size), (Some("Staff"), Some(3)));
    assert!(made.created_at.is_some() && made.modified_at.is_some());
    let read = api.retrieve(&made.id).await.unwrap();
    assert_eq!((&read.id, read.name, read.size), (&made.id, made.name, made.size));
    assert_eq!(members(api, &made.id).await, numbers(0..3));
    api.delete(&made.id).await.unwrap();
    assert_eq!(api.retrieve(&made.id).await.unwrap_err().class, ErrorClass::NotFound);
    assert!(all_groups(api).await.unwrap().is_empty());
}

async fn adds_run_before_removes(api: &impl GroupsApi) {
    let id = made(api, numbers(0..2)).await;
    let update = GroupUpdate { add: numbers(2..5), remove: numbers(1..3), ..GroupUpdate::default() };
    let updated = api.update(&id, &update).await.unwrap();
    assert_eq!(updated.size, Some(3));
    let expected: Vec<Msisdn> = numbers(0..1).into_iter().chain(numbers(3..5)).collect();
    assert_eq!(members(api, &id).await, expected);
}

async fn repeats_and_strangers_are_no_errors(api: &impl GroupsApi) {
    let id = made(api, numbers(0..2)).await;
    let twice = numbers(1..4).into_iter().chain(numbers(1..4)).collect();
    let update = GroupUpdate { add: twice, remove: numbers(7..9), ..GroupUpdate::default() };
    for _ in 0..2 {
        assert_eq!(api.update(&id, &update).await.unwrap().size, Some(4));
    }
    assert_eq!(members(api, &id).await, numbers(0..4));
    assert_eq!(api.update(&id, &GroupUpdate::default()).await.unwrap().size, Some(4));
}

async fn a_name_is_kept_set_and_erased(api: &impl GroupsApi) {
    let id = made(api, Vec::new()).await;
    let mut names = Vec::new();
    for name in [NameChange::Keep, NameChange::Set("Crew ü".to_owned()), NameChange::Erase, NameChange::Keep] {
        names.push(api.update(&id, &GroupUpdate { name, ..GroupUpdate::default() }).await.unwrap().name);
    }
    assert_eq!(names, [Some("Staff".to_owned()), Some("Crew ü".to_owned()), None, None]);
}

async fn a_replacement_clears_what_it_does_not_name(api: &impl GroupsApi) {
    let id = made(api, numbers(0..5)).await;
    let named = Replacement { members: numbers(4..6), name: Some("Crew".to_owned()), ..Replacement::default() };
    let replaced = api.replace(&id, &named).await.unwrap();
    assert_eq!((&replaced.id, replaced.name.as_deref(), replaced.size), (&id, Some("Crew"), Some(2)));
    assert_eq!(members(api, &id).await, numbers(4..6));
    let bare = api.replace(&id, &Replacement::default()).await.unwrap();
    assert_eq!((bare.name, bare.size), (None, Some(0)));
    assert!(members(api, &id).await.is_empty());
}

async fn another_groups_members_are_copied_once(api: &impl GroupsApi) {
    let (from, to) = (made(api, numbers(0..3)).await, made(api, numbers(2..5)).await);
    let copy = GroupUpdate { add_from_group: Some(from.clone()), ..GroupUpdate::default() };
    api.update(&to, &copy).await.unwrap();
    assert_eq!(members(api, &to).await, numbers(0..5));
    api.update(&from, &adding(numbers(9..10))).await.unwrap();
    assert_eq!(members(api, &to).await, numbers(0..5));
    let strip = GroupUpdate { remove_from_group: Some(from), ..GroupUpdate::default() };
    api.update(&to, &strip).await.unwrap();
    assert_eq!(members(api, &to).await, numbers(3..5));
}

async fn keywords_survive_a_round_trip(api: &impl GroupsApi) {
    let words =
        AutoUpdate::new("+12015550199", Some(&["JOIN".to_owned(), "US".to_owned()]), Some(&["LEAVE".to_owned()]));
    let new = NewGroup { auto_update: Some(words.unwrap()), ..named("Staff") };
    let made = api.create(&new).await.unwrap();
    let keywords = |group: &Group| {
        let auto_update = group.auto_update.as_ref().unwrap();
        (auto_update.add_words(), auto_update.remove_words())
    };
    let expected = (vec!["JOIN".to_owned(), "US".to_owned()], vec!["LEAVE".to_owned()]);
    assert_eq!(keywords(&made), expected);
    // What replace is sent again is what was read.
    let kept = Replacement { auto_update: made.auto_update.clone(), name: made.name.clone(), ..Replacement::default() };
    assert_eq!(keywords(&api.replace(&made.id, &kept).await.unwrap()), expected);
    assert_eq!(keywords(&api.retrieve(&made.id).await.unwrap()), expected);
}

async fn what_is_not_there_is_not_found(api: &impl GroupsApi) {
    let gone = GroupId::new("01FC66621VHDBN119Z8PMV1QPQ");
    let mut errors: Vec<ApiError> = vec![
        api.retrieve(&gone).await.unwrap_err(),
        api.members(&gone).await.unwrap_err(),
        api.update(&gone, &adding(numbers(0..1))).await.unwrap_err(),
        api.replace(&gone, &Replacement::default()).await.unwrap_err(),
        api.delete(&gone).await.unwrap_err(),
    ];
    let id = made(api, numbers(0..1)).await;
    let copy = GroupUpdate { add_from_group: Some(gone), add: numbers(1..2), ..GroupUpdate::default() };
    errors.push(api.update(&id, &copy).await.unwrap_err());
    for error in errors {
        assert_eq!(error.class, ErrorClass::NotFound, "{error}");
    }
    assert_eq!(members(api, &id).await, numbers(0..1));
}

async fn one_bad_number_refuses_the_whole_and_is_named(api: &impl GroupsApi) {
    let id = made(api, numbers(0..1)).await;
    let bad = Msisdn::from_value(1).unwrap();
    let mut add = numbers(1..4);
    add[2] = bad;
    let error = api.update(&id, &adding(add.clone())).await.unwrap_err();
    assert_eq!((error.class, error.status), (ErrorClass::Refused, Some(400)));
    let element = error.element.unwrap();
    assert_eq!((element.list.as_str(), element.index, element.value.as_deref()), ("add", Some(2), Some("+1")));
    assert_eq!(members(api, &id).await, numbers(0..1));

    let error = api.create(&NewGroup { members: add.clone(), ..named("Crew") }).await.unwrap_err();
    assert_eq!(
        error.element.map(|element| (element.list.clone(), element.index)),
        Some(("members".to_owned(), Some(2)))
    );
    let error = api.replace(&id, &Replacement { members: add, ..Replacement::default() }).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Refused);
    assert_eq!(members(api, &id).await, numbers(0..1));
}

async fn too_much_is_too_large_and_changes_nothing(api: &impl GroupsApi) {
    let id = made(api, numbers(0..1)).await;
    let error = api.update(&id, &adding(numbers(0..10_001))).await.unwrap_err();
    assert_eq!((error.class, error.element), (ErrorClass::TooLarge, None));
    // Ten thousand is what a request may carry, but the group would then hold one more.
    let error = api.update(&id, &adding(numbers(1..10_001))).await.unwrap_err();
    assert_eq!((error.class, error.element), (ErrorClass::TooLarge, None));
    assert_eq!(members(api, &id).await, numbers(0..1));
    assert_eq!(api.update(&id, &adding(numbers(0..10_000))).await.unwrap().size, Some(10_000));
    assert_eq!(members(api, &id).await, numbers(0..10_000));
}

async fn a_name_too_long_is_refused(api: &impl GroupsApi) {
    let error = api.create(&named(&"x".repeat(21))).await.unwrap_err();
    assert_eq!((error.class, error.element), (ErrorClass::Refused, None));
    assert_eq!(api.create(&named(&"ü".repeat(20))).await.unwrap().name, Some("ü".repeat(20)));
}

async fn the_list_is_paged_newest_first(api: &impl GroupsApi) {
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(made(api, Vec::new()).await);
    }
    ids.reverse();
    let (mut seen, mut sizes) = (Vec::new(), Vec::new());
    for page in 0..4 {
        let answer = api.list(page, 2).await.unwrap();
        assert_eq!((answer.page, answer.count), (page, 5));
        assert_eq!(usize::try_from(answer.page_size), Ok(answer.groups.len()));
        sizes.push(answer.groups.len());
        seen.extend(answer.groups.into_iter().map(|group| group.id));
    }
    assert_eq!((seen, sizes), (ids, vec![2, 2, 1, 0]));
}

async fn groups_are_found_by_id_and_by_name(api: &impl GroupsApi) {
    let crew = api.create(&named("Night crew")).await.unwrap().id;
    let unnamed = api.create(&NewGroup::default()).await.unwrap().id;
    // A name that is another group's id: the id wins.
    api.create(&named("Staff")).await.unwrap();
    for _ in 0..120 {
        api.create(&named("Many")).await.unwrap();
    }
    assert_eq!(all_groups(api).await.unwrap().len(), 123);
    let found = find_group(api, "Night crew").await.unwrap();
    assert_eq!((found.group.id, found.by), (crew.clone(), FoundBy::Name));
    for id in [crew, unnamed] {
        let found = find_group(api, id.as_str()).await.unwrap();
        assert_eq!((found.group.id, found.by), (id, FoundBy::Id));
    }
    assert!(matches!(find_group(api, "night crew").await.unwrap_err(), FindError::NotFound(_)));
    let FindError::TwoOfAName { ids, .. } = find_group(api, "Many").await.unwrap_err() else {
        panic!("a name of many groups is nobody's");
    };
    assert_eq!(ids.len(), 120);
}

/// An update or a replacement of a small group, with numbers from a small pool so that they meet.
#[derive(Debug, Clone)]
enum Step {
    Update { add: Vec<u64>, remove: Vec<u64> },
    Replace { members: Vec<u64> },
}

fn step() -> impl Strategy<Value = Step> {
    let pool = || proptest::collection::vec(0u64..12, 0..6);
    prop_oneof![
        3 => (pool(), pool()).prop_map(|(add, remove)| Step::Update { add, remove }),
        1 => pool().prop_map(|members| Step::Replace { members }),
    ]
}

fn some(values: &[u64]) -> Vec<Msisdn> {
    values.iter().flat_map(|value| numbers(*value..*value + 1)).collect()
}

async fn walk(api: &impl GroupsApi, steps: &[Step]) {
    let id = made(api, Vec::new()).await;
    let mut model = BTreeSet::new();
    for step in steps {
        let group = match step {
            Step::Update { add, remove } => {
                model.extend(some(add));
                model.retain(|number| !some(remove).contains(number));
                let update = GroupUpdate { add: some(add), remove: some(remove), ..GroupUpdate::default() };
                api.update(&id, &update).await.unwrap()
            }
            Step::Replace { members } => {
                model = some(members).into_iter().collect();
                api.replace(&id, &Replacement { members: some(members), ..Replacement::default() }).await.unwrap()
            }
        };
        assert_eq!(group.size.map(usize::try_from), Some(Ok(model.len())));
        assert_eq!(members(api, &id).await, model.iter().copied().collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_walk_ends_where_sets_say(steps in proptest::collection::vec(step(), 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            walk(&Store::in_memory().unwrap(), &steps).await;
            let running = served().await;
            walk(&sandboxed::by_token(&running), &steps).await;
        });
    }
}
