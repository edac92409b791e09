//! The store compared with a `BTreeMap`: any sequence of commits, removals, reopenings and second handles gives the
//! same results as the map.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const KEYS: u64 = 12;

#[derive(Debug, Clone)]
enum Step {
    /// One commit: for each key a size, or a removal.
    Commit(Vec<(u64, Option<usize>)>),
    /// Close and open again.
    Reopen,
    /// Continue with the other of two handles.
    Switch,
}

fn step() -> impl Strategy<Value = Step> {
    let change = (0..KEYS, proptest::option::weighted(0.7, 0..9000_usize));
    prop_oneof![6 => vec(change, 0..6).prop_map(Step::Commit), 1 => Just(Step::Reopen), 2 => Just(Step::Switch)]
}

fn agree(store: &Store, model: &BTreeMap<u64, usize>) {
    for number in 0..KEYS {
        let expected = model.get(&number).map_or(Lookup::Absent, |&size| Lookup::Found(entry(number, size)));
        assert_eq!(store.get_entry(&key(number)).unwrap(), expected, "key {number}");
    }
    assert_eq!(store.stats().unwrap().entries, model.len() as u64);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_is_a_map(steps in vec(step(), 1..20)) {
        let cache = Cache::new();
        let mut handles = [cache.open(), cache.open()];
        let mut model = BTreeMap::new();
        for step in steps {
            match step {
                Step::Commit(changes) => {
                    let mut commit = Commit::new();
                    for (number, size) in changes {
                        commit = match size {
                            Some(size) => commit.put_entry(&key(number), &entry(number, size)),
                            None => commit.remove_entry(&key(number)),
                        };
                        match size {
                            Some(size) => drop(model.insert(number, size)),
                            None => drop(model.remove(&number)),
                        }
                    }
                    handles[0].commit(commit).unwrap();
                }
                Step::Reopen => handles[0] = cache.open(),
                Step::Switch => handles.swap(0, 1),
            }
            agree(&handles[0], &model);
            agree(&handles[1], &model);
        }
    }
}
