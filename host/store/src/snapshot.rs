//! Snapshots: the content of the store at one moment. The latest one is kept for the next lookup.
//!
//! A snapshot is a read transaction of redb. Beginning one takes locks on the file, against all processes, which cost
//! more than the lookup itself. While the beginning of the file is unchanged, nothing has been committed since (see
//! `header`), and the snapshot is still current. So the next lookup may use it, and so may many at once.
//!
//! While a snapshot is held, no process can reuse the space that was freed since, and the file grows instead. So only
//! frequent lookups hold one, never for long, and a write releases it first.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use redb::backends::FileBackend;
use redb::{ReadOnlyTable, ReadTransaction, TableError};

use crate::header::Header;
use crate::mutex::lock;
use crate::tables::{ENTRIES, Table};
use larder_base::contain::contain;

/// The greatest time between two lookups that counts as frequent.
const OFTEN: Duration = Duration::from_millis(10);

/// A snapshot that has been unused for this time is released, at the latest after twice as long.
const IDLE: Duration = Duration::from_millis(100);

type Opened = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// The state of a store at one moment.
pub(crate) struct Snapshot {
    transaction: ReadTransaction,
    /// The beginning of the file at that moment, if it was seen.
    pub(crate) header: Option<Header>,
    /// The table with the most lookups, after it was opened.
    entries: OnceLock<Opened>,
}

impl Snapshot {
    fn begin(begin: impl FnOnce() -> Result<ReadTransaction, redb::Error>) -> Result<Self, redb::Error> {
        let (transaction, header) = Header::of(begin);
        Ok(Self { transaction: transaction?, header, entries: OnceLock::new() })
    }

    fn is_of_now(&self, file: &FileBackend) -> bool {
        self.header.as_ref().is_some_and(|header| header.is_now(file))
    }

    /// Calls `look` with the stored bytes at `key` of `table`.
    pub(crate) fn get<R>(
        &self,
        table: Table,
        key: &[u8],
        look: impl FnOnce(Option<&[u8]>) -> R,
    ) -> Result<R, redb::Error> {
        let other;
        let opened = match self.entries.get() {
            Some(entries) if table == ENTRIES.table() => entries,
            Some(_) | None => match self.transaction.open_table(table.definition()) {
                Ok(opened) if table == ENTRIES.table() => self.entries.get_or_init(|| opened),
                Ok(opened) => {
                    other = opened;
                    &other
                }
                Err(TableError::TableDoesNotExist(_)) => return Ok(look(None)),
                Err(error) => return Err(error.into()),
            },
        };
        Ok(look(opened.get(key)?.as_ref().map(redb::AccessGuard::value)))
    }
}

/// The latest snapshot of one open database. Lookups share it without a lock.
#[derive(Default)]
pub(crate) struct Latest(Arc<Kept>);

#[derive(Default)]
struct Kept {
    snapshot: ArcSwapOption<Snapshot>,
    /// True if there was a lookup since the last check.
    is_used: AtomicBool,
    keeping: Mutex<Keeping>,
}

#[derive(Default)]
struct Keeping {
    /// The time when the last snapshot was begun.
    begun: Option<Instant>,
    /// True if a thread is running that releases an unused snapshot.
    is_watched: bool,
}

impl Latest {
    /// Calls `look` with the current content of the store: the kept snapshot, if nothing was committed since, or a new
    /// one from `begin`.
    pub(crate) fn look<R>(
        &self,
        file: &FileBackend,
        begin: impl FnOnce() -> Result<ReadTransaction, redb::Error>,
        look: impl FnOnce(&Snapshot) -> Result<R, redb::Error>,
    ) -> Result<R, redb::Error> {
        let kept = self.0.snapshot.load();
        if let Some(snapshot) = kept.as_ref().filter(|snapshot| snapshot.is_of_now(file)) {
            // Stored only once: another store would take the cache line from other threads.
            if !self.0.is_used.load(Ordering::Relaxed) {
                self.0.is_used.store(true, Ordering::Relaxed);
            }
            return look(snapshot);
        }
        drop(kept);
        let snapshot = Arc::new(Snapshot::begin(begin)?);
        self.keep(&snapshot);
        look(&snapshot)
    }

    /// Releases the kept snapshot.
    pub(crate) fn let_go(&self) {
        self.0.let_go();
    }

    /// Keeps the snapshot, if there is a thread that releases it later.
    fn keep(&self, snapshot: &Arc<Snapshot>) {
        let mut keeping = lock(&self.0.keeping);
        let now = Instant::now();
        let is_often = keeping.begun.replace(now).is_some_and(|before| now - before < OFTEN);
        self.0.is_used.store(true, Ordering::Relaxed);
        if is_often && !keeping.is_watched {
            keeping.is_watched = self.watch();
        }
        let is_kept = is_often && keeping.is_watched;
        self.0.snapshot.store(is_kept.then(|| snapshot.clone()));
    }

    /// Starts a thread that releases the kept snapshot when it is no longer used, and then ends. Returns `false` if the
    /// thread cannot be started.
    fn watch(&self) -> bool {
        let kept = self.0.clone();
        // The thread never holds the database itself: the last holder closes it.
        let watching = move || {
            loop {
                thread::sleep(IDLE);
                let mut keeping = lock(&kept.keeping);
                if !kept.is_used.swap(false, Ordering::Relaxed) {
                    keeping.is_watched = false;
                    return kept.let_go();
                }
            }
        };
        thread::Builder::new().name("larder-snapshot".to_owned()).spawn(watching).is_ok()
    }
}

impl Kept {
    fn let_go(&self) {
        // The release ends in redb, whose panics are contained.
        drop(contain(|| self.snapshot.store(None)));
    }
}
