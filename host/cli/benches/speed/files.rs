//! What files cost: hashing them, a hit with one that is remembered, reading one that is mounted, and a guest that reads
//! one and writes another.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use criterion::Criterion;
use larder::BlobKind;
use larder::policy::Asked;
use larder::{BlobRef, CallOptions, Larder, Prepared, Settings, Status, Value};
use larder_content::scan;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::pairs::Pairs;
use super::table::Compared;
use super::{floor, guest, native};

const MIB: u64 = 1 << 20;

/// The length of the one large file.
const LARGE: u64 = 1024 * MIB;

/// How many files there are beside it, and how long each is.
const MANY: (u64, u64) = (64, 16 * MIB);

/// The length of the file that a guest reads.
const READ: u64 = 256 * MIB;

/// The length of the k-mers.
const K: u8 = 21;

/// All that is measured in pairs.
pub(crate) fn files(criterion: &mut Criterion, runtime: &Runtime) -> Vec<(&'static str, Pairs, Compared)> {
    guest::build(&["--package", "kmers", "--lib", "--package", "testing-guests", "--example", "files"]);
    let folder = tempfile::tempdir().unwrap();
    let large = filled(&folder, "large", LARGE);
    let one = [large.clone()];
    let in_memory = Pairs::measure(
        "hashing/in memory",
        || hash(&one),
        || {
            std::hint::black_box(floor::digest_in_memory(LARGE));
        },
    );
    let one = Pairs::measure("hashing/one file", || hash(&one), || sha256sum(&one));
    hit(criterion, runtime, &large);
    std::fs::remove_file(&large).unwrap();
    let (count, length) = MANY;
    let many: Vec<PathBuf> = (0..count).map(|number| filled(&folder, &number.to_string(), length)).collect();
    let many = Pairs::measure("hashing/many files", || hash(&many), || sha256sum(&many));
    folder.close().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let read = filled(&folder, "read", READ);
    vec![
        ("Hashing a file of 1 GiB, beside as many bytes in memory", in_memory, Compared::Told),
        ("Hashing a file of 1 GiB, beside `sha256sum`", one, Compared::Ratio(1.2)),
        ("Hashing 64 files of 16 MiB, beside `sha256sum`", many, Compared::Ratio(1.0)),
        ("A guest that reads a file of 256 MiB", reading(runtime, &read, false), Compared::Ratio(1.5)),
        ("The same, beside reads on the thread of the run", reading(runtime, &read, true), Compared::Ratio(1.5)),
        ("`kmers` on reads of 20 MB, beside native code", kmers(runtime, &folder), Compared::Told),
    ]
}

/// A file of bytes that look random and are the same each time.
fn filled(folder: &TempDir, name: &str, length: u64) -> PathBuf {
    let path = folder.path().join(name);
    let mut file = File::create(&path).unwrap();
    let (mut random, mut piece) = (fastrand::Rng::with_seed(length), vec![0; MIB as usize]);
    for _ in 0..length / MIB {
        random.fill(&mut piece);
        file.write_all(&piece).unwrap();
    }
    path
}

/// Hashes files as a call does whose files nobody remembers.
fn hash(files: &[PathBuf]) {
    let named: Vec<_> = files.iter().map(|path| (BlobKind::File, path.clone())).collect();
    let scanned = scan(&named, &|_, _| None, &AtomicBool::new(false)).unwrap();
    assert_eq!(scanned.learnt.len(), files.len());
}

/// Hashes them on one core.
fn sha256sum(files: &[PathBuf]) {
    let status = Command::new("sha256sum").args(files).stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
}

