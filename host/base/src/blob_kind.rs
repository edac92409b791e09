//! What content is: the one thing that values, the store and the sandbox all have to call it by.

use minicbor::{Decode, Encode};

/// What a blob is to whoever refers to it.
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
    /// The kind that this one is not.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::File => Self::Directory,
            Self::Directory => Self::File,
        }
    }
}
