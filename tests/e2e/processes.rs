//! Processes that share a cache, are killed, are interrupted, or lose their reader.

use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use larder_tests::{Ran, Running, World, guests, hostile, until_it_holds, world};
use rustix::process::Signal;

fn succeed(n: u32) -> [String; 5] {
    ["run", guests::OUTCOMES, "succeed", &format!("n={n}"), "--json"].map(str::to_owned)
}

#[test]
fn processes_that_start_together_all_answer_rightly() {
    let world = world!();
    let counts = [(10, 4), (100, 25), (1_000, 168), (20_000, 2_262)];
    let call = |limit: u32| ["run", guests::PRIMES, "count-below", &format!("limit={limit}")].map(str::to_owned);
    for _ in 0..2 {
        let running = counts.repeat(2).into_iter();
        let running = running.map(|(limit, count)| (Running::start(&mut world.command(call(limit))), count));
        for (running, count) in running.collect::<Vec<_>>() {
            running.end().exits(0).prints(&format!("{count}\n")).is_silent_about("warning");
        }
    }
    for (limit, count) in counts {
        let again = world.run(guests::PRIMES, "count-below", &[&format!("limit={limit}")]);
        assert_eq!(again.is_a_hit().result(), count);
    }
}

/// A hit only records its hour, for commands that drop entries, and the database takes the records in with the next
/// commit.
#[test]
fn a_hit_writes_nothing_to_the_database() {
    let world = world!();
    world.store_an_entry();
    let (database, accesses) = (world.cache().join("larder.redb"), world.cache().join("larder.accesses"));
    let before = std::fs::read(&database).unwrap();
    let noted = || std::fs::metadata(&accesses).map_or(0, |metadata| metadata.len());
    for hits in 1..4 {
        world.keeps_the_entry();
        assert_eq!(noted(), hits * 36);
    }
    assert!(std::fs::read(&database).unwrap() == before);
    world.larder(["run", guests::PRIMES, "count-below", "limit=98"]).exits(0);
    assert_eq!(noted(), 0);
}

#[test]
fn a_long_run_keeps_nobody_waiting() {
    let world = world!();
    world.store_an_entry();
    let long = Running::start(&mut world.command(["run", guests::PRIMES, "count-below", "limit=99000000000"]));
    long.until_it_catches(Signal::INT);
    world.keeps_the_entry();
    world.run(guests::PRIMES, "count-below", &["limit=10"]).is_a_miss("no-entry");
    world.run(guests::PRIMES, "count-below", &["limit=10"]).is_a_hit();
    long.signal(Signal::KILL);
    long.end().exits(-1);
    world.keeps_the_entry();
}

/// Acknowledged results survive the death of a process at any point, and the next process goes on.
#[test]
fn a_killed_process_loses_nothing_that_was_acknowledged() {
    let world = world!();
    let started = Instant::now();
    world.larder(succeed(0)).exits(0);
    world.larder(succeed(1)).exits(0);
    let length = started.elapsed().as_micros() as u64;
    let mut random = fastrand::Rng::with_seed(2);
    let mut acknowledged = vec![0, 1];
    for n in 2..32 {
        let running = Running::start(&mut world.command(succeed(n)));
        // The first is killed at once, so that at least one does not finish.
        std::thread::sleep(Duration::from_micros(if n == 2 { 0 } else { random.u64(0..length) }));
        running.signal(Signal::KILL);
        let ran = running.end();
        if ran.code == 0 {
            acknowledged.push(n);
        }
        world.run(guests::OUTCOMES, "succeed", &["n=0"]).is_a_hit();
    }
    assert!(acknowledged.len() < 32, "no process was killed before its end");
    for n in acknowledged {
        let again = world.run(guests::OUTCOMES, "succeed", &[&format!("n={n}")]);
        assert_eq!(again.is_a_hit().result()["ok"], n);
    }
    for n in 2..32 {
        assert_eq!(world.run(guests::OUTCOMES, "succeed", &[&format!("n={n}")]).result()["ok"], n);
    }
}

/// The same for the very first process, which creates the cache.
#[test]
fn a_process_killed_while_it_makes_the_cache_leaves_one_that_opens() {
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..20 {
        let world = world!();
        // It would not end by itself.
        let running = Running::start(&mut world.command(["run", guests::OUTCOMES, "sleep", "seconds=600"]));
        until_it_holds("a cache folder", || world.cache().exists());
        std::thread::sleep(Duration::from_micros(random.u64(0..20_000)));
        running.signal(Signal::KILL);
        running.end().exits(-1);
        assert_eq!(world.run(guests::OUTCOMES, "succeed", &["n=0"]).result()["ok"], 0);
        world.run(guests::OUTCOMES, "succeed", &["n=0"]).is_a_hit();
    }
}

