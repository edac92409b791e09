//! Black-box tests of the store: each has a separate folder.

mod accesses;
mod basic;
mod blob_damage;
mod blob_processes;
mod blobs;
mod compiled;
mod damage;
mod faults;
mod makers;
mod model;
mod moments;
mod processes;
mod references;
mod snapshots;

use std::fs::{DirBuilder, File};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use larder_base::Digest;
use tempfile::TempDir;

use crate::commit::Change;
use crate::faults::Faults;
use crate::frame;
use crate::keys::Key as _;
use crate::record::{
    BlobKind, BlobPlace, BlobRecord, BlobReference, BuildStamp, Captured, CompiledRecord, Entry, Ingredients,
    KnownFile, Provenance, StoredOutcome,
};
use crate::tables::{FORMAT, MAKERS, RecordId};
use crate::*;

/// A cache folder that does not exist yet, in a folder that is deleted with the test.
struct Cache {
    _root: TempDir,
    folder: PathBuf,
}

impl Cache {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        let folder = root.path().join("cache");
        Self { _root: root, folder }
    }

    fn open(&self) -> Store {
        Store::open(&self.folder).unwrap()
    }

    fn database(&self) -> PathBuf {
        self.folder.join("larder.redb")
    }

    /// Creates a folder in which the database is this file.
    fn with_database(bytes: &[u8]) -> Self {
        let cache = Self::new();
        // Independent of the umask.
        DirBuilder::new().mode(0o700).create(&cache.folder).unwrap();
        File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(cache.database())
            .unwrap()
            .write_all(bytes)
            .unwrap();
        cache
    }
}

/// Waits longer than a file that was seen in its place is assumed to be there.
fn wait_a_moment() {
    std::thread::sleep(std::time::Duration::from_millis(20));
}

/// Returns the key of the `number`th entry.
fn key(number: u64) -> [u8; ENTRY_KEY_BYTES] {
    let mut key = [0; ENTRY_KEY_BYTES];
    key[..32].copy_from_slice(Digest::of(b"task").as_bytes());
    key[32..].copy_from_slice(Digest::of(&number.to_le_bytes()).as_bytes());
    key
}

/// Returns an entry that differs for every number, and takes `size` bytes.
fn entry(number: u64, size: usize) -> Entry {
    let digest = Digest::of(&number.to_le_bytes());
    Entry {
        outcome: StoredOutcome::Ok,
        result: digest.as_bytes().iter().copied().cycle().take(size).collect(),
        input_digests: vec![digest],
        provenance: Provenance {
            account: "ann".to_owned(),
            workflow: None,
            component_digest: digest,
            code_digest: digest,
            host_version: "0.1.0".to_owned(),
            engine_version: "48.0.0".to_owned(),
            finished_at_ms: number,
            run_micros: 1,
            fuel_used: Some(number),
            peak_memory_bytes: 65_536,
            stdout: Captured::default(),
            stderr: Captured::default(),
            peak_scratch_bytes: Some(4096),
            host_calls: Some(3),
        },
    }
}

fn put(number: u64) -> Commit {
    Commit::new().put_entry(&key(number), &entry(number, 100))
}

fn remove(number: u64) -> Commit {
    Commit::new().remove_entry(&key(number))
}

/// Returns a change that puts exactly these bytes at `key` of `records`.
fn forged<K, V>(records: &Records<K, V>, key: &[u8], stored: &[u8]) -> Commit {
    let id = RecordId::new(records.table(), key);
    Commit { changes: vec![Change { id, stored: Some(stored.to_vec()), is_shared: false }] }
}

fn found(store: &Store, number: u64) -> bool {
    match store.get_entry(&key(number)).unwrap() {
        Lookup::Found(found) => {
            assert_eq!(found, entry(number, 100));
            true
        }
        Lookup::Absent => false,
        Lookup::Damaged(report) => panic!("{report}"),
    }
}
