//! Blobs: bytes that are kept by their digest, each once, whoever stored them.
//!
//! A small blob is in its record. A larger one is a file of its own, `blobs/ab/<64 hexadecimal digits>`, which nobody
//! writes to: it appears whole, and is replaced whole or not at all. The record says which file it is, by what `stat`
//! says of it (device, inode, size and times), and while that is the same the content is what was hashed: a hit on a
//! directory of thousands of files reads none of them. A file that is not the recorded one, after a repair, a restored
//! backup or a crash, is read through before a byte of it is served.
//!
//! A crash is harmless at every step, because they come in this order:
//!
//! 1. *The bytes are on disk, without a name.* Killed here, the file is gone.
//! 2. *The file is named, and its folders are on disk.* Killed here, it is an orphan: no record knows it, so nothing
//!    serves it, and the next to publish the same bytes replaces it.
//! 3. *One commit has the record of the blob, the reference and the entry.* Killed before it returns, all three are
//!    there or none is, and the file was on disk before either.
//! 4. *The answer is called cached.*
//!
//! What the identity of a file does not tell is a bit that the disk itself has turned, and a write by this user or
//! root, within one tick of the file system's clock (10 ms at most; none on Linux 6.13 and later), into a file of mode
//! 0400 in a private folder. Who does that could as well write records.

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

/// The size of the largest blob that is kept in its record, in bytes: a file takes a block, and three syncs to be made.
pub const INLINE_BYTES: u64 = 16 << 10;

/// The mode of a blob's file. It is not to be written to, not even by us.
const MODE: u32 = 0o400;

/// The folder of blobs.
#[derive(Debug, Clone)]
pub struct BlobFolder {
    cache: PathBuf,
    folder: PathBuf,
    /// Others could have written it: then every file is read through, whatever its record says of it.
    is_foreign: bool,
}

/// A file of the folder of blobs without a name; see [`BlobFolder::draft`].
#[derive(Debug)]
pub struct BlobDraft {
    file: File,
}

impl BlobDraft {
    /// The file, to be written and read.
    #[must_use]
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// The file, to be kept by [`BlobFolder::publish`] or not at all.
    #[must_use]
    pub fn into_file(self) -> File {
        self.file
    }
}

/// The answer to asking for the bytes of a blob.
#[derive(Debug)]
#[must_use]
pub enum OpenBlob {
    /// The bytes, which were in the record.
    Bytes(Vec<u8>),
    /// The open file, at its beginning, whose content has the digest.
    File {
        /// The file.
        file: File,
        /// A record that spares the next reader from reading the file through, as this one had to: it is not the
        /// recorded one.
        renewed: Option<BlobRecord>,
    },
    /// It is not to be used: have the bytes made again, and publish them again.
    Refused(Refusal),
}

impl BlobFolder {
    pub(crate) fn new(place: &Place) -> Self {
        let cache = place.folder.clone();
        Self { folder: cache.join(BLOBS_FOLDER), cache, is_foreign: place.is_foreign }
    }

    /// The path of the blob with `digest`, if it is in a file.
    #[must_use]
    pub fn path_of(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.folder.join(&name[..2]).join(name)
    }

