//! Killed at any moment, and begun again by the same command: nothing that was printed is run again.

use std::collections::BTreeSet;
use std::fs::File;
use std::time::Duration;

use larder_tests::{Running, world};
use rustix::process::Signal;
use serde_json::Value;

use super::{batch, numbers, sum, sums};

/// How many inputs there are.
const INPUTS: u64 = 3000;

/// How often the batch is killed.
const KILLS: u64 = 10;

#[test]
fn a_batch_that_is_killed_goes_on_where_it_stopped() {
    let world = world!();
    sum(&world);
    world.write("in.ndjson", numbers(0, INPUTS));
    let arguments = ["sum.wat", "sum", "--pinned", "in.ndjson", "--jobs", "2"];
    let mut random = fastrand::Rng::with_seed(11);
    // What was printed as missed by some process so far.
    let mut printed: BTreeSet<u64> = BTreeSet::new();
    let output = world.folder().join("output");
    for _ in 0..KILLS {
        let mut command = world.command(["batch"].iter().chain(&arguments));
        let running = Running::start_with(command.stdout(File::create(&output).unwrap()));
        std::thread::sleep(Duration::from_millis(random.u64(0..600)));
        running.signal(Signal::KILL);
        running.end();
        let text = std::fs::read_to_string(&output).unwrap();
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        for line in whole.map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let index = line["index"].as_u64().unwrap();
            assert_eq!(line["result"], index + 1);
            if line["status"] == "miss" {
                assert!(printed.insert(index), "{index} ran again after it was stored");
            }
        }
    }
    let last = batch(&world, 0, arguments, "");
    for line in &last.lines {
        let index = line["index"].as_u64().unwrap();
        assert!(line["status"] == "hit" || !printed.contains(&index), "{index} ran again after it was stored");
    }
    last.counts(&[("calls", INPUTS), ("failures", 0)]);
    let sums: Vec<Value> = (0..INPUTS).map(|a| (a + 1).into()).collect();
    assert_eq!(last.each("result"), sums);
    assert_eq!(batch(&world, 0, arguments, "").counts(&[("hits", INPUTS), ("runs", 0)]).each("result"), sums);
}

/// Commits of calls that are under way at the same time share a transaction: each alone waits for the disk.
#[test]
fn many_commits_share_a_transaction() {
    let many = sums(&world!(), 0, &["--jobs", "2"], &numbers(0, INPUTS));
    many.counts(&[("misses", INPUTS), ("commits", INPUTS)]);
    let transactions = many.summary["work"]["transactions"].as_u64().unwrap();
    assert!(transactions < INPUTS / 4, "{transactions} transactions");
}
