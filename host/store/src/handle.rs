//! One open database. Every call into redb begins in this file, and each is contained.
//!
//! Processes share the file in redb's multi-writer mode: each read transaction takes a snapshot of the latest commit of
//! any process from the file's header, and each write transaction waits for its turn. So a handle never serves outdated
//! records, and need not be reopened to see other processes' commits. While nothing is committed, all lookups share one
//! snapshot.
//!
//! A handle is opened for reading, which is cheap and does not change the file, or for writing, which reads as well.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redb::backends::FileBackend;
use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, Durability, ReadOnlyDatabase, ReadTransaction,
    ReadableDatabase as _, ReadableTableMetadata as _, TableError,
};

use crate::accesses::Hour;
use crate::backend::Backend;
use crate::commit::Change;
use crate::contain::{Contained, guard};
use crate::error::{Intent, StoreError};
use crate::faults::Faults;
use crate::format::{Format, initialise};
use crate::header::Header;
use crate::keys::AccessKey;
use crate::place::{FileId, Place};
use crate::snapshot::{Latest, Snapshot};
use crate::tables::{RecordId, Table};
use crate::transaction::{apply, drop_damaged, write_accesses};

/// The greatest size of cached pages in a handle, in bytes. redb drops them all whenever another process commits, and
/// the system caches the file's pages anyway, so more would gain little; redb's own default is a gigabyte.
const PAGE_CACHE_BYTES: usize = 64 << 20;

/// The time for which a file that was seen in its place is assumed to be there.
const A_MOMENT: Duration = Duration::from_millis(1);

/// An open database.
pub(crate) struct Handle {
    database: Contained<Open>,
    bytes: Arc<FileBackend>,
    latest: Latest,
    /// The identity of its file.
    pub(crate) file: FileId,
    /// The time of opening, and the microseconds from then until the file was last seen in its place.
    opened: Instant,
    seen_micros: AtomicU64,
}

enum Open {
    Reader(ReadOnlyDatabase),
    Writer(Database),
}

/// The result of opening for reading.
enum Reading {
    Opened(ReadOnlyDatabase, Arc<FileBackend>),
    /// A writer was killed, and the file has not been opened for writing since.
    MustRepair,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.latest.let_go();
    }
}

impl Handle {
    /// Opens the database of `place` for reading, or for writing if it must be repaired first.
    pub(crate) fn reader(place: &Place, faults: &Faults) -> Result<Self, StoreError> {
        let (file, id) = place.open(Intent::Read)?;
        let opened = guard(place, Intent::Read, || {
            let backend = Backend::new(file, faults.clone())?;
            let bytes = backend.file();
            match builder().open_read_only_with_backend(backend) {
                Ok(database) => Ok(Reading::Opened(database, bytes)),
                Err(DatabaseError::RepairAborted) => Ok(Reading::MustRepair),
                Err(error) => Err(error.into()),
            }
        })?;
        match opened {
            Reading::Opened(database, bytes) => Self::checked(place, Open::Reader(database), bytes, id),
            Reading::MustRepair if place.is_foreign => {
                let source = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
                Err(StoreError::NeedsRepair { path: place.database.clone(), source: Arc::new(source) })
            }
            Reading::MustRepair => Self::writer(place, faults).map_err(|error| {
                if let StoreError::ReadOnly { path, source } = error {
                    return StoreError::NeedsRepair { path, source };
                }
                error
            }),
        }
    }

    /// Opens the database of `place` for writing. Repairs it if necessary, and creates it if it does not exist.
    pub(crate) fn writer(place: &Place, faults: &Faults) -> Result<Self, StoreError> {
        place.make_folder()?;
        if !place.database.exists() {
            let draft = place.draft()?;
            let file = draft.reopen().map_err(|error| StoreError::from_io(draft.path(), Intent::Write, error))?;
            guard(place, Intent::Write, || {
                let database = builder().create_with_backend(Backend::new(file, faults.clone())?)?;
                initialise(&database)?;
                Ok(database.close()?)
            })?;
            place.publish(draft)?;
        }
        let (file, id) = place.open(Intent::Write)?;
        let open = || {
            let backend = Backend::new(file, faults.clone())?;
            let bytes = backend.file();
            Ok((builder().create_with_backend(backend)?, bytes))
        };
        let (database, bytes) = guard(place, Intent::Write, open)?;
        Self::checked(place, Open::Writer(database), bytes, id)
    }

