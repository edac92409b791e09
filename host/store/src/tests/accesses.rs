//! Last uses of entries: noted without a write, written with a later commit of any process, and harmless when lost.

use std::fs;

use rustix::fs::{CWD, FileType, mknodat};

use super::*;

fn note(store: &Store, number: u64, hour: u32) {
    store.note_access(&key(number), hour);
}

fn last(store: &Store, number: u64) -> Option<u32> {
    store.last_access(&key(number)).unwrap()
}

fn file(cache: &Cache) -> PathBuf {
    cache.folder.join("larder.accesses")
}

fn length(cache: &Cache) -> Option<u64> {
    fs::metadata(file(cache)).ok().map(|metadata| metadata.len())
}

#[test]
fn an_access_is_written_with_the_next_commit() {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(put(1).and(put(2))).unwrap();
    let before = fs::read(cache.database()).unwrap();
    for hour in [7, 8] {
        note(&store, 1, hour);
        assert!(found(&store, 1));
    }
    assert_eq!(last(&store, 1), None);
    assert_eq!((fs::read(cache.database()).unwrap(), length(&cache)), (before, None), "nothing was written");
    store.commit(put(3)).unwrap();
    let other = cache.open();
    assert_eq!([1, 2, 3, 99].map(|number| last(&other, number)), [Some(8), None, None, None]);
    assert!((1..=3).all(|number| found(&other, number)));
}

#[test]
fn a_process_that_commits_nothing_leaves_its_accesses_to_the_next_that_does() {
    let cache = Cache::new();
    let writer = cache.open();
    writer.commit(put(1).and(put(2))).unwrap();
    for (number, hours) in [(1, [5, 5, 5]), (2, [5, 6, 6])] {
        let reader = cache.open();
        hours.iter().for_each(|hour| note(&reader, number, *hour));
    }
    assert_eq!(length(&cache), Some(3 * 36), "once an hour for each entry");
    writer.commit(put(3)).unwrap();
    assert_eq!((last(&writer, 1), last(&writer, 2), length(&cache)), (Some(5), Some(6), Some(0)));
    // Old notes in the file make no entry older.
    note(&writer, 1, 9);
    writer.commit(put(4)).unwrap();
    let reader = cache.open();
    note(&reader, 1, 8);
    drop(reader);
    writer.commit(put(5)).unwrap();
    assert_eq!((last(&writer, 1), length(&cache)), (Some(9), Some(0)));
}

#[test]
fn what_is_forgotten_was_never_used() {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(put(1)).unwrap();
    note(&store, 1, 7);
    store.commit(put(2)).unwrap();
    assert_eq!(last(&store, 1), Some(7));
    store.commit(remove(1)).unwrap();
    assert_eq!(last(&store, 1), None);
}

#[test]
fn more_accesses_than_anybody_takes_up_are_dropped() {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(put(1)).unwrap();
    for _ in 0..2 {
        let reader = cache.open();
        (0..100_000).for_each(|number| note(&reader, number, 3));
    }
    let left = length(&cache).unwrap();
    assert!(left > 900_000 && left <= 1 << 20 && left.is_multiple_of(36), "{left} bytes");
    store.commit(put(2)).unwrap();
    assert_eq!((last(&store, 0), last(&store, 99_999), length(&cache)), (Some(3), None, Some(0)));
    // One commit takes only some of its own process's notes along.
    (0..5000).for_each(|number| note(&store, number, 4));
    store.commit(put(3)).unwrap();
    let written = (0..5000).filter(|number| last(&store, *number) == Some(4)).count();
    assert_eq!(written, 1024);
    drop(store);
    assert_eq!(length(&cache), Some((5000 - 1024) * 36));
}

#[test]
fn whatever_is_in_the_place_of_the_file_nothing_depends_on_it() {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(put(1)).unwrap();
    let mut random = fastrand::Rng::with_seed(3);
    let mut garbage = vec![0; 5000];
    random.fill(&mut garbage);
    let innocent = cache.folder.join("innocent");
    fs::write(&innocent, &garbage).unwrap();
    for (number, make) in [
        (2, &(|path: &std::path::Path| fs::write(path, &garbage).unwrap()) as &dyn Fn(&std::path::Path)),
        (3, &|path| fs::create_dir(path).unwrap()),
        (4, &|path| std::os::unix::fs::symlink(&innocent, path).unwrap()),
        (5, &|path| mknodat(CWD, path, FileType::Fifo, 0o600.into(), 0).unwrap()),
    ] {
        make(&file(&cache));
        store.commit(put(number)).unwrap();
        let reader = cache.open();
        note(&reader, 1, 7);
        drop(reader);
        store.commit(put(number + 10)).unwrap();
        assert!([1, number, number + 10].iter().all(|number| found(&store, *number)));
        assert!(fs::read(&innocent).unwrap() == garbage, "it is not ours");
        if file(&cache).is_dir() {
            fs::remove_dir(file(&cache)).unwrap()
        } else {
            fs::remove_file(file(&cache)).unwrap()
        }
    }
}

#[test]
fn where_there_is_no_database_no_file_is_left() {
    let cache = Cache::new();
    let store = cache.open();
    note(&store, 1, 7);
    drop(store);
    assert!(!cache.folder.exists());
}