/// Starts the command, which would not end by itself, interrupts it while it works, and expects that it ends and
/// leaves nothing.
#[track_caller]
fn interrupt(world: &World, arguments: &[&str]) -> Ran {
    let running = Running::start(&mut world.command(arguments));
    running.until_it_catches(Signal::INT);
    running.signal(Signal::INT);
    let ran = running.end();
    ran.exits(130).says("interrupted; nothing of this run was stored");
    ran
}

#[test]
fn ctrl_c_ends_a_run_at_once_and_stores_nothing() {
    let world = world!();
    world.store_an_entry();
    let long = ["run", guests::PRIMES, "count-below", "limit=99000000000"];
    let asleep = ["run", guests::OUTCOMES, "sleep", "seconds=600"];
    for call in [&long, &asleep] {
        interrupt(&world, call).prints("");
        // A stored result would answer here.
        let told = interrupt(&world, &[&call[..], &["--json"]].concat());
        let told: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
        assert_eq!((&told["exit_code"], &told["error"]["code"]), (&130.into(), &"interrupted".into()));
    }
    world.keeps_the_entry();
    let entries = || std::fs::read_dir(world.cache()).unwrap().count();
    let before = entries();
    interrupt(&world, &long);
    assert_eq!(entries(), before, "an interrupted run leaves no file");
    world.run(guests::PRIMES, "count-below", &["limit=10"]).is_a_miss("no-entry");
}

#[test]
fn ctrl_c_ends_a_compilation_at_once() {
    let world = world!();
    world.store_an_entry();
    let before = std::fs::read_dir(world.cache().join("compiled")).unwrap().count();
    world.write("heavy.wasm", hostile::locals(100_000));
    interrupt(&world, &["run", "heavy.wasm", "f", "--pinned"]);
    assert_eq!(
        std::fs::read_dir(world.cache().join("compiled")).unwrap().count(),
        before,
        "it was compiled to its end"
    );
    world.keeps_the_entry();
}

#[test]
fn a_reader_that_has_enough_ends_nothing() {
    let world = world!();
    let bytes = ["run", guests::OUTCOMES, "bytes", "length=2000000"];
    for (call, read) in [(&bytes, 0), (&bytes, 10), (&["run", guests::PRIMES, "count-below", "limit=9"], 0)] {
        for _ in 0..2 {
            let (mut reader, writer) = std::io::pipe().unwrap();
            let running = Running::start_with(world.command(call).stdout(writer));
            reader.read_exact(&mut vec![0; read]).unwrap();
            drop(reader);
            running.end().exits(0).is_silent_about("error");
        }
    }
    let whole = world.run(guests::OUTCOMES, "bytes", &["length=2000000"]);
    assert_eq!(whole.is_a_hit().result().as_str().unwrap().len(), 2_666_668);
    for command in [&["--help"][..], &["inspect", guests::PRIMES], &["completions", "bash"], &["cache", "path"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        Running::start_with(world.command(command).stdout(writer)).end().exits(0);
    }
}

#[test]
fn an_output_that_is_full_is_an_error_and_the_result_is_kept() {
    let world = world!();
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let call = ["run", guests::PRIMES, "count-below", "limit=1000"];
    for json in [&[][..], &["--json"]] {
        let ran = Running::start_with(world.command(call.iter().chain(json)).stdout(full())).end();
        ran.exits(2).says("standard output cannot be written").says("No space left");
    }
    assert_eq!(world.run(guests::PRIMES, "count-below", &["limit=1000"]).is_a_hit().result(), 168);
    for help in [&["--help"][..], &["run", "--help"], &["--version"]] {
        let told = Running::start_with(world.command(help).stdout(full())).end();
        told.exits(2).says("standard output cannot be written").says("No space left");
    }
    // A caller that cannot receive the status still gets the result.
    let ran = world.command(call).stderr(full()).output().unwrap();
    assert_eq!((ran.status.code(), ran.stdout.as_slice()), (Some(0), &b"168\n"[..]));
}

#[test]
fn closed_streams_are_no_matter() {
    let world = world!();
    let run = |redirect: &str| {
        let mut shell = Command::new("sh");
        let program = world.command::<&str>([]).get_program().to_owned();
        shell.args(["-c", &format!("exec \"$0\" run \"$1\" count-below limit=1000 {redirect}")]);
        shell.arg(program).arg(guests::PRIMES).env("LARDER_CACHE_DIR", world.cache()).current_dir(world.folder());
        Ran::of(&mut shell)
    };
    run("<&-").exits(0).prints("168\n");
    run(">&-").exits(0).prints("");
    run("2>&-").exits(0).prints("168\n");
    run("<&- >&- 2>&-").exits(0);
    world.run(guests::PRIMES, "count-below", &["limit=1000"]).is_a_hit();
}
