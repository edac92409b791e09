//! A faulty cache folder: no answer changes, nothing is lost, and the message names a way out.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use larder_tests::{Ran, World, bind_to_permissions, guests, wat, world};
use redb::{ConcurrencyMode, TableDefinition};
use sha2::{Digest as _, Sha256};

const HINT: &str = "hint: to run without the cache, use --no-cache";

fn count(limit: u32) -> [String; 4] {
    ["run", guests::PRIMES, "count-below", &format!("limit={limit}")].map(str::to_owned)
}

/// Expects that the cache is refused for these reasons, and that commands work without it.
#[track_caller]
fn refused(world: &World, texts: &[&str]) {
    world.larder(count(97)).fails(7, texts).says(HINT);
    world.larder(count(97).iter().map(String::as_str).chain(["--no-cache"])).exits(0).prints("24\n");
    world.larder(["inspect", guests::PRIMES]).exits(0).says("warning: ").says(texts[0]);
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().mode() & 0o7777
}

/// Returns the only file of compiled code.
fn compiled(world: &World) -> PathBuf {
    let files: Vec<_> =
        std::fs::read_dir(world.cache().join("compiled")).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

#[test]
fn a_file_where_the_folder_should_be_is_refused_and_left_alone() {
    let world = world!();
    let file = world.write("cache", "not a folder");
    refused(&world, &[&file.display().to_string(), "not a directory", "move that file away"]);
    assert_eq!(std::fs::read(&file).unwrap(), b"not a folder");
    let below = world.larder(count(97).iter().map(String::as_str).chain(["--cache-dir", "cache/below"]));
    below.fails(7, &["cache/below", "not a directory"]);
}

#[test]
fn only_what_is_stored_makes_the_folder_and_it_is_private() {
    let world = world!();
    world.write("garbage.wasm", "garbage");
    world.larder(["cache", "path"]).exits(0);
    world.larder(["inspect", "garbage.wasm"]).exits(6);
    world.larder(["run", "missing.wasm", "x"]).exits(2);
    world.larder(count(97).iter().map(String::as_str).chain(["--no-cache"])).exits(0);
    assert!(!world.cache().exists(), "nothing was stored");
    let mut open_handed = Command::new("sh");
    let program = world.command::<&str>([]).get_program().to_owned();
    open_handed.args(["-c", "umask 0 && exec \"$0\" \"$@\""]).arg(program).args(count(97));
    Ran::of(open_handed.current_dir(world.folder()).env("LARDER_CACHE_DIR", world.cache())).exits(0);
    assert_eq!(mode(&world.cache()), 0o700);
    assert_eq!(mode(&world.cache().join("larder.redb")), 0o600);
    assert_eq!(mode(&world.cache().join("compiled")), 0o700);
    assert_eq!(mode(&compiled(&world)), 0o600);
}

#[test]
fn a_cache_that_cannot_be_written_still_answers() {
    let world = world!();
    let component = world.copy(guests::PRIMES, "primes.wasm");
    let call =
        |limit| ["run".to_owned(), component.display().to_string(), "count-below".to_owned(), format!("limit={limit}")];
    world.larder(call(97)).exits(0);
    set_mode(&component, 0o444);
    set_mode(&compiled(&world), 0o444);
    set_mode(&world.cache().join("larder.redb"), 0o444);
    set_mode(&world.cache().join("compiled"), 0o555);
    set_mode(&world.cache(), 0o555);
    // A user who can still write would prove nothing.
    let mut shell = Command::new("sh");
    shell.args(["-c", "echo >> cache/larder.redb || touch cache/new || touch cache/compiled/new"]);
    bind_to_permissions(&mut shell);
    // The first such command opens the world to all users.
    Ran::of(&mut world.unprivileged(["cache", "path"])).exits(0);
    let refused = shell.current_dir(world.folder()).output().unwrap();
    assert!(!refused.status.success(), "{refused:?}");

    for _ in 0..2 {
        let hit = Ran::of(&mut world.unprivileged(call(97)));
        hit.exits(0).prints("24\n").says("hit").is_silent_about("not stored");
        let miss = Ran::of(&mut world.unprivileged(call(10)));
        miss.exits(0).prints("4\n").says("miss").says("warning: the result was not stored").says("cannot be written");
    }
    Ran::of(world.unprivileged(call(10)).arg("--json")).exits(0).is_silent_about("error: ");
    Ran::of(&mut world.unprivileged(["inspect", "primes.wasm"])).exits(0);
    set_mode(&world.cache(), 0o700);
    world.larder(call(10)).exits(0).says("miss");
}

#[test]
fn a_cache_that_cannot_be_read_is_refused() {
    let world = world!();
    let component = world.copy(guests::PRIMES, "primes.wasm");
    set_mode(&component, 0o444);
    world.larder(count(97)).exits(0);
    set_mode(&world.cache(), 0o000);
    let call = ["run", "primes.wasm", "count-below", "limit=97"];
    Ran::of(&mut world.unprivileged(call)).fails(7, &["cannot be read", "Permission denied"]).says(HINT);
    Ran::of(world.unprivileged(call).arg("--no-cache")).exits(0).prints("24\n");
    set_mode(&world.cache(), 0o700);
    world.larder(count(97)).exits(0).says("hit");
}

/// Writes `format` to the cache's format file.
fn set_format(world: &World, format: u32) {
    let (table, key) = ("meta", b"format");
    let mut digest = Sha256::new().chain_update(b"larder store record 1");
    for part in [table.as_bytes(), key] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let stored = [&digest.chain_update(format.to_le_bytes()).finalize()[..], &format.to_le_bytes()].concat();
    let mut builder = redb::Builder::new();
    builder.set_concurrency_mode(ConcurrencyMode::MultiWriter);
    let database = builder.open(world.cache().join("larder.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    let meta = TableDefinition::<&[u8], &[u8]>::new(table);
    transaction.open_table(meta).unwrap().insert(&key[..], &stored[..]).unwrap();
    transaction.commit().unwrap();
}

#[test]
fn a_cache_of_a_newer_larder_is_refused_and_left_alone() {
    let world = world!();
    world.store_an_entry();
    set_format(&world, 2);
    let before = std::fs::read(world.cache().join("larder.redb")).unwrap();
    refused(&world, &["has format 2", "knows 1", "update Larder"]);
    assert!(std::fs::read(world.cache().join("larder.redb")).unwrap() == before);
    set_format(&world, 1);
    world.keeps_the_entry();
}

#[test]
fn what_is_no_file_in_the_database_s_place_is_refused() {
    let world = world!();
    let database = world.cache().join("larder.redb");
    std::fs::create_dir_all(&database).unwrap();
    set_mode(&world.cache(), 0o700);
    refused(&world, &["larder.redb", "not an ordinary file"]);
    std::fs::remove_dir(&database).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &database, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    refused(&world, &["larder.redb", "not an ordinary file"]);
    std::fs::remove_file(&database).unwrap();
    // An empty file has no data to lose.
    std::fs::write(&database, "").unwrap();
    set_mode(&database, 0o600);
    world.store_an_entry();
    world.keeps_the_entry();
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let world = world!();
    std::fs::create_dir(world.cache()).unwrap();
    set_mode(&world.cache(), 0o700);
    let path = world.cache().join("larder.redb");
    let mut builder = redb::Builder::new();
    let database = builder.set_concurrency_mode(ConcurrencyMode::MultiWriter).create(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    let theirs = TableDefinition::<u64, &str>::new("theirs");
    transaction.open_table(theirs).unwrap().insert(1, "theirs").unwrap();
    transaction.commit().unwrap();
    drop(database);
    set_mode(&path, 0o600);
    let before = std::fs::read(&path).unwrap();
    refused(&world, &["larder.redb", "another program", "move it away"]);
    assert!(std::fs::read(&path).unwrap() == before);
}

/// A change to a file of compiled code.
type Change<'c> = &'c dyn Fn(&Path);

/// Changed compiled code is never loaded, since it could be anything.
#[test]
fn compiled_code_that_was_changed_is_compiled_again() {
    let world = world!();
    let changes: [(&str, Change<'_>); 8] = [
        ("what was written", &|code| {
            let mut bytes = std::fs::read(code).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(code, bytes).unwrap();
        }),
        ("it has 0 bytes", &|code| std::fs::write(code, "").unwrap()),
        ("it is gone", &|code| std::fs::remove_file(code).unwrap()),
        ("not an ordinary file", &|code| {
            let elsewhere = world.folder().join("elsewhere");
            std::fs::rename(code, &elsewhere).unwrap();
            symlink(elsewhere, code).unwrap();
        }),
        ("not an ordinary file", &|code| {
            std::fs::remove_file(code).unwrap();
            std::fs::create_dir(code).unwrap();
        }),
        ("not an ordinary file", &|code| {
            std::fs::remove_file(code).unwrap();
            rustix::fs::mknodat(rustix::fs::CWD, code, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        }),
        ("another user", &|code| set_mode(code, 0o666)),
        ("another user", &|code| set_mode(code.parent().unwrap(), 0o777)),
    ];
    world.store_an_entry();
    for (limit, (why, change)) in (10..).zip(&changes) {
        change(&compiled(&world));
        world.keeps_the_entry();
        let miss = world.run(guests::PRIMES, "count-below", &[&format!("limit={limit}")]);
        assert!(miss.warnings().contains("compiled again") && miss.warnings().contains(why), "{why}: {miss:?}");
        let primes = [2, 3, 5, 7, 11, 13, 17].iter().filter(|prime| **prime < limit).count();
        assert_eq!((miss.result(), miss.work("compilations")), (&primes.into(), 1), "{why}: {miss:?}");
        set_mode(&world.cache().join("compiled"), 0o700);
        if compiled(&world).is_dir() {
            std::fs::remove_dir(compiled(&world)).unwrap();
            world.run(guests::PRIMES, "count-below", &["limit=9", "--refresh"]);
        }
        let healed = world.run(guests::PRIMES, "count-below", &["limit=9", "--refresh"]);
        assert_eq!((healed.work("compiled_loads"), healed.warnings()), (1, "[]".to_owned()), "{why}: {healed:?}");
    }
    world.keeps_the_entry();
}

/// Runs the command in a shell that limits the size of files, in blocks of 512 bytes (POSIX). The kernel's signal for
/// it, which ends a program, is either ignored or has its default action.
fn bounded(world: &World, blocks: u32, is_ignored: bool, arguments: &[String]) -> Ran {
    let usual = world.command(arguments);
    let trap = if is_ignored { "trap '' XFSZ; " } else { "" };
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{trap}ulimit -f {blocks} && exec \"$0\" \"$@\"")]);
    shell.arg(usual.get_program()).args(usual.get_args()).current_dir(world.folder()).env_clear();
    shell.envs(usual.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(&mut shell)
}

/// Files that may not grow: the kernel's error for it means neither a full disk nor a missing permission.
#[test]
fn a_result_that_cannot_be_written_is_still_printed() {
    for is_ignored in [true, false] {
        let world = world!();
        // The initial memory of a guest is a file too, and so is its compiled code, and both have to fit.
        let bounded = |call: &[String]| bounded(&world, 100, is_ignored, call);
        let large = ["run", guests::OUTCOMES, "bytes", "length=2000000"].map(str::to_owned);
        world.write("small.wat", wat::Sum::default().wat());
        let small = ["run", "small.wat", "sum", "--pinned", "a=1", "b=2"].map(str::to_owned);
        for _ in 0..2 {
            bounded(&small).exits(0).prints("1\n").says("warning: the result was not stored").says("File too large");
        }
        world.store_an_entry();
        world.run(guests::OUTCOMES, "succeed", &["n=1"]);
        bounded(&count(97)).exits(0).prints("24\n").says("hit");
        let unstored = bounded(&large);
        unstored.exits(0).says("warning: the result was not stored").says("File too large");
        world.keeps_the_entry();
        world.larder(&large).exits(0).prints(&unstored.stdout).says("miss").is_silent_about("warning");
        bounded(&large).exits(0).prints(&unstored.stdout).says("hit");
    }
}

/// Schedulers set this up: the signal must not end a command while it writes.
#[test]
fn a_limit_on_the_size_of_files_is_told_by_every_command() {
    let world = world!();
    let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    world.write("small.wat", wat::Sum::default().wat());
    world.write("large", vec![7; 1 << 20]);
    world.write("inputs.csv", "a,b\n1,2\n3,4\n");
    // Compiled code and the database exist, and have no room to grow.
    let run = ["run", "small.wat", "sum", "--pinned", "a=1", "b=2"];
    bounded(&world, 32, false, &text(&run)).exits(0).prints("1\n").says("warning: ").says("File too large");
    let batch = ["batch", "small.wat", "sum", "--pinned", "inputs.csv"];
    let ran = bounded(&world, 32, false, &text(&batch));
    ran.exits(0).says("File too large");
    assert_eq!(ran.stdout.lines().count(), 2, "{ran}");
    let put = bounded(&world, 32, false, &text(&["blob", "put", "large"]));
    put.fails(7, &["it was not stored", "File too large"]);
    world.larder(["blob", "put", "large"]).exits(0);
    let digest = larder::Digest::of(&[7; 1 << 20]).to_string();
    let got = bounded(&world, 32, false, &text(&["blob", "get", &digest, "-o", "copy"]));
    got.fails(2, &["copy cannot be written", "File too large"]);
    assert!(!world.folder().join("copy").exists());
}

/// A child process must end by the signal, as it does elsewhere.
#[test]
fn a_build_command_has_the_signal_of_too_large_files() {
    let world = world!();
    let command = "(ulimit -f 1; exec head -c 100000 /dev/zero > big); echo $? > ended; cp source.wat component.wat";
    world.write("project/source.wat", wat::Sum::default().wat());
    world.write("project/larder.toml", format!("[build]\ncommand = \"{command}\"\noutput = \"component.wat\"\n"));
    world.larder(["build", "project"]).exits(0);
    // 128 and the number of SIGXFSZ.
    assert_eq!(std::fs::read_to_string(world.folder().join("project/ended")).unwrap(), "153\n");
}

/// A result with files is useless without a place for them, so that place is prepared first.
#[test]
fn a_file_that_no_cache_can_take_is_told_before_anything_runs() {
    let world = world!();
    let component = world.copy(guests::FILES, "files.wasm");
    let call =
        |name: &str| ["run", "files.wasm", "written", name, "piece=0123456789", "times=10000"].map(str::to_owned);
    world.larder(call("name=x")).exits(0);
    set_mode(&component, 0o444);
    give_to_unprivileged(&world.cache());
    for folder in ["blobs", "."] {
        set_mode(&world.cache().join(folder), 0o500);
    }
    for _ in 0..2 {
        let hit = Ran::of(world.unprivileged(call("name=x")).arg("--json"));
        let told: serde_json::Value = serde_json::from_str(&hit.exits(0).stdout).unwrap();
        assert_eq!((told["status"].as_str(), told["work"]["runs"].as_u64()), (Some("hit"), Some(0)), "{hit}");
        assert!(told["result"]["ok"]["path"].is_string(), "{hit}");
        let miss = Ran::of(&mut world.unprivileged(call("name=y")));
        miss.fails(7, &["cannot be written", "Permission denied"]).says(HINT).is_silent_about("MiB");
    }
    // A task without files is still answered.
    Ran::of(&mut world.unprivileged(["run", "files.wasm", "sum", "files=[]"])).exits(0).prints("0\n");
    std::fs::create_dir(world.folder().join("out")).unwrap();
    give_to_unprivileged(&world.folder().join("out"));
    let out = ["--no-cache", "--out", "out"].map(str::to_owned);
    Ran::of(&mut world.unprivileged(call("name=y").iter().chain(&out))).exits(0);
    assert_eq!(std::fs::metadata(world.folder().join("out/y")).unwrap().len(), 100_000);
    for folder in [".", "blobs"] {
        set_mode(&world.cache().join(folder), 0o700);
    }
}

/// Gives a folder and its content to the user who runs [`World::unprivileged`].
fn give_to_unprivileged(folder: &Path) {
    if rustix::process::geteuid().is_root() {
        let given = Command::new("chown").args(["-R", "65534:65534"]).arg(folder).status().unwrap();
        assert!(given.success());
    }
}

/// The same on a full disk, if the test can mount one.
#[test]
fn a_full_disk_costs_no_answer() {
    let world = world!();
    std::fs::create_dir(world.cache()).unwrap();
    let mut shell = Command::new("unshare");
    let script = "mount -t tmpfs -o size=16m,mode=700 tmpfs cache || { echo no mount; exit 0; }
        small() { \"$program\" run \"$primes\" count-below limit=97; }
        large() { \"$program\" run \"$outcomes\" bytes length=2000000 | wc -c; }
        \"$program\" run \"$outcomes\" succeed n=1 && small && cat /dev/zero > cache/filling 2> /dev/null
        small && large && small && rm cache/filling && large && large && small";
    shell.args(["--mount", "--map-root-user", "sh", "-c", script]).current_dir(world.folder());
    shell.env("program", world.command::<&str>([]).get_program()).env("LARDER_CACHE_DIR", world.cache());
    let ran = Ran::of(shell.env("primes", guests::PRIMES).env("outcomes", guests::OUTCOMES));
    if ran.code != 0 && ran.stderr.contains("unshare") || ran.stdout.starts_with("no mount") {
        println!("SKIPPED: no disk can be made here: {ran}");
        return;
    }
    ran.exits(0).prints("{\"ok\":1}\n24\n24\n2666671\n24\n2666671\n2666671\n24\n");
    let lines: Vec<&str> = ran.stderr.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(lines, ["miss", "miss", "hit", "warning:", "miss", "hit", "miss", "hit", "hit"], "{ran}");
    ran.says("the result was not stored: there is no space left for the cache");
}
