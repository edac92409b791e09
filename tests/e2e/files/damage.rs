//! Damaged blobs, processes that die, and full disks: no answer is wrong, and acknowledged data survives.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use larder_tests::{Called, Ran, Running, World, asked, guests, world};
use rustix::process::Signal;

use super::{blob, digest, run};

fn make(world: &World) -> Called {
    run(world, "written", &["name=x", "piece=0123456789", "times=10000"])
}

fn flip_a_bit(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[50_000] ^= 4;
    overwrite(path, &bytes);
}

fn overwrite(path: &Path, bytes: &[u8]) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(path, bytes).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o400)).unwrap();
}

#[test]
fn a_damaged_blob_is_found_and_made_again() {
    let world = world!();
    let made = make(&world);
    let path = PathBuf::from(blob(&made, "/ok")["path"].as_str().unwrap());
    let named = format!("f={}", digest(&made, "/ok"));
    let damages: [(&str, &dyn Fn()); 6] = [
        ("a flipped bit", &|| flip_a_bit(&path)),
        ("truncated", &|| overwrite(&path, b"0123456789")),
        ("too long", &|| overwrite(&path, "0123456789".repeat(10_001).as_bytes())),
        ("deleted", &|| std::fs::remove_file(&path).unwrap()),
        ("a folder", &|| {
            std::fs::remove_file(&path).unwrap();
            std::fs::create_dir(&path).unwrap();
            std::fs::write(path.join("inside"), "x").unwrap();
        }),
        ("a link", &|| {
            std::fs::remove_file(&path).unwrap();
            let elsewhere = world.write("elsewhere", "9876543210".repeat(10_000));
            std::os::unix::fs::symlink(elsewhere, &path).unwrap();
        }),
    ];
    for (what, damage) in damages {
        damage();
        let used = world.json(7, ["run", guests::FILES, "lent", &named]);
        assert_eq!(used["error"]["code"], "blob/lost", "{what}: {used:#}");
        let again = make(&world);
        assert_eq!((again.status(), again.miss()), ("miss", "damaged"), "{what}");
        assert!(again.work("runs") == 1 && again.0["stored"] == true, "{what}");
        assert_eq!(again.result(), made.result(), "{what}");
        assert_eq!(std::fs::read(&path).unwrap(), "0123456789".repeat(10_000).as_bytes(), "{what}");
        make(&world).is_a_hit();
        world.larder(["blob", "get", &named[2..], "-o", "copy"]).exits(0);
    }
}

#[test]
fn a_blob_in_a_directory_is_missed_too() {
    let world = world!();
    let text = "y".repeat(40_000);
    let files = format!("files=[[\"a/large\", \"{text}\"], [\"small\", \"x\"]]");
    let made = run(&world, "tree", &[&files, "links=[]"]);
    let large = larder::Digest::of(text.as_bytes()).to_string();
    std::fs::remove_file(world.cache().join("blobs").join(&large[..2]).join(&large)).unwrap();
    let again = run(&world, "tree", &[&files, "links=[]"]);
    again.is_a_miss("damaged");
    assert_eq!(again.result(), made.result());
    run(&world, "tree", &[&files, "links=[]"]).is_a_hit();
}

/// A cache copied like a backup: all files are new, and each is read through once.
#[test]
fn a_cache_that_was_copied_serves_what_it_served() {
    let world = world!();
    let made = make(&world);
    std::fs::rename(world.cache(), world.folder().join("moved")).unwrap();
    let copied = Command::new("cp").args(["-r", "moved", "cache"]).current_dir(world.folder()).status().unwrap();
    assert!(copied.success());
    for _ in 0..2 {
        // Includes the path, which a user of the file also needs the first time.
        assert_eq!(make(&world).hits().result(), made.result());
    }
}

