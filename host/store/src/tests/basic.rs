//! One process: records that are found, that are missing, and that are refused.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::keys::FormatKey;
use crate::place::Place;
use redb::{Database, TableDefinition};

use super::*;

#[test]
fn a_lookup_creates_nothing() {
    let cache = Cache::new();
    let store = cache.open();
    assert_eq!(store.get_entry(&key(1)).unwrap(), Lookup::Absent);
    assert_eq!(store.stats().unwrap(), Stats::default());
    store.commit(Commit::new()).unwrap();
    assert!(!cache.folder.exists());
}

#[test]
fn the_first_commit_makes_a_folder_for_its_owner_alone() {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(put(1)).unwrap();
    assert!(found(&store, 1));
    assert_eq!(store.path(), cache.database());
    assert_eq!(fs::metadata(&cache.folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(cache.database()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&cache.folder).unwrap().count(), 1, "no draft is left");
}

#[test]
fn every_table_gives_back_what_was_put_and_nothing_after_it_is_removed() {
    let cache = Cache::new();
    let store = cache.open();
    let digest = Digest::of(b"x");
    let ingredients = Ingredients {
        account: "ann".to_owned(),
        workflow: None,
        task: "t".to_owned(),
        signature: "func()".to_owned(),
        version: "1".to_owned(),
        format_version: 1,
        sealed_world_version: 1,
    };
    let file = KnownFile { identity: vec![1], digest, remembered_at_ms: 5 };
    let compiled = CompiledRecord { file_name: "a".to_owned(), sha256: digest, bytes: 1 };
    let stamp = BuildStamp { fingerprint: digest };
    let commit = put(1).put(&INGREDIENTS, &digest, &ingredients).put(&KNOWN_FILES, &digest, &file);
    let commit =
        commit.put(&DECLARATIONS, &digest, &vec![]).put(&COMPILED, &digest, &compiled).put(&BUILDS, &digest, &stamp);
    let blob = BlobRecord { size: 1, place: BlobPlace::Inline(b"x".to_vec()) };
    let reference = BlobReference { size: 1, name: None, stored_at_ms: 6 };
    let commit = commit.put(&BLOBS, &digest, &blob).put(
        &REFERENCES,
        &ReferenceKey::new("ann", BlobKind::File, &digest),
        &reference,
    );
    store.commit(commit).unwrap();

    for store in [&store, &cache.open()] {
        assert!(found(store, 1));
        assert_eq!(store.get(&INGREDIENTS, &digest).unwrap(), Lookup::Found(ingredients.clone()));
        assert_eq!(store.get(&KNOWN_FILES, &digest).unwrap(), Lookup::Found(file.clone()));
        assert_eq!(store.get(&DECLARATIONS, &digest).unwrap(), Lookup::Found(vec![]));
        assert_eq!(store.get(&COMPILED, &digest).unwrap(), Lookup::Found(compiled.clone()));
        assert_eq!(store.get(&BUILDS, &digest).unwrap(), Lookup::Found(stamp));
        assert_eq!(store.get(&BLOBS, &digest).unwrap(), Lookup::Found(blob.clone()));
        let found = store.get(&REFERENCES, &ReferenceKey::new("ann", BlobKind::File, &digest)).unwrap();
        assert_eq!(found, Lookup::Found(reference.clone()));
        let one = Stats {
            entries: 1,
            ingredients: 1,
            known_files: 1,
            declarations: 1,
            compiled: 1,
            builds: 1,
            blobs: 1,
            references: 1,
        };
        assert_eq!(store.stats().unwrap(), one);
    }
    let commit = Commit::new().remove_entry(&key(1)).remove(&INGREDIENTS, &digest).remove(&KNOWN_FILES, &digest);
    let commit = commit.remove(&DECLARATIONS, &digest).remove(&COMPILED, &digest).remove(&BUILDS, &digest);
    store
        .commit(commit.remove(&BLOBS, &digest).remove(&REFERENCES, &ReferenceKey::new("ann", BlobKind::File, &digest)))
        .unwrap();
    assert_eq!(store.stats().unwrap(), Stats::default());
    assert!(!found(&store, 1));
}

#[test]
fn of_two_changes_to_one_key_the_later_wins() {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(put(1).remove_entry(&key(1)).and(put(2)).put_entry(&key(2), &entry(7, 10))).unwrap();
    assert!(!found(&store, 1));
    assert_eq!(store.get_entry(&key(2)).unwrap(), Lookup::Found(entry(7, 10)));
    store.commit(remove(2)).unwrap();
    assert!(!found(&store, 2));
}

#[test]
fn a_reader_opened_before_the_folder_existed_follows_another_handles_commits() {
    let cache = Cache::new();
    let (reader, writer, third) = (cache.open(), cache.open(), cache.open());
    assert!(!found(&reader, 1));
    writer.commit(put(1)).unwrap();
    assert!(found(&reader, 1));
    third.commit(put(2)).unwrap();
    writer.commit(put(3)).unwrap();
    for store in [&reader, &writer, &third] {
        assert!((1..=3).all(|number| found(store, number)));
    }
    drop(writer);
    third.commit(remove(1)).unwrap();
    assert!(!found(&reader, 1));
}

#[test]
fn a_cache_that_is_moved_away_is_gone_for_open_handles_too() {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(put(1)).unwrap();
    fs::rename(cache.database(), cache.folder.join("elsewhere")).unwrap();
    wait_a_moment();
    assert!(!found(&store, 1));
    store.commit(put(2)).unwrap();
    assert!(found(&cache.open(), 2), "it was written to the file that is there now");
    // A reader, too, changes to the file that replaces its open one.
    let reader = cache.open();
    assert!(found(&reader, 2));
    fs::rename(cache.folder.join("elsewhere"), cache.database()).unwrap();
    wait_a_moment();
    assert!(found(&reader, 1) && !found(&reader, 2));
}

#[test]
fn threads_read_and_write_one_store() {
    let cache = Cache::new();
    let store = cache.open();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..10 {
                    let number = thread * 100 + number;
                    store.commit(put(number)).unwrap();
                    assert!(found(store, number));
                }
            });
        }
    });
    assert_eq!(cache.open().stats().unwrap().entries, 40);
}

