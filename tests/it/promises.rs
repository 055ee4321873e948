//! Promise 2: chunks commute and may be repeated.

use std::num::NonZeroUsize;

use proptest::prelude::*;
use rollcall::groups::{GroupUpdate, GroupsApi, NewGroup};
use rollcall::numbers::{Msisdn, NumberSet};
use rollcall::plan::{Choices, Chunk, GroupRef, Memory, Mode, Plan, Wish, chunks};
use rollcall::sandbox::Store;

fn numbers() -> impl Strategy<Value = NumberSet> {
    proptest::collection::vec((0..120_u64).prop_map(|value| Msisdn::from_value(12_125_550_000 + value).unwrap()), 0..80)
        .prop_map(NumberSet::from_unsorted)
}

/// The members of a fresh group with `live` members, once the chunks were sent in this order.
async fn outcome(live: &NumberSet, sent: &[&Chunk]) -> NumberSet {
    let store = Store::in_memory().unwrap();
    let members = live.as_slice().to_vec();
    let group = store.create(&NewGroup { members, ..NewGroup::default() }).await.unwrap();
    for chunk in sent {
        let update = GroupUpdate { add: chunk.add.clone(), remove: chunk.remove.clone(), ..GroupUpdate::default() };
        store.update(&group.id, &update).await.unwrap();
    }
    store.members(&group.id).await.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_and_any_repetition_of_chunks_gives_the_same_members(
        listed in numbers(),
        live in numbers(),
        size in 1..20_usize,
        order in proptest::collection::vec(any::<prop::sample::Index>(), 0..60),
        shift: prop::sample::Index,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let wish = Wish { listed: listed.clone(), ..Wish::default() };
        let group = GroupRef::New { name: "g".into() };
        let plan = Plan::draft(String::new(), group, Mode::Sync, &wish, &live, &Memory::default(), Choices::default());
        let parts: Vec<Chunk> =
            chunks(plan.add.as_slice(), plan.remove.as_slice(), NonZeroUsize::new(size).unwrap()).collect();
        // Some again and again, in any order, and each at least once.
        let mut sent: Vec<&Chunk> = Vec::new();
        if !parts.is_empty() {
            sent.extend(order.iter().map(|index| index.get(&parts)));
            let start = shift.index(parts.len());
            sent.extend(parts.iter().cycle().skip(start).take(parts.len()));
        }
        prop_assert_eq!(runtime.block_on(outcome(&live, &sent)), listed);
    }
}
