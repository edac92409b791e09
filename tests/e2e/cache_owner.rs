//! Ownership of the cache. Data that another user could have written is not trusted, and nothing in the place of a
//! file of the cache makes a command wait or write elsewhere.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use larder_tests::{Ran, World, guests, world};
use rustix::fs::{CWD, FileType, mknodat};
use serde_json::Value;

/// The user who owns nothing.
const NOBODY: u32 = 65534;

const TRUST: &str = "--trust-cache-owner";

fn count(limit: u32) -> [String; 4] {
    ["run", guests::PRIMES, "count-below", &format!("limit={limit}")].map(str::to_owned)
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Returns the folder and everything in it, the deepest last.
fn all(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.symlink_metadata().unwrap().is_dir() { found.extend(all(&path)) } else { found.push(path) }
    }
    found
}

/// Returns the state of a cache, which shows whether anything was written to it.
fn state(folder: &Path) -> Vec<(PathBuf, u64, i64, i64, Vec<u8>)> {
    let look = |path: PathBuf| {
        let metadata = path.symlink_metadata().unwrap();
        let content = if metadata.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        (path, metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), content)
    };
    let mut all: Vec<_> = all(folder).into_iter().map(look).collect();
    all.sort();
    all
}

/// Gives `paths` to another user; `None`, with a message, if the tests may not.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn give_away(paths: &[PathBuf]) -> Option<()> {
    for path in paths {
        if let Err(error) = chown(path, Some(NOBODY), Some(NOBODY)) {
            println!("SKIPPED: {} cannot be given to another user: {error}", path.display());
            return None;
        }
    }
    Some(())
}

fn refused(world: &World, texts: &[&str]) {
    for command in [&count(97).each_ref().map(String::as_str)[..], &["blob", "ls"], &["blob", "put", guests::PRIMES]] {
        let ran = world.larder(command);
        ran.fails(7, texts).says("hint: --trust-cache-owner serves its answers, and writes nothing to it");
        ran.says("hint: a cache folder that is not there yet is made for you alone");
    }
    world.write("inputs.csv", "limit\n97\n");
    world.larder(["batch", guests::PRIMES, "count-below", "inputs.csv"]).fails(7, texts);
    world.larder(count(97).iter().map(String::as_str).chain(["--no-cache"])).exits(0).prints("24\n");
    world.larder(["inspect", guests::PRIMES]).exits(0).says("warning: ").says(texts[0]);
}

#[test]
fn what_another_user_owns_is_refused() {
    let world = world!();
    world.store_an_entry();
    let database = world.cache().join("larder.redb");
    for given in [vec![database.clone()], vec![world.cache()], all(&world.cache())] {
        let Some(()) = give_away(&given) else { return };
        let before = state(&world.cache());
        refused(&world, &["it belongs to the user 65534"]);
        assert_eq!(state(&world.cache()), before, "{given:?}");
    }
    for path in all(&world.cache()) {
        chown(path, Some(0), Some(0)).unwrap();
    }
    world.keeps_the_entry();
}

/// The first user to come would fill an empty folder.
#[test]
fn a_folder_of_another_user_is_refused_before_there_is_anything_in_it() {
    let world = world!();
    std::fs::create_dir(world.cache()).unwrap();
    set_mode(&world.cache(), 0o700);
    if give_away(&[world.cache()]).is_some() {
        refused(&world, &["it belongs to the user 65534"]);
        assert_eq!(all(&world.cache()).len(), 1);
    }
    chown(world.cache(), Some(rustix::process::geteuid().as_raw()), None).unwrap();
    for mode in [0o770, 0o707, 0o1777, 0o2775] {
        set_mode(&world.cache(), mode);
        refused(
            &world,
            &[&format!("others may write to it, its mode is {mode:04o}"), "hint: if you trust what is in it: "],
        );
        assert_eq!(all(&world.cache()).len(), 1);
    }
}

