//! Resource use and output of a run: reported at once, stored, and repeated by a hit; and runs that must be equal.

use larder_tests::{guests, world};

#[test]
fn a_report_is_stored_with_the_answer() {
    let world = world!();
    let missed = world.run(guests::OUTCOMES, "print", &["text=hello"]);
    let hit = world.run(guests::OUTCOMES, "print", &["text=hello"]);
    hit.hits();
    for key in ["fuel", "peak_memory_bytes", "peak_scratch_bytes", "host_calls", "run_us", "stdout", "stderr"] {
        assert_eq!(missed.0["provenance"][key], hit.0["provenance"][key], "{key}");
    }
    let provenance = &hit.0["provenance"];
    assert!(
        provenance["fuel"].as_u64().unwrap() > 100 && provenance["host_calls"].as_u64().unwrap() > 1,
        "{provenance}"
    );
    assert_eq!((&provenance["stdout"], &provenance["peak_scratch_bytes"]), (&"hello".into(), &0.into()));
    assert_eq!(hit.0["world"], "sealed");
    let ran = world.print(guests::OUTCOMES, "print", &["text=other", "-v"]);
    for words in ["fuel", "of memory", "host calls", "sealed", "stdout"] {
        ran.says(words);
    }
}

#[test]
fn logs_show_again_what_a_task_printed() {
    let world = world!();
    for status in ["miss", "hit"] {
        let ran = world.print(guests::OUTCOMES, "print", &["text=first\u{1b}[31m\nsecond", "--logs"]);
        ran.exits(0).says(status).says("stdout     first\\u{1b}[31m").says("stderr     second");
    }
    world.print(guests::OUTCOMES, "print", &["text=first\u{1b}[31m\nsecond"]).exits(0).is_silent_about("second");
}

#[test]
fn a_check_runs_a_task_afresh_and_compares() {
    let world = world!();
    let ran = world.print(guests::PRIMES, "count-below", &["limit=1000", "--check", "3"]);
    ran.exits(0).prints("168\n").says("3 runs gave the same result");
    let said = world.json(0, ["run", guests::PRIMES, "count-below", "limit=1000", "--check", "2"]);
    assert_eq!((&said["result"], &said["check"]["runs"]), (&168.into(), &2.into()));
    // The caller's cache gets none of it.
    world.run(guests::PRIMES, "count-below", &["limit=1000"]).is_a_miss("no-entry");
    // An uncached task can be checked too, and so can one that prints.
    world.print(guests::OUTCOMES, "undeclared", &["n=7", "--check", "2"]).exits(0).prints("7\n");
    world.print(guests::OUTCOMES, "print", &["text=x", "--check", "2"]).exits(0).prints("1\n");
}

#[test]
fn a_check_of_a_task_that_fails_ends_as_its_run_does() {
    let world = world!();
    world.print(guests::OUTCOMES, "trap", &["n=1", "--check", "2"]).exits(3).says("failed in the same way");
    world.print(guests::OUTCOMES, "fail", &["n=1", "--check", "2"]).exits(1).prints("{\"err\":\"failed with 1\"}\n");
}

#[test]
fn a_check_is_of_two_runs_at_least_and_of_a_sealed_task() {
    let world = world!();
    for options in
        [&["--check", "1"][..], &["--check", "0"], &["--check", "2", "--open"], &["--check", "2", "--no-cache"]]
    {
        let arguments = [&["limit=10"], options].concat();
        world.print(guests::PRIMES, "count-below", &arguments).exits(2).prints("");
    }
    let guest = world.copy(guests::NEEDS, "guest.wasm");
    world.write("larder.toml", "[grants.silent]\n");
    world
        .print(&guest, "silent", &["name=A", "--check", "2", "--config", "larder.toml"])
        .fails(2, &["--check runs a task sealed"]);
}

#[test]
fn what_a_sealed_task_looked_for_in_vain_is_told_where_it_did_not_end_well() {
    let world = world!();
    let read = ["run", guests::OUTSIDE, "read", "path=/etc/passwd"];
    let ran = world.larder(read);
    ran.exits(1).says("hint: it looked for /etc/passwd and did not find it").says("pass it as a `file`");
    world.larder(read.iter().chain(&["--quiet"])).exits(1).is_silent_about("looked for");
    assert_eq!(world.json(1, read)["missed"], serde_json::json!(["/etc/passwd"]));
    // A path that the task created itself is not reported as missed, nor is any path of a task that succeeded.
    let written = ["run", guests::OUTSIDE, "write", "path=/new", "text=x"];
    world.larder(written).exits(0).is_silent_about("looked for");
    assert_eq!(world.json(0, written)["missed"], serde_json::json!([]));
}

#[test]
fn a_panic_in_a_sandbox_advises_nothing_that_nobody_can_do() {
    let world = world!();
    let ran = world.larder(["run", guests::OUTCOMES, "trap", "n=1"]);
    ran.exits(3).says("trapped with 1").is_silent_about("RUST_BACKTRACE");
}

#[test]
fn what_happens_once_is_told_beside_the_time_of_a_call() {
    let world = world!();
    std::fs::copy(guests::OUTCOMES, world.folder().join("made.wasm")).unwrap();
    world.write("p/larder.toml", "[build]\ncommand = \"cp ../made.wasm out.wasm\"\noutput = \"out.wasm\"\n");
    let run = ["run", "p", "succeed", "n=1"];
    let first = world.larder(run);
    first.exits(0).says(" build, ").says(" compile): no entry");
    world.larder(run).exits(0).is_silent_about(" build").is_silent_about("compile");
    let told = world.json(0, ["run", guests::OUTCOMES, "succeed", "n=2", "--no-cache"]);
    assert!(told["compile_us"].as_u64().unwrap() > 0 && told["build_us"].is_null(), "{told:#}");
    assert_eq!(told["compile_us"], told["work"]["compile_micros"]);
}

#[test]
fn a_grant_that_a_task_rules_out_says_how_its_need_is_declared() {
    let world = world!();
    let ran = world.larder(["run", guests::OUTSIDE, "look", "--no-cache", "--allow-env", "MODE=test"]);
    ran.exits(0).says("has no effect (variable MODE)").says("`needs: [variable(\"MODE\")]`");
    ran.is_silent_about("MODE=test");
}