#[test]
fn large_records_and_empty_ones_come_back() {
    let cache = Cache::new();
    let store = cache.open();
    for size in [0, 1, 4095, 4096, 1 << 20, 20 << 20] {
        let number = size as u64;
        store.commit(Commit::new().put_entry(&key(number), &entry(number, size))).unwrap();
        assert_eq!(store.get_entry(&key(number)).unwrap(), Lookup::Found(entry(number, size)));
    }
}

/// Returns the errors of opening a folder and of committing to it.
fn refusals(cache: &Cache) -> (Option<StoreError>, Option<StoreError>) {
    let opened = Store::open(&cache.folder);
    // If opening was refused, a commit is refused with the same message.
    let store = Store::at(Place::new(&cache.folder), false, Faults::none());
    (opened.err(), store.commit(put(1)).err())
}

#[test]
fn a_cache_folder_that_is_a_file_is_refused() {
    let cache = Cache::new();
    fs::write(&cache.folder, "text").unwrap();
    let (opened, committed) = refusals(&cache);
    assert!(matches!(opened, Some(StoreError::NotADirectory { .. })), "{opened:?}");
    assert!(matches!(committed, Some(StoreError::NotADirectory { .. })), "{committed:?}");
    let below = Cache { folder: cache.folder.join("deeper"), _root: cache._root };
    let (opened, committed) = refusals(&below);
    assert!(matches!(opened, Some(StoreError::NotADirectory { .. })), "{opened:?}");
    assert!(matches!(committed, Some(StoreError::NotADirectory { .. })), "{committed:?}");
}

#[test]
fn files_that_are_no_store_are_refused_and_left_as_they_are() {
    for bytes in [&b"dear diary, today I wrote a cache"[..], &[0; 1 << 20], &[0], b"redb"] {
        let cache = Cache::with_database(bytes);
        let (opened, committed) = refusals(&cache);
        assert!(matches!(opened, Some(StoreError::OtherFormat { .. })), "{opened:?}");
        assert!(matches!(committed, Some(StoreError::OtherFormat { .. })), "{committed:?}");
        assert_eq!(fs::read(cache.database()).unwrap(), bytes);
    }
}

#[test]
fn folders_and_pipes_in_place_of_the_file_are_refused() {
    let cache = Cache::new();
    fs::create_dir_all(cache.database()).unwrap();
    assert!(matches!(refusals(&cache), (Some(StoreError::OtherFormat { .. }), Some(StoreError::OtherFormat { .. }))));
    fs::remove_dir(cache.database()).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, cache.database(), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert!(matches!(refusals(&cache), (Some(StoreError::OtherFormat { .. }), Some(StoreError::OtherFormat { .. }))));
}

#[test]
fn an_empty_file_is_an_empty_store() {
    let cache = Cache::with_database(b"");
    let store = cache.open();
    assert!(!found(&store, 1));
    store.commit(put(1)).unwrap();
    assert!(found(&store, 1) && found(&cache.open(), 1));
}

#[test]
fn databases_of_other_programs_and_other_formats_are_told_apart() {
    let foreign = Cache::with_database(b"");
    let database = Database::create(foreign.database()).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(TableDefinition::<&str, u64>::new("theirs")).unwrap().insert("a", 1).unwrap();
    transaction.commit().unwrap();
    let (opened, _) = refusals(&foreign);
    assert!(matches!(opened, Some(StoreError::Locked { .. })), "held by another, exclusively: {opened:?}");
    drop(database);
    assert!(matches!(refusals(&foreign), (Some(StoreError::OtherFormat { .. }), Some(StoreError::OtherFormat { .. }))));

    let newer = Cache::new();
    newer.open().commit(put(1)).unwrap();
    let already_open = newer.open();
    already_open.commit(put(2)).unwrap();
    set_format(&newer, &2_u32.to_le_bytes());
    for error in [refusals(&newer).0, refusals(&newer).1, already_open.commit(put(3)).err()] {
        assert!(matches!(error, Some(StoreError::NewerFormat { found: 2, supported: 1, .. })), "{error:?}");
    }
    set_format(&newer, b"one");
    assert!(matches!(refusals(&newer), (Some(StoreError::Damaged { .. }), Some(StoreError::Damaged { .. }))));
}

#[test]
fn tables_of_another_type_are_another_format() {
    let cache = Cache::with_database(b"");
    let database = Database::create(cache.database()).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(TableDefinition::<&str, u64>::new("meta")).unwrap().insert("format", 1).unwrap();
    transaction.commit().unwrap();
    drop(database);
    assert!(matches!(refusals(&cache), (Some(StoreError::OtherFormat { .. }), Some(StoreError::OtherFormat { .. }))));
}

/// Writes a format, like a Larder of another version.
fn set_format(cache: &Cache, value: &[u8]) {
    let mut builder = Database::builder();
    let database = builder.set_concurrency_mode(redb::ConcurrencyMode::MultiWriter).open(cache.database()).unwrap();
    let transaction = database.begin_write().unwrap();
    let stored = frame::seal("meta", b"format", value);
    transaction
        .open_table(FORMAT.table().definition())
        .unwrap()
        .insert(FormatKey.as_bytes(), stored.as_slice())
        .unwrap();
    transaction.commit().unwrap();
}
