//! The store: what is kept for a key, on disk, shared by any number of processes. The only user of redb.
//!
//! A store is a folder with one database, `larder.redb`, and two private folders, of compiled code and of blobs. There
//! is no daemon: whoever looks up opens the file for reading, and whoever commits opens it for writing. The concept is
//! that *nothing here can change an answer*: a record comes back as it was written or not at all, a damaged or missing
//! one is a miss, and a failure is a typed error that the caller may warn about and go on.
//!
//! What it never sees: the engine, WIT, values, and the clock. Keys are digests, records are [`crate::record`], and
//! times are in them as the caller wrote them. It reads no environment and prints nothing.
//!
//! | file | what it owns |
//! |---|---|
//! | `accesses` | when entries were last used |
//! | `answer` | what a lookup finds, and what may be wrong with it |
//! | `table` | the tables, and the version of the format |
//! | `frame` | the digest around each record |
//! | `place` | the folder and the file, and making them |
//! | `draft` | files that get their name last |
//! | `private` | opening only what we could have written |
//! | `backend` | the bytes under the database, and injected failures in tests |
//! | `contain` | panics end here |
//! | `handle` | one open database; every call into redb |
//! | `snapshot` | what is stored as of one moment, kept while that lasts |
//! | `look` | looking up; what a lookup is of |
//! | `lock` | one run for a key at a time, over all processes |
//! | `commit`, `group` | changes that belong together; threads that share a transaction |
//! | `compiled` | the private folder of compiled code |
//! | `blobs` | bytes by their digest, in files or inline |
//! | `references` | which account may have which of them |
//!
//! Calls block, on the disk and on other writers: from async code, use a thread for blocking calls. Only
//! [`Store::commit_then`] does not, so that many who wait for one commit need no thread each.

mod accesses;
mod answer;
mod backend;
mod blobs;
mod commit;
mod compiled;
mod contain;
mod draft;
mod error;
mod frame;
mod group;
mod handle;
mod lock;
mod look;
mod place;
mod private;
pub mod record;
mod references;
mod snapshot;
mod table;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};

use arc_swap::{ArcSwapOption, Guard};

use crate::record::{BuildStamp, CompiledRecord, Ingredients, KnownFile, Maker};
use accesses::{Accesses, access_key};
use backend::Faults;
use commit::{Change, MAKER_KEY_BYTES, Seen};
use error::Intent;
use group::{Group, Told, abandoned, lock};
use handle::Handle;
use larder_base::Digest;
use lock::LockFiles;
use place::{FileId, Place};
use table::Table;

pub use answer::{Damage, DamageReport, Lookup, Stats};
pub use blobs::{BlobDraft, BlobFolder, INLINE_BYTES, OpenBlob};
pub use commit::{Commit, ENTRY_KEY_BYTES};
pub use compiled::{CompiledFile, CompiledFolder, Draft};
pub use error::StoreError;
pub use lock::{KeyLock, Locking};
pub use look::Moment;
pub use private::{Exposure, Refusal};
pub use references::References;
pub use table::FORMAT_VERSION;

/// How many damaged records are remembered until the next commit drops them. Past it they stay, are found again, and
/// are dropped then.
const DAMAGED_LIMIT: usize = 4096;

/// How a store is opened.
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
/// What any process commits is found by every lookup that begins later. Only if the database itself is moved away, or
/// another put in its place, may lookups of the next millisecond still be of the one that was there.
///
/// Share it by reference or in an `Arc`: it is `Send` and `Sync`, and lookups on many threads run side by side.
pub struct Store {
    place: Place,
    is_read_only: bool,
    faults: Faults,
    /// The open database. It is replaced whole: by one that can write, by one of a newer file, or by none after a
    /// failure. Those who look up share it without a lock.
    current: ArcSwapOption<Handle>,
    /// Held by who opens it for reading, so that only one does.
    opening: Mutex<()>,
    group: Group,
    lock_files: LockFiles,
    damaged: Mutex<BTreeSet<Seen>>,
    accesses: Accesses,
    /// Makers that were read: many entries have the same.
    makers: Mutex<HashMap<[u8; MAKER_KEY_BYTES], Maker>>,
    /// A file whose structure was found damaged, and how.
    broken: Mutex<Option<(FileId, String)>>,
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

