//! A cache whose bytes were changed from outside: an answer is right, or it is computed again, or it is an error. It
//! is never wrong, and nothing panics.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

use larder::declare::DeclaredVersion;
use larder::policy::Asked;
use larder::{CallOptions, Error, Larder, Settings, Status, Value};
use larder_tests::{World, wat::Sum, world};
use tempfile::TempDir;

const ENTRIES: u32 = 12;
const ADDED: u32 = 1000;

/// A world with a cache of [`ENTRIES`] entries, and the component that made them.
fn filled() -> (World, PathBuf) {
    let world = world!();
    let component = world.write("sum.wat", Sum { added: ADDED, ..Sum::default() }.wat());
    let seen = ask_all(&world.cache(), &component).unwrap();
    assert_eq!((seen.hits, seen.misses), (0, ENTRIES));
    assert_eq!(ask_all(&world.cache(), &component).unwrap().hits, ENTRIES);
    (world, component)
}

/// Number of answers from the cache.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    hits: u32,
    misses: u32,
    warnings: usize,
}

/// Requests every entry, in this process. The answers must be right; only the cache itself may fail to open.
#[track_caller]
fn ask_all(cache: &Path, component: &Path) -> Result<Seen, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let larder = Larder::open(Settings::new(Some(cache.to_owned())))?;
    runtime.block_on(async {
        let component = Arc::new(larder.load(component, None).await.unwrap());
        let asked = Asked { version: Some(DeclaredVersion::Pinned), ..Asked::default() };
        let warnings = component.warnings.len();
        let task = larder.prepare(component, 0, CallOptions { asked, ..CallOptions::default() }).unwrap();
        let mut seen = Seen { warnings, ..Seen::default() };
        for n in 0..ENTRIES {
            let outcome = larder.call(&task, &[Value::U32(n), Value::U32(0)]).await.unwrap();
            assert_eq!(outcome.result, Some(Value::U32(n + ADDED)), "{outcome:?}");
            *if matches!(outcome.status, Status::Hit(_)) { &mut seen.hits } else { &mut seen.misses } += 1;
            seen.warnings += outcome.warnings.len();
        }
        Ok(seen)
    })
}

/// Returns a copy of the cache folder with this database in it.
fn copy(cache: &Path, database: &[u8]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let private = |path: PathBuf, bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    };
    private(folder.path().join("larder.redb"), database);
    DirBuilder::new().mode(0o700).create(folder.path().join("compiled")).unwrap();
    for file in std::fs::read_dir(cache.join("compiled")).unwrap() {
        let file = file.unwrap();
        private(folder.path().join("compiled").join(file.file_name()), &std::fs::read(file.path()).unwrap());
    }
    folder
}

/// Changes some bytes, half of them among the non-zero ones.
fn flip(bytes: &mut [u8], random: &mut fastrand::Rng) {
    let written: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    for _ in 0..1 << random.u32(0..7) {
        let at = if random.bool() { written[random.usize(..written.len())] } else { random.usize(..bytes.len()) };
        bytes[at] ^= random.u8(1..);
    }
}

/// The database panics on damage, and the store contains the panic: the hook's output would tell nothing about this
/// test.
fn silence_contained_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !larder::panic_is_contained() {
                loud(panic);
            }
        }));
    });
}

#[test]
fn flipped_bytes_never_change_an_answer() {
    silence_contained_panics();
    let (world, component) = filled();
    let database = std::fs::read(world.cache().join("larder.redb")).unwrap();
    let mut random = fastrand::Rng::with_seed(11);
    let (mut hits, mut misses, mut refused) = (0, 0, 0);
    for _ in 0..120 {
        let mut bytes = database.clone();
        flip(&mut bytes, &mut random);
        let cache = copy(&world.cache(), &bytes);
        // By the second round, the first has stored what it could.
        for _ in 0..2 {
            match ask_all(cache.path(), &component) {
                Ok(seen) => (hits, misses) = (hits + seen.hits, misses + seen.misses),
                Err(Error::Store(_)) => refused += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
    }
    assert!(hits > 0 && misses > 0 && refused > 0, "{hits} hits, {misses} misses, {refused} refused");
}

/// Runs every call with the command, and expects a right answer, or exit code 7 with a way out.
#[track_caller]
fn right_or_refused(world: &World, cache: &Path) {
    let cache = cache.display().to_string();
    for n in [0, ENTRIES - 1] {
        let call = ["run", "sum.wat", "sum", &format!("a={n}"), "b=0", "--pinned", "--cache-dir", &cache];
        let ran = world.larder(call);
        match ran.code {
            0 => ran.prints(&format!("{}\n", n + ADDED)),
            code => ran.fails(code, &["larder.redb", "--no-cache"]).exits(7),
        };
        world.larder(call.iter().chain(&["--no-cache"])).exits(0).prints(&format!("{}\n", n + ADDED));
    }
}

#[test]
fn the_command_survives_flipped_bytes() {
    let (world, _) = filled();
    let database = std::fs::read(world.cache().join("larder.redb")).unwrap();
    let mut random = fastrand::Rng::with_seed(12);
    for _ in 0..12 {
        let mut bytes = database.clone();
        flip(&mut bytes, &mut random);
        right_or_refused(&world, copy(&world.cache(), &bytes).path());
    }
}

#[test]
fn a_database_cut_short_never_changes_an_answer() {
    silence_contained_panics();
    let (world, component) = filled();
    let database = std::fs::read(world.cache().join("larder.redb")).unwrap();
    let page = 4096;
    for length in
        [0, 1, 9, 100, 320, page, page + 1, 3 * page, database.len() / 2, database.len() - page, database.len() - 1]
    {
        let cache = copy(&world.cache(), &database[..length]);
        for _ in 0..2 {
            if let Err(error) = ask_all(cache.path(), &component) {
                assert!(matches!(error, Error::Store(_)), "{length}: {error:?}");
            }
        }
        right_or_refused(&world, cache.path());
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let (world, _) = filled();
    let text = "my notes\n".repeat(1000);
    for (content, texts) in [
        (vec![0; 1 << 20], &["not a Larder cache", "move it away"][..]),
        (text.clone().into_bytes(), &["not a Larder cache", "move it away"]),
        (b"x".to_vec(), &["larder.redb"]),
    ] {
        let cache = copy(&world.cache(), &content);
        let folder = cache.path().display().to_string();
        let call = ["run", "sum.wat", "sum", "a=1", "b=0", "--pinned", "--cache-dir", &folder];
        world.larder(call).fails(7, texts).says("hint: to run without the cache, use --no-cache");
        let inspected = world.larder(["inspect", "sum.wat", "--cache-dir", &folder]);
        inspected.exits(0).says("warning: ").says("larder.redb");
        assert_eq!(std::fs::read(cache.path().join("larder.redb")).unwrap(), content);
        right_or_refused(&world, cache.path());
    }
}
