//! The tables of the store, as typed constants, and the version of what they hold.
//!
//! Every table maps bytes to bytes: what the bytes mean is the business of [`crate::record`], and that they are the
//! bytes that were written is the business of `frame`, but for those of `accesses`. A table's name ends in the version of its records.

use redb::TableDefinition;

/// The version of the store's format. It is written when a store is made and compared whenever one is opened.
///
/// Bump it when an older Larder would misread, or destroy, what this one writes: another framing of records (`frame`),
/// another meaning of a key, or a field of a record that changes its meaning. A new table, or a new last field, needs
/// no bump: an older Larder does not look for it. A bump also renames the tables whose records changed.
pub const FORMAT_VERSION: u32 = 1;

/// Where the format version lives. This name, and the framing of its one record, can never change: it is what
/// every future version reads first.
pub(super) const META: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new(META_NAME);

/// The name of [`META`], which its record's digest covers.
pub(super) const META_NAME: &str = "meta";

/// The key of the format version in [`META`].
pub(super) const META_FORMAT: &[u8] = b"format";

/// A table of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Table {
    /// Entry key (cache id ‖ digest of the inputs, 64 bytes) → [`crate::record::StoredEntry`].
    Entries,
    /// Likewise → [`crate::record::Entry`]: those that the first version of the store wrote. They are read, and nothing
    /// is added to them.
    FirstEntries,
    /// Cache id ‖ [`crate::record::Maker::id`] (48 bytes) → [`crate::record::Maker`].
    Makers,
    /// Cache id → [`crate::record::Ingredients`].
    Ingredients,
    /// Digest of a path → [`crate::record::KnownFile`].
    Files,
    /// Component digest → encoded declarations.
    Declarations,
    /// Digest of component and engine → [`crate::record::CompiledRecord`].
    Compiled,
    /// Digest of a path → [`crate::record::BuildStamp`].
    Builds,
    /// Digest → [`crate::record::BlobRecord`].
    Blobs,
    /// Digest of an account ‖ kind ‖ digest (65 bytes, see `references`) → [`crate::record::BlobReference`].
    References,
    /// Half of an entry key ([`super::accesses::AccessKey`], 32 bytes) → the hour of its last use (4 bytes, little-endian),
    /// without a digest.
    Accesses,
}

impl Table {
    /// The name in the database, part of every record's digest.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Entries => "entries-v2",
            Self::FirstEntries => "entries-v1",
            Self::Makers => "makers-v1",
            Self::Ingredients => "ingredients-v1",
            Self::Files => "files-v1",
            Self::Declarations => "declarations-v1",
            Self::Compiled => "compiled-v1",
            Self::Builds => "builds-v1",
            Self::Blobs => "blobs-v1",
            Self::References => "blob-references-v1",
            Self::Accesses => "accesses-v1",
        }
    }

    /// The typed definition that opens it.
    pub(super) const fn definition(self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(self.name())
    }
}