/// Files of earlier versions in a folder that somebody had made for them, writable for the group.
#[test]
fn what_others_may_write_to_is_refused_and_the_hint_mends_it() {
    let world = world!();
    world.store_an_entry();
    for (path, right) in [(world.cache(), 0o700), (world.cache().join("larder.redb"), 0o600)] {
        for write in [0o020, 0o002, 0o022] {
            set_mode(&path, right | write);
            refused(&world, &["others may write to it", &path.display().to_string()]);
            let said = world.larder(count(97)).stderr;
            let mend = said.lines().find_map(|line| line.strip_prefix("hint: if you trust what is in it: ")).unwrap();
            assert!(Command::new("sh").args(["-c", mend]).status().unwrap().success(), "{mend}");
            assert_eq!(path.metadata().unwrap().mode() & 0o777, right);
            world.keeps_the_entry();
        }
    }
}

/// On systems with a group for each user, new files are writable for the group.
#[test]
fn a_mask_that_lets_the_group_write_makes_no_such_cache() {
    let world = world!();
    let files = ["run", guests::FILES, "written", "name=x", "piece=0123456789", "times=10000"].map(str::to_owned);
    for arguments in [&count(97)[..], &files, &count(97)] {
        let usual = world.command(arguments);
        let mut shell = Command::new("sh");
        shell.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(usual.get_program()).args(usual.get_args());
        Ran::of(shell.current_dir(world.folder()).env_clear().env("LARDER_CACHE_DIR", world.cache())).exits(0);
    }
    for path in all(&world.cache()) {
        assert_eq!(path.symlink_metadata().unwrap().mode() & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn a_trusted_owner_s_answers_are_served_and_nothing_is_written() {
    let world = world!();
    world.store_an_entry();
    let large = ["name=x", "piece=0123456789", "times=10000"];
    world.run(guests::FILES, "written", &large);
    set_mode(&world.cache(), 0o770);
    if give_away(&all(&world.cache())).is_none() {
        // Only the mode makes it another user's.
        println!("only in part: the folder stays this user's");
    }
    let before = state(&world.cache());
    let hit = world.run(guests::PRIMES, "count-below", &["limit=97", TRUST]);
    assert_eq!((hit.status(), hit.result(), hit.work("runs")), ("hit", &Value::from(24), 0));
    let ran = world.print(guests::PRIMES, "count-below", &["limit=97", TRUST]);
    ran.exits(0).prints("24\n").says("hit").says("could be another user's work");
    // A miss runs, compiles again, and stores nothing.
    for _ in 0..2 {
        let miss = world.run(guests::PRIMES, "count-below", &["limit=10", TRUST]);
        miss.is_a_miss("no-entry");
        assert_eq!((miss.result(), miss.work("compiled_loads"), miss.work("compilations")), (&Value::from(4), 0, 1));
        assert_eq!((miss.work("commits"), &miss.0["stored"]), (0, &Value::from(false)));
    }
    let file = world.run(guests::FILES, "written", &[&large[..], &[TRUST]].concat());
    let path = PathBuf::from(file.hits().result()["ok"]["path"].as_str().unwrap());
    assert_eq!(std::fs::read(&path).unwrap(), "0123456789".repeat(10_000).as_bytes());
    let digest = file.result()["ok"]["digest"].as_str().unwrap().to_owned();
    world.larder(["blob", "get", &digest, TRUST, "-o", "copy"]).exits(0);
    world.larder(["blob", "put", guests::PRIMES, TRUST]).fails(7, &["it was not stored"]);
    world.write("inputs.csv", "limit\n97\n11\n");
    let batch = world.larder(["batch", guests::PRIMES, "count-below", "inputs.csv", TRUST]);
    batch.exits(0).says("could be another user's work");
    assert_eq!(batch.stdout.matches("\"hit\"").count(), 1, "{batch}");
    // A miss with files still has a place for them.
    let ran = world.print(guests::FILES, "written", &["name=y", "piece=y", "times=30000", TRUST, "--out", "out"]);
    ran.exits(0).says("miss");
    assert_eq!(std::fs::metadata(world.folder().join("out/y")).unwrap().len(), 30_000);
    assert_eq!(state(&world.cache()), before);
    // The record's claims about a file are not trusted: the file is compared.
    let (accessed, modified) =
        (path.metadata().unwrap().accessed().unwrap(), path.metadata().unwrap().modified().unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[5000] ^= 1;
    set_mode(&path, 0o600);
    std::fs::write(&path, bytes).unwrap();
    set_mode(&path, 0o400);
    let times = std::fs::FileTimes::new().set_accessed(accessed).set_modified(modified);
    std::fs::File::open(&path).unwrap().set_times(times).unwrap();
    let found = world.run(guests::FILES, "written", &[&large[..], &[TRUST]].concat());
    found.is_a_miss("damaged");
    world.larder(["blob", "get", &digest, TRUST, "-o", "copy2"]).fails(7, &["is lost"]);
    assert!(!world.folder().join("copy2").exists());
}

#[test]
fn of_one_s_own_cache_there_is_nobody_to_trust() {
    let world = world!();
    let ran = world.print(guests::PRIMES, "count-below", &["limit=97", TRUST]);
    ran.exits(0).says("miss").is_silent_about("another user");
    world.run(guests::PRIMES, "count-below", &["limit=97", TRUST]).is_a_hit();
}

/// Only its owner may open a database that needs repair.
#[test]
fn a_foreign_database_is_not_repaired() {
    let world = world!();
    world.store_an_entry();
    set_mode(&world.cache(), 0o770);
    // The content is not a database.
    std::fs::write(world.cache().join("larder.redb"), vec![7; 100_000]).unwrap();
    let before = state(&world.cache());
    world.larder(count(97).iter().map(String::as_str).chain([TRUST])).fails(7, &["larder.redb"]);
    assert_eq!(state(&world.cache()), before);
}

/// A function that puts something at a path.
type Put<'p> = &'p dyn Fn(&Path);

#[test]
fn nothing_in_the_place_of_a_file_makes_a_command_wait_or_write_elsewhere() {
    let world = world!();
    let (file, folder) = (world.write("file", "mine"), world.folder().join("folder"));
    std::fs::create_dir(&folder).unwrap();
    let listener = std::cell::RefCell::new(None);
    let kinds: [(&str, Put<'_>); 7] = [
        ("a pipe", &|path| mknodat(CWD, path, FileType::Fifo, 0o600.into(), 0).unwrap()),
        ("a socket", &|path| drop(listener.replace(Some(UnixListener::bind(path).unwrap())))),
        ("a link to a file", &|path| symlink(&file, path).unwrap()),
        ("a link to a folder", &|path| symlink(&folder, path).unwrap()),
        ("a link to nothing", &|path| symlink(world.folder().join("nothing"), path).unwrap()),
        ("a device", &|path| {
            let device = rustix::fs::makedev(1, 3);
            if mknodat(CWD, path, FileType::CharacterDevice, 0o600.into(), device).is_err() {
                println!("SKIPPED: no device can be made here");
                mknodat(CWD, path, FileType::Fifo, 0o600.into(), 0).unwrap();
            }
        }),
        ("the other of file and folder", &|path| {
            if path.extension().is_some() {
                std::fs::create_dir(path).unwrap()
            } else {
                std::fs::write(path, "").unwrap()
            }
        }),
    ];
    world.store_an_entry();
    for name in ["larder.redb", "larder.lock", "larder.accesses", "compiled", "blobs"] {
        let path = world.cache().join(name);
        let aside = world.folder().join("aside");
        let was_there = path.symlink_metadata().is_ok();
        for (kind, put) in &kinds {
            if was_there {
                std::fs::rename(&path, &aside).unwrap();
            }
            put(&path);
            let ran = world.larder(count(97));
            if name == "larder.accesses" {
                // No answer depends on it.
                ran.exits(0).prints("24\n").says("hit");
            } else {
                ran.fails(7, &[name]).says("hint: to run without the cache, use --no-cache");
            }
            assert!(path.symlink_metadata().is_ok(), "{name}, {kind}: it is left alone");
            world.larder(count(97).iter().map(String::as_str).chain(["--no-cache"])).exits(0).prints("24\n");
            if path.symlink_metadata().unwrap().is_dir() {
                std::fs::remove_dir(&path).unwrap();
            } else {
                std::fs::remove_file(&path).unwrap();
            }
            if was_there {
                std::fs::rename(&aside, &path).unwrap();
            }
        }
        world.keeps_the_entry();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    assert!(!world.folder().join("nothing").exists());
}
