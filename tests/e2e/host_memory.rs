//! Host memory for a guest, beside the guest's own: texts of requests, handles, directories, names. One account is
//! charged for all of it, and a guest that exceeds its limit ends with `limit/host-memory`, in little memory.

use std::path::{Path, PathBuf};
use std::time::Instant;

use larder_tests::{Called, Running, World, asked, guests, world};

/// High limits for the guest, and a low one for host memory.
const LIMITS: &str = "timeout-seconds = 60\nmemory-mib = 256\nhost-call-mib = 64\nhost-memory-mib = 16\n";

/// Memory of the host itself in MiB: a development build with its pool and its code.
const MARGIN: u64 = 160;

const MIB: u32 = 1 << 20;

fn under_limits(world: &World, limits: &str) -> PathBuf {
    world.store_an_entry();
    world.write("larder.toml", format!("[limits]\n{limits}"));
    let guest = world.copy(guests::STRESS, "stress.wasm");
    // Compiled first, so that only the run is measured.
    world.run(&guest, "wild", &["seed=1", "calls=0", "--pinned"]);
    guest
}

/// Runs a task of the guest, and returns its exit code, its outcome, and the peak memory of the process in MiB.
#[track_caller]
fn measured(world: &World, guest: &Path, task: &str, arguments: &[&str]) -> (i32, Called, u64) {
    let fixed = ["run", guest.to_str().unwrap(), task];
    let arguments = fixed.iter().chain(arguments).chain(&["--pinned", "--json"]);
    let (ran, peak) = Running::start(&mut world.command(arguments)).end_measured();
    let told = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran}"));
    (ran.code, Called(told), peak)
}

/// Makes one kind of call repeatedly: the run ends with the limit, whatever the guest does.
#[track_caller]
fn is_refused(kind: u32, bytes: u32, calls: u32) {
    let world = world!();
    let guest = under_limits(&world, LIMITS);
    let arguments = [format!("kind={kind}"), format!("bytes={bytes}"), format!("calls={calls}")];
    let (code, called, peak) = measured(&world, &guest, "only", &arguments.each_ref().map(String::as_str));
    assert_eq!(code, 4, "{}", called.0);
    called.is_a_failed_run("limit/host-memory", "no-entry");
    let kept = called.0["run"]["peak_host_bytes"].as_u64().unwrap();
    assert!((1..=16 << 20).contains(&kept), "{}", called.0);
    let guests = called.0["run"]["peak_memory_bytes"].as_u64().unwrap() >> 20;
    assert!(peak < MARGIN + guests + 2 * 64, "kind {kind}: the host took {peak} MiB, the guest {guests}");
    world.keeps_the_entry();
}

#[test]
fn a_text_of_a_request_is_charged() {
    for kind in [0, 1] {
        is_refused(kind, 5 * MIB, 10);
    }
    // A path has at most 64 KiB.
    is_refused(2, 60_000, 3000);
}

#[test]
fn the_fields_and_the_bodies_of_requests_are_charged() {
    for (kind, bytes) in [(4, 199), (5, 299), (6, 1)] {
        is_refused(kind, bytes, 20_000);
    }
}

#[test]
fn what_a_writer_holds_is_charged() {
    is_refused(11, 4 * MIB - 1001, 60);
}

#[test]
fn names_and_targets_are_charged() {
    is_refused(19, 10_199, 90_000);
}

/// A directory that is taken again is the same, so that it is free; everything shown of it is charged.
#[test]
fn a_directory_is_kept_once_and_shown_at_a_price() {
    let world = world!();
    let guest = under_limits(&world, LIMITS);
    let (code, called, peak) =
        measured(&world, &guest, "hoard-directories", &["links=1000", "handles=100", "show=false"]);
    assert_eq!((code, &called.0["result"]), (0, &100.into()), "{}", called.0);
    assert!(peak < MARGIN + 100, "the host took {peak} MiB");
    let (code, called, peak) =
        measured(&world, &guest, "hoard-directories", &["links=1000", "handles=100", "show=true"]);
    assert_eq!(code, 4, "{}", called.0);
    called.is_a_failed_run("limit/host-memory", "no-entry");
    assert!(peak < MARGIN + 200, "the host took {peak} MiB");
}

