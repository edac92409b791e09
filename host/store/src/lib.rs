//! The store: records on disk, by key, shared by any number of processes. The only user of redb.
//!
//! A store is a folder with one database, `larder.redb`, and two private folders, of compiled code and of blobs. There
//! is no daemon: a lookup opens the file for reading, and a commit opens it for writing. The concept is that *nothing
//! here can change an answer*: a record comes back as it was written or not at all, a damaged or missing record is a
//! miss, and a failure is a typed error that the caller may report as a warning.
//!
//! It never sees the engine, WIT, values or the clock. Keys are digests, records are plain data ([`record`]), and the
//! caller provides the times in them. It reads no environment and prints nothing.
//!
//! Records are typed: a table is a constant ([`BLOBS`], [`BUILDS`], …) that is passed to [`Store::get`] and
//! [`Commit::put`] with a key. Entries are assembled from two tables, and have separate functions.
//!
//! No file imports a file that is below it in this table, so there are no import cycles.
//!
//! | file | what it owns |
//! |---|---|
//! | `mutex` | locking a mutex |
//! | `frame` | the digest around each record |
//! | [`record`] | records: plain data, and its CBOR |
//! | `keys` | the layout of every key |
//! | `lookup` | answers to a lookup, and kinds of damage |
//! | `value` | the bytes of a value |
//! | `tables` | the tables, and the version of the format |
//! | `commit` | changes that belong together |
//! | `private` | opening only files that Larder could have written |
//! | `error` | errors, in kinds to act on |
//! | `draft` | files that are named last |
//! | `place` | the folder and the file, the names in it, and creating them |
//! | `compiled` | the private folder of compiled code |
//! | `blobs` | bytes by their digest, in files or inline |
//! | `key_lock` | one run for a key at a time, over all processes |
//! | `accesses` | times of the last use of entries |
//! | `group` | threads that share a transaction |
//! | `faults` | disk failures, injected in tests |
//! | `header` | the bet on redb that makes a read without a transaction possible |
//! | `backend` | the bytes under the database |
//! | `contain` | containment of panics |
//! | `format` | the format of a file, and the check that it may be used |
//! | `snapshot` | the store at one moment, kept while it is current |
//! | `transaction` | everything that one write transaction writes |
//! | `handle` | one open database; where every call into redb begins |
//! | `store` | the store: the handle in use |
//! | `store/look`, `store/list`, `store/write` | looking up one record, looking at many, committing |
//!
//! Calls block, on the disk and on other writers: from async code, use a thread for blocking calls. Only
//! [`Store::commit_then`] does not block, so that many callers can wait for one commit without a thread each.

mod accesses;
mod backend;
mod blobs;
mod commit;
mod compiled;
mod contain;
mod draft;
mod error;
mod faults;
mod format;
mod frame;
mod group;
mod handle;
mod header;
mod key_lock;
mod keys;
mod lookup;
mod mutex;
mod place;
mod private;
pub mod record;
mod snapshot;
mod store;
mod tables;
mod transaction;
mod value;

#[cfg(test)]
mod tests;

pub use blobs::{BlobDraft, BlobFolder, INLINE_BYTES, OpenBlob};
pub use commit::Commit;
pub use compiled::{CompiledFile, CompiledFolder, Draft};
pub use error::StoreError;
pub use key_lock::{KeyLock, Locking};
pub use keys::{ENTRY_KEY_BYTES, Key, ReferenceKey};
pub use lookup::{Damage, DamageReport, Lookup, Stats};
pub use private::{Exposure, Refusal};
pub use store::list::References;
pub use store::look::Moment;
pub use store::{Opening, Store};
pub use tables::{
    BLOBS, BUILDS, COMPILED, DECLARATIONS, FORMAT_VERSION, INGREDIENTS, KNOWN_FILES, REFERENCES, Records,
};
pub use value::Value;
