//! A file that was altered from outside: answers are right, absent, damaged or refused, never wrong. Nothing panics or
//! hangs.
//!
//! The trials are the same every time, as long as the database writes the same bytes. If one ends the whole test
//! program after an update of redb ("panic in a destructor during cleanup", in a commit), it is the case at the head of
//! `contain`.

use std::fs;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::*;

const ENTRIES: u64 = 200;

/// A small random generator with a fixed seed: a failure names its trial, and is reproducible.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, below: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below as u64) as usize
    }
}

/// Returns a reference in an intact store: those with an even number belong to `ann`, the others to `bob`.
fn reference(number: u64) -> BlobReference {
    BlobReference { size: number, name: Some("name".repeat(number as usize % 7)), stored_at_ms: 7 * number }
}

/// Panics if a reference differs from the written one, or belongs to another account.
fn examine_references(store: &Store) {
    let Ok(listed) = store.references("ann") else { return };
    for (kind, digest, found) in listed.known {
        assert!(found.size.is_multiple_of(2), "a reference of another account");
        let expected = (BlobKind::File, Digest::of(&found.size.to_le_bytes()), reference(found.size));
        assert_eq!((kind, digest, found), expected, "a wrong reference");
    }
}

/// Returns the bytes of a store with 200 entries, made by several commits and some removals, so that it also has freed
/// pages.
fn sound() -> Vec<u8> {
    let cache = Cache::new();
    let store = cache.open();
    for start in (0..ENTRIES).step_by(40) {
        let commit = (start..start + 40).fold(Commit::new(), |commit, number| commit.and(put(number)));
        store.commit(commit.and(put(1000 + start))).unwrap();
        store.commit(remove(1000 + start)).unwrap();
    }
    let refer = |commit: Commit, number: u64| {
        let account = if number.is_multiple_of(2) { "ann" } else { "bob" };
        commit.put(
            &REFERENCES,
            &ReferenceKey::new(account, BlobKind::File, &Digest::of(&number.to_le_bytes())),
            &reference(number),
        )
    };
    store.commit((0..ENTRIES).fold(Commit::new(), refer)).unwrap();
    assert_eq!(store.references("ann").unwrap().known.len() as u64, ENTRIES / 2);
    drop(store);
    fs::read(cache.database()).unwrap()
}

/// The counts of lookup results in one damaged file.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    right: usize,
    absent: usize,
    damaged: usize,
    /// Damaged records for which the database itself failed.
    unreadable: usize,
    refused: usize,
}

/// Looks up everything, commits, and looks up everything again. Panics if an answer is wrong.
fn examine(bytes: &[u8]) -> Tally {
    let cache = Cache::with_database(bytes);
    let mut tally = Tally::default();
    let Ok(store) = Store::open(&cache.folder) else {
        tally.refused = ENTRIES as usize;
        return tally;
    };
    for number in 0..ENTRIES {
        match store.get_entry(&key(number)) {
            Ok(Lookup::Found(found)) => {
                assert_eq!(found, entry(number, 100), "a wrong answer");
                tally.right += 1;
            }
            Ok(Lookup::Absent) => tally.absent += 1,
            Ok(Lookup::Damaged(report)) => {
                tally.damaged += 1;
                tally.unreadable += usize::from(matches!(report.damage, Damage::Unreadable(_)));
            }
            Err(_) => tally.refused += 1,
        }
    }
    examine_references(&store);
    drop(store.stats());
    // A run after such a miss commits. Nothing is written to a tree that is known to be damaged.
    let committed = store.commit(put(3000));
    if tally.unreadable > 0 {
        assert!(matches!(committed, Err(StoreError::Damaged { .. })), "{committed:?}");
    }
    if committed.is_ok() {
        drop(store);
        if let Ok(store) = Store::open(&cache.folder) {
            for number in (0..ENTRIES).chain([3000]) {
                if let Ok(Lookup::Found(found)) = store.get_entry(&key(number)) {
                    assert_eq!(found, entry(number, 100), "a wrong answer after a commit");
                }
            }
        }
    }
    tally
}

/// Examines on a separate thread, and fails on a hang.
fn examine_in_time(what: String, bytes: Vec<u8>) -> Tally {
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || sender.send(examine(&bytes)));
    match receiver.recv_timeout(Duration::from_secs(60)) {
        Ok(tally) => tally,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{what}: it hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{what}: {:?}", worker.join()),
    }
}

/// Silences the panic hook for panics that the store contains, which are many and expected here, and only for them.
fn without_contained_panics<T>(test: impl FnOnce() -> T) -> T {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !larder_base::contain::panic_is_contained() {
                usual(info);
            }
        }));
    });
    test()
}

fn trials(count: u64, mut damage: impl FnMut(&mut Dice, &mut Vec<u8>)) -> Tally {
    let sound = sound();
    let whole = examine(&sound);
    assert_eq!(whole.right, ENTRIES as usize, "{whole:?}");
    let mut sum = Tally::default();
    without_contained_panics(|| {
        for trial in 0..count {
            let mut bytes = sound.clone();
            damage(&mut Dice(trial), &mut bytes);
            let tally = examine_in_time(format!("trial {trial}"), bytes);
            sum.right += tally.right;
            sum.absent += tally.absent;
            sum.damaged += tally.damaged;
            sum.unreadable += tally.unreadable;
            sum.refused += tally.refused;
        }
    });
    sum
}

