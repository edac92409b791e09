//! Looking up: one record, as of one moment.
//!
//! An entry is put together from two records, its own and that of its maker, in one read. What is found to be damaged on
//! the way is remembered, and dropped by the next commit. A moment is what lets a second look be left out: whoever has
//! waited for a lock need look again only if somebody has committed since.

use data_encoding::HEXLOWER;
use minicbor::Decode;

use super::answer::{Damage, DamageReport, Lookup};
use super::backend::Header;
use super::commit::{ENTRY_KEY_BYTES, MAKER_KEY_BYTES, Seen, maker_key};
use super::group::lock;
use super::handle::Handle;
use super::place::FileId;
use super::snapshot::Snapshot;
use super::table::Table;
use super::{Store, StoreError, frame};
use crate::record::{Entry, Maker, StoredEntry};

/// How many makers are kept in memory. Past it they are read again.
const MAKERS_LIMIT: usize = 1024;

/// The state of a store at one moment: after which commit, of which file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    file: FileId,
    header: Header,
}

impl Store {
    /// The answer for `key`.
    ///
    /// # Errors
    /// When the store cannot be read at all, as for every lookup.
    pub fn get_entry(&self, key: &[u8; ENTRY_KEY_BYTES]) -> Result<Lookup<Entry>, StoreError> {
        self.look(Table::Entries, key, |handle, snapshot| self.entry_in(handle, snapshot, key))
    }

    /// As [`Store::get_entry`], with the moment of which the answer is, if that is known: for whoever would look again,
    /// and need not while [`Store::is_as_it_was`].
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn get_entry_at(&self, key: &[u8; ENTRY_KEY_BYTES]) -> Result<(Lookup<Entry>, Option<Moment>), StoreError> {
        let mut moment = None;
        let found = self.look(Table::Entries, key, |handle, snapshot| {
            moment = snapshot.header.map(|header| Moment { file: handle.file, header });
            self.entry_in(handle, snapshot, key)
        })?;
        Ok((found, moment))
    }

    /// Whether nothing was committed since to the file that was looked into, by any process: then every lookup finds what
    /// it found then. What another had committed before it let go of a lock is seen here by whoever has the lock next.
    ///
    /// Whether another file has taken its place is not asked here: the next lookup sees it.
    #[must_use]
    pub fn is_as_it_was(&self, moment: &Moment) -> bool {
        self.current
            .load()
            .as_ref()
            .is_some_and(|handle| handle.file == moment.file && handle.begins_with(&moment.header))
    }

    pub(super) fn get<T: for<'b> Decode<'b, ()>>(&self, table: Table, key: &[u8]) -> Result<Lookup<T>, StoreError> {
        self.get_with(table, key, |value| decoded(value))
    }

    pub(super) fn get_with<T>(
        &self,
        table: Table,
        key: &[u8],
        decode: impl for<'b> FnOnce(&'b [u8]) -> Result<T, String>,
    ) -> Result<Lookup<T>, StoreError> {
        self.look(table, key, |_, snapshot| snapshot.get(table, key, |stored| record_in(table, key, stored, decode)))
    }

    /// Has `look` find what is at `key` of `table` now. A damaged record that it meets is dropped by the next commit.
    fn look<T>(
        &self,
        table: Table,
        key: &[u8],
        look: impl FnOnce(&Handle, &Snapshot) -> Result<Looked<T>, redb::Error>,
    ) -> Result<Lookup<T>, StoreError> {
        let reader = self.reader()?;
        let Some(handle) = reader.as_ref() else { return Ok(Lookup::Absent) };
        match handle.read(&self.place, |snapshot| look(handle, snapshot)) {
            Ok(Ok(Some(record))) => Ok(Lookup::Found(record)),
            Ok(Ok(None)) => Ok(Lookup::Absent),
            Ok(Err((seen, damage))) => {
                let report = report(seen.table, &seen.key, damage);
                self.remember_damaged(seen);
                Ok(Lookup::Damaged(report))
            }
            Err(error) => {
                self.forget(handle, &error);
                let StoreError::Damaged { path: _, detail } = error else { return Err(error) };
                Ok(Lookup::Damaged(report(table, key, Damage::Unreadable(detail))))
            }
        }
    }

    fn entry_in(
        &self,
        handle: &Handle,
        snapshot: &Snapshot,
        key: &[u8; ENTRY_KEY_BYTES],
    ) -> Result<Looked<Entry>, redb::Error> {
        let found = snapshot.get(Table::Entries, key, |stored| -> Result<Looked<Entry>, redb::Error> {
            let Some(stored) = stored else { return Ok(Ok(None)) };
            let entry: StoredEntry<'_> = match unframe(Table::Entries, key, stored, decoded) {
                Ok(entry) => entry,
                Err(damage) => return Ok(Err((Seen::at(Table::Entries, key), damage))),
            };
            let maker = self.maker_in(snapshot, &maker_key(key, &entry.maker()))?;
            Ok(maker.map(|maker| Some(entry.made_by(maker))))
        })??;
        if !handle.has_first_entries || !matches!(found, Ok(None)) {
            return Ok(found);
        }
        snapshot.get(Table::FirstEntries, key, |stored| record_in(Table::FirstEntries, key, stored, decoded))
    }

    /// Who made an entry. It is named by its digest, so what is in memory is right, whatever the file says by now.
    fn maker_in(
        &self,
        snapshot: &Snapshot,
        key: &[u8; MAKER_KEY_BYTES],
    ) -> Result<Result<Maker, (Seen, Damage)>, redb::Error> {
        if let Some(maker) = lock(&self.makers).get(key) {
            return Ok(Ok(maker.clone()));
        }
        let found = snapshot.get(Table::Makers, key, |stored| record_in(Table::Makers, key, stored, decoded))?;
        Ok(found.and_then(|maker: Option<Maker>| {
            let missing = || Damage::Undecodable("it is missing, and entries need it".to_owned());
            let maker = maker.ok_or_else(|| (Seen::at(Table::Makers, key), missing()))?;
            let mut makers = lock(&self.makers);
            if makers.len() >= MAKERS_LIMIT {
                makers.clear();
            }
            makers.insert(*key, maker.clone());
            Ok(maker)
        }))
    }
}

/// A record, if there is one; or one that is damaged, and how.
type Looked<T> = Result<Option<T>, (Seen, Damage)>;

fn record_in<'b, T>(
    table: Table,
    key: &[u8],
    stored: Option<&'b [u8]>,
    decode: impl FnOnce(&'b [u8]) -> Result<T, String>,
) -> Looked<T> {
    let record = stored.map(|stored| unframe(table, key, stored, decode)).transpose();
    record.map_err(|damage| (Seen::at(table, key), damage))
}

fn decoded<'b, T: Decode<'b, ()>>(value: &'b [u8]) -> Result<T, String> {
    minicbor::decode(value).map_err(|error| error.to_string())
}

/// The record in `stored`, if those are the bytes that were written at `key` of `table`.
pub(super) fn unframe<'b, T>(
    table: Table,
    key: &[u8],
    stored: &'b [u8],
    decode: impl FnOnce(&'b [u8]) -> Result<T, String>,
) -> Result<T, Damage> {
    let value = frame::open(table.name(), key, stored).ok_or(Damage::DigestMismatch)?;
    decode(value).map_err(Damage::Undecodable)
}

pub(super) fn report(table: Table, key: &[u8], damage: Damage) -> DamageReport {
    DamageReport { table: table.name(), key: HEXLOWER.encode(key), damage }
}
