//! The store of one cache folder, shared by threads.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use arc_swap::{ArcSwapOption, Guard};

use crate::accesses::Accesses;
use crate::blobs::BlobFolder;
use crate::compiled::CompiledFolder;
use crate::error::{Intent, StoreError};
use crate::faults::Faults;
use crate::group::Group;
use crate::handle::Handle;
use crate::key_lock::{LockFiles, Locking};
use crate::keys::{ENTRY_KEY_BYTES, MakerKey};
use crate::mutex::lock;
use crate::place::{FileId, Place};
use crate::record::Maker;
use crate::tables::RecordId;

/// The greatest number of damaged records that are remembered until the next commit removes them. Beyond it they stay
/// until they are found again.
const DAMAGED_LIMIT: usize = 4096;

/// Options for opening a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opening {
    /// Trusts a cache that other users could have written: see [`Store::is_foreign`]. Otherwise, a cache folder or a
    /// database is refused if it belongs to another user than this one and root, or if its group or all users may write
    /// to it.
    pub trusts_owner: bool,
    /// Refuses every commit.
    pub is_read_only: bool,
}

/// A cache folder.
///
/// A lookup finds everything that any process committed before it began. Only if the database itself is moved away or
/// replaced may lookups of the next millisecond still use the old file.
///
/// Share it by reference or in an `Arc`: it is `Send` and `Sync`, and lookups run in parallel on many threads.
pub struct Store {
    pub(super) place: Place,
    pub(super) is_read_only: bool,
    pub(super) faults: Faults,
    /// The open database. It is replaced as a whole: by a handle that can write, by a handle of a newer file, or by
    /// `None` after a failure. Lookups share it without a lock.
    pub(super) current: ArcSwapOption<Handle>,
    /// Held while opening the database for reading, so that only one thread does so.
    pub(super) opening: Mutex<()>,
    pub(super) group: Group,
    pub(super) lock_files: LockFiles,
    pub(super) damaged: Mutex<BTreeSet<RecordId>>,
    pub(super) accesses: Accesses,
    /// Makers that were read: many entries have the same maker.
    pub(super) makers: Mutex<HashMap<MakerKey, Maker>>,
    /// A file with a damaged structure, and a description of the damage.
    pub(super) broken: Mutex<Option<(FileId, String)>>,
}

