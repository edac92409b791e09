//! Records: plain, owned data, and its CBOR.
//!
//! A record is a value in one table of the store. It is only data: no file, no handle, no type of the engine and no WIT
//! value is ever part of it (a result is already encoded when it arrives), so that a record can cross a process
//! boundary or a wire unchanged.
//!
//! Encoding: each record is a CBOR array (RFC 8949) of its fields in the numbered order. A number is never reused for
//! another meaning. A field may be added at the end as an `Option`: old records then read as `None`, and old programs
//! ignore it. Any other change alters the meaning of the stored bytes and bumps [`crate::FORMAT_VERSION`].

mod entry;
mod rows;
#[cfg(test)]
mod tests;

pub use self::entry::{Entry, Provenance, StoredOutcome};
pub(crate) use self::entry::{MAKER_ID_BYTES, Maker, StoredEntry};
pub use self::rows::{BlobPlace, BlobRecord, BlobReference, BuildStamp, CompiledRecord, Ingredients, KnownFile};
pub use larder_base::{BlobKind, Captured};
