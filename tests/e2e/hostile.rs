//! Malicious guests: a limit stops each in time and in little memory, and the next run is unaffected.
//!
//! Attacks on the scratch folder are in [`crate::scratch`], attacks by bytes that never run in
//! [`crate::hostile_bytes`], and those on the network in [`crate::open`].

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use larder_tests::wat::growing_table;
use larder_tests::{Called, Running, World, guests, workspace, world};

/// Low limits, which an attack exceeds soon.
const LIMITS: &str = "timeout-seconds = 2\nmemory-mib = 64\nhandles = 2000\nhost-call-mib = 64\nresult-mib = 4\n";

/// Memory of a host beside its guest's allowance in MiB: a development build with its pool and its code.
const MARGIN: u64 = 160;

/// Returns a component under [`LIMITS`], with an entry in the cache that must survive.
fn under_limits(world: &World, guest: impl AsRef<Path>, limits: &str) -> PathBuf {
    world.store_an_entry();
    world.write("larder.toml", format!("[limits]\n{limits}"));
    world.copy(guest.as_ref().to_str().unwrap(), guest.as_ref().file_name().unwrap().to_str().unwrap())
}

/// Runs an attack, which must end with `code` soon and in little memory, and leave the host unchanged.
#[track_caller]
fn contained(limits: &str, task: &str, argument: &str, code: &str) -> Called {
    let world = world!();
    let guest = under_limits(&world, guests::HOSTILE, limits);
    let called = attack(&world, &guest, task, argument, code);
    // Another task of the same component, from the same compiled code.
    assert_eq!(world.run(&guest, "poll-many", &["count=3", "--pinned"]).result(), 3);
    called
}

#[track_caller]
fn attack(world: &World, guest: &Path, task: &str, argument: &str, code: &str) -> Called {
    // Compiled first, so that only the run is measured.
    world.json(0, ["inspect", guest.to_str().unwrap()]);
    let arguments = ["run", guest.to_str().unwrap(), task, argument, "--pinned", "--json"];
    let arguments = arguments.into_iter().filter(|argument| !argument.is_empty());
    let started = Instant::now();
    let (ran, peak) = Running::start(&mut world.command(arguments)).end_measured();
    ran.exits(if code.starts_with("limit/") { 4 } else { 3 });
    let called = Called(serde_json::from_str(&ran.stdout).unwrap());
    called.is_a_failed_run(code, "no-entry");
    assert!(peak < 64 + MARGIN, "{task}: the host took {peak} MiB\n{ran}");
    assert!(started.elapsed() < Duration::from_secs(30), "{task}: {:?}", started.elapsed());
    assert!(!called.message().contains("bug"), "{}", called.message());
    world.keeps_the_entry();
    called
}

#[test]
fn what_never_ends_is_stopped_by_the_clock() {
    for task in ["loop-forever", "call-forever", "sleep-forever", "log-forever"] {
        let called = contained(LIMITS, task, "", "limit/time");
        let micros = called.0["run"]["run_us"].as_u64().unwrap();
        assert!((2_000_000..9_000_000).contains(&micros), "{task}: {micros}");
    }
}

#[test]
fn what_computes_without_end_runs_out_of_fuel() {
    for task in ["loop-forever", "call-forever"] {
        let called = contained(&format!("{LIMITS}fuel = 1000000\n"), task, "", "limit/fuel");
        assert_eq!(called.0["run"]["fuel"], 1_000_000);
    }
}

#[test]
fn what_calls_itself_without_end_runs_out_of_stack() {
    contained(LIMITS, "recurse-forever", "", "limit/stack");
}

/// Each guest survives the refusal and returns: that is no result either.
#[test]
fn memory_is_summed_and_a_refusal_taints_the_run() {
    for task in ["grow-at-once", "grow-in-steps"] {
        let called = contained(LIMITS, task, "", "limit/memory");
        assert!(called.0["run"]["peak_memory_bytes"].as_u64().unwrap() <= 64 << 20);
    }
    let world = world!();
    let guest = under_limits(&world, workspace().join("guest-examples/hostile/wat/many_memories.wat"), LIMITS);
    let called = attack(&world, &guest, "grow", "pages=200", "limit/memory");
    assert!(called.message().contains("the limit is 64 MiB"), "{}", called.message());
    assert_eq!(world.run(&guest, "grow", &["pages=90", "--pinned"]).result(), 1);
}

#[test]
fn tables_and_instances_are_counted() {
    let world = world!();
    world.write("table.wat", growing_table(""));
    let guest = under_limits(&world, world.folder().join("table.wat"), LIMITS);
    attack(&world, &guest, "grow", "by=4000000000", "limit/tables");
    let guest = under_limits(&world, workspace().join("guest-examples/hostile/wat/many_instances.wat"), LIMITS);
    attack(&world, &guest, "f", "", "limit/instance");
}

#[test]
fn an_enormous_log_is_kept_at_both_ends() {
    let world = world!();
    let guest = under_limits(&world, guests::HOSTILE, "captured-kib = 4\n");
    let called = world.run(&guest, "log", &["mib=200", "--pinned"]);
    let kept = called.0["provenance"]["stdout"].as_str().unwrap();
    assert!(kept.starts_with("yyy") && kept.contains("bytes left out") && kept.len() < 9000, "{}", kept.len());
    world.run(&guest, "log", &["mib=200", "--pinned"]).hits();
}

#[test]
fn handles_are_counted() {
    for (task, argument) in [("hoard-handles", ""), ("poll-many", "count=1000000")] {
        let called = contained(LIMITS, task, argument, "limit/handles");
        assert!(called.message().contains("2000"), "{}", called.message());
    }
}

#[test]
fn a_list_for_the_host_is_bounded() {
    contained(LIMITS, "poll-one-often", "count=4000000", "limit/handles");
}

#[test]
fn a_request_for_random_numbers_is_bounded() {
    for bytes in ["bytes=4294967296", "bytes=18446744073709551615", "bytes=16777217"] {
        contained(LIMITS, "random", bytes, "limit/random");
    }
}

#[test]
fn an_enormous_result_is_none() {
    for (task, argument, code) in [
        ("long-bytes", "count=30000000", "limit/result"),
        ("long-string", "count=40000000", "limit/result"),
        ("long-bytes", "count=1600000", "limit/result"),
        ("nested-lists", "count=4000", "limit/host-call"),
        ("empty-results", "count=20000000", "limit/host-call"),
    ] {
        let called =
            contained(&format!("{LIMITS}result-mib = 1\n").replace("result-mib = 4\n", ""), task, argument, code);
        assert!(called.message().contains("MiB"), "{}", called.message());
    }
}
