//! Hashing of a file while it is read, and of many files on all cores.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest as _, Sha256};

use super::bytes::open;
use super::{Content, ContentError, Source};
use crate::identity::FileIdentity;
use crate::kind::FileKind;
use larder_base::Digest;

/// Number of bytes read at a time: few calls, and a piece that stays in a core's cache.
const PIECE: usize = 256 << 10;

/// Maximum number of attempts to hash a file that changes meanwhile.
const ATTEMPTS: usize = 3;

/// A file up to this length, in bytes, is kept in memory when it is hashed: then a task sees what was hashed, whatever
/// happens to the file.
pub(super) const KEPT: u64 = 16 << 10;

/// Hashes the file at `path`, which must be an ordinary one.
///
/// The digest is of the file with the returned identity, which is taken from the open file before and after.
pub(super) fn hash(path: &Path, stop: &AtomicBool) -> Result<(Digest, FileIdentity, Content), ContentError> {
    for _ in 0..ATTEMPTS {
        let file = open(path)?;
        let unreadable = |error| ContentError::unreadable(path, error);
        let metadata = file.metadata().map_err(unreadable)?;
        // An ordinary file can have become something else since the check, even something without an end.
        if !metadata.is_file() {
            return Err(ContentError::Special { path: path.to_owned(), kind: FileKind::of(metadata.file_type()) });
        }
        let identity = FileIdentity::of(&metadata);
        let mut small = Vec::new();
        let keep = (identity.size <= KEPT).then_some(&mut small);
        let (digest, length) = digest_of(&file, path, keep, stop)?;
        if FileIdentity::of(&file.metadata().map_err(unreadable)?) == identity && length == identity.size {
            let source = match identity.size {
                0..=KEPT => Source::Bytes(small.into()),
                _ => Source::Watched { path: path.to_owned(), identity },
            };
            return Ok((digest, identity, Content { size: length, source }));
        }
    }
    Err(ContentError::Changed { path: path.to_owned() })
}

fn digest_of(
    mut file: &File,
    path: &Path,
    mut keep: Option<&mut Vec<u8>>,
    stop: &AtomicBool,
) -> Result<(Digest, u64), ContentError> {
    let (mut hasher, mut length) = (Sha256::new(), 0);
    let mut piece = vec![0; if keep.is_some() { KEPT as usize + 1 } else { PIECE }];
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(ContentError::Stopped);
        }
        match file.read(&mut piece) {
            Ok(0) => return Ok((Digest::from_bytes(hasher.finalize().into()), length)),
            Ok(read) => {
                hasher.update(&piece[..read]);
                length += read as u64;
                if let Some(kept) = keep.as_deref_mut().filter(|_| length <= KEPT) {
                    kept.extend_from_slice(&piece[..read]);
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(ContentError::unreadable(path, error)),
        }
    }
}
