//! A file that the first version of the store wrote: its entries were whole, and are still answers.

use redb::TableDefinition;

use super::*;
use crate::record::StoredOutcome;

const FIRST: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("entries-v1");

/// An entry as that version encoded it; `record` has what it means.
const ENTRY: &str = concat!(
    "8400430001028158207692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed8e63616e6ef6",
    "58206985ca1f4daa5a584a28eae043a239cb96689af1337ea13afb63e00c2bf512fa",
    "58205694d08a2e53ffcae0c3103e5ad6f6076abd960eb1f8a56577040bc1028f702b",
    "65302e312e306634382e302e30",
    "1b0000018bcfe568001905dc1a000f42401a00010000834040008340400019100003",
);

/// A cache with one such entry, of each of these keys, and a reader that was open before.
fn written_by_the_first_version(numbers: &[u64]) -> Cache {
    let cache = Cache::new();
    // Makes the file, which says of itself what that version said: the format has the same number.
    cache.open().commit(Commit::new().remove_entry(&key(0))).unwrap();
    let mut builder = redb::Builder::new();
    let database = builder.set_concurrency_mode(redb::ConcurrencyMode::MultiWriter).open(cache.database()).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let mut table = transaction.open_table(FIRST).unwrap();
        for number in numbers {
            let value = data_encoding::HEXLOWER.decode(ENTRY.as_bytes()).unwrap();
            let stored = frame::seal("entries-v1", &key(*number), &value);
            table.insert(key(*number).as_slice(), stored.as_slice()).unwrap();
        }
    }
    transaction.commit().unwrap();
    cache
}

fn first(store: &Store, number: u64) -> Entry {
    let Lookup::Found(entry) = store.get_entry(&key(number)).unwrap() else { panic!("it is lost") };
    entry
}

#[test]
fn its_entries_are_answers() {
    let cache = written_by_the_first_version(&[1, 2]);
    let store = cache.open();
    let entry = first(&store, 1);
    assert_eq!((entry.outcome, entry.result), (StoredOutcome::Ok, vec![0, 1, 2]));
    assert_eq!(entry.provenance.account, "ann");
    assert_eq!(entry.provenance.component_digest, Digest::of(b"component"));
    assert_eq!((entry.provenance.run_micros, entry.provenance.host_calls), (1500, Some(3)));
    // They stay so beside those of this version.
    store.commit(put(3)).unwrap();
    assert_eq!(first(&store, 2), first(&cache.open(), 1));
    assert!(found(&store, 3));
    assert_eq!(store.stats().unwrap().entries, 3);
}

#[test]
fn what_is_written_or_removed_now_takes_their_place() {
    let cache = written_by_the_first_version(&[1, 2, 3]);
    let store = cache.open();
    store.commit(put(1)).unwrap();
    assert!(found(&store, 1));
    store.remove_entry(&key(2)).unwrap();
    assert_eq!(store.get_entry(&key(2)).unwrap(), Lookup::Absent);
    assert_eq!(store.stats().unwrap().entries, 2, "none is there twice");
    first(&store, 3);
    // Also what was written over one and then removed.
    store.remove_entry(&key(1)).unwrap();
    assert_eq!(store.get_entry(&key(1)).unwrap(), Lookup::Absent);
}

#[test]
fn a_damaged_one_is_reported_and_dropped() {
    let cache = written_by_the_first_version(&[1, 2]);
    let mut bytes = std::fs::read(cache.database()).unwrap();
    let entry = data_encoding::HEXLOWER.decode(ENTRY.as_bytes()).unwrap();
    let places: Vec<usize> = (0..bytes.len() - entry.len()).filter(|&at| bytes[at..].starts_with(&entry)).collect();
    assert!(!places.is_empty());
    places.iter().for_each(|&at| bytes[at + 4] ^= 1);
    let cache = Cache::with_database(&bytes);
    let store = cache.open();
    let Lookup::Damaged(report) = store.get_entry(&key(1)).unwrap() else { panic!("it was not noticed") };
    assert_eq!((report.table, report.damage), ("entries-v1", Damage::DigestMismatch));
    store.commit(put(9)).unwrap();
    assert_eq!(store.get_entry(&key(1)).unwrap(), Lookup::Absent);
}
