//! Time limits and Ctrl-C while the host works: neither waits for the guest to run, and a late result is no answer.

use std::time::Duration;

use larder::Value;
use larder::sandbox::Limits;
use larder_tests::host::Host;
use larder_tests::wat::{TEXTS, work};
use larder_tests::{Ran, Running, World, guests, workspace, world};
use rustix::process::Signal;

/// Work of the host that a guest requests, and that would take years at the numbers requested here.
const WORK: [(&str, &str); 4] =
    [("transcode", work::TRANSCODE), ("random", work::RANDOM), ("hash", work::HASH), ("fill", work::FILL)];

const FOR_YEARS: &str = "times=4294967295";

/// A stopped command ends within this time, however busy the machine is; one that does not is killed.
const SOON: Duration = Duration::from_secs(40);

const LIMITS: &str = "[limits]\ntimeout-seconds = 2\nmemory-mib = 256\n";

#[test]
fn a_time_limit_holds_while_the_host_works() {
    for (name, wat) in WORK {
        let world = world!();
        world.write("larder.toml", LIMITS);
        let component = world.write("work.wat", wat);
        for world_of_it in ["--pinned", "--allow-env=X=1"] {
            let arguments = ["run", "work.wat", "go", FOR_YEARS, world_of_it, "--json"];
            let ran = Running::start(&mut world.command(arguments)).end_within(SOON);
            ran.exits(4);
            let told: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
            assert_eq!(told["error"]["code"], "limit/time", "{name}: {told}");
            assert!(told["run"]["run_us"].as_u64().unwrap() >= 2_000_000, "{name}: {told}");
        }
        // It was not stored, and an unstopped call is answered.
        assert_eq!(world.run(&component, "go", &["times=0", "--pinned"]).is_a_miss("no-entry").result(), 7, "{name}");
        world.run(&component, "go", &["times=0", "--pinned"]).hits();
    }
}

/// The engine copies one stream of the host into another, without the guest.
#[test]
fn a_time_limit_holds_while_a_stream_of_the_host_flows_into_another() {
    let world = world!();
    world.write("larder.toml", LIMITS);
    let guest = world.copy(guests::ASYNC_FILES, "async_files.wasm");
    let called = world.ends(4, &guest, "pour", &["mib=16000000"]);
    called.is_a_failed_run("limit/time", "no-entry");
    assert_eq!(world.run(&guest, "pour", &["mib=3"]).result(), "Ok(()), Ok(())");
}

/// Starts the command, interrupts it while the host works, and expects that it ends.
#[track_caller]
fn interrupt(world: &World, arguments: &[&str]) -> Ran {
    let running = Running::start(&mut world.command(arguments));
    while !running.catches(Signal::INT) {
        std::thread::sleep(Duration::from_millis(1));
    }
    // On a busy machine it may not have begun to run by now; then something else is interrupted.
    std::thread::sleep(Duration::from_secs(2));
    running.signal(Signal::INT);
    let ran = running.end_within(SOON);
    ran.exits(130);
    ran
}

#[test]
fn ctrl_c_is_heard_while_the_host_works() {
    for (name, wat) in WORK {
        let world = world!();
        world.write("work.wat", wat);
        let ran = interrupt(&world, &["run", "work.wat", "go", FOR_YEARS, "--pinned", "--memory-mib", "100000"]);
        ran.says("interrupted").prints("");
        let row = format!("{{\"{}\": {}}}\n", "times", u32::MAX);
        world.write("in.ndjson", row);
        let ran = interrupt(&world, &["batch", "work.wat", "go", "in.ndjson", "--pinned", "--jobs", "1"]);
        ran.says("interrupted");
        assert!(!ran.stdout.contains("\"ok\""), "{name}: {ran}");
    }
}

/// On any machine, the nanosecond is over before the run is.
#[test]
fn a_late_answer_is_none_and_is_not_stored() {
    let world = world!();
    let component = world.write("texts.wat", TEXTS);
    let inputs = || [Value::String("four".to_owned()), Value::String(String::new())];
    let hasty = Host::open(&world, Limits { timeout: Duration::from_nanos(1), ..Limits::default() });
    assert_eq!(hasty.fails(&component, "length", &inputs()), "limit/time");
    assert_eq!(hasty.runs(), 1);
    let patient = Host::open(&world, Limits::default());
    let outcome = patient.call(&component, "length", &inputs()).unwrap();
    assert_eq!((outcome.result, patient.runs()), (Some(Value::U32(4)), 1));
    assert!(outcome.stored);
}