/// Returns the positions of the used pages: most of a small file is empty, and flips there prove nothing.
fn used_bytes(bytes: &[u8]) -> Vec<usize> {
    let used = bytes.chunks(4096).enumerate().filter(|(_, page)| page.iter().any(|&byte| byte != 0));
    used.flat_map(|(number, page)| (number * 4096)..(number * 4096 + page.len())).collect()
}

#[test]
fn flipped_bytes_never_give_a_wrong_answer() {
    let sum = trials(300, |dice, bytes| {
        let used = used_bytes(bytes);
        for _ in 0..=dice.roll(8) {
            let at = used[dice.roll(used.len())];
            bytes[at] ^= 1 + dice.roll(255) as u8;
        }
    });
    assert!(sum.right > 0 && sum.damaged > 0 && sum.unreadable > 0, "the trials hit nothing: {sum:?}");
}

#[test]
fn one_flipped_bit_never_gives_a_wrong_answer() {
    let sum = trials(150, |dice, bytes| {
        let used = used_bytes(bytes);
        let at = used[dice.roll(used.len())];
        bytes[at] ^= 1 << dice.roll(8);
    });
    assert!(sum.right > 0, "{sum:?}");
}

#[test]
fn a_damaged_header_never_gives_a_wrong_answer() {
    let sum = trials(150, |dice, bytes| {
        let at = dice.roll(320);
        bytes[at] ^= 1 + dice.roll(255) as u8;
    });
    assert!(sum.refused > 0, "{sum:?}");
}

#[test]
fn whole_pages_gone_or_swapped_never_give_a_wrong_answer() {
    let sum = trials(100, |dice, bytes| {
        let used = used_bytes(bytes);
        // Not the header: another test covers a file that is not a database.
        let page = |dice: &mut Dice| (used[4096 + dice.roll(used.len() - 4096)] / 4096) * 4096;
        let (from, to) = (page(dice), page(dice));
        if dice.roll(2) == 0 {
            bytes[to..to + 4096].fill(0);
        } else {
            bytes.copy_within(from..from + 4096, to);
        }
    });
    assert!(sum.right > 0, "{sum:?}");
}

#[test]
fn a_truncated_file_never_gives_a_wrong_answer() {
    let sum = trials(60, |dice, bytes| {
        let page = dice.roll(bytes.len() / 4096) * 4096;
        let length = if dice.roll(2) == 0 { page } else { dice.roll(bytes.len()) };
        bytes.truncate(length);
    });
    assert!(sum.refused > 0, "{sum:?}");
}

#[test]
fn a_file_that_was_cut_or_whose_header_is_gone_is_damaged_and_says_how_to_go_on() {
    let mut bytes = sound();
    bytes.truncate(4096);
    let cache = Cache::with_database(&bytes);
    without_contained_panics(|| {
        // A reader needs only the pages it reads, and so notices a missing page when it reads it.
        let error = match Store::open(&cache.folder) {
            Err(error) => error,
            Ok(store) => store.commit(put(1)).unwrap_err(),
        };
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains("remove or rename that file"), "{error}");
        // Following the advice helps.
        fs::remove_file(cache.database()).unwrap();
        let store = cache.open();
        store.commit(put(1)).unwrap();
        assert!(found(&store, 1));
    });
}

#[test]
fn a_damaged_record_is_reported_and_the_next_commit_drops_it() {
    let mut bytes = sound();
    let needle = Digest::of(&7_u64.to_le_bytes());
    let result: Vec<u8> = needle.as_bytes().iter().copied().cycle().take(100).collect();
    let places: Vec<usize> = (0..bytes.len() - 100).filter(|&at| bytes[at..at + 100] == result[..]).collect();
    assert!(!places.is_empty());
    places.iter().for_each(|&at| bytes[at + 50] ^= 1);
    let cache = Cache::with_database(&bytes);
    let store = cache.open();
    let Lookup::Damaged(report) = store.get_entry(&key(7)).unwrap() else { panic!("it was not noticed") };
    assert_eq!((report.table, report.damage.clone()), ("entries-v2", Damage::DigestMismatch));
    assert!(report.to_string().contains(&report.key));
    assert_eq!(store.stats().unwrap().entries, ENTRIES);
    store.commit(put(8)).unwrap();
    assert_eq!(store.stats().unwrap().entries, ENTRIES - 1);
    assert_eq!(store.get_entry(&key(7)).unwrap(), Lookup::Absent);
    // A new record in its place is not removed because of an earlier report.
    store.commit(put(7)).unwrap();
    store.commit(put(9)).unwrap();
    assert!(found(&store, 7));
}

#[test]
fn the_run_that_follows_a_damaged_record_replaces_it() {
    let cache = Cache::new();
    let store = cache.open();
    let stored = put(2).changes.swap_remove(0).stored;
    // An intact record under the key of another, as in a damaged index.
    store.commit(forged(&tables::ENTRIES, &key(1), &stored.unwrap())).unwrap();
    assert!(matches!(store.get_entry(&key(1)).unwrap(), Lookup::Damaged(_)));
    store.commit(put(1)).unwrap();
    assert!(found(&store, 1));
}

#[test]
fn a_record_that_is_intact_and_no_record_is_damaged_too() {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(forged(&tables::ENTRIES, &key(1), &frame::seal("entries-v2", &key(1), b"not cbor"))).unwrap();
    let Lookup::Damaged(report) = store.get_entry(&key(1)).unwrap() else { panic!("it was not noticed") };
    assert!(matches!(report.damage, Damage::Undecodable(_)), "{report}");
}