impl Store {
    /// Opens the store in `folder`, for lookups. If there is none, every lookup is a miss, and the first commit creates
    /// it.
    ///
    /// # Errors
    /// Returns an error if the store exists but cannot be opened: nothing could be looked up in it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::open_with(folder, Opening::default())
    }

    /// Opens the store in `folder` as [`Store::open`] does, with these options.
    ///
    /// # Errors
    /// The errors of [`Store::open`].
    pub fn open_with(folder: &Path, opening: Opening) -> Result<Self, StoreError> {
        Self::with_faults(folder, opening, Faults::none())
    }

    /// Opens the store in `folder` on a disk with `faults`.
    pub(crate) fn with_faults(folder: &Path, opening: Opening, faults: Faults) -> Result<Self, StoreError> {
        let Opening { trusts_owner, is_read_only } = opening;
        let mut place = Place::new(folder);
        place.check(trusts_owner)?;
        let store = Self::at(place, is_read_only, faults);
        store.reader()?;
        Ok(store)
    }

    /// Creates the store at `place`, without opening anything.
    pub(crate) fn at(place: Place, is_read_only: bool, faults: Faults) -> Self {
        Self {
            place,
            is_read_only,
            faults,
            current: ArcSwapOption::empty(),
            opening: Mutex::default(),
            group: Group::default(),
            lock_files: LockFiles::default(),
            damaged: Mutex::default(),
            accesses: Accesses::default(),
            makers: Mutex::default(),
            broken: Mutex::default(),
        }
    }

    /// Returns true if other users could have written this cache and it is trusted anyway. Answers and blobs are
    /// served, blobs only after a comparison with their digests; compiled code is not, and nothing is written.
    #[must_use]
    pub const fn is_foreign(&self) -> bool {
        self.place.is_foreign
    }

    /// Returns the path of the database file, which need not exist yet.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.place.database
    }

    /// Returns the private folder of compiled code.
    #[must_use]
    pub fn compiled_folder(&self) -> CompiledFolder {
        CompiledFolder::new(&self.place.folder, &self.place.database)
    }

    /// Returns the folder of blobs.
    #[must_use]
    pub fn blobs(&self) -> BlobFolder {
        BlobFolder::new(&self.place)
    }

    /// Requests the right to run for `key`. Does not wait.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be written: then nothing will be stored either.
    pub fn lock_key(&self, key: &[u8; ENTRY_KEY_BYTES]) -> Result<Locking, StoreError> {
        self.lock_files.lock(&self.place, key)
    }

    /// Returns the handle for reading; `None` if there is no database.
    pub(super) fn reader(&self) -> Result<Guard<Option<Arc<Handle>>>, StoreError> {
        let current = self.current.load();
        if current.as_ref().is_some_and(|handle| handle.was_just_seen()) {
            return Ok(current);
        }
        // Otherwise the old handle would stay alive.
        drop(current);
        let _opening = lock(&self.opening);
        let file = self.place.current()?;
        let Some(file) = file else {
            self.current.store(None);
            return Ok(Guard::from_inner(None));
        };
        let current = self.current.load();
        if let Some(handle) = current.as_ref().filter(|handle| handle.file == file) {
            handle.note_seen();
            return Ok(current);
        }
        // Closed before the other is opened: a file that was moved away must not be kept open.
        drop(current);
        self.current.store(None);
        let handle = Some(Arc::new(Handle::reader(&self.place, &self.faults)?));
        // A handle that a writer has put there meanwhile stays: it can do more.
        self.current.compare_and_swap(&None::<Arc<Handle>>, handle.clone());
        Ok(Guard::from_inner(handle))
    }

    /// Returns the handle for writing. Called only by the thread that has the turn.
    pub(super) fn writer(&self) -> Result<Arc<Handle>, StoreError> {
        self.place.refuse_to_write()?;
        if self.is_read_only {
            let source = io::Error::new(io::ErrorKind::PermissionDenied, "it was opened for reading alone");
            return Err(StoreError::from_io(&self.place.folder, Intent::Write, source));
        }
        let file = self.place.current()?;
        if let Some((_, detail)) = lock(&self.broken).as_ref().filter(|(broken, _)| Some(*broken) == file) {
            return Err(StoreError::Damaged { path: self.place.database.clone(), detail: detail.clone() });
        }
        let usable = |handle: &Arc<Handle>| handle.writes() && Some(handle.file) == file;
        if let Some(handle) = self.current.load_full().filter(usable) {
            return Ok(handle);
        }
        // Opened without the lock: this may wait for another process to finish writing, which lookups need not do.
        let handle = Arc::new(Handle::writer(&self.place, &self.faults)?);
        self.current.store(Some(handle.clone()));
        Ok(handle)
    }

    /// Stops using `failed`, the handle of a failed commit, and continues with a handle for reading.
    ///
    /// The new handle is opened while the old one is still open: a file whose writer is gone has to be repaired before
    /// it is read, and the repair needs the disk that has just refused a write.
    pub(super) fn read_on(&self, failed: &Arc<Handle>, error: &StoreError) {
        self.note(failed, error);
        let reader = Handle::reader(&self.place, &self.faults).ok().map(Arc::new);
        self.current.compare_and_swap(failed, reader);
    }

    /// Stops using `handle` after `error`: its state is no longer reliable, and the next call opens a new one. The
    /// handle closes when the last thread that uses it is done.
    pub(super) fn forget(&self, handle: &Arc<Handle>, error: &StoreError) {
        self.note(handle, error);
        self.current.compare_and_swap(handle, None);
    }

    /// Remembers a file whose structure is damaged, so that nothing is written to it any more.
    ///
    /// Lookups may continue: a record is correct or not found. But a commit to a damaged tree cannot heal it, may bury
    /// records that are still readable, and may cause two panics at once, which end the process in any case. The file
    /// has to be removed, and the error says so. A single damaged record is not such a case: the next commit removes
    /// it.
    pub(super) fn note(&self, handle: &Handle, error: &StoreError) {
        if let StoreError::Damaged { path: _, detail } = error {
            *lock(&self.broken) = Some((handle.file, detail.clone()));
        }
    }

    pub(super) fn remember_damaged(&self, record: RecordId) {
        let mut damaged = lock(&self.damaged);
        if damaged.len() < DAMAGED_LIMIT {
            damaged.insert(record);
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.accesses.leave(&self.place);
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.place.database).finish_non_exhaustive()
    }
}
