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

/// The most damaged records that are remembered until the next commit drops them. Past it they stay, are found again,
/// and are dropped then.
const DAMAGED_LIMIT: usize = 4096;

/// A way to open a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opening {
    /// Believe also what others could have written: see [`Store::is_foreign`]. Without it, a cache folder or a database
    /// that belongs to another user than this one and root, or that its group or all users may write to, is refused.
    pub trusts_owner: bool,
    /// Refuse every commit.
    pub is_read_only: bool,
}

/// A cache folder.
///
/// A lookup finds what any process committed before it began. Only if the database itself is moved away, or another put
/// in its place, may lookups of the next millisecond still be of the one that was there.
///
/// Share it by reference or in an `Arc`: it is `Send` and `Sync`, and lookups on many threads run side by side.
pub struct Store {
    pub(super) place: Place,
    pub(super) is_read_only: bool,
    pub(super) faults: Faults,
    /// The open database. It is replaced whole: by one that can write, by one of a newer file, or by none after a
    /// failure. Those who look up share it without a lock.
    pub(super) current: ArcSwapOption<Handle>,
    /// Held by who opens it for reading, so that only one does.
    pub(super) opening: Mutex<()>,
    pub(super) group: Group,
    pub(super) lock_files: LockFiles,
    pub(super) damaged: Mutex<BTreeSet<RecordId>>,
    pub(super) accesses: Accesses,
    /// Makers that were read: many entries have the same.
    pub(super) makers: Mutex<HashMap<MakerKey, Maker>>,
    /// A file whose structure was found damaged, and how.
    pub(super) broken: Mutex<Option<(FileId, String)>>,
}

impl Store {
    /// Opens the store in `folder`, for lookups. If there is none, every lookup is a miss, and the first commit makes
    /// it.
    ///
    /// # Errors
    /// When there is something that cannot be opened: nothing could be looked up in it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::open_with(folder, Opening::default())
    }

    /// Opens the store in `folder` as [`Store::open`] does, in the given way.
    ///
    /// # Errors
    /// As [`Store::open`].
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

    /// The store at `place`, of which nothing is open yet.
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

    /// Tells whether others could have written what is here, and it is believed all the same: answers and blobs are
    /// served, the latter after they were compared with their digests; compiled code is not, and nothing is written.
    #[must_use]
    pub const fn is_foreign(&self) -> bool {
        self.place.is_foreign
    }

    /// The database file, which need not exist yet.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.place.database
    }

    /// The private folder of compiled code.
    #[must_use]
    pub fn compiled_folder(&self) -> CompiledFolder {
        CompiledFolder::new(&self.place.folder, &self.place.database)
    }

    /// The folder of blobs.
    #[must_use]
    pub fn blobs(&self) -> BlobFolder {
        BlobFolder::new(&self.place)
    }

    /// Asks for the right to run for `key`. Nobody waits here.
    ///
    /// # Errors
    /// When the folder cannot be written: then nothing will be stored either.
    pub fn lock_key(&self, key: &[u8; ENTRY_KEY_BYTES]) -> Result<Locking, StoreError> {
        self.lock_files.lock(&self.place, key)
    }

    /// The handle to read from; `None` if there is no database.
    pub(super) fn reader(&self) -> Result<Guard<Option<Arc<Handle>>>, StoreError> {
        let current = self.current.load();
        if current.as_ref().is_some_and(|handle| handle.was_just_seen()) {
            return Ok(current);
        }
        // It would be held on to.
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
        // Closed before the other is opened: a file that was moved away must not be held on to.
        drop(current);
        self.current.store(None);
        let handle = Some(Arc::new(Handle::reader(&self.place, &self.faults)?));
        // One that a writer has put there meanwhile stays: it can do more.
        self.current.compare_and_swap(&None::<Arc<Handle>>, handle.clone());
        Ok(Guard::from_inner(handle))
    }

    /// The handle to write to. Called by the one thread whose turn it is.
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
        // Opened without the lock: it may wait for another process to finish writing, and lookups need not.
        let handle = Arc::new(Handle::writer(&self.place, &self.faults)?);
        self.current.store(Some(handle.clone()));
        Ok(handle)
    }

    /// Stops using `failed`, the handle of a commit that failed, and goes on with one for reading.
    ///
    /// That one is opened while the other is still open: a file whose writer is gone has to be repaired before it is
    /// read, and the repair needs the very disk that has just refused a write.
    pub(super) fn read_on(&self, failed: &Arc<Handle>, error: &StoreError) {
        self.note(failed, error);
        let reader = Handle::reader(&self.place, &self.faults).ok().map(Arc::new);
        self.current.compare_and_swap(failed, reader);
    }

    /// Stops using `handle` after `error`: what that left behind is not to be trusted, and the next call opens anew.
    /// The handle closes when the last thread that uses it is done.
    pub(super) fn forget(&self, handle: &Arc<Handle>, error: &StoreError) {
        self.note(handle, error);
        self.current.compare_and_swap(handle, None);
    }

    /// Remembers a file whose structure is damaged, so that nothing is written to it any more.
    ///
    /// Lookups may go on: a record is right or it is not found. But a commit into a broken tree cannot heal it, may
    /// bury what can still be read, and may meet two panics at once, which end the process whatever we do. The file has
    /// to go, and the error says so. A damaged record alone is no such case: the next commit drops it.
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
