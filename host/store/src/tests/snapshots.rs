//! A snapshot is kept for the next lookup: only while it is current, and not for long.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use super::*;

/// Looks up so often that a snapshot is kept.
fn look_often(store: &Store) {
    for _ in 0..3 {
        let _ = store.get_entry(&key(0)).unwrap();
    }
}

/// Returns the growth of the file after the same large entry was written many times.
fn growth(cache: &Cache, writer: &Store) -> u64 {
    let length = || fs::metadata(cache.database()).unwrap().len();
    let before = length();
    for _ in 0..100 {
        writer.commit(Commit::new().put_entry(&key(1), &entry(1, 100_000))).unwrap();
    }
    length() - before
}

#[test]
fn what_is_committed_is_found_at_once_by_those_who_look_often() {
    let cache = Cache::new();
    let (store, other) = (cache.open(), cache.open());
    store.commit(put(0)).unwrap();
    for number in 1..50 {
        look_often(&store);
        let writer = if number % 2 == 0 { &store } else { &other };
        writer.commit(put(number)).unwrap();
        assert!(found(&store, number));
        look_often(&store);
        writer.commit(remove(number)).unwrap();
        assert!(!found(&store, number));
    }
}

#[test]
fn many_who_look_at_once_find_what_was_there_before_they_looked() {
    let cache = Cache::new();
    let (store, writer) = (cache.open(), cache.open());
    writer.commit(put(0)).unwrap();
    let committed = std::sync::atomic::AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let number = committed.load(std::sync::atomic::Ordering::SeqCst);
                    assert!(found(&store, number));
                    if number == 60 {
                        break;
                    }
                }
            });
        }
        for number in 1..=60 {
            writer.commit(put(number)).unwrap();
            committed.store(number, std::sync::atomic::Ordering::SeqCst);
        }
    });
}

#[test]
fn who_has_stopped_looking_keeps_no_room_from_those_who_write() {
    let cache = Cache::new();
    let (store, writer) = (cache.open(), cache.open());
    writer.commit(put(0)).unwrap();
    look_often(&store);
    // While a snapshot is kept, overwritten pages stay in use. On a slow machine it may be released before that shows.
    growth(&cache, &writer);
    // A thread releases it after a tenth of a second, when it is scheduled.
    let begun = Instant::now();
    loop {
        thread::sleep(Duration::from_millis(300));
        writer.commit(put(2)).unwrap();
        let let_go = growth(&cache, &writer);
        if let_go < 1_000_000 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{let_go} bytes");
    }
}

#[test]
fn a_store_that_writes_keeps_no_room_from_itself() {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(put(0)).unwrap();
    let length = || fs::metadata(cache.database()).unwrap().len();
    for _ in 0..10 {
        store.commit(Commit::new().put_entry(&key(1), &entry(1, 100_000))).unwrap();
    }
    let before = length();
    for _ in 0..100 {
        look_often(&store);
        store.commit(Commit::new().put_entry(&key(1), &entry(1, 100_000))).unwrap();
    }
    let growth = length() - before;
    assert!(growth < 1_000_000, "{growth} bytes");
}

#[test]
fn a_store_that_is_dropped_closes_its_file_although_a_snapshot_was_kept() {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(put(0)).unwrap();
    look_often(&store);
    drop(store);
    // A file that was not closed has to be repaired before it is read.
    let mut reading = redb::Builder::new();
    reading.set_concurrency_mode(redb::ConcurrencyMode::MultiWriter);
    assert!(reading.open_read_only(cache.database()).is_ok());
}
