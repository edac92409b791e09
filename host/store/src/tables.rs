//! The tables of the store, as typed constants, and the version of their format.
//!
//! To the database every table maps bytes to bytes: its own typed definitions would store type names in the file. The
//! types are here instead. A [`Records`] defines the keys of a table ([`crate::keys`]) and its values
//! ([`crate::value`]), and all its stored bytes begin with a digest ([`crate::frame`]).
//!
//! The name of a table ends in the version of its records. The digest of a record covers the name.

use std::marker::PhantomData;

use data_encoding::HEXLOWER;
use larder_base::Digest;
use redb::TableDefinition;

use crate::frame;
use crate::keys::{EntryKey, FormatKey, Key, MakerKey, ReferenceKey};
use crate::lookup::{Damage, DamageReport};
use crate::record::{
    BlobRecord, BlobReference, BuildStamp, CompiledRecord, Ingredients, KnownFile, Maker, StoredEntry,
};
use crate::value::Value;

/// The version of the store's format. It is written when a store is created and compared whenever it is opened.
///
/// Bump it when an older Larder would misread, or destroy, the records of this version: another framing of records
/// (`frame`), another meaning of a key, or a field of a record that changes its meaning. A new table, or a new last
/// field, needs no bump: an older Larder does not look for it. A bump also renames the tables whose records changed.
pub const FORMAT_VERSION: u32 = 1;

/// The format version. Its table and the framing of its single record can never change: every future version reads it
/// first.
pub(crate) const FORMAT: Records<FormatKey, u32> = Records::new("meta");

/// Entries, each without its maker.
pub(crate) const ENTRIES: Records<EntryKey, StoredEntry<'static>> = Records::new("entries-v2");

/// The parts of entries that many entries of one cache share.
pub(crate) const MAKERS: Records<MakerKey, Maker> = Records::new("makers-v1").shared();

/// The texts behind a cache id.
pub const INGREDIENTS: Records<Digest, Ingredients> = Records::new("ingredients-v1").shared();

/// The digest of a file's content, by the digest of its path.
pub const KNOWN_FILES: Records<Digest, KnownFile> = Records::new("files-v1");

/// The encoded declarations of a component, by the component's digest.
pub const DECLARATIONS: Records<Digest, Vec<u8>> = Records::new("declarations-v1");

/// The file of compiled code, by the digest of component and engine. A store that other users could have written has
/// none.
pub const COMPILED: Records<Digest, CompiledRecord> = Records::new("compiled-v1").leading_to_code();

/// The state of a project when it was last built, by the digest of its path.
pub const BUILDS: Records<Digest, BuildStamp> = Records::new("builds-v1");

/// The bytes of a blob, or their file, by their digest. Put it only after the bytes are stored: see
/// [`crate::BlobFolder`]. The [`REFERENCES`] of an account decide its access to them.
pub const BLOBS: Records<Digest, BlobRecord> = Records::new("blobs-v1");

/// The blobs that an account stored, and so may access.
pub const REFERENCES: Records<ReferenceKey, BlobReference> = Records::new("blob-references-v1");

/// The hour in which an entry was last used, by its [`crate::keys::AccessKey`]: a `u32`, without a digest.
pub(crate) const ACCESSES: Table = Table("accesses-v1");

/// A table with any content. Tables are sorted by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Table(&'static str);

impl Table {
    /// Returns the name in the database, which is part of every record's digest.
    pub(crate) const fn name(self) -> &'static str {
        self.0
    }

    /// Returns the definition for opening the table.
    pub(crate) const fn definition(self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(self.0)
    }
}

/// The address of a record: its table and its key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RecordId {
    pub(crate) table: Table,
    pub(crate) key: Vec<u8>,
}

impl RecordId {
    /// Creates the address of the record at `key` of `table`.
    pub(crate) fn new(table: Table, key: &[u8]) -> Self {
        Self { table, key: key.to_vec() }
    }

