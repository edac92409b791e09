//! Calls that fail, among others that succeed.

use larder_tests::{Ran, guests, wat, world};
use serde_json::json;

use super::{Batch, batch, command, numbers, sums};

#[test]
fn what_is_wrong_with_one_is_said_of_that_one() {
    let world = world!();
    let lines = [
        "{\"a\": 1, \"b\": 2}",
        "nonsense",
        "{\"a\": 1, \"b\": \"x\"}",
        "{\"a\": 1, \"c\": 2}",
        "{\"a\": 1}",
        "",
        "[1, 2]",
        "{\"a\": 2, \"b\": 2}",
    ];
    let told = sums(&world, 1, &[], &lines.join("\n"));
    assert_eq!(told.words("status"), "miss failed failed failed failed failed miss");
    assert_eq!(told.each("line")[1..6], [2, 3, 4, 5, 7].map(|line| json!(line)));
    assert_eq!(told.each("exit_code")[1..6], [2, 2, 2, 2, 2].map(|code| json!(code)));
    for (at, text) in [
        (1, "it is no JSON from column 2 on"),
        (2, "parameter `b` should be u32"),
        (3, "no parameter `c`"),
        (4, "missing: `b: u32`"),
        (5, "it should be a JSON object with the values of parameters"),
    ] {
        let message = told.lines[at]["error"]["message"].as_str().unwrap();
        assert!(message.contains(text), "{message}");
    }
    told.counts(&[("calls", 7), ("misses", 2), ("failures", 5), ("errs", 0)]);
    assert_eq!(told.lines[6]["result"], 4);
}

#[test]
fn a_trap_and_a_limit_end_one_call() {
    let world = world!();
    let trap = batch(&world, 1, [guests::OUTCOMES, "trap"], "{\"n\": 1}\n{\"n\": 2}\n");
    assert_eq!(trap.words("status"), "failed failed");
    assert_eq!((&trap.lines[0]["exit_code"], &trap.lines[0]["index"]), (&json!(3), &json!(0)));
    assert_eq!(trap.lines[0]["key"].as_str().unwrap().len(), 128);
    let recurse = "{\"depth\": 1}\n{\"depth\": 100000000}\n{\"depth\": 2}\n";
    let deep = batch(&world, 1, [guests::OUTCOMES, "recurse"], recurse);
    assert_eq!(deep.words("status"), "miss failed miss");
    assert_eq!((&deep.lines[1]["exit_code"], &deep.lines[1]["error"]["code"]), (&json!(4), &json!("limit/stack")));
}

#[test]
fn an_err_is_a_result_and_no_success() {
    let world = world!();
    let err = batch(&world, 1, [guests::OUTCOMES, "fail"], "{\"n\": 1}\n");
    assert_eq!((err.words("status"), err.words("outcome")), ("miss".to_owned(), "err".to_owned()));
    assert!(err.lines[0]["result"]["err"].is_string(), "{:#}", err.lines[0]);
    err.counts(&[("errs", 1), ("failures", 0), ("misses", 1)]);
    let kept = [guests::OUTCOMES, "fail-kept"];
    batch(&world, 1, kept, "{\"n\": 1}\n");
    assert_eq!(batch(&world, 1, kept, "{\"n\": 1}\n").words("status"), "hit");
}

#[test]
fn fail_fast_stops_at_the_first_that_fails() {
    let world = world!();
    let inputs = numbers(0, 3) + "nonsense\n" + &numbers(10, 5000);
    let stopped = sums(&world, 1, &["--fail-fast"], &inputs);
    assert_eq!(stopped.words("status"), "miss miss miss failed");
    stopped.says_that_it_was("failed-fast");
    let went_on = sums(&world, 1, &["--keep-going"], &inputs);
    went_on.counts(&[("calls", 5004), ("failures", 1)]);
    let unordered = sums(&world, 1, &["--fail-fast", "--unordered"], &inputs);
    assert!(unordered.lines.len() < 5000 && unordered.words("status").ends_with("failed"));
    assert_eq!(batch(&world, 1, [guests::OUTCOMES, "fail", "--fail-fast"], "{\"n\": 1}\n{\"n\": 2}\n").lines.len(), 1);
}

