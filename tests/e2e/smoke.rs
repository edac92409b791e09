//! The shortest way through.

use larder_tests::{guests, world};

#[test]
fn a_task_runs_once_and_is_then_answered_from_the_cache() {
    let world = world!();
    let first = world.run(guests::PRIMES, "count-below", &["limit=1000"]);
    first.is_a_miss("no-entry");
    assert_eq!(first.result(), 168);
    let second = world.run(guests::PRIMES, "count-below", &["limit=1000"]);
    second.is_a_hit();
    assert_eq!((second.result(), second.key()), (first.result(), first.key()));
}