    /// Returns a report that the record has `damage`.
    pub(crate) fn report(&self, damage: Damage) -> DamageReport {
        DamageReport { table: self.table.name(), key: HEXLOWER.encode(&self.key), damage }
    }
}

/// A table of records: its name, and the types of its keys and values.
#[derive(Debug)]
pub struct Records<K, V> {
    table: Table,
    is_shared: bool,
    leads_to_code: bool,
    types: PhantomData<fn(&K) -> V>,
}

impl<K, V> Records<K, V> {
    const fn new(name: &'static str) -> Self {
        Self { table: Table(name), is_shared: false, leads_to_code: false, types: PhantomData }
    }

    /// Marks a table whose records are put by many commits: an existing record is not written again.
    const fn shared(mut self) -> Self {
        self.is_shared = true;
        self
    }

    /// Marks a table whose records refer to code that will run: they are never read from a store that other users could
    /// have written.
    const fn leading_to_code(mut self) -> Self {
        self.leads_to_code = true;
        self
    }

    /// Returns the table itself.
    pub(crate) const fn table(&self) -> Table {
        self.table
    }

    /// Returns the name of the table.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.table.name()
    }

    /// Returns true if the table is marked by [`Records::shared`].
    pub(crate) const fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Returns true if the table is marked by [`Records::leading_to_code`].
    pub(crate) const fn leads_to_code(&self) -> bool {
        self.leads_to_code
    }
}

impl<K: Key, V: Value> Records<K, V> {
    /// Returns the stored bytes of `value` at `key`.
    pub(crate) fn seal(&self, key: &K, value: &V::Form<'_>) -> Vec<u8> {
        frame::seal_with(self.name(), key.as_bytes(), |bytes| V::encode(value, bytes))
    }

    /// Returns the value in `stored`, if these bytes were written at `key`.
    pub(crate) fn open<'b>(&self, key: &[u8], stored: &'b [u8]) -> Result<V::Form<'b>, Damage> {
        let value = frame::open(self.name(), key, stored).ok_or(Damage::DigestMismatch)?;
        V::decode(value).map_err(Damage::Undecodable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_tables_are_pinned_and_each_is_one_table_s() {
        let tables = [
            FORMAT.table(),
            ENTRIES.table(),
            MAKERS.table(),
            INGREDIENTS.table(),
            KNOWN_FILES.table(),
            DECLARATIONS.table(),
            COMPILED.table(),
            BUILDS.table(),
            BLOBS.table(),
            REFERENCES.table(),
            ACCESSES,
        ];
        let names = "meta entries-v2 makers-v1 ingredients-v1 files-v1 declarations-v1 compiled-v1 builds-v1 blobs-v1 \
                     blob-references-v1 accesses-v1";
        assert_eq!(tables.map(Table::name).join(" "), names);
        assert_eq!(tables.iter().collect::<std::collections::BTreeSet<_>>().len(), tables.len());
    }

    #[test]
    fn a_record_opens_at_its_own_key_of_its_own_table() {
        let (stamp, digest) = (BuildStamp { fingerprint: Digest::of(b"x") }, Digest::of(b"path"));
        let stored = BUILDS.seal(&digest, &stamp);
        assert_eq!(stored, frame::seal("builds-v1", digest.as_bytes(), &minicbor::to_vec(stamp).unwrap()));
        assert_eq!(BUILDS.open(digest.as_bytes(), &stored), Ok(stamp));
        assert_eq!(BUILDS.open(Digest::of(b"other").as_bytes(), &stored), Err(Damage::DigestMismatch));
        assert_eq!(DECLARATIONS.open(digest.as_bytes(), &stored), Err(Damage::DigestMismatch));
        let no_stamp = frame::seal("builds-v1", digest.as_bytes(), b"no stamp");
        assert!(matches!(BUILDS.open(digest.as_bytes(), &no_stamp), Err(Damage::Undecodable(_))));
    }
}
