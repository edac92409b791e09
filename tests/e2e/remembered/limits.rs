//! Limits of the host: a run that exceeds one, or that was refused something, has no result.

use std::time::{Duration, Instant};

use larder::Value;
use larder::sandbox::{LimitExceeded, Limits, RunError};
use larder_tests::host::Host;
use larder_tests::wat::{growing_memory, growing_table};
use larder_tests::{PATIENCE, guests, world};

const PAGE: u64 = 64 << 10;

#[test]
fn a_task_that_needs_more_memory_fails_and_is_not_remembered() {
    let world = world!();
    let small = Host::open(&world, Limits { memory_bytes: 32 << 20, ..Limits::default() });
    for _ in 0..2 {
        assert_eq!(small.fails(guests::OUTCOMES, "hungry", &[Value::U32(64)]), "limit/memory");
    }
    // Two runs, and one instance that read the manifest.
    assert_eq!(small.runs(), 3);
    let large = Host::open(&world, Limits { memory_bytes: 128 << 20, ..Limits::default() });
    let outcome = large.call(guests::OUTCOMES, "hungry", &[Value::U32(64)]).unwrap();
    assert_eq!((outcome.result, outcome.stored, large.runs()), (Some(Value::U32(64)), true, 1));
}

#[test]
fn a_task_that_survives_a_refusal_is_not_remembered_either() {
    let world = world!();
    let guest = world.write("grow.wat", growing_memory(""));
    let small = Host::open(&world, Limits { memory_bytes: 2 * PAGE, ..Limits::default() });
    for runs in 1..=2 {
        assert_eq!(small.fails(&guest, "grow", &[Value::U32(10)]), "limit/memory");
        assert_eq!(small.runs(), runs);
    }
    let large = Host::open(&world, Limits { memory_bytes: 100 * PAGE, ..Limits::default() });
    let outcome = large.call(&guest, "grow", &[Value::U32(10)]).unwrap();
    assert_eq!((outcome.result, outcome.stored, large.runs()), (Some(Value::S32(1)), true, 1));
    // The larger machine's answer is valid on the smaller one.
    let outcome = small.call(&guest, "grow", &[Value::U32(10)]).unwrap();
    assert_eq!((outcome.result, small.runs()), (Some(Value::S32(1)), 2));
}

#[test]
fn what_fits_under_a_limit_is_remembered() {
    let world = world!();
    let guest = world.write("grow.wat", growing_memory(""));
    let host = Host::open(&world, Limits { memory_bytes: 2 * PAGE, ..Limits::default() });
    for _ in 0..2 {
        let outcome = host.call(&guest, "grow", &[Value::U32(1)]).unwrap();
        assert_eq!((outcome.result, outcome.stored, host.runs()), (Some(Value::S32(1)), true, 1));
    }
}

#[test]
fn the_maximum_of_a_memory_itself_is_no_limit_of_the_run() {
    let world = world!();
    let host = Host::open(&world, Limits::default());
    // Its declared maximum, and the 32-bit address space: it could not be greater on any machine.
    for (maximum, by) in [("2", 10), ("", 65_536)] {
        let guest = world.write(&format!("grow{maximum}.wat"), growing_memory(maximum));
        let outcome = host.call(&guest, "grow", &[Value::U32(by)]).unwrap();
        assert_eq!((outcome.result, outcome.stored), (Some(Value::S32(-1)), true));
    }
}

#[test]
fn tables_are_limited_in_the_same_way() {
    let world = world!();
    let guest = world.write("grow.wat", growing_table(""));
    let small = Host::open(&world, Limits { table_elements: 10, ..Limits::default() });
    for _ in 0..2 {
        assert_eq!(small.fails(&guest, "grow", &[Value::U32(10)]), "limit/tables");
    }
    let large = Host::open(&world, Limits::default());
    let outcome = large.call(&guest, "grow", &[Value::U32(10)]).unwrap();
    assert_eq!((outcome.result, outcome.stored), (Some(Value::S32(1)), true));
    let declared = world.write("declared.wat", growing_table("5"));
    let outcome = large.call(&declared, "grow", &[Value::U32(100)]).unwrap();
    assert_eq!((outcome.result, outcome.stored), (Some(Value::S32(-1)), true));
}

#[test]
fn a_table_greater_than_the_host_has_room_for_is_beyond_the_limit() {
    let world = world!();
    let guest = world.write("grow.wat", growing_table(""));
    let host = Host::open(&world, Limits::default());
    assert_eq!(host.fails(&guest, "grow", &[Value::U32(200_000)]), "limit/tables");
}

#[test]
fn fuel_is_a_limit() {
    let world = world!();
    let little = Host::open(&world, Limits { fuel: 100_000, ..Limits::default() });
    let limit = [Value::U64(100_000)];
    for _ in 0..2 {
        assert_eq!(little.fails(guests::PRIMES, "count-below", &limit), "limit/fuel");
    }
    assert_eq!(little.runs(), 3);
    let enough = Host::open(&world, Limits::default());
    assert_eq!(enough.call(guests::PRIMES, "count-below", &limit).unwrap().result, Some(Value::U64(9592)));
}

#[test]
fn a_sleep_is_stopped_on_time() {
    let world = world!();
    let host = Host::open(&world, Limits { timeout: Duration::from_millis(100), ..Limits::default() });
    for _ in 0..2 {
        let started = Instant::now();
        assert_eq!(host.fails(guests::OUTCOMES, "sleep", &[Value::U32(600)]), "limit/time");
        assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    }
    let short = host.call(guests::OUTCOMES, "sleep", &[Value::U32(0)]).unwrap();
    assert_eq!((short.result, short.stored), (Some(Value::U32(0)), true));
}

#[test]
fn a_timeout_in_larder_toml_stops_a_sleep() {
    let world = world!();
    world.copy(guests::OUTCOMES, "guest/guest.wasm");
    world.write("guest/larder.toml", "[tasks.sleep]\ntimeout-seconds = 1\n[build]\noutput = \"guest.wasm\"");
    let started = Instant::now();
    let called = world.ends(4, world.folder().join("guest"), "sleep", &["seconds=600"]);
    called.is_a_failed_run("limit/time", "no-entry");
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

#[test]
fn a_manifest_cannot_give_its_task_more_time_than_the_host_does() {
    let world = world!();
    // `spin` never ends, and its manifest requests a second.
    let timeout = Duration::from_millis(100);
    let host = Host::open(&world, Limits { timeout, ..Limits::default() });
    let Err(larder::Error::Run(failure)) = host.call(guests::OUTCOMES, "spin", &[]) else { panic!("it ended") };
    let RunError::LimitExceeded(LimitExceeded::Time { limit, .. }) = &failure.error else { panic!("{failure:?}") };
    assert_eq!(*limit, timeout);
}

/// A result of type `list<u8>` crosses the border in one piece, a byte a byte. The README's figure for the greatest
/// list inside another value is the same limit, at 40 bytes an element.
#[test]
fn a_result_that_is_too_large_to_cross_the_border_is_none() {
    let world = world!();
    let host = Host::open(&world, Limits { host_call_bytes: 1000, ..Limits::default() });
    let outcome = host.call(guests::OUTCOMES, "bytes", &[Value::U32(900)]).unwrap();
    assert!(matches!(outcome.result, Some(Value::Bytes(bytes)) if bytes.len() == 900));
    for _ in 0..2 {
        assert_eq!(host.fails(guests::OUTCOMES, "bytes", &[Value::U32(1001)]), "limit/host-call");
    }
    assert_eq!(Limits::default().host_call_bytes / 40 / 1_000_000, 26);
}
