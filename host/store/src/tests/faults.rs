//! A disk that refuses writes from the *n*th change on, for every *n* in a commit.

use super::*;

/// Returns a store with one entry, open for writing, on a disk that can fail.
fn store_on_failing_disk(cache: &Cache) -> (Store, Faults) {
    let faults = Faults::none();
    let store = Store::with_faults(&cache.folder, Opening::default(), faults.clone()).unwrap();
    store.commit(put(1)).unwrap();
    (store, faults)
}

#[test]
fn a_commit_that_fails_at_any_step_stores_nothing_and_breaks_nothing() {
    let cache = Cache::new();
    let (store, faults) = store_on_failing_disk(&cache);
    let mut failed = 0;
    for step in 0.. {
        faults.fail_after(step);
        let result = store.commit(put(100 + step as u64));
        // A lookup while the disk is full returns the previous commit.
        assert!(found(&store, 1), "step {step}");
        faults.heal();
        match result {
            Ok(()) => {
                assert!(found(&store, 100 + step as u64), "what was acknowledged is there");
                break;
            }
            Err(error) => assert!(matches!(error, StoreError::Full { .. }), "step {step}: {error:?}"),
        }
        failed += 1;
        // The disk has space again: the same store continues.
        store.commit(put(2)).unwrap();
        assert!(found(&store, 1) && found(&store, 2) && found(&cache.open(), 2), "step {step}");
        store.commit(remove(2)).unwrap();
    }
    assert!(failed > 3, "a commit has more steps than {failed}");
}

#[test]
fn a_store_that_cannot_be_made_leaves_nothing_in_the_way() {
    let cache = Cache::new();
    let faults = Faults::none();
    let store = Store::with_faults(&cache.folder, Opening::default(), faults.clone()).unwrap();
    for step in 0.. {
        faults.fail_after(step);
        let result = store.commit(put(1));
        assert!(matches!(store.get_entry(&key(2)), Ok(Lookup::Absent)), "step {step}");
        faults.heal();
        if result.is_ok() {
            break;
        }
        assert!(matches!(result, Err(StoreError::Full { .. })), "step {step}: {result:?}");
        assert!(step < 200, "it never succeeds");
    }
    assert!(found(&store, 1));
    assert_eq!(std::fs::read_dir(&cache.folder).unwrap().count(), 1, "drafts are removed");
}

#[test]
fn a_writer_that_loses_its_disk_leaves_a_file_that_opens() {
    let cache = Cache::new();
    for step in 0..25 {
        let (store, faults) = store_on_failing_disk(&cache);
        faults.fail_after(step);
        drop(store.commit(put(2)));
        // Closing fails as well, as it does when the process is killed.
        drop(store);
        let store = cache.open();
        assert!(found(&store, 1), "step {step}");
        store.commit(put(3)).unwrap();
        assert!(found(&store, 3), "step {step}");
    }
}
