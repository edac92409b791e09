//! Makers: the shared parts of entries are stored once, and found again with each entry.

use redb::{ReadableDatabase as _, ReadableTableMetadata as _};

use super::*;

/// Returns entry `number`, made by the component `made_by`.
fn by(made_by: u64, number: u64) -> Entry {
    let mut entry = entry(number, 10);
    let Provenance { component_digest, code_digest, .. } = entry_of(made_by);
    entry.provenance.component_digest = component_digest;
    entry.provenance.code_digest = code_digest;
    entry
}

fn entry_of(number: u64) -> Provenance {
    entry(number, 0).provenance
}

fn makers(cache: &Cache) -> u64 {
    let mut builder = redb::Builder::new();
    let database = builder.set_concurrency_mode(redb::ConcurrencyMode::MultiWriter).open(cache.database()).unwrap();
    let transaction = database.begin_read().unwrap();
    transaction.open_table(MAKERS.table().definition()).unwrap().len().unwrap()
}

#[test]
fn makers_are_kept_once_for_all_entries_of_a_cache() {
    let cache = Cache::new();
    let store = cache.open();
    let many = |made_by, numbers: std::ops::Range<u64>| {
        numbers.fold(Commit::new(), |commit, number| commit.put_entry(&key(number), &by(made_by, number)))
    };
    store.commit(many(1, 0..100)).unwrap();
    store.commit(many(1, 100..150)).unwrap();
    assert_eq!(makers(&cache), 1);
    store.commit(many(2, 150..151)).unwrap();
    // Another cache, whose entries could be removed without those of the first.
    let mut elsewhere = key(0);
    elsewhere[0] ^= 1;
    store.commit(Commit::new().put_entry(&elsewhere, &by(1, 0))).unwrap();
    assert_eq!(makers(&cache), 3);
    for store in [&store, &cache.open()] {
        for number in [0, 99, 149] {
            assert_eq!(store.get_entry(&key(number)).unwrap(), Lookup::Found(by(1, number)));
        }
        assert_eq!(store.get_entry(&key(150)).unwrap(), Lookup::Found(by(2, 150)));
        assert_eq!(store.get_entry(&elsewhere).unwrap(), Lookup::Found(by(1, 0)));
    }
}

#[test]
fn entries_whose_maker_is_lost_are_damaged_until_it_is_written_again() {
    let cache = Cache::new();
    cache.open().commit(put(1)).unwrap();
    let maker = put(1).changes.into_iter().find(|change| change.id.table == MAKERS.table()).unwrap();
    for stored in [None, Some(b"rubbish".to_vec())] {
        let store = cache.open();
        let lost = Change { stored, is_shared: false, ..maker.clone() };
        store.commit(Commit { changes: vec![lost] }).unwrap();
        for _ in 0..2 {
            let Lookup::Damaged(report) = store.get_entry(&key(1)).unwrap() else { panic!("it was not noticed") };
            assert_eq!(report.table, "makers-v1");
        }
        store.commit(put(1)).unwrap();
        assert!(found(&store, 1) && found(&cache.open(), 1));
    }
}
