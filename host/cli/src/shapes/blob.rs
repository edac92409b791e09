//! The objects of `larder blob --json`.

use serde::Serialize;

use larder::BlobKind;

/// File or directory that is stored by its content: an object for each path of `larder blob put`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct StoredBlob<'a> {
    /// Digest of the content: `sha256:` and 64 hexadecimal digits.
    pub(crate) digest: String,
    pub(crate) kind: BlobKindWord,
    /// Name that it was stored under, if it had one.
    pub(crate) name: Option<&'a str>,
    /// Size of the file, or of all files in the directory, in bytes.
    pub(crate) size: u64,
    /// Time at which it was stored, in milliseconds since 1970-01-01T00:00:00Z, with `larder blob ls` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "u64"))]
    pub(crate) stored_at_ms: Option<u64>,
}

/// List of what an account has stored: `larder blob ls`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct BlobList<'a> {
    pub(crate) blobs: Vec<StoredBlob<'a>>,
}

/// Kind of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum BlobKindWord {
    File,
    Directory,
}

impl From<BlobKind> for BlobKindWord {
    fn from(kind: BlobKind) -> Self {
        match kind {
            BlobKind::File => Self::File,
            BlobKind::Directory => Self::Directory,
        }
    }
}
