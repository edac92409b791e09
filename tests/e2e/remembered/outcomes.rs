//! Traps, timeouts and `err`: reported, and run again the next time.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use larder_tests::wat::Sum;
use larder_tests::{World, guests, world};

/// Creates a folder with a task of result type `result` and this body.
fn task(world: &World, folder: &str, body: &str, declared: &str) -> PathBuf {
    let sum = Sum { result: "(result)".to_owned(), body: Some(body.to_owned()), ..Sum::default() };
    world.project(folder, &sum.wat(), &format!("[tasks.sum]\nversion = \"1\"\n{declared}"))
}

const OK: &str = "(i32.const 0)";
const ERR: &str = "(i32.const 1)";
const CALL: [&str; 2] = ["a=1", "b=2"];
const REFRESH: [&str; 3] = ["a=1", "b=2", "--refresh"];

#[test]
fn a_trap_is_told_and_not_remembered() {
    let world = world!();
    for _ in 0..2 {
        let called = world.ends(3, guests::OUTCOMES, "trap", &["n=7"]);
        called.is_a_failed_run("trap/unreachable", "no-entry");
        assert!(called.0["run"]["stderr"].as_str().unwrap().contains("trapped with 7"), "{:#}", called.0);
    }
    world.print(guests::OUTCOMES, "trap", &["n=7"]).exits(3).says("trapped with 7").prints("");
}

#[test]
fn a_timeout_is_kept_and_not_remembered() {
    let world = world!();
    let started = Instant::now();
    world.ends(4, guests::OUTCOMES, "spin", &[]).is_a_failed_run("limit/time", "no-entry");
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(1), "{took:?}");
    world.ends(4, guests::OUTCOMES, "spin", &[]).is_a_failed_run("limit/time", "no-entry");
}

#[test]
fn a_deep_recursion_exceeds_the_stack_and_is_not_remembered() {
    let world = world!();
    world.run(guests::OUTCOMES, "recurse", &["depth=100"]).is_a_miss("no-entry");
    for _ in 0..2 {
        let called = world.ends(4, guests::OUTCOMES, "recurse", &["depth=10000000"]);
        called.is_a_failed_run("limit/stack", "no-entry");
    }
}

#[test]
fn err_is_printed_and_not_remembered() {
    let world = world!();
    for _ in 0..2 {
        let called = world.ends(1, guests::OUTCOMES, "fail", &["n=7"]);
        called.is_a_miss("no-entry");
        assert_eq!(called.result(), &serde_json::json!({ "err": "failed with 7" }));
        assert_eq!(called.0["outcome"], "err");
        assert_eq!((called.work("commits"), &called.0["stored"]), (0, &false.into()));
    }
    let printed = world.print(guests::OUTCOMES, "fail", &["n=7"]);
    printed.exits(1).prints("{\"err\":\"failed with 7\"}\n").says("an err is not stored");
}

#[test]
fn err_is_remembered_where_the_manifest_says_so() {
    let world = world!();
    let first = world.ends(1, guests::OUTCOMES, "fail-kept", &["n=7"]);
    first.is_a_miss("no-entry");
    assert_eq!(first.0["stored"], true);
    let second = world.ends(1, guests::OUTCOMES, "fail-kept", &["n=7"]);
    second.is_a_hit();
    assert_eq!((second.result(), &second.0["outcome"]), (first.result(), &"err".into()));
}

#[test]
fn err_is_remembered_where_larder_toml_says_so_and_forgotten_when_it_no_longer_does() {
    let world = world!();
    let keeping = task(&world, "keeping", ERR, "cache-errors = true");
    let plain = task(&world, "plain", ERR, "");
    world.ends(1, &keeping, "sum", &CALL).is_a_miss("no-entry");
    world.ends(1, &keeping, "sum", &CALL).is_a_hit_of_a_new_file();
    world.ends(1, &plain, "sum", &CALL).is_a_miss("no-entry");
}

#[test]
fn ok_is_remembered_beside_err() {
    let world = world!();
    world.run(guests::OUTCOMES, "succeed", &["n=7"]).is_a_miss("no-entry");
    let hit = world.run(guests::OUTCOMES, "succeed", &["n=7"]);
    assert_eq!(hit.is_a_hit().result(), &serde_json::json!({ "ok": 7 }));
}

#[test]
fn a_refresh_that_fails_leaves_the_entry() {
    let world = world!();
    let good = task(&world, "good", OK, "");
    let first = world.run(&good, "sum", &CALL);
    first.is_a_miss("no-entry");
    let trapping = task(&world, "trapping", "unreachable", "");
    world.ends(3, trapping, "sum", &REFRESH).is_a_failed_run("trap/unreachable", "refresh");
    world.ends(1, task(&world, "failing", ERR, ""), "sum", &REFRESH).is_a_miss("refresh");
    let hit = world.run(&good, "sum", &CALL);
    assert_eq!(hit.is_a_hit_of_a_new_file().0["provenance"], first.0["provenance"]);
}

#[test]
fn what_the_task_printed_is_remembered_with_its_answer() {
    let world = world!();
    let first = world.run(guests::OUTCOMES, "print", &["text=hello"]);
    first.is_a_miss("no-entry");
    let second = world.run(guests::OUTCOMES, "print", &["text=hello"]);
    assert_eq!(second.is_a_hit().0["provenance"], first.0["provenance"]);
    assert_eq!(second.0["provenance"]["stdout"], "hello");
    assert_eq!(second.0["provenance"]["stderr"], "hello");
}
