//! What a call costs, each figure beside the floor it is measured against in the same run.
//!
//! `cargo bench` prints criterion's report, and then the table that the README shows: medians, and their ratios.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark that cannot set itself up has failed")]

mod files;
mod floor;
mod growth;
mod guest;
mod many;
mod native;
mod pairs;
mod sealing;
mod table;
mod wasi;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use criterion::{Criterion, SamplingMode};
use larder::{CallOptions, Larder, Prepared, Settings, Status, Value};
use tokio::runtime::Runtime;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    hit(&mut criterion, &runtime);
    miss(&mut criterion, &runtime);
    process_hit(&mut criterion);
    sealing::sealing(&mut criterion, &runtime);
    let many = if is_asked("many") { many::many() } else { Vec::new() };
    let growth = if is_asked("growth") { growth::growth(&runtime, is_named("growth-to-10M")) } else { Vec::new() };
    let files = if is_asked("file") { files::files(&mut criterion, &runtime) } else { Vec::new() };
    criterion.final_summary();
    let tables = [
        table::of_the_run(),
        table::of_pairs(&many),
        table::of_growth(&growth),
        table::of_sealing(),
        table::of_pairs(&files),
    ];
    println!("{}", tables.concat());
}

/// Whether this measures, and what it measures is either everything or `what`: what takes seconds asks for itself.
fn is_asked(what: &str) -> bool {
    let (options, names): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|argument| argument.starts_with('-'));
    options.iter().any(|option| option == "--bench") && names.iter().all(|name| name.contains(what))
}

/// Whether this is asked for by its name: what takes minutes is no part of everything.
fn is_named(what: &str) -> bool {
    std::env::args().skip(1).any(|argument| argument == what)
}

/// A host over a cache in `folder`, and one task of the component `wat` there.
fn prepared(runtime: &Runtime, folder: &Path, wat: &str, task: &str) -> (Larder, Prepared) {
    let file = folder.join("guest.wat");
    std::fs::write(&file, wat).unwrap();
    let larder = Larder::open(Settings::new(Some(folder.join("cache")))).unwrap();
    let component = Arc::new(runtime.block_on(larder.load(&file, None)).unwrap());
    let task = component.find(task).unwrap();
    let asked = larder::policy::Asked {
        version: Some(larder::declare::DeclaredVersion::Declared("1".into())),
        ..larder::policy::Asked::default()
    };
    let prepared = larder.prepare(component, task, CallOptions { asked, ..CallOptions::default() }).unwrap();
    (larder, prepared)
}

/// A hit in a process that has the cache open: encode, key, lookup, decode.
fn hit(criterion: &mut Criterion, runtime: &Runtime) {
    let folder = tempfile::tempdir().unwrap();
    let (larder, task) = prepared(runtime, folder.path(), guest::TRIVIAL, "sum");
    let inputs = [Value::U32(3), Value::U32(4)];
    let key = task.key(&inputs).unwrap().unwrap();
    runtime.block_on(larder.call(&task, &inputs)).unwrap();

    let mut group = criterion.benchmark_group("hit");
    let database = floor::open_store(&folder.path().join("cache/larder.redb"));
    group.bench_function("floor", |bencher| {
        bencher.iter(|| floor::read_and_digest(&database, key.as_bytes()));
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

/// A miss that stores nothing, since the task answers `err`: all of a miss but its commit.
fn miss(criterion: &mut Criterion, runtime: &Runtime) {
    let folder = tempfile::tempdir().unwrap();
    let (larder, task) = prepared(runtime, folder.path(), guest::TRIVIAL_ERR, "refuse");
    // The store exists, so that the lookup is a real one.
    let (other, sum) = prepared(runtime, folder.path(), guest::TRIVIAL, "sum");
    runtime.block_on(other.call(&sum, &[Value::U32(1), Value::U32(2)])).unwrap();
    drop(other);
    let inputs = [Value::U32(3)];

    let mut group = criterion.benchmark_group("miss");
    let bare = floor::Bare::new(guest::TRIVIAL_ERR);
    group.bench_function("floor", |bencher| bencher.iter(|| bare.refuse(3)));
    group.bench_function("larder", |bencher| {
        bencher.iter(|| {
            let outcome = runtime.block_on(larder.call(&task, &inputs)).unwrap();
            assert!(matches!(outcome.status, Status::Miss(_)) && !outcome.stored);
            outcome
        });
    });
    group.finish();
}

/// A hit as a whole process, for a small component and for one of 20 MB, beside a process that does nothing.
fn process_hit(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("process");
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("floor", |bencher| {
        bencher.iter(|| assert!(Command::new("true").stdin(Stdio::null()).status().unwrap().success()));
    });
    for (name, bytes) in [("small", 1), ("20 MB", 20 << 20)] {
        let file = folder.path().join(format!("{name}.wasm"));
        // Nothing of this size is alive when the processes start: a larger parent would start them more slowly.
        std::fs::write(&file, wat::parse_str(guest::padded(bytes)).unwrap()).unwrap();
        let cache = folder.path().join(format!("cache of {name}"));
        let run = || {
            let output = Command::new(env!("CARGO_BIN_EXE_larder"))
                .args(["run", "--cache-version", "1", "--cache-dir"])
                .args([cache.as_os_str(), file.as_os_str()])
                .args(["sum", "a=3", "b=4"])
                .stdin(Stdio::null())
                .output()
                .unwrap();
            assert_eq!(output.stdout, b"7\n");
            output.stderr
        };
        // Twice, so that the file is old enough by then to be known by its times.
        run();
        std::thread::sleep(std::time::Duration::from_secs(3));
        run();
        group.bench_function(name, |bencher| {
            bencher.iter(|| assert!(run().starts_with(b"hit")));
        });
    }
    group.finish();
}