#[test]
fn in_a_batch_only_the_row_fails_whose_time_is_up() {
    for (name, wat) in WORK {
        let world = world!();
        world.write("larder.toml", LIMITS);
        world.write("work.wat", wat);
        world.write("in.ndjson", format!("{{\"times\": 0}}\n{{\"times\": {}}}\n{{\"times\": 0}}\n", u32::MAX));
        for jobs in ["1", "2"] {
            let arguments = ["batch", "--json", "work.wat", "go", "in.ndjson", "--pinned", "--jobs", jobs];
            let ran = Running::start(&mut world.command(arguments)).end_within(SOON);
            ran.exits(1);
            let lines: Vec<serde_json::Value> =
                ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(lines.len(), 3, "{name}: {ran}");
            assert_eq!(lines[1]["error"]["code"], "limit/time", "{name}: {ran}");
            assert_eq!([&lines[0]["result"], &lines[2]["result"]], [7, 7], "{name}: {ran}");
        }
    }
}

#[test]
fn a_manifest_that_has_the_host_work_is_stopped() {
    let world = world!();
    for command in [&["inspect", guests::MANIFEST_HASHES][..], &["key", guests::MANIFEST_HASHES, "hello"]] {
        let ran = Running::start(&mut world.command(command)).end_within(SOON);
        ran.fails(6, &["manifest cannot be read", "exceeded a limit"]);
    }
    // It can be interrupted until its limit.
    let running = Running::start(&mut world.command(["inspect", guests::MANIFEST_HASHES]));
    while !running.catches(Signal::INT) {
        std::thread::sleep(Duration::from_millis(1));
    }
    running.signal(Signal::INT);
    running.end_within(SOON).exits(130);
}

/// Each byte that the host generates costs a unit of fuel, the same on any machine.
#[test]
fn work_of_the_host_costs_fuel() {
    let world = world!();
    world.write("larder.toml", "[limits]\nfuel = 1500000\n");
    world.write("work.wat", work::RANDOM);
    let fuel = |times: u32, task: &str| {
        let called = world.run("work.wat", task, &[&format!("times={times}")]);
        called.0["provenance"]["fuel"].as_u64().unwrap()
    };
    let once = fuel(1, "go");
    assert!((1 << 20..(1 << 20) + 10_000).contains(&once), "{once}");
    assert_eq!(fuel(1, "go"), once);
    // Each call owes less than a slice, and some debt remains at the end.
    let few = fuel(1300, "few");
    assert!((1_300_000..1_400_000).contains(&few), "{few}");
    assert_eq!(fuel(1300, "few"), few);
    for (times, task) in [(2, "go"), (1600, "few")] {
        let called = world.ends(4, "work.wat", task, &[&format!("times={times}")]);
        called.is_a_failed_run("limit/fuel", "not-declared");
        assert_eq!(called.0["run"]["fuel"], 1_500_000);
    }
}

#[test]
fn a_bug_of_the_engine_is_told_as_its_own() {
    let world = world!();
    let attack = world
        .copy(workspace().join("guest-examples/hostile/wat/cancel_the_wrong_end.wat").to_str().unwrap(), "attack.wat");
    world.store_an_entry();
    for _ in 0..2 {
        let called = world.ends(3, &attack, "go", &["--cache-version=1"]);
        called.is_a_failed_run("engine/bug", "no-entry");
        let told = called.message();
        assert!(told.contains("a bug in wasmtime") && !told.contains(".rs"), "{told}");
    }
    world.keeps_the_entry();
    // In one process: later calls get another engine, which answers them.
    let host = Host::open(&world, Limits::default());
    for (text, loud) in [("a", "A"), ("b", "B")] {
        assert_eq!(host.fails(&attack, "go", &[]), "engine/bug");
        let outcome = host.call(guests::ASYNC_TASK, "shout", &[Value::String(text.to_owned())]).unwrap();
        assert_eq!((outcome.result, outcome.stored), (Some(Value::String(loud.to_owned())), true));
    }
}
