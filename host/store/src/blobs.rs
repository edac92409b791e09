//! Blobs: bytes stored by digest, once for all who stored them.
//!
//! A small blob is in its record. A larger blob is a separate file, `blobs/ab/<64 hexadecimal digits>`, which is never
//! modified: it appears whole, and is replaced whole or not at all. The record identifies the file by its `stat` data
//! (device, inode, size and times), and while these are the same the content is the hashed content: a hit on a
//! directory of thousands of files reads none of them. A file that does not match its record, after a repair, a
//! restored backup or a crash, is read through before a byte of it is served.
//!
//! A crash is harmless at every step, because of their order:
//!
//! 1. *The bytes are on disk, without a name.* If killed here, the file is gone.
//! 2. *The file is named, and its folders are on disk.* If killed here, it is an orphan: no record knows it, so nothing
//!    serves it, and the next publication of the same bytes replaces it.
//! 3. *One commit has the record of the blob, the reference and the entry.* If killed before it returns, either all
//!    three are there or none, and the file was on disk before.
//! 4. *The answer is called cached.*
//!
//! The identity of a file does not reveal two changes: a bit that the disk itself has flipped, and a write by this user
//! or root, within one tick of the file system's clock (10 ms at most; none on Linux 6.13 and later), into a file of
//! mode 0400 in a private folder. Such a writer could as well write records.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

use crate::draft;
use crate::error::{Intent, StoreError};
use crate::place::{BLOBS_FOLDER, Place, make_private, sync_folder};
use crate::private::{Refusal, Stop, compare, open_ordinary, open_private};
use crate::record::{BlobPlace, BlobRecord};
use larder_base::Digest;
use larder_content::FileIdentity;

/// The size of the largest blob that is stored in its record, in bytes. A file takes a block, and needs three syncs.
pub const INLINE_BYTES: u64 = 16 << 10;

/// The mode of a blob's file, which nobody may write to, not even Larder.
const MODE: u32 = 0o400;

/// The folder of blobs.
#[derive(Debug, Clone)]
pub struct BlobFolder {
    cache: PathBuf,
    folder: PathBuf,
    /// True if other users could have written it: then every file is read through, regardless of its record.
    is_foreign: bool,
}

/// An unnamed file in the folder of blobs; see [`BlobFolder::draft`].
#[derive(Debug)]
pub struct BlobDraft {
    file: File,
}

impl BlobDraft {
    /// Returns the file, for writing and reading.
    #[must_use]
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// Returns the file, for [`BlobFolder::publish`] or to be discarded.
    #[must_use]
    pub fn into_file(self) -> File {
        self.file
    }
}

/// The result of opening a blob.
#[derive(Debug)]
#[must_use]
pub enum OpenBlob {
    /// The bytes from the record.
    Bytes(Vec<u8>),
    /// The open file, at its beginning, whose content has the digest.
    File {
        /// The file.
        file: File,
        /// A record that spares the next reader from reading the file through: the file does not match the current
        /// record.
        renewed: Option<BlobRecord>,
    },
    /// The blob must not be used: recompute the bytes and publish them again.
    Refused(Refusal),
}

impl BlobFolder {
    pub(crate) fn new(place: &Place) -> Self {
        let cache = place.folder.clone();
        Self { folder: cache.join(BLOBS_FOLDER), cache, is_foreign: place.is_foreign }
    }

    /// Returns the path of the blob with `digest`, if it is in a file.
    #[must_use]
    pub fn path_of(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.folder.join(&name[..2]).join(name)
    }

    /// Returns the folder, and creates it if it is missing: unnamed files in it can be published without a copy.
    ///
    /// # Errors
    /// Returns an error if it cannot be created.
    pub fn for_drafts(&self) -> Result<PathBuf, StoreError> {
        self.make()?;
        Ok(self.folder.clone())
    }

    /// Creates an empty unnamed file in the folder, for bytes that are not hashed yet, or as scratch. A file that was
    /// not published disappears with its process, however that ends.
    ///
    /// # Errors
    /// Returns an error if the folder is missing and cannot be created, or if the file cannot be created in it.
    pub fn draft(&self) -> Result<BlobDraft, StoreError> {
        self.make()?;
        let file = draft::unnamed(&self.folder);
        let file = file.map_err(|error| StoreError::from_io(&self.folder, Intent::Write, error))?;
        Ok(BlobDraft { file })
    }

