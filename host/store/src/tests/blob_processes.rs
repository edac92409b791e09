//! Blobs of several real processes: one is killed at any moment, and one has a full disk.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use super::blobs::{LARGE, content, keep, names, read};
use super::damage::Dice;
use super::processes::{killed, on_small_disk};
use super::*;

/// Returns the `number`th blob of the killed processes: every third is small enough for its record.
fn of(number: u64) -> Vec<u8> {
    content(number, if number.is_multiple_of(3) { 300 } else { LARGE })
}

fn say(line: &str) {
    // Each line is one write, so that the parent never reads half a number.
    std::io::stdout().write_all(format!("\n{line}\n").as_bytes()).unwrap();
}

/// Publishes and commits from `start` on, and reports each.
pub(super) fn publish_forever(folder: &Path, start: u64) {
    say("ready");
    let store = Store::open(folder).unwrap();
    for number in start.. {
        let bytes = of(number);
        let digest = Digest::of(&bytes);
        let draft = store.blobs().draft().unwrap();
        draft.file().write_all(&bytes).unwrap();
        let size = bytes.len() as u64;
        let record = store.blobs().publish(&mut draft.into_file(), &digest, size).unwrap();
        let reference = BlobReference { size, name: None, stored_at_ms: number };
        let commit = Commit::new().put(&BLOBS, &digest, &record).and(put(number));
        store.commit(commit.put(&REFERENCES, &ReferenceKey::new("ann", BlobKind::File, &digest), &reference)).unwrap();
        say(&format!("stored {number}"));
    }
}

/// Publishes the same bytes repeatedly, over the existing file.
pub(super) fn replace_forever(folder: &Path) {
    say("ready");
    let store = Store::open(folder).unwrap();
    for number in 0.. {
        let bytes = content(1, LARGE);
        drop(store.blobs().publish_bytes(&bytes, &Digest::of(&bytes)).unwrap());
        say(&format!("stored {number}"));
    }
}

/// Returns the record of a blob that must exist.
fn record(store: &Store, digest: &Digest) -> BlobRecord {
    match store.get(&BLOBS, digest).unwrap() {
        Lookup::Found(record) => record,
        Lookup::Absent => panic!("{digest} is not there"),
        Lookup::Damaged(report) => panic!("{report}"),
    }
}

#[test]
fn a_process_killed_at_any_moment_loses_no_blob_and_leaves_no_half_of_one() {
    let cache = Cache::new();
    let mut acknowledged = BTreeSet::new();
    let mut dice = Dice(7);
    for round in 0_u64..200 {
        let role = format!("publish-forever {}", round * 1000);
        let delay = Duration::from_micros(dice.roll(25_000) as u64);
        acknowledged.extend(killed(&cache.folder, &role, usize::from(round % 3 == 0), delay));
        let store = cache.open();
        // Every blob is in its place, and is recognised without being read.
        for number in &acknowledged {
            let digest = Digest::of(&of(*number));
            assert!(found(&store, *number), "round {round}: {number}");
            assert!(store.blobs().is_untouched(&digest, &record(&store, &digest)).unwrap(), "round {round}: {number}");
        }
    }
    assert!(acknowledged.len() > 50, "{}", acknowledged.len());
    let store = cache.open();
    let listed = store.references("ann").unwrap();
    assert!(listed.damaged.is_empty());
    // Unacknowledged blobs may exist as well, but only complete: blob, reference and entry.
    for (_, digest, reference) in &listed.known {
        let record = record(&store, digest);
        let (bytes, was_read) = read(store.blobs().open(digest, &record).unwrap());
        assert_eq!((bytes, was_read), (of(reference.stored_at_ms), false));
        assert!(found(&store, reference.stored_at_ms));
        acknowledged.remove(&reference.stored_at_ms);
    }
    assert!(acknowledged.is_empty(), "{acknowledged:?} have no reference");
    let stats = store.stats().unwrap();
    assert_eq!((stats.blobs, stats.entries), (stats.references, stats.references));
    // Only blobs have names, and those without a record are complete as well.
    for name in names(&cache) {
        let digest: Digest = name.parse().unwrap();
        assert_eq!(Digest::of(&std::fs::read(store.blobs().path_of(&digest)).unwrap()), digest);
    }
}

#[test]
fn a_process_killed_while_it_replaces_a_blob_leaves_the_one_or_the_other() {
    let cache = Cache::new();
    let (digest, record) = keep(&cache.open(), &content(1, LARGE));
    let mut dice = Dice(8);
    let rounds = 40;
    for _ in 0..rounds {
        drop(killed(&cache.folder, "replace-forever 0", 0, Duration::from_micros(dice.roll(15_000) as u64)));
        let opened = cache.open().blobs().open(&digest, &record).unwrap();
        assert_eq!(read(opened).0, content(1, LARGE));
    }
    let names = names(&cache);
    assert!(names.len() <= 1 + rounds, "{names:?}");
    assert!(names.iter().all(|name| *name == digest.to_string() || name.starts_with(".new-")), "{names:?}");
}

#[test]
fn a_full_disk_is_an_error_and_breaks_nothing() {
    let root = TempDir::new().unwrap();
    let Some(mut child) = on_small_disk(root.path(), "fill 0", "6m") else {
        eprintln!("skipped: this machine lets nobody mount a small disk");
        return;
    };
    let result = child.output().unwrap();
    assert!(result.status.success(), "{result:?}");
    assert!(String::from_utf8_lossy(&result.stdout).contains("1 passed"), "{result:?}");
}

/// Stores blobs until the disk is full. No other process uses the disk.
pub(super) fn fill(folder: &Path) {
    let cache = Cache { folder: folder.join("cache"), _root: TempDir::new().unwrap() };
    let store = cache.open();
    store.commit(put(1)).unwrap();
    let size = 300_000;
    let mut kept = Vec::new();
    let refused = loop {
        let bytes = content(kept.len() as u64, size);
        let digest = Digest::of(&bytes);
        match store.blobs().publish_bytes(&bytes, &digest) {
            Ok(record) => kept.push((digest, record)),
            Err(error) => break error,
        }
        assert!(kept.len() < 100, "the disk is never full");
    };
    assert!(matches!(refused, StoreError::Full { .. }), "{refused:?}");
    assert!(kept.len() > 3, "only {}", kept.len());
    // A copy of a user's file fails in the same way.
    let theirs = folder.join("theirs");
    std::fs::write(&theirs, content(500, 30_000)).unwrap();
    let bytes = content(500, size);
    assert!(std::fs::write(&theirs, &bytes).is_err(), "the disk is full for everyone");
    let names_before = names(&cache).len();
    assert_eq!(names_before, kept.len(), "what did not fit left nothing");
    for (number, (digest, record)) in kept.iter().enumerate() {
        assert_eq!(read(store.blobs().open(digest, record).unwrap()), (content(number as u64, size), false));
    }
    assert!(found(&store, 1));
    // After some space is freed, the same folder works again.
    std::fs::remove_file(&theirs).unwrap();
    let (digest, _) = kept.pop().unwrap();
    std::fs::remove_file(store.blobs().path_of(&digest)).unwrap();
    keep(&store, &content(600, size / 2));
}
