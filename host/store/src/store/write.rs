//! Committing: changes become visible and durable, and commits that come at the same time share one transaction.

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
            Ok(Notice::Turn(turn)) => turn.write(|commits| self.write(commits)).0,
            Ok(Notice::Written(result)) => result,
            Err(mpsc::RecvError) => Err(abandoned()),
        }
    }

    /// Commits as [`Store::commit`] does, for whoever has no thread to wait on: `then` is given the answer. If it is
    /// this commit that has to write, with all that wait by then, `spawn` is given that work, which blocks.
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
            Notice::Turn(turn) => spawn(Box::new(move || {
                // Without a store there is nobody left who has asked for anything.
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

    /// The number of transactions that the commits of this store have taken so far: fewer than commits, where they
    /// shared one.
    #[must_use]
    pub fn transactions(&self) -> u64 {
        self.group.transactions()
    }

    /// Notes that the answer for `key` was used in an hour, counted in hours since 1970-01-01T00:00:00Z. It is written
    /// with a later commit, of this process or another; nothing is written here.
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