/// A hit with a large file that is remembered, beside a look at the file and a read of the entry.
fn hit(criterion: &mut Criterion, runtime: &Runtime, large: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let larder = Larder::open(Settings::new(Some(folder.path().join("cache")))).unwrap();
    let task = prepared(runtime, &larder, "examples/files", "lent", Asked::default());
    let inputs = [Value::File(BlobRef::Path(large.to_owned()))];
    // Old enough to be remembered by its times.
    std::thread::sleep(Duration::from_secs(3));
    runtime.block_on(larder.call(&task, &inputs)).unwrap();
    let resolved = runtime.block_on(larder.resolve(&inputs, false)).unwrap();
    let key = task.key(&resolved.inputs).unwrap().unwrap();

    let mut group = criterion.benchmark_group("file hit");
    let database = floor::open_store(&folder.path().join("cache/larder.redb"));
    group.bench_function("floor", |bencher| {
        bencher.iter(|| (std::fs::metadata(large).unwrap(), floor::read_and_digest(&database, key.as_bytes())));
    });
    drop(database);
    group.bench_function("larder", |bencher| {
        bencher.iter(|| {
            let outcome = runtime.block_on(larder.call(&task, &inputs)).unwrap();
            assert!(matches!(outcome.status, Status::Hit(_)));
            outcome
        });
    });
    group.finish();
}

/// A guest that adds up the bytes of a file, beside the same guest in bare wasmtime with a folder of the machine.
fn reading(runtime: &Runtime, path: &Path, on_this_thread: bool) -> Pairs {
    let larder = Larder::open(Settings::new(None)).unwrap();
    let task = uncached(runtime, &larder, "examples/files", "sum");
    let inputs = [Value::List(vec![Value::File(BlobRef::Path(path.to_owned()))])];
    let resolved = runtime.block_on(larder.resolve(&inputs, false)).unwrap();
    let bare = floor::Reading::new(&guest::built("examples/files"), path.parent().unwrap(), on_this_thread);
    let expected = runtime.block_on(bare.sum());
    let larder = || {
        let outcome = runtime.block_on(larder.call_resolved(&task, &resolved)).unwrap();
        assert_eq!(outcome.result, Some(Value::U64(expected)));
    };
    let name = if on_this_thread { "reading/on the thread of the run" } else { "reading" };
    Pairs::measure(name, larder, || assert_eq!(runtime.block_on(bare.sum()), expected))
}

/// The guest `kmers`, beside the same code without a sandbox.
fn kmers(runtime: &Runtime, folder: &TempDir) -> Pairs {
    let path = folder.path().join("reads.fasta");
    write_reads(&path);
    let larder = Larder::open(Settings::new(None)).unwrap();
    let task = uncached(runtime, &larder, "kmers", "count");
    let inputs = [Value::File(BlobRef::Path(path.clone())), Value::U8(K)];
    let resolved = runtime.block_on(larder.resolve(&inputs, false)).unwrap();
    let expected = native::kmers(&path, K);
    let larder = || {
        let outcome = runtime.block_on(larder.call_resolved(&task, &resolved)).unwrap();
        let Some(Value::Result(Ok(Some(counted)))) = outcome.result else { panic!("it should count") };
        let Value::Record(counted) = *counted else { panic!("it should count") };
        assert_eq!(counted[3], Value::U64(expected));
    };
    Pairs::measure("kmers", larder, || assert_eq!(native::kmers(&path, K), expected))
}

/// Reads of 150 bases from a genome of two million, ten times over.
fn write_reads(path: &Path) {
    const GENOME: usize = 2_000_000;
    const READ: usize = 150;
    let mut random = fastrand::Rng::with_seed(1);
    let genome: Vec<u8> = (0..GENOME).map(|_| b"ACGT"[random.usize(..4)]).collect();
    let mut file = BufWriter::new(File::create(path).unwrap());
    for number in 0..10 * GENOME / READ {
        let start = random.usize(..GENOME - READ);
        writeln!(file, ">read-{number}").unwrap();
        file.write_all(&genome[start..start + READ]).unwrap();
        file.write_all(b"\n").unwrap();
    }
    file.flush().unwrap();
}

fn uncached(runtime: &Runtime, larder: &Larder, guest: &str, task: &str) -> Prepared {
    prepared(runtime, larder, guest, task, Asked { uncached: true, ..Asked::default() })
}

fn prepared(runtime: &Runtime, larder: &Larder, guest: &str, task: &str, asked: Asked) -> Prepared {
    let component = Arc::new(runtime.block_on(larder.load(&guest::built(guest), None)).unwrap());
    let task = component.find(task).unwrap();
    larder.prepare(component, task, CallOptions { asked, ..CallOptions::default() }).unwrap()
}