    fn checked(place: &Place, open: Open, bytes: Arc<FileBackend>, file: FileId) -> Result<Self, StoreError> {
        let latest = Latest::default();
        let (opened, seen_micros) = (Instant::now(), AtomicU64::new(0));
        let database = Contained::new(open);
        let handle = Self { database, bytes, latest, file, opened, seen_micros };
        let format = guard(place, Intent::Read, || Format::of_opened(&handle.begin_read()?))?;
        format.accept(place)?;
        if let (Format::Fresh, Open::Writer(database)) = (format, handle.database.get()) {
            guard(place, Intent::Write, || initialise(database))?;
        }
        Ok(handle)
    }

    /// Returns true if its file was in its place a moment ago. Checking again costs as much as a lookup, and a user who
    /// moves a cache away cannot notice a delay of a moment.
    pub(crate) fn was_just_seen(&self) -> bool {
        let micros = self.opened.elapsed().as_micros();
        micros.saturating_sub(self.seen_micros.load(Ordering::Relaxed).into()) < A_MOMENT.as_micros()
    }

    /// Records that its file is in its place now.
    pub(crate) fn note_seen(&self) {
        let micros = u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.seen_micros.store(micros, Ordering::Relaxed);
    }

    /// Returns true if it can write.
    pub(crate) const fn writes(&self) -> bool {
        matches!(self.database.get(), Open::Writer(_))
    }

    /// Calls `look` with a snapshot of the store, for any number of lookups.
    pub(crate) fn read<R>(
        &self,
        place: &Place,
        look: impl FnOnce(&Snapshot) -> Result<R, redb::Error>,
    ) -> Result<R, StoreError> {
        guard(place, Intent::Read, || self.latest.look(&self.bytes, || self.begin_read(), look))
    }

    /// Returns true if nothing has been committed to the file since it had this header.
    pub(crate) fn begins_with(&self, header: &Header) -> bool {
        header.is_now(&self.bytes)
    }

    /// Calls `look` with every key of `table` from `first` to `last` and its stored bytes, in one snapshot.
    pub(crate) fn scan(
        &self,
        place: &Place,
        table: Table,
        first: &[u8],
        last: &[u8],
        mut look: impl FnMut(&[u8], &[u8]),
    ) -> Result<(), StoreError> {
        guard(place, Intent::Read, || {
            let transaction = self.begin_read()?;
            let opened = match transaction.open_table(table.definition()) {
                Ok(opened) => opened,
                Err(TableError::TableDoesNotExist(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            for row in opened.range(first..=last)? {
                let (key, stored) = row?;
                look(key.value(), stored.value());
            }
            Ok(())
        })
    }

    /// Counts the records in each of `tables`, in one snapshot.
    pub(crate) fn count<const N: usize>(&self, place: &Place, tables: [Table; N]) -> Result<[u64; N], StoreError> {
        guard(place, Intent::Read, || {
            let transaction = self.begin_read()?;
            let mut counts = [0; N];
            for (count, table) in counts.iter_mut().zip(tables) {
                match transaction.open_table(table.definition()) {
                    Ok(opened) => *count = opened.len()?,
                    Err(TableError::TableDoesNotExist(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(counts)
        })
    }

    /// Makes every change, in order, in one transaction, which is on disk when this returns. It first removes the
    /// records in `damaged` that are still damaged, and writes `accesses`.
    pub(crate) fn write(
        &self,
        place: &Place,
        damaged: &[RecordId],
        accesses: &[(AccessKey, Hour)],
        changes: &[&Change],
    ) -> Result<(), StoreError> {
        let Open::Writer(database) = self.database.get() else {
            let source = std::io::Error::other("a handle for reading was asked to write");
            return Err(StoreError::from_io(&place.database, Intent::Write, source));
        };
        guard(place, Intent::Write, || {
            // Pages that only an old snapshot needs become free for this write.
            self.latest.let_go();
            let mut transaction = database.begin_write()?;
            transaction
                .set_durability(Durability::Immediate)
                .map_err(|error| redb::Error::Corrupted(error.to_string()))?;
            if let Err(refused) = Format::of_written(&transaction)?.accept(place) {
                transaction.abort()?;
                return Ok(Err(refused));
            }
            drop_damaged(&transaction, damaged)?;
            write_accesses(&transaction, accesses)?;
            apply(&transaction, changes)?;
            transaction.commit()?;
            Ok(Ok(()))
        })?
    }

    fn begin_read(&self) -> Result<ReadTransaction, redb::Error> {
        match self.database.get() {
            Open::Reader(database) => Ok(database.begin_read()?),
            Open::Writer(database) => Ok(database.begin_read()?),
        }
    }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_concurrency_mode(ConcurrencyMode::MultiWriter);
    builder.set_cache_size(PAGE_CACHE_BYTES);
    builder
}
