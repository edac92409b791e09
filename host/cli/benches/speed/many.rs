//! Ten thousand calls of a task with nothing to do: as hits, as misses whose answers are stored, and as such misses on
//! one core and on two.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::StreamExt as _;
use larder::{Larder, Prepared, Status, Value};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use redb::{Database, ReadableDatabase as _, ReadableTable as _};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::pairs::Pairs;
use super::table::Compared;
use super::{floor, guest, prepared};

/// How many calls there are.
const CALLS: u32 = 10_000;

/// How many of them are under way at once: so many answers may share a commit.
pub(crate) const AT_ONCE: usize = 512;

/// All that is measured of them.
pub(crate) fn many() -> Vec<(&'static str, Pairs, Compared)> {
    vec![
        ("10,000 hits", hits(), Compared::Within(0.15e9)),
        ("10,000 misses, stored", misses(), Compared::Within(1e9)),
        ("The same on two cores, beside one", scaling(), Compared::Faster(1.7)),
    ]
}

/// A folder whose file system is a disk's: where temporary files are kept in memory, a commit would cost nothing.
pub(crate) fn on_disk() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// A host with a task that misses whenever it is asked again.
struct Missing {
    larder: Larder,
    task: Prepared,
    next: AtomicU32,
    _folder: TempDir,
}

impl Missing {
    fn new(runtime: &Runtime) -> Self {
        let folder = on_disk();
        let (larder, task) = prepared(runtime, folder.path(), guest::TRIVIAL, "sum");
        Self { larder, task, next: AtomicU32::new(0), _folder: folder }
    }

    /// So many calls with inputs that no call had before.
    fn calls(&self, runtime: &Runtime) {
        let first = self.next.fetch_add(CALLS, Ordering::Relaxed);
        let before = self.larder.work();
        all(runtime, &self.larder, &self.task, first, |status| matches!(status, Status::Miss(_)));
        let stored = self.larder.work().commits - before.commits;
        assert_eq!(stored, u64::from(CALLS));
    }
}

/// Makes the calls from `first` on, and expects of each that it is as it should be.
fn all(runtime: &Runtime, larder: &Larder, task: &Prepared, first: u32, expected: impl Fn(&Status) -> bool) {
    let inputs = (first..first + CALLS).map(|a| vec![Value::U32(a), Value::U32(1)]);
    let answers = larder.call_many(task, inputs, AT_ONCE);
    let answered = runtime.block_on(answers.fold(0, |answered, (position, answer)| {
        let outcome = answer.unwrap();
        assert!(expected(&outcome.status));
        assert_eq!(outcome.result, Some(Value::U32(first + position as u32 + 1)));
        std::future::ready(answered + 1)
    }));
    assert_eq!(answered, CALLS);
}

fn threads(count: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(count).enable_all().build().unwrap()
}

/// Hits, beside as many bare reads.
fn hits() -> Pairs {
    let runtime = threads(2);
    let missing = Missing::new(&runtime);
    missing.calls(&runtime);
    let Missing { larder, task, next: _, _folder: folder } = missing;
    let database = floor::open_store(&folder.path().join("cache/larder.redb"));
    let keys: Vec<_> = (0..CALLS).map(|a| task.key(&[Value::U32(a), Value::U32(1)]).unwrap().unwrap()).collect();
    Pairs::measure(
        "many/hits",
        || all(&runtime, &larder, &task, 0, |status| matches!(status, Status::Hit(_))),
        || {
            for key in &keys {
                std::hint::black_box(floor::read_and_digest(&database, key.as_bytes()));
            }
        },
    )
}

/// Misses, beside as many bare calls and then as many rows of the same size in bare commits, as many in each as there
/// are calls under way at once.
fn misses() -> Pairs {
    let runtime = threads(2);
    let missing = Missing::new(&runtime);
    missing.calls(&runtime);
    let bare = floor::Bare::new(guest::TRIVIAL);
    let folder = on_disk();
    let rows = Rows::new(folder.path(), row_bytes(&missing._folder.path().join("cache/larder.redb")));
    Pairs::measure(
        "many/misses",
        || missing.calls(&runtime),
        || {
            (0..CALLS).for_each(|a| assert_eq!(bare.sum(a, 1), a + 1));
            (0..CALLS as usize).step_by(AT_ONCE).for_each(|first| rows.commit(AT_ONCE.min(CALLS as usize - first)));
        },
    )
}

/// The same misses on two cores, and as the floor on one.
fn scaling() -> Pairs {
    let (one, two) = (pinned(1, || threads(1)), pinned(2, || threads(2)));
    let (on_one, on_two) = (pinned(1, || Missing::new(&one)), pinned(2, || Missing::new(&two)));
    Pairs::measure("many/two cores", || pinned(2, || on_two.calls(&two)), || pinned(1, || on_one.calls(&one)))
}

/// Does something on the first cores that there are, and has all threads that it starts stay there.
fn pinned<T>(cores: usize, work: impl FnOnce() -> T) -> T {
    let this_thread = Pid::from_raw(0);
    let all = sched_getaffinity(this_thread).unwrap();
    let mut few = CpuSet::new();
    let there = (0..CpuSet::count()).filter(|core| all.is_set(*core).unwrap());
    there.take(cores).for_each(|core| few.set(core).unwrap());
    sched_setaffinity(this_thread, &few).unwrap();
    let done = work();
    sched_setaffinity(this_thread, &all).unwrap();
    done
}

/// The length of a stored entry.
pub(crate) fn row_bytes(database: &Path) -> usize {
    let database = floor::open_store(database);
    let table = database.begin_read().unwrap().open_table(floor::ENTRIES).unwrap();
    let (_, value) = table.first().unwrap().unwrap();
    value.value().len()
}

/// A database of redb alone, with rows like those of a store.
pub(crate) struct Rows {
    database: Database,
    value: Vec<u8>,
    /// How each key begins.
    cache_id: [u8; 32],
    random: std::cell::RefCell<fastrand::Rng>,
}

impl Rows {
    /// In a folder where there is none.
    fn new(folder: &Path, bytes: usize) -> Self {
        Self::over(floor::create_store(&folder.join("floor.redb")), bytes, [7; 32])
    }

    /// In one that is there: among the entries of the cache whose keys begin so.
    pub(crate) fn over(database: Database, bytes: usize, cache_id: [u8; 32]) -> Self {
        let mut random = fastrand::Rng::with_seed(1);
        let mut value = vec![0; bytes];
        random.fill(&mut value);
        Self { database, value, cache_id, random: random.into() }
    }

    /// Commits so many new rows, in the order of their keys.
    pub(crate) fn commit(&self, count: usize) {
        let mut random = self.random.borrow_mut();
        let mut keys: Vec<[u8; 64]> = (0..count)
            .map(|_| {
                let mut key = [0; 64];
                key[..32].copy_from_slice(&self.cache_id);
                random.fill(&mut key[32..]);
                key
            })
            .collect();
        keys.sort_unstable();
        let transaction = self.database.begin_write().unwrap();
        {
            let mut table = transaction.open_table(floor::ENTRIES).unwrap();
            for key in keys {
                table.insert(key.as_slice(), self.value.as_slice()).unwrap();
            }
        }
        transaction.commit().unwrap();
    }
}
