//! What a cache costs as it grows: the time of a hit and of a commit, and the bytes of an entry.

use std::fs;
use std::path::Path;

use larder::{Larder, Prepared, Status, Value};
use larder_store::{Commit, Lookup, Store};
use redb::{ReadableDatabase as _, ReadableTableMetadata as _, TableDefinition, TableHandle as _};
use tokio::runtime::Runtime;

use super::many::{Rows, on_disk, row_bytes};
use super::pairs::Pairs;
use super::{floor, guest, prepared};

/// How many entries there are.
const SIZES: [u32; 3] = [1_000, 100_000, 1_000_000];

/// One size more, for who asks for it: it takes some minutes, and ten gigabytes of disk.
const LARGEST: u32 = 10_000_000;

/// Entries that are committed at once to make a cache large.
const AT_ONCE: u32 = 20_000;

/// Hits of one measurement, each of another entry.
const HITS: usize = 10_000;

/// Entries of a commit that is measured.
const COMMITTED: usize = 64;

/// Commits of one measurement.
const COMMITS: usize = 10;

/// A size, and what it costs.
pub(crate) struct Size {
    pub(crate) entries: u32,
    /// The time of [`HITS`] hits, and of as many bare reads.
    pub(crate) hits: Pairs,
    /// The time of [`COMMITS`] commits.
    pub(crate) commits: Pairs,
    /// The bytes that an entry takes in tables beside its result.
    pub(crate) live_bytes: f64,
    /// The length of the file for each entry.
    pub(crate) file_bytes: f64,
}

impl Size {
    /// How many hits, and how many commits, a time is of.
    pub(crate) const TIMES: (f64, f64) = (HITS as f64, COMMITS as f64);
}

/// Measures the sizes, one after the other, as one cache grows.
pub(crate) fn growth(runtime: &Runtime, with_largest: bool) -> Vec<Size> {
    let folder = on_disk();
    let (larder, task) = prepared(runtime, folder.path(), guest::TRIVIAL, "sum");
    runtime.block_on(larder.call(&task, &inputs(0))).unwrap();
    let mut filled = 1;
    SIZES
        .into_iter()
        .chain(with_largest.then_some(LARGEST))
        .map(|entries| {
            fill(&folder.path().join("cache"), &task, filled..entries);
            filled = entries;
            measure(runtime, folder.path(), &larder, &task, entries)
        })
        .collect()
}

fn inputs(number: u32) -> [Value; 2] {
    [Value::U32(number), Value::U32(0)]
}

/// Stores answers as calls would have done: all are like the first, which one did.
fn fill(cache: &Path, task: &Prepared, numbers: std::ops::Range<u32>) {
    let store = Store::open(cache).unwrap();
    let key = |number| *task.key(&inputs(number)).unwrap().unwrap().as_bytes();
    let Ok(Lookup::Found(like)) = store.get_entry(&key(0)) else { panic!("the first call was not stored") };
    let signature = &task.task().exported.signature;
    for first in numbers.clone().step_by(AT_ONCE as usize) {
        let commit = (first..numbers.end.min(first + AT_ONCE)).fold(Commit::new(), |commit, number| {
            let mut entry = like.clone();
            entry.result = larder::value::encode_result(Some(&Value::U32(number)), signature.result.as_ref()).unwrap();
            commit.put_entry(&key(number), &entry)
        });
        store.commit(commit).unwrap();
    }
}

fn measure(runtime: &Runtime, folder: &Path, larder: &Larder, task: &Prepared, entries: u32) -> Size {
    let file = folder.join("cache/larder.redb");
    let (live_bytes, file_bytes) = bytes(&file, entries);
    // The floor has a copy of its own: what one commits would make the other's pages useless.
    let copy = folder.join("floor.redb");
    fs::copy(&file, &copy).unwrap();
    let database = floor::open_store(&copy);
    let mut random = fastrand::Rng::with_seed(u64::from(entries));
    let numbers: Vec<u32> = (0..HITS).map(|_| random.u32(..entries)).collect();
    let keys: Vec<_> = numbers.iter().map(|number| task.key(&inputs(*number)).unwrap().unwrap()).collect();
    let hits = Pairs::measure(
        &format!("growth/hits among {entries}"),
        || {
            for number in &numbers {
                let outcome = runtime.block_on(larder.call(task, &inputs(*number))).unwrap();
                assert!(matches!(outcome.status, Status::Hit(_)));
                assert_eq!(outcome.result, Some(Value::U32(*number)));
            }
        },
        || {
            for key in &keys {
                std::hint::black_box(floor::read_and_digest(&database, key.as_bytes()));
            }
        },
    );
    let cache_id = *keys[0].as_bytes().first_chunk().unwrap();
    let rows = Rows::over(database, row_bytes(&file), cache_id);
    let store = Store::open(&folder.join("cache")).unwrap();
    let Ok(Lookup::Found(like)) = store.get_entry(keys[0].as_bytes()) else { panic!("it is a hit") };
    let mut next = u32::MAX - entries;
    let commits = Pairs::measure(
        &format!("growth/commits to {entries}"),
        || {
            for _ in 0..COMMITS {
                let commit = (0..COMMITTED).fold(Commit::new(), |commit, _| {
                    next -= 1;
                    commit.put_entry(task.key(&inputs(next)).unwrap().unwrap().as_bytes(), &like)
                });
                store.commit(commit).unwrap();
            }
        },
        || (0..COMMITS).for_each(|_| rows.commit(COMMITTED)),
    );
    drop(rows);
    fs::remove_file(copy).unwrap();
    Size { entries, hits, commits, live_bytes, file_bytes }
}

/// The bytes of an entry: what all tables hold, without the results themselves, and the file.
fn bytes(file: &Path, entries: u32) -> (f64, f64) {
    let database = floor::open_store(file);
    let transaction = database.begin_read().unwrap();
    let live: u64 = transaction
        .list_tables()
        .unwrap()
        .map(|table| {
            let name = table.name().to_owned();
            let table = transaction.open_table(TableDefinition::<&[u8], &[u8]>::new(&name)).unwrap();
            let stats = table.stats().unwrap();
            stats.stored_bytes() + stats.metadata_bytes()
        })
        .sum();
    // A number below 24 takes one byte, below 256 two, and so on: all but a few take three or more.
    let results: u64 = (0..entries).map(cbor_bytes).sum();
    // There are a few more by now: those of the commits that were measured.
    let count = transaction.open_table(floor::ENTRIES).unwrap().len().unwrap();
    let per_entry = |bytes: u64| bytes as f64 / count as f64;
    (per_entry(live - results), per_entry(fs::metadata(file).unwrap().len()))
}

const fn cbor_bytes(number: u32) -> u64 {
    match number {
        0..24 => 1,
        24..256 => 2,
        256..65_536 => 3,
        _ => 5,
    }
}
