//! Moments: a lookup belongs to a moment, which lasts until the next commit of any process.

use std::fs;

use super::processes::spawn;
use super::*;

fn absent(store: &Store, number: u64) -> Moment {
    let (found, moment) = store.get_entry_at(&key(number)).unwrap();
    assert_eq!(found, Lookup::Absent);
    moment.expect("the beginning of the file was read")
}

#[test]
fn a_moment_lasts_until_anybody_commits_anything() {
    let cache = Cache::new();
    let (store, other) = (cache.open(), cache.open());
    assert!(store.get_entry_at(&key(1)).unwrap().1.is_none(), "there is no file to be as it was");
    other.commit(put(7)).unwrap();
    for writer in [&other, &store, &other, &store] {
        let moment = absent(&store, 1);
        assert!(store.is_as_it_was(&moment), "looking changes nothing");
        assert!(found(&store, 7) && found(&other, 7) && store.is_as_it_was(&moment));
        writer.commit(put(2)).unwrap();
        assert!(!store.is_as_it_was(&moment), "also if the same was there before");
        assert!(!store.is_as_it_was(&moment), "and for good");
    }
    // A hit has a moment, too, and a store for reading knows it as well as one for writing.
    let reader = cache.open();
    let (_, moment) = reader.get_entry_at(&key(7)).unwrap();
    let moment = moment.unwrap();
    assert!(reader.is_as_it_was(&moment));
    store.commit(remove(99)).unwrap();
    assert!(!reader.is_as_it_was(&moment));
}

#[test]
fn what_another_process_commits_before_it_lets_go_of_a_lock_is_seen_by_the_next_who_has_it() {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(put(500)).unwrap();
    let moment = absent(&store, 3);
    assert!(store.is_as_it_was(&moment));
    // The other process has committed the key of the lookup, among others, and has ended before this process has the
    // lock.
    assert!(spawn(&cache.folder, "write-and-read 0").wait().unwrap().success());
    let Ok(Locking::Locked(_held)) = store.lock_key(&key(3)) else { panic!("nobody has it") };
    assert!(!store.is_as_it_was(&moment));
    assert!(found(&store, 3));
    // While nothing is committed, another process may look up as often as it likes.
    let moment = absent(&store, 9999);
    assert!(found(&cache.open(), 3) && store.is_as_it_was(&moment));
}

#[test]
fn a_file_that_is_found_in_the_place_of_another_is_not_as_it_was() {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(put(1)).unwrap();
    let moment = absent(&store, 2);
    let copy = cache.folder.join("copy");
    fs::copy(cache.database(), &copy).unwrap();
    fs::rename(cache.database(), cache.folder.join("away")).unwrap();
    fs::rename(copy, cache.database()).unwrap();
    wait_a_moment();
    assert!(found(&store, 1));
    assert!(!store.is_as_it_was(&moment), "it begins with the same bytes, and is another");
}