    /// The folder itself, made if it is missing: nameless files in it can be published without a copy.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn for_drafts(&self) -> Result<PathBuf, StoreError> {
        self.make()?;
        Ok(self.folder.clone())
    }

    /// An empty file of the folder that has no name: for bytes that are still to be hashed, or as scratch. However its
    /// process ends, nothing is left of one that was not published.
    ///
    /// # Errors
    /// When the folder is not there and cannot be made, or no file can be made in it.
    pub fn draft(&self) -> Result<BlobDraft, StoreError> {
        self.make()?;
        let file = draft::unnamed(&self.folder);
        let file = file.map_err(|error| StoreError::from_io(&self.folder, Intent::Write, error))?;
        Ok(BlobDraft { file })
    }

    /// Makes sure that a file of so many bytes could be made in the folder, as far as the file system tells.
    ///
    /// # Errors
    /// When it could not: the reason.
    pub fn expect_room(&self, bytes: u64) -> Result<(), StoreError> {
        let draft = self.draft()?;
        match fallocate(draft.file(), FallocateFlags::empty(), 0, bytes.max(1)) {
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
            Err(error) => Err(StoreError::from_io(&self.folder, Intent::Write, error.into())),
        }
    }

    /// Keeps the content of an open file, which the caller has hashed: `size` bytes whose digest is `digest`. When this
    /// returns they are on disk; the record is the caller's to commit, after this.
    ///
    /// A file without a name, as a draft is, becomes the blob and is not read again: whoever holds it open for writing
    /// must have finished. A file with a name is copied, by reference where the file system can, and its copy is
    /// hashed, because others may have written to it since the caller did.
    ///
    /// # Errors
    /// When the content is not what it was hashed as, or cannot be written or named.
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

    /// Keeps `bytes`, whose digest is `digest`, as [`BlobFolder::publish`] does.
    ///
    /// # Errors
    /// When they cannot be written or named.
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

    /// Opens the bytes with `digest`, of which the store has `record`.
    ///
    /// # Errors
    /// When they are there and cannot be read.
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

    /// Tells whether the bytes are where `record` says, as they were when it was made: then [`BlobFolder::open`] reads
    /// nothing but the bytes themselves. If not, opening tells what became of them.
    ///
    /// # Errors
    /// When it cannot be found out.
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

    /// Names `file`, whose content is right, and puts its name on disk.
    fn name(&self, file: &mut File, path: &Path, size: u64) -> Result<BlobRecord, StoreError> {
        self.make()?;
        let shard = path.parent().unwrap_or(&self.folder);
        make_private(shard)?;
        let named = draft::name(file, path, MODE).map_err(|error| StoreError::from_io(path, Intent::Write, error))?;
        // All three, also where we made none of them: who did may not have come to this yet.
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

/// The encoded identity of the file that `metadata` describes.
fn identity_of(metadata: &Metadata) -> Vec<u8> {
    minicbor::to_vec(FileIdentity::of(metadata)).expect("encoding into memory has no way to fail")
}

/// The record of a content that is small enough to be in it. It is read, and so it may as well be compared.
fn inline(content: &mut File, digest: &Digest, size: u64, path: &Path) -> Result<BlobRecord, StoreError> {
    let mut bytes = Vec::new();
    let mut read = || {
        content.rewind()?;
        // One more than there should be, to see whether there is.
        (&*content).take(size + 1).read_to_end(&mut bytes)?;
        content.rewind()
    };
    read().map_err(|error| StoreError::from_io(path, Intent::Read, error))?;
    match open_inline(&bytes, digest, size) {
        OpenBlob::Bytes(bytes) => Ok(BlobRecord { size, place: BlobPlace::Inline(bytes) }),
        OpenBlob::File { .. } | OpenBlob::Refused(_) => Err(StoreError::ContentChanged { path: path.to_path_buf() }),
    }
}

/// The bytes of a record, which are few enough to be compared whenever they are used.
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

/// The file at `path`: trusted if it is private and the one with `identity`, else read through.
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
    // What changed while it was read is not what was read.
    if identity_of(&file.metadata()?) != before {
        return Err(Stop::Refused(Refusal::Mismatch));
    }
    Ok((file, Some(BlobRecord { size, place: BlobPlace::File { identity: before } })))
}

/// The error of a copy that is not what its original was hashed as.
fn unlike(stop: Stop, path: &Path) -> StoreError {
    match stop {
        Stop::Refused(_) => StoreError::ContentChanged { path: path.to_path_buf() },
        Stop::Failed(error) => StoreError::from_io(path, Intent::Write, error),
    }
}
