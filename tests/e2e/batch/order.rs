//! The order of answers, the forms of output, and equal calls.

use std::io::{BufRead as _, BufReader};

use larder_tests::{Running, guests, wat, world};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::{batch, numbers, sums};

/// Seconds that tasks sleep: the first for the longest.
const SLEEPS: &str = "{\"seconds\": 1}\n{\"seconds\": 0}\n";

#[test]
fn answers_come_in_the_order_of_inputs_or_as_they_are_there() {
    let world = world!();
    let sleep = [guests::OUTCOMES, "sleep", "--jobs", "4"];
    assert_eq!(batch(&world, 0, sleep, SLEEPS).each("index"), [0, 1].map(|index| json!(index)));
    let many = sums(&world, 0, &["--jobs", "3"], &numbers(0, 500));
    assert_eq!(many.each("result"), (1..=500).map(|sum| json!(sum)).collect::<Vec<_>>());
    let mut unordered = sums(&world, 0, &["--jobs", "3", "--unordered"], &numbers(0, 500)).each("index");
    unordered.sort_by_key(Value::as_u64);
    assert_eq!(unordered, (0..500).map(|index| json!(index)).collect::<Vec<_>>());
}

/// Files are hashed concurrently, and a call whose file is ready first does not start before the calls ahead of it. So
/// a reader of three lines causes little more than three calls.
#[test]
fn runs_start_in_the_order_of_inputs() {
    let world = world!();
    world.write("when.wat", wat::WHEN);
    let files = 40_u64;
    for number in 0..files {
        let path = world.write(&format!("in/{number:02}"), number.to_string());
        // The earlier files take longer to read.
        if number < 8 {
            std::fs::File::options().write(true).open(path).unwrap().set_len((8 - number) * (16 << 20)).unwrap();
        }
    }
    let when = ["when.wat", "when", "--open", "--jobs", "1", "--each", "f=in/*"];
    let started = batch(&world, 0, when, "").each("result");
    // A time of more than 53 bits is a text, and all have the same length.
    let times: Vec<_> = started.iter().map(|time| time.as_str().unwrap()).collect();
    assert_eq!(times.len() as u64, files);
    assert!(times.is_sorted(), "{times:?}");
}

/// The time of a run is reported separately from its waiting time.
#[test]
fn waiting_is_no_part_of_a_run() {
    let world = world!();
    let sleeps = "{\"seconds\": 1}\n".repeat(3) + "{\"seconds\": 0}\n";
    let slept = batch(&world, 0, [guests::OUTCOMES, "sleep", "--jobs", "1", "--no-cache"], &sleeps);
    let micros = |line: &Value, name: &str| line[name].as_u64().unwrap();
    let last = &slept.lines[3];
    assert!(micros(last, "wait_us") >= 3_000_000, "{last}");
    assert!(micros(last, "run_us") < micros(last, "wait_us"), "{last}");
    assert!(slept.lines[..3].iter().all(|line| micros(line, "run_us") >= 1_000_000), "{}", slept.ran);
    assert_eq!(slept.each("time_us"), [(); 4].map(|()| json!(null)));
    let twice = [guests::OUTCOMES, "sleep"];
    batch(&world, 0, twice, "{\"seconds\": 0}\n");
    assert_eq!(batch(&world, 0, twice, "{\"seconds\": 0}\n").lines[0]["run_us"], 0);
}

#[test]
fn an_answer_does_not_wait_for_a_call_before_it_that_never_ends() {
    let world = world!();
    world.write("in.ndjson", "{\"limit\": 99000000000}\n{\"limit\": 10}\n");
    let (answers, stdout) = std::io::pipe().unwrap();
    let arguments = ["batch", guests::PRIMES, "count-below", "in.ndjson", "--jobs", "2", "--unordered"];
    let mut command = world.command(arguments);
    let running = Running::start_with(command.stdout(stdout));
    drop(command);
    let mut line = String::new();
    BufReader::new(answers).read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"index\":1,\"status\":\"miss\""), "{line}");
    running.signal(Signal::KILL);
    running.end().exits(-1);
}

#[test]
fn no_more_run_at_once_than_may() {
    let world = world!();
    let started = std::time::Instant::now();
    let sleeps = "{\"seconds\": 1}\n".repeat(2);
    batch(&world, 0, [guests::OUTCOMES, "sleep", "--jobs", "1", "--no-cache"], &sleeps);
    assert!(started.elapsed().as_secs() >= 2, "two ran at once");
}

#[test]
fn calls_that_are_the_same_run_once() {
    let world = world!();
    let same = sums(&world, 0, &["--jobs", "4"], &numbers(7, 1).repeat(100));
    same.counts(&[("calls", 100), ("misses", 1), ("runs", 1), ("commits", 1)]);
    assert!(same.each("result").iter().all(|result| *result == 8));
    let words = same.words("status");
    assert_eq!(words.split(' ').filter(|word| ["hit", "shared"].contains(word)).count(), 99, "{words}");
    // An answer that is not kept cannot be shared.
    let line = "{\"n\": 1}\n".repeat(5);
    let undeclared = batch(&world, 0, [guests::OUTCOMES, "undeclared"], &line);
    undeclared.counts(&[("misses", 5), ("commits", 0)]);
    sums(&world, 0, &["--no-cache"], &numbers(7, 1).repeat(5)).counts(&[("misses", 5), ("runs", 5)]);
}

#[test]
fn a_batch_and_a_run_answer_for_each_other() {
    let world = world!();
    let one = batch(&world, 0, [guests::PRIMES, "count-below"], "{\"limit\": 97}\n");
    let run = world.run(guests::PRIMES, "count-below", &["limit=97"]);
    assert_eq!((run.is_a_hit().key(), run.result()), (one.lines[0]["key"].as_str().unwrap(), &one.lines[0]["result"]));
    let again = batch(&world, 0, [guests::PRIMES, "count-below", "--refresh"], "{\"limit\": 97}\n");
    again.counts(&[("misses", 1), ("runs", 1), ("commits", 1)]);
}

#[test]
fn answers_can_be_a_table() {
    let world = world!();
    let arguments = ["batch", guests::OUTCOMES, "succeed", "--each", "n=[1, 2]", "--output-format", "csv"];
    let table = world.larder(arguments);
    table.exits(0);
    let lines: Vec<&str> = table.stdout.lines().collect();
    let header = "index,status,run_us,wait_us,key,outcome,result.ok,result.err,line,exit_code,error_code,error_message,\
                  made_by_other_component";
    assert_eq!(lines[0], header);
    assert!(lines[2].starts_with("1,miss,") && lines[2].ends_with(",ok,2,,,,,,"), "{table}");
    world.write("bad.ndjson", "nonsense\n");
    let failed = world.larder(["batch", guests::OUTCOMES, "succeed", "bad.ndjson", "--output-format", "csv"]);
    assert!(failed.exits(1).stdout.contains(",,,,1,2,inputs/not-one,"), "{failed}");
}

#[test]
fn the_summary_is_one_line() {
    let world = world!();
    super::sum(&world);
    let arguments = ["batch", "sum.wat", "sum", "--pinned", "--each", "a=[1, 2, 1]", "b=1"];
    let said = world.larder(arguments);
    said.exits(0).says("3 calls").says("miss 2").says("failed 0").says("calls a second");
    assert_eq!(said.stderr.lines().count(), 1, "{said}");
    assert_eq!(world.larder(arguments.iter().chain(&["-q"])).exits(0).stderr, "");
    world.larder(arguments).says("hit 3").says("saved");
}
