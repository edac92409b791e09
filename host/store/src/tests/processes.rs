//! Several real processes on one folder: they share it, one is killed at any moment, and one may not write to it.
//!
//! A child is this test program again, run with the single test `a_child` and with its role in a variable.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use super::*;

const ROLE: &str = "LARDER_STORE_TEST_ROLE";
const FOLDER: &str = "LARDER_STORE_TEST_FOLDER";

/// Root may read and write everything, so if root runs the tests, permissions are tested as this user.
const NOBODY: u32 = 65534;

fn child(program: &Path, folder: &Path, role: &str) -> Command {
    let mut command = Command::new(program);
    let name = module_path!().split_once("::").unwrap().1;
    command.args(["--ignored", "--exact", "--nocapture", "--test-threads=1", &format!("{name}::a_child")]);
    command.env(ROLE, role).env(FOLDER, folder).stdout(Stdio::piped());
    command
}

pub(super) fn spawn(folder: &Path, role: &str) -> Child {
    child(&env::current_exe().unwrap(), folder, role).spawn().unwrap()
}

/// Not a test by itself: the code of a child process.
#[test]
#[ignore = "a child of the tests beside it"]
#[expect(
    clippy::disallowed_methods,
    reason = "the test harness hands no arguments on, so a child is told by variables"
)]
fn a_child() {
    let (Some(role), Some(folder)) = (env::var_os(ROLE), env::var_os(FOLDER)) else { return };
    let folder = Path::new(&folder);
    let role = role.into_string().unwrap();
    let (role, number) = role.split_once(' ').unwrap();
    let number: u64 = number.parse().unwrap();
    match role {
        "write-forever" => write_forever(folder, number),
        "write-and-read" => write_and_read(folder, number),
        "publish-forever" => blob_processes::publish_forever(folder, number),
        "replace-forever" => blob_processes::replace_forever(folder),
        "fill" => blob_processes::fill(folder),
        "may-not-write" => may_not_write(folder),
        "may-not-read" => may_not_read(folder),
        "may-not-repair" => may_not_repair(folder),
        other => panic!("{other}"),
    }
}

/// Runs a child that commits from `start` on, killed as [`killed`] does. Returns the numbers that it had reported as
/// stored.
fn killed_writer(folder: &Path, start: u64, stored: usize, delay: Duration) -> Vec<u64> {
    killed(folder, &format!("write-forever {start}"), stored, delay)
}

/// Runs a child with `role`, killed `delay` after it was ready and had stored this many. Returns the numbers that it
/// had reported as stored.
pub(super) fn killed(folder: &Path, role: &str, stored: usize, delay: Duration) -> Vec<u64> {
    let mut child = spawn(folder, role);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "ready"));
    let mut numbers = lines.filter_map(|line| line.strip_prefix("stored ")?.parse().ok());
    let mut said: Vec<u64> = numbers.by_ref().take(stored).collect();
    std::thread::sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();
    said.extend(numbers);
    said
}

/// Commits from `start` on, and reports each commit.
fn write_forever(folder: &Path, start: u64) {
    std::io::stdout().write_all(b"\nready\n").unwrap();
    let store = Store::open(folder).unwrap();
    for number in start.. {
        store.commit(put(number)).unwrap();
        // Each line is one write, so that the parent never reads half a number.
        std::io::stdout().write_all(format!("\nstored {number}\n").as_bytes()).unwrap();
    }
}

/// Commits 25 entries of its own, and checks that each is found at once, and all earlier ones too.
fn write_and_read(folder: &Path, start: u64) {
    let store = Store::open(folder).unwrap();
    for number in start..start + 25 {
        store.commit(put(number)).unwrap();
        assert!((start..=number).all(|number| found(&store, number)));
    }
}

