//! Records of the smaller tables.

use minicbor::{Decode, Encode};

use larder_base::Digest;

/// The texts behind a cache id, stored once for each, so that a miss can report the difference.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Ingredients {
    /// The account.
    #[n(0)]
    pub account: String,
    /// The workflow, if the scope is `workflow`.
    #[n(1)]
    pub workflow: Option<String>,
    /// The task's full name.
    #[n(2)]
    pub task: String,
    /// The canonical text of its signature.
    #[n(3)]
    pub signature: String,
    /// The version, as shown to users.
    #[n(4)]
    pub version: String,
    /// The version of the key's format.
    #[n(5)]
    pub format_version: u32,
    /// The version of the sealed world.
    #[n(6)]
    pub sealed_world_version: u32,
}

/// A file with a known digest: while its identity is the same, so is its digest.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct KnownFile {
    /// The encoded identity (device, inode, size, times). The store does not interpret it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub identity: Vec<u8>,
    /// The SHA-256 of the content.
    #[n(1)]
    pub digest: Digest,
    /// The time when it was hashed, in milliseconds since 1970-01-01T00:00:00Z: the rule for racy timestamps needs it.
    #[n(2)]
    pub remembered_at_ms: u64,
}

/// A file of compiled code in the private folder of the store, and the content that it must have to be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CompiledRecord {
    /// Its name in the folder, without a path.
    #[n(0)]
    pub file_name: String,
    /// The SHA-256 of its content.
    #[n(1)]
    pub sha256: Digest,
    /// Its length in bytes.
    #[n(2)]
    pub bytes: u64,
}

/// The state of a project's sources when it was last built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BuildStamp {
    /// The digest of everything that the build depends on.
    #[n(0)]
    pub fingerprint: Digest,
}

/// Bytes stored by their digest, for every account that has a reference to them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BlobRecord {
    /// The number of bytes.
    #[n(0)]
    pub size: u64,
    /// The place of the bytes.
    #[n(1)]
    pub place: BlobPlace,
}

/// The place of the bytes of a blob.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub enum BlobPlace {
    /// In this record.
    #[n(0)]
    Inline(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
    /// In the file of the store's folder whose name is their digest.
    #[n(1)]
    File {
        /// The encoded identity of that file (device, inode, size, times) when its content was last known to be
        /// correct.
        #[cbor(n(0), with = "minicbor::bytes")]
        identity: Vec<u8>,
    },
}

/// The right of an account to the bytes of a blob, because it stored them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BlobReference {
    /// The number of bytes: of a file's content, or of a directory's listing.
    #[n(0)]
    pub size: u64,
    /// The name that it was stored under, for users.
    #[n(1)]
    pub name: Option<String>,
    /// The time when it was stored, in milliseconds since 1970-01-01T00:00:00Z.
    #[n(2)]
    pub stored_at_ms: u64,
}
