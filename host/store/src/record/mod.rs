//! What is kept for a key: plain, owned data, and its CBOR.
//!
//! A record is what one table of the store holds as a value. It is data and nothing else: no file, no handle, no type
//! of the engine and no WIT value ever gets in here (a result is already encoded when it arrives), so that a record can
//! cross a process or a wire as it is.
//!
//! Encoding: each record is a CBOR array (RFC 8949) of its fields in the numbered order. A number is never given to
//! another meaning. A field may be added at the end as an `Option`: old records then read as `None`, and old programs
//! ignore it. Anything else changes what the stored bytes mean and bumps [`crate::FORMAT_VERSION`].

mod entry;
mod rows;
#[cfg(test)]
mod tests;

pub use self::entry::{Entry, Provenance, StoredOutcome};
pub(crate) use self::entry::{MAKER_ID_BYTES, Maker, StoredEntry};
pub use self::rows::{BlobPlace, BlobRecord, BlobReference, BuildStamp, CompiledRecord, Ingredients, KnownFile};
pub use larder_base::{BlobKind, Captured};
