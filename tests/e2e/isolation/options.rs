//! Cache options of one call.

use larder::policy::Asked;
use larder::sandbox::Limits;
use larder::{CallOptions, Miss, Status, Value};
use larder_store::{Commit, ENTRY_KEY_BYTES, Lookup, Store};
use larder_tests::host::Host;
use larder_tests::{guests, world};

#[test]
fn refresh_runs_and_overwrites() {
    let world = world!();
    world.run(guests::BODY_A, "answer", &["n=7"]).is_a_miss("no-entry");
    let refreshed = world.run(guests::BODY_B, "answer", &["n=7", "--refresh"]);
    assert_eq!(refreshed.is_a_miss("refresh").result(), "b7");
    assert_eq!(refreshed.0["stored"], true);
    assert_eq!(world.run(guests::BODY_A, "answer", &["n=7"]).is_a_hit().result(), "b7");
}

#[test]
fn no_cache_neither_looks_up_nor_stores() {
    let world = world!();
    let off = ["n=7", "--no-cache"];
    let before = world.run(guests::BODY_A, "answer", &off);
    before.is_a_miss("cache-off");
    assert_eq!((before.work("commits"), &before.0["stored"]), (0, &false.into()));
    assert!(!world.cache().exists());
    world.run(guests::BODY_A, "answer", &["n=7"]).is_a_miss("no-entry");
    // The stored entry is neither used nor replaced.
    let other = world.run(guests::BODY_B, "answer", &off);
    assert_eq!(other.is_a_miss("cache-off").result(), "b7");
    assert_eq!(world.run(guests::BODY_A, "answer", &["n=7"]).is_a_hit().result(), "a7");
}

#[test]
fn no_cache_holds_for_one_call_of_a_host_that_has_a_cache() {
    let world = world!();
    let host = Host::open(&world, Limits::default());
    let off = || {
        let asked = Asked { uncached: true, ..Asked::default() };
        CallOptions { asked, ..CallOptions::default() }
    };
    let call = |options| host.call_with(options, guests::BODY_A, "answer", &[Value::U32(7)]).unwrap();
    for _ in 0..2 {
        let outcome = call(off());
        assert_eq!((outcome.status, outcome.stored), (Status::Miss(Miss::CacheOff), false));
    }
    assert_eq!(call(CallOptions::default()).status, Status::Miss(Miss::NoEntry));
    assert_eq!(call(off()).status, Status::Miss(Miss::CacheOff));
}

#[test]
fn no_cache_and_refresh_contradict_each_other() {
    let world = world!();
    world.print(guests::BODY_A, "answer", &["n=7", "--no-cache", "--refresh"]).exits(2).says("--refresh");
}

#[test]
fn an_entry_older_than_max_age_is_a_miss() {
    let world = world!();
    world.run(guests::BODY_A, "answer", &["n=7"]).is_a_miss("no-entry");
    world.run(guests::BODY_A, "answer", &["n=7", "--max-age", "1h"]).is_a_hit();
    // Starting the next process takes longer than a millisecond, the unit in which an entry's age is kept.
    let other = world.run(guests::BODY_B, "answer", &["n=7", "--max-age", "0s"]);
    assert_eq!(other.is_a_miss("too-old").result(), "b7");
    // This run's result is stored again, and answers the next call.
    assert_eq!(world.run(guests::BODY_A, "answer", &["n=7", "--max-age", "1h"]).is_a_hit().result(), "b7");
}

/// An entry made under a clock that was ahead, and has since been corrected.
#[test]
fn an_entry_from_the_future_has_no_age() {
    let world = world!();
    let call = ["n=7"];
    let key = world.run(guests::BODY_A, "answer", &call).key().to_owned();
    let key: Vec<u8> = (0..key.len()).step_by(2).map(|at| u8::from_str_radix(&key[at..at + 2], 16).unwrap()).collect();
    let key: [u8; ENTRY_KEY_BYTES] = key.try_into().unwrap();
    {
        let store = Store::open(&world.cache()).unwrap();
        let Ok(Lookup::Found(mut entry)) = store.get_entry(&key) else { panic!("it was stored") };
        entry.provenance.finished_at_ms += 10 * 24 * 60 * 60 * 1000;
        store.commit(Commit::new().put_entry(&key, &entry)).unwrap();
    }
    world.run(guests::BODY_A, "answer", &call).is_a_hit();
    let ran = world.print(guests::BODY_A, "answer", &["n=7", "--max-age", "36500d"]);
    ran.exits(0).says("miss").says("the age of the entry cannot be told: it is dated").says("s in the future");
    world.run(guests::BODY_A, "answer", &["n=7", "--max-age", "1h"]).is_a_hit();
}
