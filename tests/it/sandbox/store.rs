//! The store without HTTP: the same rules, as the errors of the Groups API's client.

use std::collections::{BTreeSet, HashSet};

use proptest::prelude::*;
use rollcall::groups::{ErrorClass, GroupId, GroupUpdate, GroupsApi, NameChange, NewGroup, Replacement};
use rollcall::numbers::Msisdn;
use rollcall::sandbox::{Data, Rules, Settings, Store};

use super::*;

fn some(range: std::ops::Range<u32>) -> Vec<Msisdn> {
    numbers(range).iter().map(|number| number.parse().unwrap()).collect()
}

fn store(rules: Rules) -> Store {
    Store::open(&Data::Memory, Settings::DEFAULT_PLAN, rules).unwrap()
}

#[tokio::test]
async fn every_refusal_has_its_class() {
    let refuse = HashSet::from([some(7..8)[0]]);
    let store = store(Rules { group_limit: 100, refuse, unique_names: true });
    let named = NewGroup { name: Some("taken".to_owned()), ..NewGroup::default() };
    let group = store.create(&named).await.unwrap();
    let nobody = GroupId::new("x");
    let update = async |update| store.update(&group.id, &update).await.unwrap_err();

    let refused = update(GroupUpdate { add: some(5..9), ..GroupUpdate::default() }).await;
    assert_eq!((refused.class, refused.status), (ErrorClass::Refused, Some(400)));
    let element = refused.element.as_ref().unwrap();
    assert_eq!((element.list.as_str(), element.index, element.value.clone()), ("add", Some(2), Some(number(7))));
    assert!(refused.words().unwrap().contains(&number(7)), "whole in the words");
    assert!(!format!("{refused} {refused:?}").contains("1000007"), "and nowhere else: {refused} {refused:?}");

    let too_many = update(GroupUpdate { add: some(0..10_001), ..GroupUpdate::default() }).await;
    assert_eq!(too_many.class, ErrorClass::TooLarge);
    let full = update(GroupUpdate { add: some(10..111), ..GroupUpdate::default() }).await;
    assert_eq!((full.class, full.code.as_deref()), (ErrorClass::TooLarge, Some("syntax_constraint_violation")));
    let long = update(GroupUpdate { name: NameChange::Set("x".repeat(21)), ..GroupUpdate::default() }).await;
    assert_eq!(long.class, ErrorClass::Refused);
    let unknown = update(GroupUpdate { add_from_group: Some(nobody.clone()), ..GroupUpdate::default() }).await;
    assert_eq!((unknown.class, unknown.status), (ErrorClass::NotFound, Some(403)));
    assert_eq!(store.create(&named).await.unwrap_err().class, ErrorClass::NameTaken);
    assert_eq!(store.list(0, 101).await.unwrap_err().class, ErrorClass::Refused);

    let missing = [
        store.retrieve(&nobody).await.unwrap_err(),
        store.members(&nobody).await.unwrap_err(),
        store.update(&nobody, &GroupUpdate::default()).await.unwrap_err(),
        store.replace(&nobody, &Replacement::default()).await.unwrap_err(),
        store.delete(&nobody).await.unwrap_err(),
    ];
    for error in missing {
        assert_eq!((error.class, error.status), (ErrorClass::NotFound, Some(404)), "{error}");
    }
}

/// One update of a small group, as the documents describe it.
#[derive(Debug, Clone)]
struct Change {
    add: Vec<u32>,
    remove: Vec<u32>,
}

fn change() -> impl Strategy<Value = Change> {
    let few = || proptest::collection::vec(0..30_u32, 0..12);
    (few(), few()).prop_map(|(add, remove)| Change { add, remove })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_group_is_what_a_set_would_be(changes in proptest::collection::vec(change(), 1..12), limit in 5..25_u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = store(Rules { group_limit: limit, ..Rules::default() });
            let group = store.create(&NewGroup::default()).await.unwrap();
            let mut model = BTreeSet::new();
            let mut last = group.modified_at.clone();
            for Change { add, remove } in changes {
                let numbers = |indices: &[u32]| indices.iter().flat_map(|index| some(*index..index + 1)).collect();
                let update = GroupUpdate { add: numbers(&add), remove: numbers(&remove), ..GroupUpdate::default() };
                let mut next = model.clone();
                next.extend(&add);
                let grown = next.len() > model.len();
                let fits = !grown || next.len() <= usize::try_from(limit).unwrap();
                let touched = grown || remove.iter().any(|index| next.contains(index));
                next.retain(|index| !remove.contains(index));

                match store.update(&group.id, &update).await {
                    Ok(after) => {
                        prop_assert!(fits);
                        prop_assert_eq!(after.modified_at > last, touched);
                        prop_assert_eq!(after.size, Some(u64::try_from(next.len()).unwrap()));
                        last = after.modified_at;
                        model = next;
                    }
                    Err(_) => prop_assert!(!fits),
                }
                let members = store.members(&group.id).await.unwrap();
                let expected: Vec<Msisdn> = model.iter().flat_map(|index| some(*index..index + 1)).collect();
                prop_assert_eq!(members.as_slice(), &expected[..]);
            }
            Ok(())
        })?;
    }
}