/// A backup made without times, or moved to another machine, and only read there.
#[test]
fn a_copied_cache_that_is_only_read_serves_what_it_served() {
    let world = world!();
    let made = make(&world);
    std::fs::rename(world.cache(), world.folder().join("moved")).unwrap();
    let copied = Command::new("cp").args(["-r", "moved", "cache"]).current_dir(world.folder()).status().unwrap();
    assert!(copied.success());
    let database = std::fs::read(world.cache().join("larder.redb")).unwrap();
    world.write("inputs.ndjson", r#"{"name":"x","piece":"0123456789","times":10000}"#);
    for _ in 0..2 {
        let dry = world.larder(["batch", guests::FILES, "written", "inputs.ndjson", "--dry-run"]);
        assert!(dry.exits(0).stdout.contains("\"hit\""), "{dry}");
    }
    assert!(std::fs::read(world.cache().join("larder.redb")).unwrap() == database, "a dry run writes nothing");
    let batch = world.larder(["batch", guests::FILES, "written", "inputs.ndjson"]);
    let line: serde_json::Value = serde_json::from_str(batch.exits(0).stdout.trim()).unwrap();
    assert!(line["status"] == "hit" && line["result"] == *made.result(), "{batch}");
    // A file found under its digest is used as it is.
    std::fs::remove_dir_all(world.cache()).unwrap();
    std::fs::rename(world.folder().join("moved"), world.folder().join("cache")).unwrap();
    make(&world).is_a_hit();
}

/// Killed anywhere between the first byte and the last commit; `LARDER_SOAK_KILLS` sets the number of kills.
#[test]
fn a_process_killed_while_it_writes_leaves_a_store_that_is_right() {
    let world = world!();
    let kills = u32::try_from(asked("LARDER_SOAK_KILLS", 50)).unwrap();
    let call = |n: u32| {
        ["run", guests::FILES, "written", "name=x", "piece=0123456789abcdef", &format!("times={}", 4000 + n), "--json"]
            .map(str::to_owned)
    };
    // Compiled before the time is measured.
    world.larder(call(0)).exits(0);
    let started = Instant::now();
    world.larder(call(kills + 1)).exits(0);
    let length = u64::try_from(started.elapsed().as_micros()).unwrap();
    let mut random = fastrand::Rng::with_seed(4);
    let mut acknowledged = Vec::new();
    for n in 1..=kills {
        let running = Running::start(&mut world.command(call(n)));
        // The first is killed at once, so that at least one does not finish.
        std::thread::sleep(Duration::from_micros(if n == 1 { 0 } else { random.u64(0..length) }));
        running.signal(Signal::KILL);
        let ran = running.end();
        if ran.code == 0 {
            acknowledged.push((n, serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap()));
        }
    }
    assert!(acknowledged.len() < kills as usize, "no process was killed before its end");
    for (n, told) in &acknowledged {
        let again = Called(world.json(0, &call(*n)[..6]));
        assert_eq!(again.is_a_hit().result(), &told["result"]);
    }
    for n in 1..=kills {
        let made = Called(world.json(0, &call(n)[..6]));
        let path = blob(&made, "/ok")["path"].as_str().unwrap().to_owned();
        assert_eq!(std::fs::read(&path).unwrap(), "0123456789abcdef".repeat(4000 + n as usize).as_bytes());
        std::fs::remove_file(path).unwrap();
    }
}

/// Runs a command in a cache folder of two mebibytes in a private mount. `None` if the test cannot mount file systems.
fn on_a_small_disk(world: &World, arguments: &[&str]) -> Option<Ran> {
    let cache = world.cache();
    std::fs::create_dir_all(&cache).unwrap();
    let usual = world.command(arguments);
    let script = "mount -t tmpfs -o size=2m,mode=700 none \"$1\" && shift && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", script, "sh"]).arg(&cache).arg(usual.get_program()).args(usual.get_args());
    command.current_dir(world.folder()).env_clear().stdin(std::process::Stdio::null());
    command.envs(usual.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.process_group(0);
    let can = Command::new("unshare").args(["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).status();
    can.is_ok_and(|status| status.success()).then(|| Ran::of(&mut command))
}

#[test]
fn a_full_disk_is_told_and_the_result_is_delivered() {
    let world = world!();
    let call = ["run", guests::FILES, "zeros", "mib=3", "by-path=false"];
    let Some(ran) = on_a_small_disk(&world, &[&call[..], &["--out", "results", "--no-cache"]].concat()) else {
        eprintln!("left out: no file system can be mounted here");
        return;
    };
    ran.exits(0);
    assert_eq!(std::fs::metadata(world.folder().join("results/zeros")).unwrap().len(), 3 << 20);
    // Here even the files that the task makes have no room: the task is told so, and none of it is stored.
    on_a_small_disk(&world, &call).unwrap().fails(7, &["there is no space left for the cache"]);
    // A user's file that is returned: there is room for everything but the store.
    world.write("large", vec![7; 3 << 20]);
    let ran = on_a_small_disk(&world, &["run", guests::FILES, "same", "f=large", "--out", "back"]).unwrap();
    ran.exits(0).says("was not stored");
    assert_eq!(std::fs::read(world.folder().join("back/1")).unwrap(), vec![7; 3 << 20]);
}
