//! Snapshots: what is stored, as of one moment; and the latest one, kept for whoever looks next.
//!
//! A snapshot is a read transaction of redb. To begin one takes locks on the file, against all processes, which cost
//! more than the lookup itself. While the file begins as it did then, nothing was committed since (see `header`), and
//! what is in the snapshot is what is stored now: so the next who looks may use it, and so may many at once.
//!
//! As long as one is held, no process can use the room again that was let go since, and the file grows instead. So
//! only what looks often holds one, nobody holds one for long, and whoever is about to write lets go of it first.

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

/// The time within which one who looks again looks often.
const OFTEN: Duration = Duration::from_millis(10);

/// A snapshot that nobody has used for so long is let go, at the latest after twice as long.
const IDLE: Duration = Duration::from_millis(100);

type Opened = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// The state of a store, as of one moment.
pub(crate) struct Snapshot {
    transaction: ReadTransaction,
    /// The beginning of the file then, if that was seen.
    pub(crate) header: Option<Header>,
    /// The table that is looked into most, once it was opened.
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

    /// Hands the stored bytes at `key` of `table` to `look`.
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

/// The latest snapshot of one open database. Those who look share it without a lock.
#[derive(Default)]
pub(crate) struct Latest(Arc<Kept>);

#[derive(Default)]
struct Kept {
    snapshot: ArcSwapOption<Snapshot>,
    /// Somebody looked since it was last asked.
    is_used: AtomicBool,
    keeping: Mutex<Keeping>,
}

#[derive(Default)]
struct Keeping {
    /// The time when a snapshot was last begun.
    begun: Option<Instant>,
    /// A thread is there that lets go of what is not used.
    is_watched: bool,
}

impl Latest {
    /// Hands `look` what is stored now: as it was last seen, if nothing was committed since, or as `begin` begins to
    /// read it.
    pub(crate) fn look<R>(
        &self,
        file: &FileBackend,
        begin: impl FnOnce() -> Result<ReadTransaction, redb::Error>,
        look: impl FnOnce(&Snapshot) -> Result<R, redb::Error>,
    ) -> Result<R, redb::Error> {
        let kept = self.0.snapshot.load();
        if let Some(snapshot) = kept.as_ref().filter(|snapshot| snapshot.is_of_now(file)) {
            // Said once: to say it again would take the memory from other threads.
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

    /// Lets go of the snapshot that is kept.
    pub(crate) fn let_go(&self) {
        self.0.let_go();
    }

    /// Keeps it, if there is a thread that lets go of it later.
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

    /// Has a thread let go of what is kept when nobody uses it any more, and end then. `false` if there can be none.
    fn watch(&self) -> bool {
        let kept = self.0.clone();
        // It never holds the database itself: whoever is the last to do so closes it.
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
        // It ends in redb, whose panics are contained.
        drop(contain(|| self.snapshot.store(None)));
    }
}
