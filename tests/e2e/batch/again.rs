//! A batch is killed at any moment, and started again by the same command: nothing that was printed is run again.

use std::collections::BTreeSet;
use std::fs::File;

use larder_tests::{Running, asked, until_it_holds, world};
use rustix::process::Signal;
use serde_json::Value;

use super::{batch, numbers, sum, sums};

/// Number of times that the batch is killed.
const KILLS: u64 = 10;

/// Returns a line's answer, without its origin.
fn answer(line: &Value) -> [Value; 4] {
    ["index", "key", "outcome", "result"].map(|name| line[name].clone())
}

/// Returns the indices of the lines with this status.
fn with_status<'l>(lines: impl IntoIterator<Item = &'l Value>, status: &str) -> BTreeSet<u64> {
    let lines = lines.into_iter().filter(|line| line["status"] == status);
    lines.map(|line| line["index"].as_u64().unwrap()).collect()
}

/// `LARDER_SOAK_BATCH` makes it longer.
#[test]
fn a_long_batch_that_is_killed_goes_on_where_it_stopped() {
    let inputs = asked("LARDER_SOAK_BATCH", 10_000);
    let world = world!();
    sum(&world);
    world.write("in.ndjson", numbers(0, inputs));
    let arguments = ["sum.wat", "sum", "--pinned", "in.ndjson", "--jobs", "2"];
    let elsewhere = [&arguments[..], &["--cache-dir", "elsewhere"]].concat();
    let uninterrupted = batch(&world, 0, elsewhere, "");
    uninterrupted.counts(&[("calls", inputs), ("misses", inputs), ("runs", inputs)]);
    let mut random = fastrand::Rng::with_seed(11);
    // Indices of the calls stored so far.
    let mut stored: BTreeSet<u64> = BTreeSet::new();
    let ran_again = |lines: &[Value], stored: &BTreeSet<u64>| {
        let again: Vec<u64> = with_status(lines, "miss").intersection(stored).copied().collect();
        assert!(again.is_empty(), "{again:?} ran again after they were stored");
    };
    let output = world.folder().join("output");
    for _ in 0..KILLS {
        let mut command = world.command(["batch"].iter().chain(&arguments));
        let running = Running::start_with(command.stdout(File::create(&output).unwrap()));
        // Anywhere in the first tenth, which begins with the calls that are stored already.
        let printed = random.usize(100..inputs as usize / 10);
        until_it_holds("enough lines", || {
            std::fs::read(&output).unwrap().split(|byte| *byte == b'\n').count() > printed
        });
        running.signal(Signal::KILL);
        running.end();
        let text = std::fs::read_to_string(&output).unwrap();
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let lines: Vec<Value> = whole.map(|line| serde_json::from_str(line).unwrap()).collect();
        ran_again(&lines, &stored);
        let dry = batch(&world, 0, [&arguments[..], &["--dry-run"]].concat(), "");
        let hits = with_status(&dry.lines, "hit");
        // Printed answers are stored, and no stored answer is lost.
        assert!(with_status(&lines, "miss").is_subset(&hits) && stored.is_subset(&hits));
        stored = hits;
    }
    assert!(stored.len() >= 100, "what was printed is stored: {}", stored.len());
    let last = batch(&world, 0, arguments, "");
    ran_again(&last.lines, &stored);
    let (all, expected): (Vec<_>, Vec<_>) =
        (last.lines.iter().map(answer).collect(), uninterrupted.lines.iter().map(answer).collect());
    assert!(all == expected, "the answers are not those of one batch");
    last.counts(&[("calls", inputs), ("failures", 0), ("hits", stored.len() as u64)]);
    batch(&world, 0, arguments, "").counts(&[("hits", inputs), ("runs", 0)]);
}

/// Commits of concurrent calls share a transaction. How many share one depends on the disk: the rule is tested beside
/// the store's group.
#[test]
fn many_commits_share_a_transaction() {
    let inputs = 2000;
    let many = sums(&world!(), 0, &["--jobs", "2"], &numbers(0, inputs));
    many.counts(&[("misses", inputs), ("commits", inputs)]);
    let transactions = many.summary["work"]["transactions"].as_u64().unwrap();
    assert!(transactions < inputs, "{transactions} transactions");
}
