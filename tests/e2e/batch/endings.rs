//! Early ends of a batch: an interruption, or the loss of its reader.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};

use larder_tests::waiting::is_full;
use larder_tests::{Running, guests, until_it_holds, world};
use rustix::process::Signal;

use super::{Batch, batch, numbers, sum, sums};

#[test]
fn ctrl_c_prints_what_is_finished_and_loses_nothing() {
    let world = world!();
    sum(&world);
    let (stdin, mut inputs) = std::io::pipe().unwrap();
    let (answers, stdout) = std::io::pipe().unwrap();
    let mut command = world.command(["batch", "--json", "sum.wat", "sum", "--pinned"]);
    let running = Running::start_with(command.stdin(stdin).stdout(stdout));
    drop(command);
    inputs.write_all(numbers(0, 100).as_bytes()).unwrap();
    // The inputs have not ended, and it waits for more.
    let printed: Vec<String> = BufReader::new(answers).lines().take(100).map(Result::unwrap).collect();
    running.signal(Signal::INT);
    let ran = running.end();
    ran.exits(130);
    Batch::of(ran).counts(&[("calls", 100), ("misses", 100)]).says_that_it_was("interrupted");
    sums(&world, 0, &[], &numbers(0, 100)).counts(&[("hits", 100)]);
    assert!(printed[99].starts_with("{\"index\":99,"));
}

#[test]
fn ctrl_c_does_not_wait_for_a_long_call() {
    let world = world!();
    // A fast call is listed after a slow one, and is still printed.
    world.write("in.ndjson", "{\"limit\": 99000000000}\n{\"limit\": 10}\n{\"limit\": 99000000001}\n");
    let arguments = ["batch", "--json", guests::PRIMES, "count-below", "in.ndjson", "--jobs", "3"];
    let running = Running::start(&mut world.command(arguments));
    let dry = [guests::PRIMES, "count-below", "--dry-run", "--each", "limit=[10]"];
    until_it_holds("the short call to be stored", || batch(&world, 0, dry, "").words("status") == "hit");
    running.signal(Signal::INT);
    let ran = running.end();
    ran.exits(130);
    let ended = Batch::of(ran);
    assert_eq!((ended.lines.len(), &ended.lines[0]["index"]), (1, &1.into()), "{}", ended.ran);
    let shell = world.larder(["batch", guests::PRIMES, "count-below", "--each", "limit=[10]"]);
    shell.exits(0).says("hit 1");
}

#[test]
fn ctrl_c_does_not_wait_for_a_reader() {
    let world = world!();
    sum(&world);
    world.write("in.ndjson", numbers(0, 3000));
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = world.command(["batch", "sum.wat", "sum", "--pinned", "in.ndjson"]);
    let running = Running::start_with(command.stdout(writer.try_clone().unwrap()));
    drop(command);
    // Nobody reads.
    until_it_holds("the pipe to be full", || is_full(&writer));
    running.signal(Signal::INT);
    running.end().exits(130);
    drop(reader);
}

/// A batch that is not cached cannot resume, so it does not claim to.
#[test]
fn a_batch_that_is_not_cached_says_so() {
    let world = world!();
    sum(&world);
    world.write("in.ndjson", numbers(0, 10));
    let said = |options: &[&str]| world.larder([&["batch", "sum.wat", "sum", "in.ndjson"], options].concat());
    said(&[]).exits(0).says("answers are not cached: no cache version holds for the task (see --cache-version)");
    said(&["--pinned"]).exits(0).is_silent_about("not cached");
    for (options, goes_on) in [(&[][..], "--retry-failed OUTPUT goes on"), (&["--pinned"], "the same command goes on")]
    {
        let (stdin, mut inputs) = std::io::pipe().unwrap();
        let (answers, stdout) = std::io::pipe().unwrap();
        let mut command = world.command(["batch", "sum.wat", "sum"].iter().chain(options));
        let running = Running::start_with(command.stdin(stdin).stdout(stdout));
        drop(command);
        inputs.write_all(numbers(0, 10).as_bytes()).unwrap();
        let mut lines = BufReader::new(answers).lines();
        assert_eq!(lines.by_ref().take(10).filter(Result::is_ok).count(), 10);
        running.signal(Signal::INT);
        running.end().exits(130).says(goes_on);
    }
}

#[test]
fn a_reader_that_has_enough_ends_the_batch() {
    let world = world!();
    sum(&world);
    world.write("in.ndjson", numbers(0, 3000));
    for _ in 0..2 {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut command = world.command(["batch", "--json", "sum.wat", "sum", "--pinned", "in.ndjson"]);
        let running = Running::start_with(command.stdout(writer));
        drop(command);
        let mut reader = BufReader::new(reader);
        reader.read_line(&mut String::new()).unwrap();
        drop(reader);
        running.end().exits(0).is_silent_about("error");
    }
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = world.command(["batch", "sum.wat", "sum", "--pinned", "in.ndjson"]);
    Running::start_with(command.stdout(full))
        .end()
        .exits(2)
        .says("standard output cannot be written")
        .says("stopped: the output cannot be written");
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut command = world.command(["batch", "sum.wat", "sum", "--pinned", "in.ndjson"]);
    let running = Running::start_with(command.stdout(writer));
    drop(command);
    let mut all = String::new();
    reader.read_to_string(&mut all).unwrap();
    running.end().exits(0);
    assert_eq!(all.lines().count(), 3000);
}
