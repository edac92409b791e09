//! Looking up one record, in one snapshot.
//!
//! An entry is assembled from two records, its own and that of its maker, in one read. Damaged records are remembered,
//! and removed by the next commit. A [`Moment`] saves a second lookup: after waiting for a lock, a caller need look
//! again only if something has been committed since.

use crate::accesses::Hour;
use crate::error::StoreError;
use crate::handle::Handle;
use crate::header::Header;
use crate::keys::{AccessKey, ENTRY_KEY_BYTES, EntryKey, Key, MakerKey};
use crate::lookup::{Damage, Lookup};
use crate::mutex::lock;
use crate::place::FileId;
use crate::record::{Entry, Maker};
use crate::snapshot::Snapshot;
use crate::tables::{ACCESSES, ENTRIES, MAKERS, RecordId, Records, Table};
use crate::value::Value;

use super::Store;

/// The greatest number of makers in memory. Beyond it they are read again.
const MAKERS_LIMIT: usize = 1024;

/// The state of a store at one moment: the file and its latest commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    file: FileId,
    header: Header,
}

/// A record, if there is one; or the damage of a damaged record.
type Looked<T> = Result<Option<T>, (RecordId, Damage)>;

impl Store {
    /// Returns the record at `key` of `records`.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read at all.
    pub fn get<K: Key, V>(&self, records: &Records<K, V>, key: &K) -> Result<Lookup<V>, StoreError>
    where
        V: for<'b> Value<Form<'b> = V>,
    {
        if records.leads_to_code() && self.is_foreign() {
            return Ok(Lookup::Absent);
        }
        self.look(records.table(), key, |_, snapshot| record_in(snapshot, records, key))
    }

    /// Returns the answer for `key`.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read at all.
    pub fn get_entry(&self, key: &[u8; ENTRY_KEY_BYTES]) -> Result<Lookup<Entry>, StoreError> {
        self.look(ENTRIES.table(), key, |_, snapshot| self.entry_in(snapshot, key))
    }

    /// Returns the answer for `key`, and the moment of the lookup, if it is known. The caller need not look up again
    /// while [`Store::is_as_it_was`].
    ///
    /// # Errors
    /// Returns an error if the store cannot be read at all.
    pub fn get_entry_at(&self, key: &[u8; ENTRY_KEY_BYTES]) -> Result<(Lookup<Entry>, Option<Moment>), StoreError> {
        let mut moment = None;
        let found = self.look(ENTRIES.table(), key, |handle, snapshot| {
            moment = snapshot.header.map(|header| Moment { file: handle.file, header });
            self.entry_in(snapshot, key)
        })?;
        Ok((found, moment))
    }

    /// Returns true if no process has committed to that file since `moment`: then every lookup has the same result as
    /// then. Commits that another process made before it released a lock are visible here to the next holder of the
    /// lock.
    ///
    /// This does not notice that another file has replaced that one: the next lookup does.
    #[must_use]
    pub fn is_as_it_was(&self, moment: &Moment) -> bool {
        self.current
            .load()
            .as_ref()
            .is_some_and(|handle| handle.file == moment.file && handle.begins_with(&moment.header))
    }

    /// Returns the hour in which the answer for `key` was last used, as far as it was written. Returns `None` if it was
    /// not used since it was made, or if the hour is unknown.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read at all.
    pub fn last_access(&self, key: &[u8; ENTRY_KEY_BYTES]) -> Result<Option<u32>, StoreError> {
        let reader = self.reader()?;
        let Some(handle) = reader.as_ref() else { return Ok(None) };
        let hour = |stored: Option<&[u8]>| stored.and_then(|stored| Hour::decode(stored).ok());
        let key = AccessKey::of(key);
        let found = handle.read(&self.place, |snapshot| snapshot.get(ACCESSES, key.as_bytes(), hour));
        found.inspect_err(|error| self.forget(handle, error))
    }

    /// Calls `look` with the current content at `key` of `table`. If the record is damaged, the next commit removes it.
    fn look<T>(
        &self,
        table: Table,
        key: &impl Key,
        look: impl FnOnce(&Handle, &Snapshot) -> Result<Looked<T>, redb::Error>,
    ) -> Result<Lookup<T>, StoreError> {
        let reader = self.reader()?;
        let Some(handle) = reader.as_ref() else { return Ok(Lookup::Absent) };
        match handle.read(&self.place, |snapshot| look(handle, snapshot)) {
            Ok(Ok(Some(record))) => Ok(Lookup::Found(record)),
            Ok(Ok(None)) => Ok(Lookup::Absent),
            Ok(Err((record, damage))) => {
                let report = record.report(damage);
                self.remember_damaged(record);
                Ok(Lookup::Damaged(report))
            }
            Err(error) => {
                self.forget(handle, &error);
                let StoreError::Damaged { path: _, detail } = error else { return Err(error) };
                Ok(Lookup::Damaged(RecordId::new(table, key.as_bytes()).report(Damage::Unreadable(detail))))
            }
        }
    }

    fn entry_in(&self, snapshot: &Snapshot, key: &EntryKey) -> Result<Looked<Entry>, redb::Error> {
        snapshot.get(ENTRIES.table(), key, |stored| {
            let Some(stored) = stored else { return Ok(Ok(None)) };
            let entry = match ENTRIES.open(key, stored) {
                Ok(entry) => entry,
                Err(damage) => return Ok(Err((RecordId::new(ENTRIES.table(), key), damage))),
            };
            let maker = self.maker_in(snapshot, &MakerKey::of(key, &entry.maker()))?;
            Ok(maker.map(|maker| Some(entry.made_by(maker))))
        })?
    }

    /// Returns the maker of an entry. It is named by its digest, so a maker in memory is correct even if the file has
    /// changed.
    fn maker_in(&self, snapshot: &Snapshot, key: &MakerKey) -> Result<Result<Maker, (RecordId, Damage)>, redb::Error> {
        if let Some(maker) = lock(&self.makers).get(key) {
            return Ok(Ok(maker.clone()));
        }
        let found = record_in(snapshot, &MAKERS, key)?;
        Ok(found.and_then(|maker| {
            let missing = || Damage::Undecodable("it is missing, and entries need it".to_owned());
            let maker = maker.ok_or_else(|| (RecordId::new(MAKERS.table(), key.as_bytes()), missing()))?;
            let mut makers = lock(&self.makers);
            if makers.len() >= MAKERS_LIMIT {
                makers.clear();
            }
            makers.insert(*key, maker.clone());
            Ok(maker)
        }))
    }
}

/// Returns an owned copy of the record at `key` of `records`.
fn record_in<K: Key, V>(snapshot: &Snapshot, records: &Records<K, V>, key: &K) -> Result<Looked<V>, redb::Error>
where
    V: for<'b> Value<Form<'b> = V>,
{
    let key = key.as_bytes();
    snapshot.get(records.table(), key, |stored| {
        let record = stored.map(|stored| records.open(key, stored)).transpose();
        record.map_err(|damage| (RecordId::new(records.table(), key), damage))
    })
}
