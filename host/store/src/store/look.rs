//! Looking up: one record, as of one moment.
//!
//! An entry is put together from two records, its own and that of its maker, in one read. What is found to be damaged
//! on the way is remembered, and dropped by the next commit. A moment lets a second look be left out: whoever has
//! waited for a lock need look again only if somebody has committed since.

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

/// The most makers that are kept in memory. Past it they are read again.
const MAKERS_LIMIT: usize = 1024;

/// The state of a store at one moment: after which commit, of which file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    file: FileId,
    header: Header,
}

/// A record, if there is one; or one that is damaged, and how.
type Looked<T> = Result<Option<T>, (RecordId, Damage)>;

impl Store {
    /// The record at `key` of `records`.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn get<K: Key, V>(&self, records: &Records<K, V>, key: &K) -> Result<Lookup<V>, StoreError>
    where
        V: for<'b> Value<Form<'b> = V>,
    {
        if records.leads_to_code() && self.is_foreign() {
            return Ok(Lookup::Absent);
        }
        self.look(records.table(), key, |_, snapshot| record_in(snapshot, records, key))
    }

    /// The answer for `key`.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn get_entry(&self, key: &[u8; ENTRY_KEY_BYTES]) -> Result<Lookup<Entry>, StoreError> {
        self.look(ENTRIES.table(), key, |_, snapshot| self.entry_in(snapshot, key))
    }

    /// The answer for `key`, and the moment of which it is, if that is known: for whoever would look again, and need
    /// not while [`Store::is_as_it_was`].
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn get_entry_at(&self, key: &[u8; ENTRY_KEY_BYTES]) -> Result<(Lookup<Entry>, Option<Moment>), StoreError> {
        let mut moment = None;
        let found = self.look(ENTRIES.table(), key, |handle, snapshot| {
            moment = snapshot.header.map(|header| Moment { file: handle.file, header });
            self.entry_in(snapshot, key)
        })?;
        Ok((found, moment))
    }

    /// Tells whether nothing was committed since to the file that was looked into, by any process: then every lookup
    /// finds what it found then. What another had committed before it let go of a lock is seen here by whoever has the
    /// lock next.
    ///
    /// Another file that has taken the place of that one is not noticed here: the next lookup sees it.
    #[must_use]
    pub fn is_as_it_was(&self, moment: &Moment) -> bool {
        self.current
            .load()
            .as_ref()
            .is_some_and(|handle| handle.file == moment.file && handle.begins_with(&moment.header))
    }

    /// The hour in which the answer for `key` was last used, as far as that was written. `None` if it was not used
    /// since it was made, or nobody knows.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn last_access(&self, key: &[u8; ENTRY_KEY_BYTES]) -> Result<Option<u32>, StoreError> {
        let reader = self.reader()?;
        let Some(handle) = reader.as_ref() else { return Ok(None) };
        let hour = |stored: Option<&[u8]>| stored.and_then(|stored| Hour::decode(stored).ok());
        let key = AccessKey::of(key);
        let found = handle.read(&self.place, |snapshot| snapshot.get(ACCESSES, key.as_bytes(), hour));
        found.inspect_err(|error| self.forget(handle, error))
    }

    /// Has `look` find what is at `key` of `table` now. A damaged record that it meets is dropped by the next commit.
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

    /// The maker of an entry. It is named by its digest, so what is in memory is right, whatever the file says by now.
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

/// The record at `key` of `records`, in memory of its own.
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
