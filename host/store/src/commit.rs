//! A commit: changes to any tables that become visible, and durable, together.

use crate::keys::{AccessKey, EntryKey, Key, MakerKey};
use crate::record::Entry;
use crate::tables::{ACCESSES, ENTRIES, MAKERS, RecordId, Records, Table};
use crate::value::Value;

/// Changes to be made in one transaction. Of two changes to one key, the later wins.
///
/// Records are encoded and sealed as they are added, on the caller's thread, so that the one writer only writes.
#[derive(Debug, Clone, Default)]
#[must_use = "a commit does nothing until `Store::commit` has it"]
pub struct Commit {
    pub(crate) changes: Vec<Change>,
}

/// One change: what a key will hold, in stored form, or that it will hold nothing.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) id: RecordId,
    pub(crate) stored: Option<Vec<u8>>,
    /// The record is likely to be there already: then it is not written again.
    pub(crate) is_shared: bool,
}

impl Commit {
    /// A commit that changes nothing.
    pub const fn new() -> Self {
        Self { changes: Vec::new() }
    }

    /// Tells whether it changes nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Keeps `value` at `key` of `records`.
    pub fn put<K: Key, V: Value>(mut self, records: &Records<K, V>, key: &K, value: &V::Form<'_>) -> Self {
        let id = RecordId::new(records.table(), key.as_bytes());
        let stored = Some(records.seal(key, value));
        self.changes.push(Change { id, stored, is_shared: records.is_shared() });
        self
    }

    /// Forgets what is at `key` of `records`. A file that it leads to stays.
    pub fn remove<K: Key, V>(self, records: &Records<K, V>, key: &K) -> Self {
        self.clear(records.table(), key)
    }

    /// Keeps `entry` as the answer for `key`.
    pub fn put_entry(self, key: &EntryKey, entry: &Entry) -> Self {
        let (maker, stored) = entry.parts();
        let id = maker.id();
        self.put(&ENTRIES, key, &stored(id)).put(&MAKERS, &MakerKey::of(key, &id), &maker)
    }

    /// Forgets the answer for `key`, and when it was last used.
    pub fn remove_entry(self, key: &EntryKey) -> Self {
        self.remove(&ENTRIES, key).clear(ACCESSES, &AccessKey::of(key))
    }

    /// Adds all changes of `other`, after those that are here.
    pub fn and(mut self, other: Self) -> Self {
        self.changes.extend(other.changes);
        self
    }

    fn clear(mut self, table: Table, key: &impl Key) -> Self {
        let id = RecordId::new(table, key.as_bytes());
        self.changes.push(Change { id, stored: None, is_shared: false });
        self
    }
}
