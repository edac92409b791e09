//! A sealed task answers the same, bit for bit: a hundred times, in every process, from fresh and from kept code, from
//! the pool and from the heap, and in every build of the host, which the pinned digest proves.

use std::process::Command;

use larder::sandbox::Limits;
use larder::{Digest, Value};
use larder_tests::host::Host;
use larder_tests::{Called, Ran, Running, guests, world};

/// Digest of the answer and output of `look`. Fuel is compared too, but among runs of one build of the guest. A change
/// of this digest is a change of the sealed world: see `key::SEALED_WORLD`.
const PINNED: &str = "d8e9da994fd634c522fbf57f4bf795fb32e98a2ec8aa1b87cbe66bfc2b9a0c91";

fn digest(called: &Called) -> String {
    let provenance = &called.0["provenance"];
    let seen = [called.result().to_string(), provenance["stdout"].to_string()];
    Digest::of(seen.join("\n").as_bytes()).to_string()
}

#[test]
fn an_answer_is_pinned_whatever_build_and_machine_gives_it() {
    let world = world!();
    let called = world.run(guests::DETERMINISM, "look", &["salt=7"]);
    assert_eq!(digest(&called), PINNED, "{:#}", called.result());
    // With kept code, and without.
    for option in ["--refresh", "--no-cache"] {
        let again = world.run(guests::DETERMINISM, "look", &["salt=7", option]);
        assert_eq!(digest(&again), PINNED, "{option}");
        assert_eq!(again.0["provenance"]["fuel"], called.0["provenance"]["fuel"]);
    }
    assert_eq!(digest(world.run(guests::DETERMINISM, "look", &["salt=7"]).hits()), PINNED);
    let other = world.run(guests::DETERMINISM, "look", &["salt=8"]);
    assert_ne!(other.result()["random"], called.result()["random"], "other inputs, other random numbers");
}

#[test]
fn a_hundred_runs_are_one() {
    let world = world!();
    let host = Host::open(&world, Limits::default());
    let options = || larder::CallOptions { refresh: true, ..Default::default() };
    for guest in [guests::DETERMINISM, guests::TIMERS] {
        let inputs = if guest == guests::TIMERS { &[][..] } else { &[Value::U32(7)] };
        let mut first: Option<larder::Outcome> = None;
        for _ in 0..100 {
            let outcome = host.call_with(options(), guest, "look", inputs).unwrap();
            let first = first.get_or_insert_with(|| outcome.clone());
            assert_eq!(outcome.result, first.result);
            assert_eq!(outcome.provenance.fuel_used, first.provenance.fuel_used);
            assert_eq!(outcome.provenance.stdout, first.provenance.stdout);
        }
    }
}

#[test]
fn processes_agree_however_many_run_at_once() {
    let world = world!();
    world.print(guests::DETERMINISM, "look", &["salt=7", "--check", "3"]).exits(0).says("same");
    let at_once: Vec<_> = (0..6)
        .map(|_| {
            Running::start(&mut world.command(["run", guests::DETERMINISM, "look", "salt=7", "--refresh", "--json"]))
        })
        .collect();
    for running in at_once {
        let ran = running.end();
        assert_eq!(digest(&Called(serde_json::from_str(&ran.stdout).unwrap())), PINNED, "{ran}");
    }
}

/// Maximum address space of a run without room for the pool, in MiB.
const NO_ROOM: u64 = 64 << 10;

#[test]
fn the_pool_and_the_heap_agree() {
    let world = world!();
    let look = ["run", guests::DETERMINISM, "look", "salt=7", "--json", "--refresh"];
    // Otherwise there is a pool: it reserves more than this.
    let running = Running::start(&mut world.command(look));
    let mut reserved = 0;
    while let Some(now) = running.peak_address_space() {
        reserved = now;
    }
    running.end().exits(0);
    assert!(reserved > NO_ROOM, "{reserved} MiB");

    let usual = world.command(look);
    let mut limited = Command::new("sh");
    limited
        .arg("-c")
        .arg(format!("ulimit -v {}; exec \"$0\" \"$@\"", NO_ROOM << 10))
        .arg(usual.get_program())
        .args(usual.get_args())
        .current_dir(world.folder())
        .env_clear()
        .envs(usual.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = Ran::of(&mut limited);
    ran.exits(0);
    assert_eq!(digest(&Called(serde_json::from_str(&ran.stdout).unwrap())), PINNED, "{ran}");
}
