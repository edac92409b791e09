//! The store as one account sees it: write access, locks, commits and records by key.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::counters::Counters;
use crate::key::EntryKey;
use crate::outcome::Warning;
use crate::prepare::Prepared;
use crate::settings::Settings;
use larder_base::Digest;
use larder_base::contain::contain;
use larder_content::clock::now_ms;
use larder_store::record::{BlobKind, BuildStamp};
use larder_store::{BUILDS, Commit, KeyLock, Locking, Lookup, Moment, Opening, ReferenceKey, Store, StoreError};

/// The cache of an account.
pub(crate) struct Cache {
    store: Option<Arc<Store>>,
    folder: Option<PathBuf>,
    pub(crate) account: String,
    is_read_only: bool,
    pub(super) counters: Arc<Counters>,
}

impl Cache {
    /// Opens the folder of the settings, if there is one.
    pub(crate) fn open(settings: &Settings, counters: Arc<Counters>) -> Result<Self, StoreError> {
        let opening = Opening { trusts_owner: settings.trust_cache_owner, is_read_only: settings.read_only };
        let open = |folder| Store::open_with(folder, opening);
        let store = settings.cache_dir.as_deref().map(open).transpose()?.map(Arc::new);
        let (folder, account) = (settings.cache_dir.clone(), settings.account.clone());
        Ok(Self { store, folder, account, is_read_only: settings.read_only, counters })
    }

    /// Returns the store, for reading.
    pub(crate) const fn store(&self) -> Option<&Arc<Store>> {
        self.store.as_ref()
    }

    /// Returns the store, for writing.
    pub(crate) fn store_to_write(&self) -> Option<&Arc<Store>> {
        self.store.as_ref().filter(|store| !self.is_read_only && !store.is_foreign())
    }

    /// Returns the folder of a writable cache.
    pub(crate) fn folder_to_write(&self) -> Option<&Path> {
        self.folder.as_deref().filter(|_| self.store_to_write().is_some())
    }

    /// Returns true if the cache could be another user's work, and is therefore not written to.
    pub(crate) fn is_foreign(&self) -> bool {
        self.store.as_ref().is_some_and(|store| store.is_foreign())
    }

    /// Returns true if no thread still holds the store after writing to it.
    pub(crate) fn is_alone(&self) -> bool {
        self.store.as_ref().is_none_or(|store| Arc::strong_count(store) == 1)
    }

    /// Returns the number of transactions so far.
    pub(crate) fn transactions(&self) -> u64 {
        self.store.as_ref().map_or(0, |store| store.transactions())
    }

    /// Returns true if answers of this task are stored.
    pub(crate) fn keeps(&self, prepared: &Prepared) -> bool {
        self.store_to_write().is_some() && prepared.policy.cache.is_some() && !prepared.options.asked.uncached
    }

    /// Returns the key of this account's reference to a blob.
    pub(super) fn reference_key(&self, kind: BlobKind, digest: &Digest) -> ReferenceKey {
        ReferenceKey::new(&self.account, kind, digest)
    }

    /// Records, to the hour, that an entry answered a call.
    pub(crate) fn note_access(&self, key: &EntryKey) {
        if let Some(store) = self.store_to_write() {
            let hour = now_ms() / MILLISECONDS_OF_AN_HOUR;
            store.note_access(key.as_bytes(), u32::try_from(hour).unwrap_or(u32::MAX));
        }
    }

    /// Returns true if nothing was written since that moment.
    pub(crate) fn is_as_it_was(&self, moment: &Moment) -> bool {
        self.store.as_ref().is_some_and(|store| store.is_as_it_was(moment))
    }

    /// Waits until no other process runs for this key, and calls `busy` if one does. Returns `None` where locks are not
    /// available: then two may run.
    pub(crate) async fn lock_key(&self, key: &EntryKey, mut busy: impl FnMut()) -> Option<KeyLock> {
        let store = self.store.as_ref()?;
        let mut pause = SHORTEST_PAUSE;
        loop {
            match store.lock_key(key.as_bytes()).ok()? {
                Locking::Locked(lock) => return Some(lock),
                Locking::Busy => {
                    busy();
                    Box::pin(tokio::time::sleep(pause)).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Stores what was learnt or computed, if there is a cache. Returns the reason for a failure, for a warning.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<(), String> {
        let Some(store) = self.store_to_write().cloned() else { return Ok(()) };
        let (sender, answer) = oneshot::channel();
        let runtime = Handle::current();
        let spawn = move |work: Box<dyn FnOnce() + Send>| {
            let work = Arc::new(Mutex::new(Some(work)));
            let do_it = |work: &Mutex<Option<Box<dyn FnOnce() + Send>>>| {
                let work = work.lock().unwrap_or_else(PoisonError::into_inner).take();
                work.into_iter().for_each(|work| work());
            };
            let there = work.clone();
            // Others may wait for the commit: if no thread can be started, it runs on this one.
            if contain(|| runtime.spawn_blocking(move || do_it(&there))).is_err() {
                do_it(&work);
            }
        };
        store.commit_then(commit, spawn, move |committed| drop(sender.send(committed)));
        match answer.await {
            Ok(committed) => committed.map_err(|error| error.to_string()),
            Err(_) => Err("the commit was given up".to_owned()),
        }
    }

    /// Returns true if the component at this place was built from these inputs.
    pub(crate) fn is_built(&self, output: &Digest, fingerprint: Digest) -> bool {
        let remembered = self.store.as_ref().and_then(|store| store.get(&BUILDS, output).ok());
        matches!(remembered, Some(Lookup::Found(stamp)) if stamp.fingerprint == fingerprint)
    }

    /// Remembers the inputs that the component at this place was built from.
    pub(crate) fn note_build(&self, output: &Digest, fingerprint: Digest) {
        if let Some(store) = self.store_to_write() {
            // If this is not remembered, the component is built again, which costs time but changes no answer.
            let _ = store.commit(Commit::new().put(&BUILDS, output, &BuildStamp { fingerprint }));
        }
    }
}

/// Returns the record that was found; a read error becomes a warning.
pub(super) fn look<T>(lookup: Result<Lookup<T>, StoreError>, warnings: &mut Vec<Warning>) -> Option<T> {
    match lookup {
        Ok(Lookup::Found(found)) => Some(found),
        Ok(Lookup::Absent) => None,
        Ok(Lookup::Damaged(report)) => {
            warnings.push(Warning::Damaged(report.to_string()));
            None
        }
        Err(error) => {
            warnings.push(Warning::NotRead(error.to_string()));
            None
        }
    }
}

const MILLISECONDS_OF_AN_HOUR: u64 = 60 * 60 * 1000;

/// The first and the longest pause before another process is asked again whether it is done.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);
