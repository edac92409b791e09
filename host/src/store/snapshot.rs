//! What is stored, as of one moment; and the latest such, kept for whoever looks next.
//!
//! A snapshot is a read transaction of redb. To begin one takes locks on the file, against all processes, which cost more
//! than the lookup itself. While the file begins as it did then, nothing was committed since (see `backend`), and what is
//! in the snapshot is what is stored now: so the next who looks may use it, and so may many at once.
//!
//! As long as one is held, no process can use the room again that was let go since, and the file grows instead. So
//! only what looks often holds one, nobody holds one for long, and whoever is about to write lets go of it first.

use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use redb::backends::FileBackend;
use redb::{ReadOnlyTable, ReadTransaction, TableError};

use super::backend::Header;
use super::group::lock;
use super::table::Table;
use crate::contain::contain;

/// Who looks again within this time looks often.
const OFTEN: Duration = Duration::from_millis(10);

/// A snapshot that nobody has used for so long is let go, at the latest after twice as long.
const IDLE: Duration = Duration::from_millis(100);

type Opened = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// What is stored, as of one moment.
pub(super) struct Snapshot {
    transaction: ReadTransaction,
    /// How the file began then, if that was seen.
    pub(super) header: Option<Header>,
    /// The table that is looked into most, once it was opened.
    entries: OnceLock<Opened>,
}

impl Snapshot {
    fn begin(begin: impl FnOnce() -> Result<ReadTransaction, redb::Error>) -> Result<Self, redb::Error> {
        let (transaction, header) = Header::of(begin);
        Ok(Self { transaction: transaction?, header, entries: OnceLock::new() })
    }

    fn is_of_now(&self, file: &FileBackend) -> bool {
        self.header.is_some_and(|header| header.is_now(file))
    }

    /// Hands the stored bytes at `key` of `table` to `look`.
    pub(super) fn get<R>(
        &self,
        table: Table,
        key: &[u8],
        look: impl FnOnce(Option<&[u8]>) -> R,
    ) -> Result<R, redb::Error> {
        let other;
        let opened = match self.entries.get() {
            Some(entries) if table == Table::Entries => entries,
            Some(_) | None => match self.transaction.open_table(table.definition()) {
                Ok(opened) if table == Table::Entries => self.entries.get_or_init(|| opened),
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

/// The latest snapshot of one open database.
#[derive(Default)]
pub(super) struct Latest(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    snapshot: Option<Arc<Snapshot>>,
    /// Whether somebody looked since it was last asked.
    is_used: bool,
    /// When a snapshot was last begun.
    begun: Option<Instant>,
    /// Whether a thread is there that lets go of what is not used.
    is_watched: bool,
}

impl Latest {
    /// What is stored now: as it was last seen, if nothing was committed since, or as `begin` begins to read it.
    pub(super) fn get(
        &self,
        file: &FileBackend,
        begin: impl FnOnce() -> Result<ReadTransaction, redb::Error>,
    ) -> Result<Arc<Snapshot>, redb::Error> {
        let kept = {
            let mut kept = lock(&self.0);
            kept.is_used = true;
            kept.snapshot.clone()
        };
        if let Some(snapshot) = kept.filter(|snapshot| snapshot.is_of_now(file)) {
            return Ok(snapshot);
        }
        let snapshot = Arc::new(Snapshot::begin(begin)?);
        self.keep(&snapshot);
        Ok(snapshot)
    }

    /// Lets go of what is kept.
    pub(super) fn let_go(&self) {
        let snapshot = lock(&self.0).snapshot.take();
        // It ends in redb, whose panics are contained.
        drop(contain(|| drop(snapshot)));
    }

    fn keep(&self, snapshot: &Arc<Snapshot>) {
        let mut kept = lock(&self.0);
        let now = Instant::now();
        let is_often = kept.begun.replace(now).is_some_and(|before| now - before < OFTEN);
        if is_often && !kept.is_watched {
            kept.is_watched = self.watch();
        }
        let next = (is_often && kept.is_watched).then(|| snapshot.clone());
        let before = std::mem::replace(&mut kept.snapshot, next);
        drop(kept);
        drop(before);
    }

    /// Has a thread let go of what is kept when nobody uses it any more, and end then. Whether there is one.
    fn watch(&self) -> bool {
        let kept = self.0.clone();
        // It never holds the database itself: whoever is the last to do so closes it.
        let watching = move || {
            loop {
                thread::sleep(IDLE);
                let mut kept = lock(&kept);
                if !std::mem::take(&mut kept.is_used) {
                    kept.is_watched = false;
                    let snapshot = kept.snapshot.take();
                    drop(kept);
                    drop(contain(|| drop(snapshot)));
                    return;
                }
            }
        };
        thread::Builder::new().name("larder-snapshot".to_owned()).spawn(watching).is_ok()
    }
}
