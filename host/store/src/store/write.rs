//! Committing: changes become visible and durable, and simultaneous commits share one transaction.

use std::sync::{Arc, mpsc};

use crate::commit::{Change, Commit};
use crate::error::StoreError;
use crate::group::{Notice, abandoned};
use crate::keys::{AccessKey, ENTRY_KEY_BYTES};
use crate::mutex::lock;
use crate::tables::RecordId;

use super::Store;

impl Store {
    /// Makes all changes of `commit`, or none. When this returns `Ok` they are on disk and every process sees them.
    ///
    /// Commits of several threads may share a transaction: each is still all or nothing, and gets its own answer.
    ///
    /// # Errors
    /// Returns an error if the changes are not known to be stored: the store is unchanged, and stays usable. If only
    /// the last sync failed, the next process that opens the store may still find all of the changes.
    pub fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        if commit.is_empty() {
            return Ok(());
        }
        let (sender, told) = mpsc::channel();
        self.group.join(commit, Box::new(move |what| drop(sender.send(what))));
        match told.recv() {
            Ok(Notice::Turn(turn)) => turn.write(|commits| self.write(commits)).0,
            Ok(Notice::Written(result)) => result,
            Err(mpsc::RecvError) => Err(abandoned()),
        }
    }

    /// Commits as [`Store::commit`] does, without blocking a thread: `then` receives the answer. If this commit has to
    /// do the writing, with all commits that wait by then, `spawn` receives that work, which blocks.
    ///
    /// Dropping the work instead of doing it drops `then` too.
    pub fn commit_then(
        self: &Arc<Self>,
        commit: Commit,
        spawn: impl FnOnce(Box<dyn FnOnce() + Send>) + Send + 'static,
        then: impl FnOnce(Result<(), StoreError>) + Send + 'static,
    ) {
        if commit.is_empty() {
            return then(Ok(()));
        }
        // A notified caller may end the process at once, and the last holder of the store closes the database. So
        // waiting callers do not hold the store, and the writer releases it before it notifies anybody.
        let store = Arc::downgrade(self);
        let tell = move |told| match told {
            Notice::Turn(turn) => spawn(Box::new(move || {
                // Without a store, no caller is left to answer.
                let Some(store) = store.upgrade() else { return };
                let (written, others) = turn.write(|commits| store.write(commits));
                drop(store);
                drop(others);
                then(written);
            })),
            Notice::Written(result) => then(result),
        };
        self.group.join(commit, Box::new(tell));
    }

    /// Returns the number of transactions of this store's commits so far: fewer than commits, if they shared some.
    #[must_use]
    pub fn transactions(&self) -> u64 {
        self.group.transactions()
    }

    /// Notes that the answer for `key` was used in an hour, counted in hours since 1970-01-01T00:00:00Z. Nothing is
    /// written here: a later commit of this process or another writes it.
    pub fn note_access(&self, key: &[u8; ENTRY_KEY_BYTES], hour: u32) {
        self.accesses.note(AccessKey::of(key), hour);
    }

    fn write(&self, commits: &[&Commit]) -> Result<(), StoreError> {
        let handle = self.writer()?;
        let damaged: Vec<RecordId> = lock(&self.damaged).iter().cloned().collect();
        let changes: Vec<&Change> = commits.iter().flat_map(|commit| &commit.changes).collect();
        let taken = self.accesses.take(&self.place);
        handle
            .write(&self.place, &damaged, &taken.accesses, &changes)
            .inspect_err(|error| self.read_on(&handle, error))?;
        taken.forget();
        lock(&self.damaged).retain(|record| !damaged.contains(record));
        Ok(())
    }
}