#[test]
fn processes_write_and_read_one_folder_at_once() {
    let cache = Cache::new();
    let watcher = cache.open();
    let children: Vec<Child> =
        (0..3).map(|child| spawn(&cache.folder, &format!("write-and-read {}", child * 1000))).collect();
    let mut seen = 0;
    let mut results = Vec::new();
    for child in children {
        // While they write, this process reads, and an entry that it has seen stays.
        let now = (0..25).filter(|&number| found(&watcher, number)).count();
        assert!(now >= seen);
        seen = now;
        results.push(child.wait_with_output().unwrap());
    }
    for result in results {
        assert!(result.status.success(), "{result:?}");
    }
    assert_eq!(watcher.stats().unwrap().entries, 75);
    assert!((0..3).all(|child| (0..25).all(|number| found(&watcher, child * 1000 + number))));
}

#[test]
fn a_writer_killed_at_any_moment_loses_nothing_that_it_acknowledged() {
    let cache = Cache::new();
    // It stays open for reading all the time, and must survive every crash.
    let watcher = cache.open();
    let mut acknowledged: Vec<u64> = Vec::new();
    for round in 0_u64..36 {
        let start = round * 10_000;
        // From the first moment to some commits later, in odd steps, so that it hits any point of a commit.
        let delay = Duration::from_micros((round * 7919) % 9973);
        acknowledged.extend(killed_writer(&cache.folder, start, round as usize % 4, delay));
        for number in &acknowledged {
            assert!(found(&watcher, *number), "round {round}: {number} is lost to an open reader");
        }
        let store = cache.open();
        for number in &acknowledged {
            assert!(found(&store, *number), "round {round}: {number} is lost");
        }
        // The store can be written by a process that follows the killed one. Every third time, so that crashes also
        // accumulate.
        if round % 3 == 0 {
            store.commit(put(start + 5000)).unwrap();
            acknowledged.push(start + 5000);
        }
    }
    assert!(acknowledged.len() > 50, "{}", acknowledged.len());
}

#[test]
fn a_writer_killed_while_it_makes_the_store_leaves_nothing_in_the_way() {
    // Creation takes some milliseconds, or many on a busy disk: killed before, during, and after it.
    for round in 0_u64..60 {
        let cache = Cache::new();
        let step = 200 << (round / 15);
        // Every fifth is killed after the creation.
        let stored = usize::from(round % 5 == 4);
        drop(killed_writer(&cache.folder, 0, stored, Duration::from_micros(round % 15 * step)));
        assert!(stored == 0 || cache.database().exists());
        let store = cache.open();
        store.commit(put(500)).unwrap();
        assert!(found(&store, 500), "round {round}");
    }
}

/// Returns a command like [`child`], as the only user of a disk of `size` in memory, which disappears with it. Returns
/// `None` if such a disk is not available.
pub(super) fn on_small_disk(folder: &Path, role: &str, size: &str) -> Option<Command> {
    let isolated = || {
        let mut command = Command::new("unshare");
        let root = rustix::process::geteuid().is_root();
        command.args(if root { &["--mount"][..] } else { &["--mount", "--map-root-user"] });
        command.args(["sh", "-c", "mount -t tmpfs -o \"$1\" tmpfs \"$2\" && shift 2 && exec \"$@\"", "sh"]);
        command.arg(format!("size={size}")).arg(folder);
        command
    };
    let tried = isolated().arg("true").stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success()).then(|| {
        let plain = child(&env::current_exe().unwrap(), folder, role);
        let mut command = isolated();
        command.arg(plain.get_program()).args(plain.get_args());
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdout(Stdio::piped());
        command
    })
}

