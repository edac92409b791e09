//! The sealed world: everything that a task can see beside its inputs, which is the same in every run.

use larder_tests::{guests, world};
use serde_json::json;

/// The guard of `larder::key::SEALED_WORLD`: this is all that the `ambient` guest can see. A change of the host that
/// changes any of it makes stored results differ from those of a run: bump `SEALED_WORLD`, and only then this value.
/// (A change of the guest's toolchain can change the words of an error, and how often clocks are read, without any
/// change of the world: then change this value alone.)
fn the_world() -> serde_json::Value {
    json!({
        "wall-clock": "946684800000001000",
        "monotonic": "Instant { tv_sec: 0, tv_nsec: 0 }",
        "elapsed": [2000, 3000, 4000, 5000],
        "random": { "ok": "6rl/0BV9/wXcn2cBSidsXQ==" },
        "hash": "3704968985908847676",
        "variables": [],
        "arguments": [],
        "stdin": { "ok": "" },
        "root": { "ok": [] },
        "here": { "ok": [] },
        "connection": { "err": "Permission denied (os error 2)" },
        "addresses": { "err": "Permission denied (os error 2)" },
    })
}

#[test]
fn what_a_sealed_task_can_see_is_pinned() {
    assert_eq!(larder::key::SEALED_WORLD, 3, "bumped: pin the new world");
    assert_eq!(world!().run(guests::AMBIENT, "look", &[]).is_a_miss("no-entry").result(), &the_world());
}

#[test]
fn two_runs_in_two_processes_and_two_places_see_the_same() {
    let (one, other) = (world!(), world!());
    let first = one.run(guests::AMBIENT, "look", &["--no-cache"]);
    let arguments =
        ["run", guests::AMBIENT, "look", "--no-cache", "--account", "lab", "--workflow", "nightly", "--json"];
    let mut elsewhere = other.command(arguments);
    elsewhere.env("SECRET", "seen").stdin(std::process::Stdio::piped());
    let second = larder_tests::Ran::of(&mut elsewhere);
    let second: serde_json::Value = serde_json::from_str(&second.exits(0).stdout).unwrap();
    assert_eq!(second["work"]["hits"], 0);
    assert_eq!(&second["result"], first.is_a_miss("cache-off").result());
}

#[test]
fn a_task_sees_no_environment_no_arguments_and_no_input() {
    let world = world!();
    world.write("input", "what a task must not read");
    let mut command = world.command(["run", guests::AMBIENT, "look", "--json"]);
    command.env("SECRET", "seen").stdin(std::fs::File::open(world.folder().join("input")).unwrap());
    let ran = larder_tests::Ran::of(&mut command);
    let seen: serde_json::Value = serde_json::from_str(&ran.exits(0).stdout).unwrap();
    let seen = &seen["result"];
    assert_eq!((&seen["variables"], &seen["arguments"]), (&json!([]), &json!([])));
    assert_eq!(seen["stdin"], json!({ "ok": "" }));
}

#[test]
fn a_task_sees_no_files_and_no_network() {
    let world = world!();
    world.write("here", "a file in the folder that the command runs in");
    let called = world.run(guests::AMBIENT, "look", &[]);
    for part in ["root", "here"] {
        assert_eq!(called.result()[part], json!({ "ok": [] }), "{part}");
    }
    for part in ["connection", "addresses"] {
        assert!(called.result()[part]["err"].is_string(), "{part}: {:#}", called.0);
    }
}

#[test]
fn another_call_sees_other_random_numbers() {
    let world = world!();
    let first = world.run(guests::AMBIENT, "look", &[]);
    let other = world.run(guests::AMBIENT, "look", &["--cache-version", "2"]);
    assert_ne!(other.is_a_miss("no-entry").result()["random"], first.result()["random"]);
    assert_eq!(other.result()["wall-clock"], first.result()["wall-clock"]);
}

/// Pinned for the same reason as [`the_world`]. A reading adds a microsecond, and waiting adds its duration: two
/// timers that are due together are ready together, however busy the machine was.
#[test]
fn waiting_moves_virtual_time_and_nothing_else_does() {
    let seen = json!({
        "slept": 20_002_000,
        "slept-by-the-wall": 20_002_000,
        "first": [1, 3],
        "second": [1, 2, 3],
        "asked": 10,
    });
    for _ in 0..5 {
        let world = world!();
        let started = std::time::Instant::now();
        let called = world.run(guests::TIMERS, "look", &[]);
        assert!(started.elapsed() >= std::time::Duration::from_millis(22), "it did not really wait");
        assert_eq!(called.result(), &seen);
    }
}

#[test]
fn waiting_in_an_asynchronous_function_moves_virtual_time_too() {
    for _ in 0..3 {
        assert_eq!(world!().run(guests::ASYNC_TIMERS, "nap", &[]).is_a_miss("no-entry").result(), 20_001_000);
    }
}

/// Toolchains import WASI in many versions, and a host serves each of them with its highest one: none of them may
/// bypass the virtual clock.
#[test]
fn every_version_of_wasi_0_2_sees_virtual_time() {
    let world = world!();
    for version in ["0.2.0", "0.2.1", "0.2.3", "0.2.6", "0.2.9", "0.2.12"] {
        let guest = world.write(
            &format!("{version}.wat"),
            format!(
                r#"(component
  (import "wasi:clocks/monotonic-clock@{version}" (instance $clock (export "now" (func (result u64)))))
  (alias export $clock "now" (func $now))
  (core func $lowered (canon lower (func $now)))
  (core module $m
    (import "clock" "now" (func $now (result i64)))
    (func (export "f") (result i64) (drop (call $now)) (drop (call $now)) (call $now)))
  (core instance $c (instantiate $m (with "clock" (instance (export "now" (func $lowered))))))
  (func (export "third-reading") (result u64) (canon lift (core func $c "f"))))"#
            ),
        );
        assert_eq!(world.run(&guest, "third-reading", &[]).result(), 2000, "{version}");
    }
}
