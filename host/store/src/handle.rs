//! One open database: every call into redb is in this file or behind a [`Snapshot`] that it hands out, and every one is
//! contained.
//!
//! Processes share the file in redb's multi-writer mode: each read transaction takes a snapshot of the latest commit of
//! any process from the file's header, and each write transaction waits for its turn. So a handle never serves
//! what is out of date, and none needs reopening to follow the others. While nobody commits, one snapshot is for all who
//! look.
//!
//! A handle is for reading, which is cheap to open and leaves the file alone, or for writing, which reads as well.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redb::backends::FileBackend;
use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, Durability, ReadOnlyDatabase, ReadTransaction,
    ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _, TableError, WriteTransaction,
};

use super::accesses::{AccessKey, Hour};
use super::backend::{Backend, Faults, Header};
use super::commit::{Change, Seen};
use super::contain::Contained;
use super::error::{Intent, StoreError};
use super::frame;
use super::place::{FileId, Place};
use super::snapshot::{Latest, Snapshot};
use super::table::{FORMAT_VERSION, META, META_FORMAT, META_NAME, Table};
use larder_base::contain::{Panicked, contain};

/// How many bytes of pages a handle may keep. redb forgets them all whenever another process commits, and the
/// system keeps the file's pages anyway, so more would buy little; redb's own default is a gigabyte.
const PAGE_CACHE_BYTES: usize = 64 << 20;

/// How long a file that was seen in its place is taken to be there.
const A_MOMENT: Duration = Duration::from_millis(1);

/// An open database.
pub(super) struct Handle {
    database: Contained<Open>,
    bytes: Arc<FileBackend>,
    latest: Latest,
    /// The file it is.
    pub(super) file: FileId,
    /// When it was opened, and how many microseconds later the file was last seen in its place.
    opened: Instant,
    seen_micros: AtomicU64,
    /// Whether there are entries that the first version of the store wrote.
    pub(super) has_first_entries: bool,
}

enum Open {
    Reader(ReadOnlyDatabase),
    Writer(Database),
}

/// Opening for reading found that a writer was killed, and nobody has opened the file for writing since.
enum Reading {
    Opened(ReadOnlyDatabase, Arc<FileBackend>),
    MustRepair,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.latest.let_go();
    }
}