#[test]
fn what_would_end_every_call_ends_the_batch() {
    let world = world!();
    let out_of_array = "[{\"a\": 1, \"b\": 1}, {\"a\": 2, \"b\": 1} nonsense";
    let broken = sums(&world, 2, &["--input-format", "json"], out_of_array);
    assert_eq!(broken.words("status"), "miss miss -");
    broken.ran.says("the inputs cannot be read on");
    broken.counts(&[("calls", 2), ("misses", 2)]).says_that_it_was("through");
    world.write("limited/larder.toml", "[limits]\ncompile-memory-mib = 1\n");
    // A small component would fit even there.
    let ballast = format!("(component (core module {})", "(func (result i32) (i32.const 1))".repeat(10_000));
    let sum = wat::Sum { added: 1, ..wat::Sum::default() }.wat();
    world.write("limited/sum.wat", sum.replacen("(component", &ballast, 1));
    let arguments = ["limited/sum.wat", "sum", "--pinned"];
    let limited = Batch::of(Ran::of(&mut command(&world, arguments, &numbers(0, 1000))));
    // A compiler with so little memory dies in one of several ways.
    assert!([4, 6].contains(&limited.ran.code), "{}", limited.ran);
    assert!((2..500).contains(&limited.lines.len()), "{}", limited.ran);
    limited.says_that_it_was("hopeless");
}

#[test]
fn what_failed_is_tried_again() {
    let world = world!();
    world.write("one.txt", "1");
    let inputs = "{\"f\": \"one.txt\"}\n{\"f\": \"two.txt\"}\n{\"f\": \"one.txt\"}\n{\"f\": \"three.txt\"}\n";
    let by_path = [guests::FILES, "by-path"];
    let first = batch(&world, 1, by_path, inputs);
    world.write("first.ndjson", &first.ran.stdout);
    world.write("two.txt", "2");
    let retry = [&by_path[..], &["--retry-failed", "first.ndjson"]].concat();
    let again = batch(&world, 1, &retry, inputs);
    assert_eq!(again.each("index"), [1, 3].map(|index| json!(index)));
    assert_eq!(again.words("status"), "miss failed");
    // The killed batch has half a line, and lacks others.
    let half: String = first.ran.stdout.chars().take(first.ran.stdout.find('\n').unwrap() + 20).collect();
    world.write("first.ndjson", half);
    assert_eq!(batch(&world, 1, &retry, inputs).each("index"), [1, 2, 3].map(|index| json!(index)));
    // Both outputs together are the known answers.
    world.write("first.ndjson", first.ran.stdout.clone() + &again.ran.stdout);
    assert_eq!(batch(&world, 1, &retry, inputs).each("index"), [json!(3)]);
    world.write("first.ndjson", first.ran.stdout);
    world.write("again.ndjson", again.ran.stdout);
    let retry = [&retry[..], &["--retry-failed", "again.ndjson"]].concat();
    assert_eq!(batch(&world, 1, &retry, inputs).each("index"), [json!(3)]);
}

