//! Kinds of content: one name for them in values, the store and the sandbox.

use minicbor::{Decode, Encode};

/// The kind of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum BlobKind {
    /// A file: the bytes are its content.
    #[n(0)]
    File,
    /// A directory: the bytes are its encoded listing.
    #[n(1)]
    Directory,
}

impl BlobKind {
    /// Returns the other kind.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::File => Self::Directory,
            Self::Directory => Self::File,
        }
    }
}
