//! Runs begin when there is room for their size: a limited number at once, none that can never fit, and hits never
//! wait.

use std::time::{Duration, Instant};

use larder_tests::{World, guests, world};

use super::{Batch, batch};

/// Creates a world with a guest whose tasks have a size of two processors and 256 MiB.
fn world_of_two() -> World {
    let world = world!();
    world.copy(guests::OUTCOMES, "guest.wasm");
    world.write("larder.toml", "[sizes.small]\ncpus = 2\nmemory-mib = 256\n");
    world.trust("larder.toml");
    world
}

/// Runs four calls that sleep for a second each, under `options`, and returns their total time: at least the sleeps of
/// those that may not run at the same time. There is no cache, since of calls with one key only one runs.
fn sleepers(world: &World, options: &[&str]) -> (Batch, Duration) {
    let began = Instant::now();
    let arguments = ["guest.wasm", "sleep", "--each", "seconds=[1, 1, 1, 1]", "--no-cache"];
    let ended = batch(world, 0, [&arguments, options].concat(), "");
    (ended, began.elapsed())
}

#[test]
fn as_many_run_at_once_as_there_are_processors_for() {
    let world = world_of_two();
    let (two, took) = sleepers(&world, &["--jobs", "4", "--cpus", "4"]);
    two.counts(&[("misses", 4)]);
    assert!(took >= Duration::from_secs(2), "{took:?}");
    let (all, _) = sleepers(&world, &["--jobs", "4", "--cpus", "8"]);
    all.counts(&[("waits", 0)]);
    assert!(!all.ran.stderr.contains("at once"), "{}", all.ran);
    two.ran.says("2 at once: each, of size small, needs 2 of 4 cpus and may use 268.4MB");
}

#[test]
fn as_many_run_at_once_as_there_is_memory_for() {
    let world = world_of_two();
    let (two, took) = sleepers(&world, &["--jobs", "4", "--cpus", "8", "--memory-mib", "767"]);
    two.counts(&[("misses", 4)]);
    assert!(took >= Duration::from_secs(2), "{took:?}");
    let (all, _) = sleepers(&world, &["--jobs", "4", "--cpus", "8", "--memory-mib", "1024"]);
    all.counts(&[("waits", 0)]);
}

/// The last call waits longer than its time limit: only a run's own time counts, and each needs a fifth of the limit.
#[test]
fn waiting_is_none_of_a_run_s_time() {
    let world = world_of_two();
    world.write("larder.toml", "[sizes.small]\ncpus = 2\ntimeout-seconds = 5\n");
    world.trust("larder.toml");
    let began = Instant::now();
    let arguments = ["guest.wasm", "sleep", "--each", "seconds=[1, 1, 1, 1, 1, 1, 1]", "--no-cache"];
    let one = batch(&world, 0, [&arguments[..], &["--jobs", "7", "--cpus", "2"]].concat(), "");
    one.counts(&[("misses", 7), ("failures", 0)]);
    assert!(began.elapsed() >= Duration::from_secs(7), "{:?}", began.elapsed());
}

#[test]
fn more_jobs_than_processors_are_meant() {
    let world = world!();
    world.copy(guests::OUTCOMES, "guest.wasm");
    let (all, _) = sleepers(&world, &["--jobs", "4"]);
    all.counts(&[("waits", 0)]);
    let (all, _) = sleepers(&world, &["--jobs", "64"]);
    all.counts(&[("waits", 0)]);
}

#[test]
fn a_task_that_can_never_fit_is_refused_at_once() {
    let world = world_of_two();
    // The machine may have only one processor.
    world.run("guest.wasm", "succeed", &["n=1", "--cpus=2"]);
    for (options, code, words) in [
        (
            ["--cpus=1", "--memory-mib=4096"],
            "limit/budget-cpus",
            ["needs 2 cpus", "may use 1", "--cpus 2", "size = \\\"small\\\""],
        ),
        (
            ["--cpus=2", "--memory-mib=255"],
            "limit/budget-memory",
            ["may use 256 MiB", "may use 255 MiB", "--memory-mib 256", "memory-mib = 255"],
        ),
    ] {
        let refused = world.ends(4, "guest.wasm", "succeed", &["n=2", options[0], options[1]]);
        assert_eq!(refused.error(), code);
        for word in words {
            assert!(refused.message().contains(word), "{word}: {}", refused.message());
        }
        let told = batch(&world, 1, ["guest.wasm", "succeed", "--each", "n=[1, 3]", options[0], options[1]], "");
        // A stored answer needs no room.
        assert_eq!(told.words("status"), "hit failed");
        assert_eq!(told.lines[1]["exit_code"], 4);
        assert_eq!(told.lines[1]["error"]["code"], code);
        told.counts(&[("runs", 0), ("hits", 1)]);
    }
    // The hint is correct.
    world.write("larder.toml", "[sizes.small]\ncpus = 2\n[tasks.\"outcomes#succeed\".limits]\nmemory-mib = 255\n");
    world.trust("larder.toml");
    world.run("guest.wasm", "succeed", &["n=2", "--memory-mib=255", "--cpus=2"]).is_a_miss("no-entry");
}

/// The only place is taken for a long time, while hits come and go.
#[test]
fn a_hit_waits_for_nobody() {
    let world = world_of_two();
    // The machine may have only one processor.
    world.run("guest.wasm", "sleep", &["seconds=0", "--cpus=2"]);
    let (stdin, mut inputs) = std::io::pipe().unwrap();
    let (answers, stdout) = std::io::pipe().unwrap();
    let mut command = world.command(["batch", "guest.wasm", "sleep", "--unordered", "--cpus", "2", "--jobs", "2"]);
    let running = larder_tests::Running::start_with(command.stdin(stdin).stdout(stdout));
    drop(command);
    let lines = "{\"seconds\": 600}\n{\"seconds\": 601}\n{\"seconds\": 602}\n{\"seconds\": 0}\n";
    std::io::Write::write_all(&mut inputs, lines.as_bytes()).unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(answers), &mut line).unwrap();
    assert!(line.starts_with("{\"index\":3,\"status\":\"hit\""), "{line}");
    // Waiting calls end with the running one.
    running.signal(rustix::process::Signal::INT);
    running.end().exits(130);
}
