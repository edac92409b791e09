//! Canaries of the bet on redb: each test fails when one of the points at the head of `header` no longer holds.

use std::fs::File;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use redb::{
    BackendError, Builder, ConcurrencyMode, Database, ReadOnlyDatabase, ReadTransaction, ReadableDatabase as _,
    StorageBackend, TableDefinition,
};

use super::*;
use crate::mutex::lock;

/// The length of redb's header.
const LENGTH: usize = 320;

const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("canary");

/// A call from the database to its file.
#[derive(Debug, Clone, PartialEq)]
enum Call {
    Lock,
    LockShared,
    Unlock,
    /// A read of this length at the beginning.
    Read(usize, ThreadId),
    /// A write at the beginning.
    Write,
}

/// A file that records each call that concerns the header.
#[derive(Debug)]
struct Watched {
    file: FileBackend,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Watched {
    fn open(path: &Path) -> (Self, Arc<Mutex<Vec<Call>>>) {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap();
        let calls = Arc::<Mutex<Vec<Call>>>::default();
        (Self { file: FileBackend::new(file).unwrap(), calls: calls.clone() }, calls)
    }

    fn note(&self, (start, end): (Bound<u64>, Bound<u64>), call: Call) {
        if (start, end) == (Bound::Included(0), Bound::Excluded(LENGTH as u64)) {
            lock(&self.calls).push(call);
        }
    }
}

impl StorageBackend for Watched {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)?;
        if offset == 0 {
            Header::was_read(out);
            lock(&self.calls).push(Call::Read(out.len(), std::thread::current().id()));
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        if offset == 0 {
            lock(&self.calls).push(Call::Write);
        }
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        let is_locked = self.file.try_lock_range(start, end)?;
        if is_locked {
            self.note((start, end), Call::Lock);
        }
        Ok(is_locked)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        let is_locked = self.file.try_lock_shared_range(start, end)?;
        if is_locked {
            self.note((start, end), Call::LockShared);
        }
        Ok(is_locked)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_range(start, end)?;
        self.note((start, end), Call::Lock);
        Ok(())
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)?;
        self.note((start, end), Call::LockShared);
        Ok(())
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.note((start, end), Call::Unlock);
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

/// One file, open for writing twice, as by two processes, and for reading.
struct Canary {
    _folder: tempfile::TempDir,
    writers: [(Database, Arc<Mutex<Vec<Call>>>); 2],
    reader: (ReadOnlyDatabase, Arc<Mutex<Vec<Call>>>),
    file: FileBackend,
}

impl Canary {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("canary.redb");
        let mut builder = Builder::new();
        builder.set_concurrency_mode(ConcurrencyMode::MultiWriter);
        let writers = [(); 2].map(|()| {
            let (backend, calls) = Watched::open(&path);
            (builder.create_with_backend(backend).unwrap(), calls)
        });
        commit(&writers[0].0, b"first");
        let (backend, calls) = Watched::open(&path);
        let reader = (builder.open_read_only_with_backend(backend).unwrap(), calls);
        let file = FileBackend::new(File::open(&path).unwrap()).unwrap();
        Self { _folder: folder, writers, reader, file }
    }

    /// Begins a read with each handle, and calls `look` with its transaction, its header and its calls.
    fn begin(&self, look: impl Fn(ReadTransaction, Option<Header>, Vec<Call>)) {
        let with = |begin: &dyn Fn() -> ReadTransaction, calls: &Mutex<Vec<Call>>| {
            lock(calls).clear();
            let (transaction, header) = Header::of(begin);
            let calls = std::mem::take(&mut *lock(calls));
            look(transaction, header, calls);
        };
        with(&|| self.reader.0.begin_read().unwrap(), &self.reader.1);
        for (database, calls) in &self.writers {
            with(&|| database.begin_read().unwrap(), calls);
        }
    }
}

fn commit(database: &Database, value: &[u8]) {
    let transaction = database.begin_write().unwrap();
    transaction.open_table(TABLE).unwrap().insert(&b"key"[..], value).unwrap();
    transaction.commit().unwrap();
}

fn value(transaction: &ReadTransaction) -> Vec<u8> {
    transaction.open_table(TABLE).unwrap().get(&b"key"[..]).unwrap().unwrap().value().to_vec()
}

#[test]
fn the_bet_was_examined_for_this_version_of_redb() {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock")).unwrap();
    let examined = "name = \"redb\"\nversion = \"4.6.0\"\n";
    assert!(lock.contains(examined), "redb is another: read its source again, as the head of this file says");
}

#[test]
fn to_begin_to_read_reads_the_header_whole_under_one_lock_on_the_thread_that_begins() {
    let canary = Canary::new();
    let read = Call::Read(LENGTH, std::thread::current().id());
    canary.begin(|_, header, calls| {
        assert_eq!(calls, [Call::LockShared, read.clone(), Call::Unlock]);
        assert_eq!(header.map(|header| header.length), Some(LENGTH));
        assert!(header.is_some_and(|header| header.is_now(&canary.file)));
    });
}

#[test]
fn a_commit_writes_the_header_only_under_the_lock_that_excludes_those_who_begin_to_read() {
    let canary = Canary::new();
    let (database, calls) = &canary.writers[0];
    lock(calls).clear();
    commit(database, b"second");
    let (mut is_locked, mut writes) = (false, 0);
    for call in lock(calls).iter() {
        match call {
            Call::Lock => is_locked = true,
            Call::Unlock => is_locked = false,
            Call::Write => {
                assert!(is_locked);
                writes += 1;
            }
            Call::LockShared | Call::Read(..) => {}
        }
    }
    assert!(writes > 0);
}

#[test]
fn every_commit_of_any_handle_changes_the_header_for_good_and_nothing_else_does() {
    let canary = Canary::new();
    let mut seen: Vec<Header> = Vec::new();
    // Includes a commit that writes the current content, and one that writes earlier content.
    for (number, written) in [b"a", b"b", b"b", b"a", b"a", b"b"].into_iter().enumerate() {
        commit(&canary.writers[number % 2].0, written);
        let (_, header) = Header::of(|| canary.reader.0.begin_read().unwrap());
        let header = header.unwrap();
        assert!(seen.iter().all(|earlier| *earlier != header && !earlier.is_now(&canary.file)), "{number}");
        seen.push(header);
        for _ in 0..2 {
            canary.begin(|transaction, found, _| {
                assert_eq!((found, value(&transaction)), (Some(header), written.to_vec()));
            });
        }
        canary.writers[0].0.begin_write().unwrap().abort().unwrap();
        assert!(header.is_now(&canary.file), "reading and giving up change nothing");
    }
}