/// Runs `role` as a user who is subject to permissions, and asserts that it succeeds.
fn as_user(cache: &Cache, role: &str) {
    let program = env::current_exe().unwrap();
    if !rustix::process::geteuid().is_root() {
        let result = child(&program, &cache.folder, role).output().unwrap();
        assert!(result.status.success(), "{result:?}");
        return;
    }
    set_mode(cache.folder.parent().unwrap(), 0o755);
    let as_nobody =
        |program: &Path| child(program, &cache.folder, role).uid(NOBODY).gid(NOBODY).current_dir("/").output();
    let result = as_nobody(&program).unwrap_or_else(|_| {
        // That user may not be able to access the folder of the program.
        let home = TempDir::new().unwrap();
        let copy = home.path().join("tests");
        fs::copy(&program, &copy).unwrap();
        set_mode(home.path(), 0o755);
        set_mode(&copy, 0o755);
        as_nobody(&copy).unwrap()
    });
    assert!(result.status.success(), "{result:?}");
    assert!(String::from_utf8_lossy(&result.stdout).contains("1 passed"), "{result:?}");
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_cache_that_may_be_read_and_not_written_serves_hits() {
    let cache = Cache::new();
    cache.open().commit(put(1)).unwrap();
    set_mode(&cache.database(), 0o444);
    set_mode(&cache.folder, 0o555);
    as_user(&cache, "may-not-write 1");
    // The same while another process has it open for writing.
    let writer = Store::open(&cache.folder).unwrap();
    if rustix::process::geteuid().is_root() {
        writer.commit(put(2)).unwrap();
        as_user(&cache, "may-not-write 2");
    }
    set_mode(&cache.folder, 0o755);
}

fn may_not_write(folder: &Path) {
    let store = Store::open(folder).unwrap();
    assert!(found(&store, 1));
    for _ in 0..2 {
        let refused = store.commit(put(9));
        assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
        assert!(found(&store, 1) && !found(&store, 9), "and lookups go on");
    }
    let refused = store.compiled_folder().write("code", b"code");
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
    let refused = store.blobs().draft();
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
    let bytes = vec![1; 1 << 20];
    let refused = store.blobs().publish_bytes(&bytes, &Digest::of(&bytes));
    assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
    // A cache cannot be created in a folder without write permission either.
    let nowhere = Store::open(&folder.join("deeper").join("still")).unwrap();
    assert!(!found(&nowhere, 1));
    assert!(matches!(nowhere.commit(put(1)), Err(StoreError::ReadOnly { .. })));
}

#[test]
fn a_cache_that_may_not_be_read_is_an_error_when_it_is_opened() {
    let cache = Cache::new();
    cache.open().commit(put(1)).unwrap();
    set_mode(&cache.database(), 0o000);
    set_mode(&cache.folder, 0o755);
    as_user(&cache, "may-not-read 0");
    set_mode(&cache.database(), 0o644);
    set_mode(&cache.folder, 0o000);
    as_user(&cache, "may-not-read 0");
    set_mode(&cache.folder, 0o755);
}

fn may_not_read(folder: &Path) {
    let refused = Store::open(folder);
    assert!(matches!(refused, Err(StoreError::NotReadable { .. })), "{refused:?}");
}

#[test]
fn a_crashed_cache_that_may_not_be_repaired_says_so() {
    let cache = Cache::new();
    let mut child = spawn(&cache.folder, "write-forever 0");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "stored 3"));
    child.kill().unwrap();
    child.wait().unwrap();
    set_mode(&cache.database(), 0o444);
    set_mode(&cache.folder, 0o555);
    as_user(&cache, "may-not-repair 0");
    set_mode(&cache.folder, 0o755);
    // Its owner opens it for a lookup, which repairs it for everyone.
    set_mode(&cache.database(), 0o644);
    assert!((0..=3).all(|number| found(&cache.open(), number)));
    set_mode(&cache.folder, 0o555);
    set_mode(&cache.database(), 0o444);
    as_user(&cache, "may-not-write 0");
    set_mode(&cache.folder, 0o755);
}

fn may_not_repair(folder: &Path) {
    let refused = Store::open(folder);
    assert!(matches!(refused, Err(StoreError::NeedsRepair { .. })), "{refused:?}");
}