impl Handle {
    /// Opens the database of `place` for reading, or for writing where it must be repaired first.
    pub(super) fn reader(place: &Place, faults: &Faults) -> Result<Self, StoreError> {
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

    /// Opens the database of `place` for writing, repairs it if need be, and makes it first if there is none.
    pub(super) fn writer(place: &Place, faults: &Faults) -> Result<Self, StoreError> {
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
        let mut handle = Self { database, bytes, latest, file, opened, seen_micros, has_first_entries: false };
        let (format, has_first_entries) = guard(place, Intent::Read, || {
            let transaction = handle.begin_read()?;
            let found = match transaction.open_table(META) {
                Ok(table) => format_of(table.get(META_FORMAT)?.as_ref().map(redb::AccessGuard::value)),
                Err(TableError::TableDoesNotExist(_)) if transaction.list_tables()?.next().is_none() => Format::Fresh,
                Err(TableError::TableDoesNotExist(_)) => Format::Foreign,
                Err(error) => return Err(error.into()),
            };
            let is_there = |table: Table| match transaction.open_table(table.definition()) {
                Ok(_) => Ok(true),
                Err(TableError::TableDoesNotExist(_)) => Ok(false),
                Err(error) => Err(error),
            };
            let has_first_entries = matches!(found, Format::Version(_)) && is_there(Table::FirstEntries)?;
            Ok((found, has_first_entries))
        })?;
        format.accept(place)?;
        handle.has_first_entries = has_first_entries;
        if let (Format::Fresh, Open::Writer(database)) = (format, handle.database.get()) {
            guard(place, Intent::Write, || initialise(database))?;
        }
        Ok(handle)
    }

    /// Whether its file was in its place a moment ago. To ask again costs as much as a lookup, and who moves a cache away
    /// cannot tell whether those who look were a moment faster.
    pub(super) fn was_just_seen(&self) -> bool {
        let micros = self.opened.elapsed().as_micros();
        micros.saturating_sub(self.seen_micros.load(Ordering::Relaxed).into()) < A_MOMENT.as_micros()
    }

    /// Its file is in its place now.
    pub(super) fn note_seen(&self) {
        let micros = u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.seen_micros.store(micros, Ordering::Relaxed);
    }

    /// Whether it can write.
    pub(super) const fn writes(&self) -> bool {
        matches!(self.database.get(), Open::Writer(_))
    }

    /// Hands `look` what is stored at one moment, in which it may get what it likes.
    pub(super) fn read<R>(
        &self,
        place: &Place,
        look: impl FnOnce(&Snapshot) -> Result<R, redb::Error>,
    ) -> Result<R, StoreError> {
        guard(place, Intent::Read, || self.latest.look(&self.bytes, || self.begin_read(), look))
    }

    /// Whether nothing was committed to the file since it began so.
    pub(super) fn begins_with(&self, header: &Header) -> bool {
        header.is_now(&self.bytes)
    }

    /// Hands every key of `table` from `first` to `last` to `look`, with the stored bytes at it, as of one moment.
    pub(super) fn scan(
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

    /// How many records each of `tables` has, at one moment.
    pub(super) fn count<const N: usize>(&self, place: &Place, tables: [Table; N]) -> Result<[u64; N], StoreError> {
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

    /// Makes every change, in order, in one transaction, which is on disk when this returns. First it drops those
    /// records among `damaged` that are still damaged, and writes `accesses`.
    pub(super) fn write(
        &self,
        place: &Place,
        damaged: &[Seen],
        accesses: &[(AccessKey, Hour)],
        changes: &[&Change],
    ) -> Result<(), StoreError> {
        let Open::Writer(database) = self.database.get() else {
            let source = std::io::Error::other("a handle for reading was asked to write");
            return Err(StoreError::from_io(&place.database, Intent::Write, source));
        };
        guard(place, Intent::Write, || {
            // What only an old snapshot needs is room for what is written.
            self.latest.let_go();
            let mut transaction = database.begin_write()?;
            transaction
                .set_durability(Durability::Immediate)
                .map_err(|error| redb::Error::Corrupted(error.to_string()))?;
            // A newer Larder may have taken the file over since it was opened.
            let format =
                format_of(transaction.open_table(META)?.get(META_FORMAT)?.as_ref().map(redb::AccessGuard::value));
            if let Err(refused) = format.accept(place) {
                transaction.abort()?;
                return Ok(Err(refused));
            }
            drop_damaged(&transaction, damaged)?;
            write_accesses(&transaction, accesses)?;
            apply(&transaction, changes)?;
            if self.has_first_entries {
                drop_first_entries(&transaction, changes)?;
            }
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

/// What the meta table says of the file.
#[derive(Debug, Clone, Copy)]
enum Format {
    /// No table at all: a database that was made and never written.
    Fresh,
    /// Tables, and none of ours.
    Foreign,
    /// The record of the version is not what was written.
    Unreadable,
    Version(u32),
}

impl Format {
    /// Whether this version of Larder may use such a file. Format 1 is the first: when there is a second, migrating
    /// from the first begins here.
    fn accept(self, place: &Place) -> Result<(), StoreError> {
        let path = || place.database.clone();
        match self {
            Self::Fresh | Self::Version(FORMAT_VERSION) => Ok(()),
            Self::Version(found) if found > FORMAT_VERSION => {
                Err(StoreError::NewerFormat { path: path(), found, supported: FORMAT_VERSION })
            }
            Self::Version(found) => Err(StoreError::OtherFormat {
                path: path(),
                detail: format!("its format, {found}, was never released"),
            }),
            Self::Foreign => {
                Err(StoreError::OtherFormat { path: path(), detail: "a redb database of another program".to_owned() })
            }
            Self::Unreadable => {
                Err(StoreError::Damaged { path: path(), detail: "the record of its format is unreadable".to_owned() })
            }
        }
    }
}

fn format_of(stored: Option<&[u8]>) -> Format {
    let value = stored.and_then(|stored| frame::open(META_NAME, META_FORMAT, stored));
    value.and_then(|value| value.try_into().ok()).map_or(Format::Unreadable, |v| Format::Version(u32::from_le_bytes(v)))
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_concurrency_mode(ConcurrencyMode::MultiWriter);
    builder.set_cache_size(PAGE_CACHE_BYTES);
    builder
}

/// Writes the format version, and so says whose file this is.
fn initialise(database: &Database) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    let stored = frame::seal(META_NAME, META_FORMAT, &FORMAT_VERSION.to_le_bytes());
    transaction.open_table(META)?.insert(META_FORMAT, stored.as_slice())?;
    Ok(transaction.commit()?)
}

fn drop_damaged(transaction: &WriteTransaction, damaged: &[Seen]) -> Result<(), redb::Error> {
    for Seen { table, key } in damaged {
        let mut opened = transaction.open_table(table.definition())?;
        let sound =
            opened.get(key.as_slice())?.is_none_or(|stored| frame::open(table.name(), key, stored.value()).is_some());
        if !sound {
            opened.remove(key.as_slice())?;
        }
    }
    Ok(())
}

/// Keeps the latest hour of each.
fn write_accesses(transaction: &WriteTransaction, accesses: &[(AccessKey, Hour)]) -> Result<(), redb::Error> {
    if accesses.is_empty() {
        return Ok(());
    }
    let mut sorted = accesses.to_vec();
    // Of the accesses to one entry, the latest comes last.
    sorted.sort_unstable();
    let mut opened = transaction.open_table(Table::Accesses.definition())?;
    for (key, hour) in sorted {
        let is_later = opened.get(key.as_slice())?.is_none_or(|stored| {
            let stored = stored.value().try_into().map(Hour::from_le_bytes);
            stored.map_or(true, |stored| stored < hour)
        });
        if is_later {
            opened.insert(key.as_slice(), hour.to_le_bytes().as_slice())?;
        }
    }
    Ok(())
}

/// Applies `changes`, sorted by table and then by key: each table is opened once, and neighbours in the tree are
/// written together.
fn apply(transaction: &WriteTransaction, changes: &[&Change]) -> Result<(), redb::Error> {
    let mut sorted = changes.to_vec();
    // The sort is stable, so of two changes to one key the later still comes later.
    sorted.sort_by(|a, b| (a.table, &a.key).cmp(&(b.table, &b.key)));
    for group in sorted.chunk_by(|a, b| a.table == b.table) {
        let Some(first) = group.first() else { continue };
        let mut opened = transaction.open_table(first.table.definition())?;
        for change in group.chunk_by(|a, b| a.key == b.key).filter_map(|of_one_key| of_one_key.last()) {
            let Change { table: _, key, stored, is_shared } = change;
            let is_there = |stored: &[u8]| {
                Ok::<_, redb::Error>(opened.get(key.as_slice())?.is_some_and(|there| there.value() == stored))
            };
            match stored {
                Some(stored) if *is_shared && is_there(stored)? => {}
                Some(stored) => drop(opened.insert(key.as_slice(), stored.as_slice())?),
                None => drop(opened.remove(key.as_slice())?),
            }
        }
    }
    Ok(())
}

/// Whatever was written for an entry, or removed, takes the place of what the first version of the store wrote for it.
fn drop_first_entries(transaction: &WriteTransaction, changes: &[&Change]) -> Result<(), redb::Error> {
    let mut opened = transaction.open_table(Table::FirstEntries.definition())?;
    for change in changes.iter().filter(|change| change.table == Table::Entries) {
        opened.remove(change.key.as_slice())?;
    }
    Ok(())
}

/// Runs a call into redb: its panic, and every error it has, become ours.
fn guard<T>(place: &Place, intent: Intent, call: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, StoreError> {
    match contain(call) {
        Ok(result) => result.map_err(|error| StoreError::from_redb(&place.database, intent, error)),
        Err(Panicked(detail)) => Err(StoreError::Damaged { path: place.database.clone(), detail }),
    }
}
