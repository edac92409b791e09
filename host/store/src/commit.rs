//! A commit: changes to any tables that become visible, and durable, together.

use crate::keys::{AccessKey, EntryKey, Key, MakerKey};
use crate::record::Entry;
use crate::tables::{ACCESSES, ENTRIES, MAKERS, RecordId, Records, Table};
use crate::value::Value;

/// Changes for one transaction. Of two changes to one key, the later wins.
///
/// Records are encoded and sealed as they are added, on the caller's thread, so that the single writer only writes.
#[derive(Debug, Clone, Default)]
#[must_use = "a commit does nothing until `Store::commit` has it"]
pub struct Commit {
    pub(crate) changes: Vec<Change>,
}

/// One change: the new content of a key in stored form, or its removal.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) id: RecordId,
    pub(crate) stored: Option<Vec<u8>>,
    /// True if the record is likely to exist already: then it is not written again.
    pub(crate) is_shared: bool,
}

impl Commit {
    /// Creates a commit without changes.
    pub const fn new() -> Self {
        Self { changes: Vec::new() }
    }

    /// Returns true if there are no changes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Puts `value` at `key` of `records`.
    pub fn put<K: Key, V: Value>(mut self, records: &Records<K, V>, key: &K, value: &V::Form<'_>) -> Self {
        let id = RecordId::new(records.table(), key.as_bytes());
        let stored = Some(records.seal(key, value));
        self.changes.push(Change { id, stored, is_shared: records.is_shared() });
        self
    }

    /// Removes the record at `key` of `records`. A file that it refers to stays.
    pub fn remove<K: Key, V>(self, records: &Records<K, V>, key: &K) -> Self {
        self.clear(records.table(), key)
    }

    /// Puts `entry` as the answer for `key`.
    pub fn put_entry(self, key: &EntryKey, entry: &Entry) -> Self {
        let (maker, stored) = entry.parts();
        let id = maker.id();
        self.put(&ENTRIES, key, &stored(id)).put(&MAKERS, &MakerKey::of(key, &id), &maker)
    }

    /// Removes the answer for `key`, and the time of its last use.
    pub fn remove_entry(self, key: &EntryKey) -> Self {
        self.remove(&ENTRIES, key).clear(ACCESSES, &AccessKey::of(key))
    }

    /// Appends all changes of `other`.
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
