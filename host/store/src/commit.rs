//! A commit: changes to any tables that become visible, and durable, together.

use minicbor::Encode;

use super::accesses::access_key;
use super::frame;
use super::references;
use super::table::Table;
use crate::record::{
    BlobKind, BlobRecord, BlobReference, BuildStamp, CompiledRecord, Entry, Ingredients, KnownFile, MAKER_ID_BYTES,
    Maker,
};
use larder_base::Digest;

/// The length of an entry key: cache id ‖ SHA-256 of the encoded inputs.
pub const ENTRY_KEY_BYTES: usize = 64;

const CACHE_ID_BYTES: usize = 32;

pub(super) const MAKER_KEY_BYTES: usize = CACHE_ID_BYTES + MAKER_ID_BYTES;

/// Changes to be made in one transaction. Of two changes to one key, the later wins.
///
/// Records are encoded and sealed as they are added, on the caller's thread, so that the one writer only writes.
#[derive(Debug, Clone, Default)]
#[must_use = "a commit does nothing until `Store::commit` has it"]
pub struct Commit {
    pub(super) changes: Vec<Change>,
}

/// One change: what a key will hold, in stored form, or that it will hold nothing.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) table: Table,
    pub(super) key: Vec<u8>,
    pub(super) stored: Option<Vec<u8>>,
    /// Whether it is likely that this is there already: then it is looked for, and not written again.
    pub(super) is_shared: bool,
}

/// A record that was read and found damaged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    pub(super) table: Table,
    pub(super) key: Vec<u8>,
}

impl Seen {
    pub(super) fn at(table: Table, key: &[u8]) -> Self {
        Self { table, key: key.to_vec() }
    }
}

impl Commit {
    /// A commit that changes nothing.
    pub const fn new() -> Self {
        Self { changes: Vec::new() }
    }

    /// Whether it changes nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Keeps `entry` as the answer for `key`.
    pub fn put_entry(self, key: &[u8; ENTRY_KEY_BYTES], entry: &Entry) -> Self {
        let (maker, stored) = entry.parts();
        let encoded = encoded(&maker);
        let id = Maker::id(&encoded);
        self.put(Table::Entries, key, &stored(id)).share(Table::Makers, &maker_key(key, &id), &encoded)
    }

    /// Forgets the answer for `key`.
    pub fn remove_entry(self, key: &[u8; ENTRY_KEY_BYTES]) -> Self {
        self.change(Table::Entries, key, None).change(Table::Accesses, &access_key(key), None)
    }

    /// Keeps the texts behind a cache id, unless they are there.
    pub fn put_ingredients(self, cache_id: &Digest, ingredients: &Ingredients) -> Self {
        self.share(Table::Ingredients, cache_id.as_bytes(), &encoded(ingredients))
    }

    /// Forgets the texts behind a cache id.
    pub fn remove_ingredients(self, cache_id: &Digest) -> Self {
        self.change(Table::Ingredients, cache_id.as_bytes(), None)
    }

    /// Remembers the digest of the file whose path has the digest `path`.
    pub fn put_known_file(self, path: &Digest, file: &KnownFile) -> Self {
        self.put(Table::Files, path.as_bytes(), file)
    }

    /// Forgets the digest of a file.
    pub fn remove_known_file(self, path: &Digest) -> Self {
        self.change(Table::Files, path.as_bytes(), None)
    }

    /// Keeps the encoded declarations of a component.
    pub fn put_declarations(self, component: &Digest, encoded: &[u8]) -> Self {
        let stored = frame::seal(Table::Declarations.name(), component.as_bytes(), encoded);
        self.change(Table::Declarations, component.as_bytes(), Some(stored))
    }

    /// Forgets the declarations of a component.
    pub fn remove_declarations(self, component: &Digest) -> Self {
        self.change(Table::Declarations, component.as_bytes(), None)
    }

    /// Keeps where the code compiled for `key`, the digest of component and engine, is.
    pub fn put_compiled(self, key: &Digest, compiled: &CompiledRecord) -> Self {
        self.put(Table::Compiled, key.as_bytes(), compiled)
    }

    /// Forgets compiled code. Its file stays.
    pub fn remove_compiled(self, key: &Digest) -> Self {
        self.change(Table::Compiled, key.as_bytes(), None)
    }

    /// Keeps what the project whose path has the digest `path` looked like when it was built.
    pub fn put_build(self, path: &Digest, stamp: &BuildStamp) -> Self {
        self.put(Table::Builds, path.as_bytes(), stamp)
    }

    /// Forgets when a project was built.
    pub fn remove_build(self, path: &Digest) -> Self {
        self.change(Table::Builds, path.as_bytes(), None)
    }

    /// Keeps where the bytes with `digest` are. Only after they are there: see `blobs`.
    pub fn put_blob(self, digest: &Digest, blob: &BlobRecord) -> Self {
        self.put(Table::Blobs, digest.as_bytes(), blob)
    }

    /// Forgets where the bytes with `digest` are. Their file stays.
    pub fn remove_blob(self, digest: &Digest) -> Self {
        self.change(Table::Blobs, digest.as_bytes(), None)
    }

    /// Lets `account` have the bytes with `digest`.
    pub fn put_reference(self, account: &str, kind: BlobKind, digest: &Digest, reference: &BlobReference) -> Self {
        self.put(Table::References, &references::key(account, kind, digest), reference)
    }

    /// Takes the bytes with `digest` from `account` again.
    pub fn remove_reference(self, account: &str, kind: BlobKind, digest: &Digest) -> Self {
        self.change(Table::References, &references::key(account, kind, digest), None)
    }

    /// Adds all changes of `other`, after those that are here.
    pub fn and(mut self, other: Self) -> Self {
        self.changes.extend(other.changes);
        self
    }

    fn put(self, table: Table, key: &[u8], record: &impl Encode<()>) -> Self {
        self.change(table, key, Some(frame::seal(table.name(), key, &encoded(record))))
    }

    fn share(mut self, table: Table, key: &[u8], value: &[u8]) -> Self {
        let stored = Some(frame::seal(table.name(), key, value));
        self.changes.push(Change { table, key: key.to_vec(), stored, is_shared: true });
        self
    }

    fn change(mut self, table: Table, key: &[u8], stored: Option<Vec<u8>>) -> Self {
        self.changes.push(Change { table, key: key.to_vec(), stored, is_shared: false });
        self
    }
}

fn encoded(record: &impl Encode<()>) -> Vec<u8> {
    minicbor::to_vec(record).expect("encoding into memory has no way to fail")
}

/// Where the maker of an entry is: beside the others of the same cache.
pub(super) fn maker_key(entry: &[u8; ENTRY_KEY_BYTES], id: &[u8; MAKER_ID_BYTES]) -> [u8; MAKER_KEY_BYTES] {
    let mut key = [0; MAKER_KEY_BYTES];
    let (cache_id, rest) = key.split_at_mut(CACHE_ID_BYTES);
    cache_id.copy_from_slice(&entry[..CACHE_ID_BYTES]);
    rest.copy_from_slice(id);
    key
}
