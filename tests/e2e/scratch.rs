//! The scratch folder: the possible and the refused operations of a task, which are the same in every run.

use std::path::{Path, PathBuf};

use larder_tests::{Called, Running, World, guests, world};
use serde_json::{Value, json};

/// The `scratch` guest's view. It guards `larder::key::SEALED_WORLD`, like `the_world` in [`crate::sealed`]: a task
/// can see times and sizes.
fn transcript() -> Value {
    json!([
        "empty: ",
        "folders: File exists (os error 20)",
        "write and append: \"one\\ntwo\\n\"",
        "create new: File exists (os error 20)",
        "no such file: No such file or directory (os error 44)",
        "seek and overwrite: \"one\\ntwo\\n\\0\\0far\"",
        "metadata: 13 bytes, read at 13000, written at 12000",
        "metadata of a folder: 0 bytes, read at 0, written at 5000",
        "truncate and extend: [111, 110, 0, 0, 0]",
        "set times: 5 bytes, read at 15000, written at -946684794999999993",
        "hard link: shared",
        "hard link to a folder: Operation not permitted (os error 63)",
        "symbolic links: shared \"a/text\"",
        "metadata of a link: 6 bytes, read at 21000, written at 21000",
        "a circle: Symbolic link loop (os error 32)",
        "list: a/ link@ round@ second",
        "list deep: deep/ text",
        "rename over a file: renamed shared",
        "rename into itself: Invalid argument (os error 28)",
        "rename a folder over a full one: Directory not empty (os error 55)",
        "rename a folder: out@",
        "remove a folder as a file: Is a directory (os error 31)",
        "remove a file as a folder: Not a directory (os error 54)",
        "remove a full folder: Directory not empty (os error 55)",
        "read a folder: Is a directory (os error 31)",
        "write a folder: Is a directory (os error 31)",
        "a file as a folder: Not a directory (os error 54)",
        "removed but open: still here, false",
        "far beyond the end: 1099511627777 bytes, read at 40000, written at 42000",
        "too far: File too large (os error 22)",
        "clean up: empty/"
    ])
}

#[test]
fn what_a_task_can_do_is_pinned() {
    assert_eq!(larder::key::SEALED_WORLD, 3, "bumped: pin the new world");
    assert_eq!(world!().run(guests::SCRATCH, "transcript", &[]).is_a_miss("no-entry").result(), &transcript());
}

#[test]
fn every_run_starts_with_an_empty_folder_and_sees_the_same() {
    let world = world!();
    world.write("a/text", "a file in the folder that the command runs in");
    for option in ["--no-cache", "--refresh", "--refresh"] {
        let called = world.run(guests::SCRATCH, "transcript", &[option]);
        assert_eq!((called.status(), called.result()), ("miss", &transcript()), "{option}");
    }
    assert_eq!(world.run(guests::SCRATCH, "transcript", &[]).hits().result(), &transcript());
    assert_eq!(std::fs::read_dir(world.folder().join("a")).unwrap().count(), 1);
}

/// The same transcript, by asynchronous functions and streams.
#[test]
fn what_a_task_can_do_asynchronously_is_pinned() {
    let world = world!();
    let at = "Some(Instant { seconds: 946684800, nanoseconds: 5000 })";
    let transcript = json!([
        "[\"/\"]",
        "Ok(())",
        "Err(ErrorCode::Exist)",
        "left 0, Ok(())",
        "left 0, Ok(())",
        "\"lo, streams\", Ok(())",
        format!(
            "Ok(DescriptorStat {{ type: DescriptorType::RegularFile, link-count: 1, size: 14, data-access-timestamp: \
             {at}, data-modification-timestamp: {at}, status-change-timestamp: {at} }})"
        ),
        "Ok(3)",
        "Ok(())",
        "[(\"a\", \"DescriptorType::RegularFile\"), (\"f\", \"DescriptorType::Directory\")], Ok(())",
        "\"\", Err(ErrorCode::IsDirectory)",
        "[], Err(ErrorCode::NotDirectory)",
        "left 1, Err(ErrorCode::BadDescriptor)",
        "Some(ErrorCode::NotPermitted)"
    ]);
    for option in ["--no-cache", "--refresh"] {
        assert_eq!(world.run(guests::ASYNC_FILES, "transcript", &[option]).result(), &transcript);
    }
}

/// The public tests of WASI 0.3 expect this (`filesystem-flags-and-type`, `filesystem-io`, `filesystem-mkdir-rmdir`).
#[test]
fn flags_positions_and_links_are_as_the_tests_of_wasi_have_them() {
    const READ: u8 = 1 << 0;
    const WRITE: u8 = 1 << 1;
    const MUTATE_DIRECTORY: u8 = 1 << 5;
    let [read, write, both, folder] = [READ, WRITE, READ | WRITE, READ | MUTATE_DIRECTORY]
        .map(|bits| format!("Ok(DescriptorFlags {{ bits: {bits} }})"));
    let expected = json!([
        folder,
        format!(".: {read}"),
        format!(".: {read}"),
        format!(".: {folder}"),
        format!("a: {both}"),
        format!("b: {both}"),
        format!("c: {write}"),
        format!("c: {both}"),
        format!("c: {read}"),
        format!("c: {read}"),
        "\"\", Err(ErrorCode::Invalid)",
        "\"\", Ok(())",
        "Err(ErrorCode::NotPermitted)",
        "Err(ErrorCode::NotDirectory)",
        "Err(ErrorCode::NotDirectory)"
    ]);
    assert_eq!(world!().run(guests::ASYNC_FILES, "by-the-book", &[]).result(), &expected);
}