    /// As [`Store::open`], otherwise than usual.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(folder: &Path, opening: Opening) -> Result<Self, StoreError> {
        Self::with_faults(folder, opening, Faults::none())
    }

    fn with_faults(folder: &Path, opening: Opening, faults: Faults) -> Result<Self, StoreError> {
        let Opening { trusts_owner, is_read_only } = opening;
        let mut place = Place::new(folder);
        place.check(trusts_owner)?;
        let store = Self {
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
        };
        store.reader()?;
        Ok(store)
    }

    /// Whether others could have written what is here, and it is believed all the same: answers and blobs are served, the
    /// latter after they were compared with their digests; compiled code is not, and nothing is written.
    #[must_use]
    pub const fn is_foreign(&self) -> bool {
        self.place.is_foreign
    }

    /// The database file, whether or not it exists yet.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.place.database
    }

    /// The private folder of compiled code.
    #[must_use]
    pub fn compiled_folder(&self) -> CompiledFolder {
        CompiledFolder::new(&self.place.folder, &self.place.database)
    }

    /// The texts behind a cache id.
    ///
    /// # Errors
    /// When the store cannot be read at all, as for every lookup.
    pub fn get_ingredients(&self, cache_id: &Digest) -> Result<Lookup<Ingredients>, StoreError> {
        self.get(Table::Ingredients, cache_id.as_bytes())
    }

    /// The digest of the file whose path has the digest `path`.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn get_known_file(&self, path: &Digest) -> Result<Lookup<KnownFile>, StoreError> {
        self.get(Table::Files, path.as_bytes())
    }

    /// The encoded declarations of a component.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn get_declarations(&self, component: &Digest) -> Result<Lookup<Vec<u8>>, StoreError> {
        self.get_with(Table::Declarations, component.as_bytes(), |value| Ok(value.to_vec()))
    }

    /// Where the code compiled for `key`, the digest of component and engine, is.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn get_compiled(&self, key: &Digest) -> Result<Lookup<CompiledRecord>, StoreError> {
        if self.is_foreign() {
            return Ok(Lookup::Absent);
        }
        self.get(Table::Compiled, key.as_bytes())
    }

    /// What the project whose path has the digest `path` looked like when it was built.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn get_build(&self, path: &Digest) -> Result<Lookup<BuildStamp>, StoreError> {
        self.get(Table::Builds, path.as_bytes())
    }

    /// Notes that the answer for `key` was used in an hour, counted in hours since 1970-01-01T00:00:00Z. It is written
    /// with a later commit, of this process or another; nothing is written here.
    pub fn note_access(&self, key: &[u8; ENTRY_KEY_BYTES], hour: u32) {
        self.accesses.note(access_key(key), hour);
    }

    /// The hour in which the answer for `key` was last used, as far as that was written. `None` if it was not used since
    /// it was made, or nobody knows.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn last_access(&self, key: &[u8; ENTRY_KEY_BYTES]) -> Result<Option<u32>, StoreError> {
        let reader = self.reader()?;
        let Some(handle) = reader.as_ref() else { return Ok(None) };
        let hour = |stored: Option<&[u8]>| stored.and_then(|stored| stored.try_into().ok()).map(u32::from_le_bytes);
        let found = handle.read(&self.place, |snapshot| snapshot.get(Table::Accesses, &access_key(key), hour));
        found.inspect_err(|error| self.forget(handle, error))
    }

    /// How many records there are. It reads a counter for each table, no records.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn stats(&self) -> Result<Stats, StoreError> {
        let reader = self.reader()?;
        let Some(handle) = reader.as_ref() else { return Ok(Stats::default()) };
        let tables = [
            Table::Entries,
            Table::FirstEntries,
            Table::Ingredients,
            Table::Files,
            Table::Declarations,
            Table::Compiled,
            Table::Builds,
            Table::Blobs,
            Table::References,
        ];
        let counts = handle.count(&self.place, tables).inspect_err(|error| self.forget(handle, error))?;
        let [entries, first_entries, ingredients, known_files, declarations, compiled, builds, blobs, references] =
            counts;
        let entries = entries + first_entries;
        Ok(Stats { entries, ingredients, known_files, declarations, compiled, builds, blobs, references })
    }

    /// Makes all changes of `commit`, or none. When this returns `Ok` they are on disk and every process sees them.
    ///
    /// Commits of several threads may share one transaction: each still holds as a whole, and each gets its own answer.
    ///
    /// # Errors
    /// When it is not known to be stored: the store is as it was, and can be used on. Where only the last sync failed,
    /// whoever opens it next may find the changes nevertheless, and then all of them.
    pub fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        if commit.is_empty() {
            return Ok(());
        }
        let (sender, told) = mpsc::channel();
        self.group.join(commit, Box::new(move |what| drop(sender.send(what))));
        match told.recv() {
            Ok(Told::Turn(turn)) => turn.write(|commits| self.write(commits)).0,
            Ok(Told::Written(result)) => result,
            Err(mpsc::RecvError) => Err(abandoned()),
        }
    }

    /// As [`Store::commit`], for whoever has no thread to wait on: `then` is given the answer. Where it has to be this
    /// commit that writes, with all that wait by then, `spawn` is given that work, which blocks.
    ///
    /// If the work is dropped instead of done, so is `then`.
    pub fn commit_then(
        self: &Arc<Self>,
        commit: Commit,
        spawn: impl FnOnce(Box<dyn FnOnce() + Send>) + Send + 'static,
        then: impl FnOnce(Result<(), StoreError>) + Send + 'static,
    ) {
        if commit.is_empty() {
            return then(Ok(()));
        }
        // Whoever is told may end the process at once, and the database is closed by the last who holds the store. So
        // those who wait hold none, and who writes lets go of it before anybody is told.
        let store = Arc::downgrade(self);
        let tell = move |told| match told {
            Told::Turn(turn) => spawn(Box::new(move || {
                // Without a store there is nobody left who has asked for anything.
                let Some(store) = store.upgrade() else { return };
                let (written, others) = turn.write(|commits| store.write(commits));
                drop(store);
                drop(others);
                then(written);
            })),
            Told::Written(result) => then(result),
        };
        self.group.join(commit, Box::new(tell));
    }

    /// How many transactions the commits of this store have taken so far: fewer than commits, where they shared one.
    #[must_use]
    pub fn transactions(&self) -> u64 {
        self.group.transactions()
    }

    /// Forgets the answer for `key`.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub fn remove_entry(&self, key: &[u8; ENTRY_KEY_BYTES]) -> Result<(), StoreError> {
        self.commit(Commit::new().remove_entry(key))
    }

    /// The handle to read from; `None` if there is no database.
    fn reader(&self) -> Result<Guard<Option<Arc<Handle>>>, StoreError> {
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
    fn writer(&self) -> Result<Arc<Handle>, StoreError> {
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

    fn write(&self, commits: &[&Commit]) -> Result<(), StoreError> {
        let handle = self.writer()?;
        let damaged: Vec<Seen> = lock(&self.damaged).iter().cloned().collect();
        let changes: Vec<&Change> = commits.iter().flat_map(|commit| &commit.changes).collect();
        let taken = self.accesses.take(&self.place);
        handle
            .write(&self.place, &damaged, &taken.accesses, &changes)
            .inspect_err(|error| self.read_on(&handle, error))?;
        taken.forget();
        lock(&self.damaged).retain(|seen| !damaged.contains(seen));
        Ok(())
    }

    /// Stops using `failed`, the handle of a commit that failed, and goes on with one for reading.
    ///
    /// That one is opened while the other is still open: a file whose writer is gone has to be repaired before it is
    /// read, and the repair needs the very disk that has just refused a write.
    fn read_on(&self, failed: &Arc<Handle>, error: &StoreError) {
        self.note(failed, error);
        let reader = Handle::reader(&self.place, &self.faults).ok().map(Arc::new);
        self.current.compare_and_swap(failed, reader);
    }

    /// Stops using `handle` after `error`: what that left behind is not to be trusted, and the next call opens anew.
    /// The handle closes when the last thread that uses it is done.
    fn forget(&self, handle: &Arc<Handle>, error: &StoreError) {
        self.note(handle, error);
        self.current.compare_and_swap(handle, None);
    }

    /// Remembers a file whose structure is damaged, so that nothing is written to it any more.
    ///
    /// Lookups may go on: a record is right or it is not found. But a commit into a broken tree cannot heal it, may
    /// bury what can still be read, and may meet two panics at once, which end the process whatever we do. The file has
    /// to go, and the error says so. A damaged record alone is no such case: the next commit drops it.
    fn note(&self, handle: &Handle, error: &StoreError) {
        if let StoreError::Damaged { path: _, detail } = error {
            *lock(&self.broken) = Some((handle.file, detail.clone()));
        }
    }

    fn remember_damaged(&self, seen: Seen) {
        let mut damaged = lock(&self.damaged);
        if damaged.len() < DAMAGED_LIMIT {
            damaged.insert(seen);
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