    /// Checks that the folder has room for a file of `bytes` bytes, as far as the file system tells.
    ///
    /// # Errors
    /// Returns the reason why such a file could not be created.
    pub fn expect_room(&self, bytes: u64) -> Result<(), StoreError> {
        let draft = self.draft()?;
        match fallocate(draft.file(), FallocateFlags::empty(), 0, bytes.max(1)) {
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
            Err(error) => Err(StoreError::from_io(&self.folder, Intent::Write, error.into())),
        }
    }

    /// Stores the content of an open file, which the caller has hashed: `size` bytes whose digest is `digest`. When
    /// this returns, the bytes are on disk; the caller commits the record afterwards.
    ///
    /// An unnamed file, such as a draft, becomes the blob and is not read again: all writers that have it open must
    /// have finished. A named file is copied, by reference where the file system can, and the copy is hashed, because
    /// others may have written to the file since the caller hashed it.
    ///
    /// # Errors
    /// Returns an error if the content does not match its digest, or cannot be written or named.
    pub fn publish(&self, content: &mut File, digest: &Digest, size: u64) -> Result<BlobRecord, StoreError> {
        let path = self.path_of(digest);
        if size <= INLINE_BYTES {
            return inline(content, digest, size, &path);
        }
        let failed = |error: io::Error| StoreError::from_io(&path, Intent::Write, error);
        if !draft::is_unnamed(content).map_err(failed)? {
            let mut copy = self.draft()?.into_file();
            draft::copy(content, &mut copy).map_err(failed)?;
            compare(&mut copy, digest, size).map_err(|stop| unlike(stop, &path))?;
            return self.name(&mut copy, &path, size);
        }
        if content.metadata().map_err(failed)?.len() != size {
            return Err(StoreError::ContentChanged { path });
        }
        self.name(content, &path, size)
    }

    /// Stores `bytes`, whose digest is `digest`, as [`BlobFolder::publish`] does.
    ///
    /// # Errors
    /// Returns an error if they cannot be written or named.
    pub fn publish_bytes(&self, bytes: &[u8], digest: &Digest) -> Result<BlobRecord, StoreError> {
        let size = bytes.len() as u64;
        if size <= INLINE_BYTES {
            return Ok(BlobRecord { size, place: BlobPlace::Inline(bytes.to_vec()) });
        }
        let path = self.path_of(digest);
        let mut file = self.draft()?.into_file();
        file.write_all(bytes).map_err(|error| StoreError::from_io(&path, Intent::Write, error))?;
        self.name(&mut file, &path, size)
    }

    /// Opens the bytes with `digest`, whose record in the store is `record`.
    ///
    /// # Errors
    /// Returns an error if they exist but cannot be read.
    pub fn open(&self, digest: &Digest, record: &BlobRecord) -> Result<OpenBlob, StoreError> {
        let identity = match &record.place {
            BlobPlace::Inline(bytes) => return Ok(open_inline(bytes, digest, record.size)),
            BlobPlace::File { identity } => identity,
        };
        let path = self.path_of(digest);
        let identity = Some(&**identity).filter(|_| !self.is_foreign);
        match open_file(&path, digest, record.size, identity) {
            Ok((file, renewed)) => Ok(OpenBlob::File { file, renewed }),
            Err(Stop::Refused(refusal)) => Ok(OpenBlob::Refused(refusal)),
            Err(Stop::Failed(error)) => Err(StoreError::from_io(&path, Intent::Read, error)),
        }
    }