/// An answer belongs to a task and its inputs, not to a line number.
#[test]
fn a_call_whose_inputs_changed_is_made_again() {
    let world = world!();
    let first = sums(&world, 1, &[], &(numbers(0, 3) + "nonsense\n"));
    world.write("first.ndjson", &first.ran.stdout);
    let retry = ["--retry-failed", "first.ndjson"];
    // The second is changed, the failed one is fixed, and one is new.
    let inputs = numbers(0, 1) + &numbers(7, 1) + &numbers(2, 1) + &numbers(3, 2);
    let again = sums(&world, 0, &retry, &inputs);
    assert_eq!(again.each("index"), [1, 3, 4].map(|index| json!(index)));
    again.counts(&[("calls", 3), ("unchanged", 2), ("changed", 1), ("misses", 3)]);
    // Nothing is known of another version, nor of another task.
    let version = ["sum.wat", "sum", "--cache-version", "2"];
    let other = batch(&world, 0, [&version[..], &retry].concat(), &numbers(0, 3));
    assert_eq!(other.each("index"), [0, 1, 2].map(|index| json!(index)));
    // Without a cache the inputs are compared.
    let other = sums(&world, 0, &[&retry[..], &["--no-cache"]].concat(), &(numbers(0, 1) + &numbers(8, 1)));
    assert_eq!(other.each("index"), [json!(1)]);
    world.write("one.txt", "1");
    world.write("two.txt", "2");
    let by_path = [guests::FILES, "by-path"];
    let files = "{\"f\": \"one.txt\"}\n{\"f\": \"two.txt\"}\n";
    world.write("first.ndjson", batch(&world, 0, by_path, files).ran.stdout);
    world.write("two.txt", "another content");
    for dry in [&["--dry-run"][..], &[]] {
        let again = batch(&world, 0, [&by_path[..], &retry, dry].concat(), files);
        assert_eq!(again.each("index"), [json!(1)]);
    }
    world.write("in.ndjson", numbers(5, 2));
    world.write("first.ndjson", sums(&world, 0, &[], &numbers(0, 2)).ran.stdout);
    let said = world.larder(["batch", "sum.wat", "sum", "--pinned", "in.ndjson", "--retry-failed", "first.ndjson"]);
    said.exits(0).says("2 calls").says("2 of them have answers in PREVIOUS, for other inputs");
}

#[test]
fn what_was_done_may_come_from_standard_input_and_from_any_editor() {
    let world = world!();
    let first = sums(&world, 1, &[], &(numbers(0, 2) + "nonsense\n"));
    let edited = format!("\u{feff}\r\n{}\n\n", first.ran.stdout.replace('\n', "\r\n\r\n"));
    world.write("in.ndjson", numbers(0, 3));
    world.write("first.ndjson", &edited);
    for (previous, stdin) in [("first.ndjson", ""), ("-", edited.as_str())] {
        let again = sums(&world, 0, &["in.ndjson", "--retry-failed", previous, "--refresh"], stdin);
        assert_eq!(again.each("index"), [json!(2)], "{previous}");
    }
}

#[test]
fn a_dry_run_counts_an_entry_once() {
    let world = world!();
    let inputs = numbers(0, 1).repeat(5) + &numbers(1, 1).repeat(2);
    let dry = sums(&world, 0, &["--dry-run"], &inputs);
    assert_eq!(dry.words("status"), "miss shared shared shared shared miss shared");
    dry.counts(&[("misses", 2), ("shared", 5), ("runs", 0)]);
    sums(&world, 0, &[], &inputs).counts(&[("misses", 2)]);
    assert_eq!(sums(&world, 0, &["--dry-run"], &inputs).words("status"), ["hit"; 7].join(" "));
    // Each call of an uncached task runs.
    sums(&world, 0, &["--dry-run", "--no-cache"], &inputs).counts(&[("misses", 7)]);
    world.write("a.txt", "1");
    world.write("b.txt", "1");
    let files = ["--each", "f=*.txt", "--dry-run"];
    let dry = batch(&world, 0, [&[guests::FILES, "by-path"], &files[..]].concat(), "");
    assert_eq!(dry.words("status"), "miss shared");
}

#[test]
fn a_dry_run_runs_nothing_and_writes_nothing() {
    let world = world!();
    let dry = sums(&world, 0, &["--dry-run"], &numbers(0, 3));
    assert_eq!(dry.words("status"), "miss miss miss");
    dry.counts(&[("misses", 3), ("runs", 0), ("compilations", 0), ("commits", 0)]);
    assert!(!world.cache().exists());
    batch(&world, 0, [guests::PRIMES, "count-below", "--dry-run"], "{\"limit\": 9}\n");
    assert!(!world.cache().exists(), "not even to ask a manifest");
    sums(&world, 0, &[], &numbers(1, 1));
    let dry = sums(&world, 1, &["--dry-run"], &(numbers(0, 3) + "nonsense\n"));
    assert_eq!(dry.words("status"), "miss hit miss failed");
    dry.counts(&[("misses", 2), ("hits", 1), ("runs", 0)]);
    assert_eq!(sums(&world, 0, &[], &numbers(0, 3)).words("status"), "miss hit miss");
}