#[test]
fn what_was_written_is_what_is_read() {
    let world = world!();
    // One piece that is split on its way, and pieces that fit no block.
    for (bytes, piece) in [(3_000_000, 3_000_000), (300_000, 4097), (10_000, 1)] {
        let [bytes_argument, piece] = [format!("bytes={bytes}"), format!("piece={piece}")];
        let called = world.run(guests::SCRATCH, "copy", &[&bytes_argument, &piece]);
        assert_eq!(called.result(), 7 * bytes);
    }
}

#[test]
fn nothing_leads_out_of_it() {
    let world = world!();
    let permitted = "Operation not permitted (os error 63)";
    let none = "No such file or directory (os error 44)";
    let expected = [
        ("read ../etc/passwd", permitted),
        ("read f/../../etc/passwd", permitted),
        ("read /etc/passwd", none),
        ("read /../etc/passwd", permitted),
        ("read /dev/zero", none),
        ("read /dev/fd/0", none),
        ("read /proc/self/environ", none),
        ("link to /etc/passwd", permitted),
        ("read it", none),
        ("link to /proc/self", permitted),
        ("read it", none),
        ("link to /", permitted),
        ("read it", none),
        ("link to ../../etc/passwd", "0"),
        ("read it", permitted),
        ("write above", permitted),
        ("move above", permitted),
        ("link from above", permitted),
        ("list above", permitted),
    ]
    .map(|(what, outcome)| format!("{what}: {outcome}"));
    assert_eq!(world.run(guests::SCRATCH_BOMBS, "escapes", &[]).result(), &json!(expected));
}

/// Creates a project with the bombs, and these limits in its `larder.toml`.
fn bombs(world: &World, limits: &str) -> PathBuf {
    limited(world, guests::SCRATCH_BOMBS, limits)
}

fn limited(world: &World, guest: &str, limits: &str) -> PathBuf {
    world.copy(guest, "limited/component.wasm");
    world.write("limited/larder.toml", format!("[limits]\n{limits}\n[build]\noutput = \"component.wasm\"\n"));
    world.folder().join("limited")
}

/// Runs a task, and returns also the peak memory of the host, in MiB.
fn measured(world: &World, component: &Path, task: &str, argument: &str) -> (Called, u64) {
    let component = component.to_str().unwrap();
    let running = Running::start(&mut world.command(["run", component, task, argument, "--json"]));
    let (ran, peak) = running.end_measured();
    (Called(serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{ran}"))), peak)
}

#[test]
fn bytes_are_limited_and_do_not_stay_in_memory() {
    let world = world!();
    let bombs = bombs(&world, "scratch-mib = 32");
    assert_eq!(world.run(&bombs, "large-file", &["mib=32"]).result(), 32);
    // A run without enough room gives no result: a larger machine would answer otherwise.
    for (task, argument) in [("large-file", "mib=33"), ("holes", "count=1000000")] {
        let (called, peak) = measured(&world, &bombs, task, argument);
        assert_eq!(called.error(), "limit/scratch-bytes", "{:#}", called.0);
        assert!(called.message().contains("it asked for 33 MiB, the limit is 32 MiB"), "{}", called.message());
        assert!(peak < 60, "{task}: the host took {peak} MiB");
    }
}

#[test]
fn bytes_of_a_stream_are_limited_as_well() {
    let world = world!();
    let guest = limited(&world, guests::ASYNC_FILES, "scratch-mib = 4");
    assert_eq!(world.run(&guest, "fill", &["mib=4"]).result(), &json!([4 << 20, "Ok(())"]));
    assert_eq!(world.ends(4, &guest, "fill", &["mib=5"]).error(), "limit/scratch-bytes");
}

#[test]
fn files_are_limited_however_they_are_made() {
    let world = world!();
    let bombs = bombs(&world, "scratch-files = 10000");
    assert_eq!(world.run(&bombs, "many-files", &["count=10000"]).result(), 10_000);
    for task in ["many-files", "deep-folders"] {
        let (called, peak) = measured(&world, &bombs, task, "count=1000000");
        assert_eq!(called.error(), "limit/scratch-files", "{:#}", called.0);
        assert!(called.message().contains("it asked for 10001, the limit is 10000"), "{}", called.message());
        assert!(peak < 60, "{task}: the host took {peak} MiB");
    }
}

#[test]
fn a_listing_and_a_file_that_comes_and_goes_cost_the_host_nothing() {
    let world = world!();
    let bombs = bombs(&world, "scratch-mib = 1\nscratch-files = 1001");
    for (task, argument, answer) in [("listings", "count=5000", 5000), ("churn", "count=5000", 5000)] {
        let (called, peak) = measured(&world, &bombs, task, argument);
        assert_eq!(called.result(), answer, "{:#}", called.0);
        assert!(peak < 60, "{task}: the host took {peak} MiB");
    }
}