    /// Returns true if the bytes are unchanged at the location in `record`: then [`BlobFolder::open`] reads nothing but
    /// the bytes themselves. If it returns false, opening finds the reason.
    ///
    /// # Errors
    /// Returns an error if this cannot be determined.
    pub fn is_untouched(&self, digest: &Digest, record: &BlobRecord) -> Result<bool, StoreError> {
        let identity = match &record.place {
            BlobPlace::Inline(bytes) => return Ok(bytes.len() as u64 == record.size),
            BlobPlace::File { identity } => identity,
        };
        if self.is_foreign {
            return Ok(false);
        }
        let path = self.path_of(digest);
        match fs::symlink_metadata(&path) {
            Ok(metadata) => {
                Ok(metadata.is_file() && metadata.len() == record.size && identity_of(&metadata) == *identity)
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
            Err(error) => Err(StoreError::from_io(&path, Intent::Read, error)),
        }
    }

    /// Names `file`, whose content is correct, and syncs its name to disk.
    fn name(&self, file: &mut File, path: &Path, size: u64) -> Result<BlobRecord, StoreError> {
        self.make()?;
        let shard = path.parent().unwrap_or(&self.folder);
        make_private(shard)?;
        let named = draft::name(file, path, MODE).map_err(|error| StoreError::from_io(path, Intent::Write, error))?;
        // All three, even if another process created them: it may not have synced them yet.
        for folder in [shard, &self.folder, &self.cache] {
            sync_folder(folder)?;
        }
        Ok(BlobRecord { size, place: BlobPlace::File { identity: identity_of(&named) } })
    }

    fn make(&self) -> Result<(), StoreError> {
        Place { is_foreign: self.is_foreign, ..Place::new(&self.cache) }.make_folder()?;
        make_private(&self.folder)
    }
}

/// Returns the encoded identity of the file that `metadata` describes.
fn identity_of(metadata: &Metadata) -> Vec<u8> {
    minicbor::to_vec(FileIdentity::of(metadata)).expect("encoding into memory has no way to fail")
}

/// Creates the record of a content that is small enough to be inline. The content is read anyway, so it is also
/// compared.
fn inline(content: &mut File, digest: &Digest, size: u64, path: &Path) -> Result<BlobRecord, StoreError> {
    let mut bytes = Vec::new();
    let mut read = || {
        content.rewind()?;
        // Reads one byte more than expected, to detect a longer file.
        (&*content).take(size + 1).read_to_end(&mut bytes)?;
        content.rewind()
    };
    read().map_err(|error| StoreError::from_io(path, Intent::Read, error))?;
    match open_inline(&bytes, digest, size) {
        OpenBlob::Bytes(bytes) => Ok(BlobRecord { size, place: BlobPlace::Inline(bytes) }),
        OpenBlob::File { .. } | OpenBlob::Refused(_) => Err(StoreError::ContentChanged { path: path.to_path_buf() }),
    }
}

/// Opens the bytes of a record, which are few enough to be compared on every use.
fn open_inline(bytes: &[u8], digest: &Digest, expected: u64) -> OpenBlob {
    let found = bytes.len() as u64;
    if found != expected {
        return OpenBlob::Refused(Refusal::WrongSize { expected, found });
    }
    if Digest::of(bytes) != *digest {
        return OpenBlob::Refused(Refusal::Mismatch);
    }
    OpenBlob::Bytes(bytes.to_vec())
}

/// Opens the file at `path`. It is trusted if it is private and has the `identity`; otherwise it is read through.
fn open_file(
    path: &Path,
    digest: &Digest,
    size: u64,
    identity: Option<&[u8]>,
) -> Result<(File, Option<BlobRecord>), Stop> {
    let (mut file, metadata) = if identity.is_some() { open_private(path)? } else { open_ordinary(path)? };
    let before = identity_of(&metadata);
    if Some(&*before) == identity && metadata.len() == size {
        return Ok((file, None));
    }
    compare(&mut file, digest, size)?;
    // A file that changed during the read does not have the content that was read.
    if identity_of(&file.metadata()?) != before {
        return Err(Stop::Refused(Refusal::Mismatch));
    }
    Ok((file, Some(BlobRecord { size, place: BlobPlace::File { identity: before } })))
}

/// Returns the error of a copy that does not match the digest of its original.
fn unlike(stop: Stop, path: &Path) -> StoreError {
    match stop {
        Stop::Refused(_) => StoreError::ContentChanged { path: path.to_path_buf() },
        Stop::Failed(error) => StoreError::from_io(path, Intent::Write, error),
    }
}
