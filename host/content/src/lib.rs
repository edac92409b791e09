//! Content: the bytes of files, and the listings of directories, in memory or on a disk.
//!
//! A file is its bytes, and a directory its [`Listing`]: names, kinds, executable bits and digests. Both are named by a
//! SHA-256, and neither ever changes. But the file of a user that holds the bytes can change. So every reader checks
//! that it is still the file that was hashed, when it is opened and when it is closed; the bytes read in between are
//! those that were keyed, or the run fails. Content that is ours, a blob or a snapshot, stays as it was written.
//!
//! | file | contents |
//! |---|---|
//! | `bytes` | the content of one file, and reading it |
//! | `listing` | the entries of a directory, their encoding and its digest |
//! | `scan` | from a path of the machine to a file or a directory, hashed on all cores |
//! | `quota` | room for the files that a run stores |
//! | `spool` | the place where the outputs of a run are written and hashed |
//! | `links` | symbolic links that could lead out of a directory |
//! | `destination` | paths that a user names for output, and how each is written |
//! | `export` | from content to a path of the machine, all of it or nothing |
//!
//! It must never see keys, the store or the engine.

mod bytes;
pub mod clock;
mod contents;
mod destination;
mod error;
mod export;
mod hash;
mod identity;
mod kind;
mod links;
mod listing;
mod quota;
mod scan;
mod spool;
#[cfg(test)]
mod tests;
pub mod threads;

pub use self::bytes::{Content, Reader, Source};
pub use self::contents::{Contents, is_name};
pub use self::destination::Replace;
pub use self::error::ContentError;
pub use self::export::copy_content;
pub use self::export::{Exported, export_directory, export_file, stream_file};
pub use self::identity::{FileIdentity, Stamp, path_key};
pub use self::kind::FileKind;
pub use self::listing::{Directory, Listed, Listing, MAX_DEPTH, MAX_ENTRIES, Node};
pub use self::quota::{Quota, Room, SpoolError};
pub use self::scan::{Found, Learnt, Recall, Scanned, scan};
pub use self::spool::{Snapshot, Spool, Spooled};
