//! The answer of a miss is the answer of its hit, to the bit.

use larder::sandbox::Limits;
use larder::{Status, Value};
use larder_tests::host::Host;
use larder_tests::wat::FLOATS;
use larder_tests::{guests, world};

/// The only NaN that is keyed, stored and answered.
const NAN: u64 = 0x7ff8_0000_0000_0000;

#[test]
fn a_nan_with_a_payload_is_answered_as_the_canonical_one() {
    let world = world!();
    let guest = world.write("floats.wat", FLOATS);
    let host = Host::open(&world, Limits::default());
    for hit in [false, true] {
        let outcome = host.call(&guest, "nan", &[]).unwrap();
        assert_eq!(matches!(outcome.status, Status::Hit(_)), hit);
        let Some(Value::F64(nan)) = outcome.result else { panic!("{outcome:?}") };
        assert_eq!(nan.to_bits(), NAN, "{:x}", nan.to_bits());
    }
    let printed = world.print(&guest, "nan", &["--cache-version", "1"]);
    printed.exits(0).says("hit").prints("\"nan\"\n");
}

#[test]
fn a_guest_is_handed_the_canonical_nan_whichever_was_given() {
    let world = world!();
    let guest = world.write("floats.wat", FLOATS);
    let host = Host::open(&world, Limits::default());
    for (runs, bits) in [(1, NAN | 1), (1, NAN), (1, 0xfff8_0000_dead_beef)] {
        let outcome = host.call(&guest, "bits", &[Value::F64(f64::from_bits(bits))]).unwrap();
        assert_eq!((outcome.result, host.runs()), (Some(Value::U64(NAN)), runs));
    }
    let other = host.call(&guest, "bits", &[Value::F64(1.0)]).unwrap();
    assert_eq!((other.result, host.runs()), (Some(Value::U64(1.0_f64.to_bits())), 2));
}

#[test]
fn a_hit_prints_the_bytes_of_its_miss() {
    for (guest, task, arguments) in [
        (guests::ALIGN, "global", &["a=HEAGAWGHEE", "b=PAWHEAE"][..]),
        (guests::WORD_STATS, "word-stats", &["text=to be or not to be", "mode=strict"]),
        (guests::OUTCOMES, "bytes", &["length=100000"]),
    ] {
        let world = world!();
        let first = world.print(guest, task, arguments);
        let second = world.print(guest, task, arguments);
        first.exits(0).says("miss  ");
        second.exits(0).says("hit   ").prints(&first.stdout);
    }
}