/// Dropping gives memory back: endless requests, one after the other.
#[test]
fn what_is_dropped_is_charged_no_more() {
    let world = world!();
    let guest = under_limits(&world, LIMITS);
    let (code, called, _) = measured(&world, &guest, "churn", &["calls=5000"]);
    assert_eq!((code, &called.0["result"]), (0, &5000.into()), "{}", called.0);
}

#[test]
fn the_limit_can_be_set_and_is_said() {
    let world = world!();
    let guest = under_limits(&world, "memory-mib = 256\nhost-memory-mib = 8\n");
    let (code, called, _) = measured(&world, &guest, "only", &["kind=0", "bytes=1000000", "calls=30"]);
    assert_eq!(code, 4);
    called.is_a_failed_run("limit/host-memory", "no-entry");
    assert!(called.message().contains("host memory") && called.message().contains("8 MiB"), "{}", called.message());
    let guest = under_limits(&world, "memory-mib = 256\n");
    assert_eq!(measured(&world, &guest, "only", &["kind=0", "bytes=1000000", "calls=30"]).0, 0);
}

/// A conversion stays within its limit for every type: not three times the limit.
#[test]
fn a_result_in_flight_takes_no_more_than_its_limit() {
    let world = world!();
    for (task, counts) in [("records", [50_000, 200_000]), ("flagged", [40_000, 400_000])] {
        let guest = under_limits(&world, LIMITS);
        for count in counts {
            let (code, called, peak) = measured(&world, &guest, task, &[&format!("count={count}")]);
            let guests = if code == 0 {
                called.0["provenance"]["peak_memory_bytes"].as_u64().unwrap()
            } else {
                called.is_a_failed_run("limit/host-call", "no-entry");
                called.0["run"]["peak_memory_bytes"].as_u64().unwrap()
            };
            assert_eq!(code == 0, count == counts[0], "{task} of {count}");
            assert!(peak < MARGIN + (guests >> 20) + 64, "{task} of {count}: the host took {peak} MiB");
        }
    }
}

/// Number of random sequences, and the length of each; environment variables can raise them.
const SEEDS: u64 = 3;
const CALLS: u32 = 400;

/// Random sequences of hostile calls of WASI 0.2 and 0.3: each ends without the host failing or taking much memory,
/// and the next run is right. `LARDER_STRESS_SEEDS` and `LARDER_STRESS_CALLS` make it longer, `LARDER_STRESS_FROM`
/// begins at another seed, and `LARDER_STRESS_SECONDS` is the maximum time of one sequence, for an optimised host on
/// an otherwise idle machine.
#[test]
fn no_sequence_of_host_calls_takes_more_than_the_limits() {
    let (seeds, calls) = (asked("LARDER_STRESS_SEEDS", SEEDS), asked("LARDER_STRESS_CALLS", CALLS.into()));
    let world = world!();
    let stress = under_limits(&world, "timeout-seconds = 2\nmemory-mib = 256\nhost-call-mib = 64\n");
    let (files, network) = (world.copy(guests::ASYNC_FILES, "files.wasm"), world.copy(guests::NETWORK_0_3, "net.wasm"));
    for guest in [&files, &network] {
        world.run(guest, "wild", &["seed=1", "calls=0", "--pinned"]);
    }
    let (from, seconds) = (asked("LARDER_STRESS_FROM", 1), asked("LARDER_STRESS_SECONDS", u64::MAX));
    for seed in from..from + seeds {
        let arguments = [format!("seed={seed}"), format!("calls={calls}")];
        for guest in [&stress, &files, &network] {
            let began = Instant::now();
            let (code, called, peak) = measured(&world, guest, "wild", &arguments.each_ref().map(String::as_str));
            let (took, which) = (began.elapsed(), format!("seed {seed} of {}", guest.display()));
            // Done, trapped (after a denial or not), or over a limit; never a bug, a panic or an abort.
            assert!([0, 3, 4, 5].contains(&code), "{which} ended with {code}: {}", called.0);
            assert!(peak < 600, "{which}: the host took {peak} MiB: {}", called.0);
            assert!(took.as_secs() < seconds, "{which}: it took {took:?}: {}", called.0);
        }
        assert_eq!(
            world.run(&stress, "only", &["kind=26", "bytes=1", "calls=3", "--pinned"]).result(),
            3,
            "seed {seed}"
        );
    }
    world.keeps_the_entry();
}
