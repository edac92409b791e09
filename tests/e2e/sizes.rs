//! Sizes and limits: their meaning, and their changes by an operator.

use larder_tests::wat::growing_table;
use larder_tests::{guests, world};

const MIB: u64 = 1 << 20;

#[test]
fn sizes_grow_and_fit_the_machine() {
    let world = world!();
    let said = world.json(0, ["sizes"]);
    let number = |pointer: &str| said.pointer(pointer).and_then(serde_json::Value::as_u64).unwrap();
    let memory = number("/machine/memory_bytes");
    for size in ["small", "medium", "large", "small-gpu", "large-gpu"] {
        let of = |key: &str| number(&format!("/sizes/{size}/{key}"));
        assert!(of("memory_bytes") <= memory && of("cpus") <= number("/machine/cpus"), "{said:#}");
        assert!(of("fuel") > 0 && of("timeout_seconds") >= 3600);
        assert_eq!(of("gpus") > 0, size.ends_with("-gpu"));
    }
    assert!(number("/sizes/small/memory_bytes") <= number("/sizes/large/memory_bytes"));
    assert!(number("/sizes/small/timeout_seconds") < number("/sizes/large/timeout_seconds"));
    let ran = world.larder(["sizes"]);
    ran.exits(0).says("this machine: ");
    for word in ["SIZE", "small-gpu", "1h", "STORAGE"] {
        assert!(ran.stdout.contains(word), "{ran}");
    }
}

#[test]
fn larder_toml_says_what_a_size_stands_for() {
    let world = world!();
    world.write(
        "larder.toml",
        "[sizes.small]\nmemory-mib = 48\ncpus = 1\ntimeout-seconds = 5\nfuel = 7\nstorage-mib = 3\n",
    );
    let small = world.json(0, ["sizes"])["sizes"]["small"].clone();
    let expected = serde_json::json!({
        "cpus": 1, "memory_bytes": 48 * MIB, "storage_bytes": 3 * MIB, "timeout_seconds": 5, "fuel": 7, "gpus": 0,
    });
    assert_eq!(small, expected);
    // A run of that size has no more than this.
    world.write("larder.toml", "[sizes.small]\nmemory-mib = 48\n");
    let guest = world.copy(guests::OUTCOMES, "guest.wasm");
    world.ends(4, &guest, "hungry", &["mib=64"]).is_a_failed_run("limit/memory", "no-entry");
    world.write("larder.toml", "[sizes.small]\nmemory-mib = 96\n");
    assert_eq!(world.run(&guest, "hungry", &["mib=64"]).result(), 64);
}

#[test]
fn each_limit_has_a_name_in_larder_toml_and_its_message_says_what_was_reached() {
    let world = world!();
    let guest = world.copy(guests::OUTCOMES, "guest.wasm");
    for (table, task, argument, code, words) in [
        ("memory-mib = 32", "hungry", "mib=64", "memory", "the limit is 32 MiB"),
        ("fuel = 5000", "recurse", "depth=1000", "fuel", "all of its 5000 units"),
        ("timeout-seconds = 1", "sleep", "seconds=60", "time", "the limit is 1 s"),
        ("host-call-mib = 1", "bytes", "length=2000000", "host-call", "more than 1 MiB"),
        ("result-mib = 1", "bytes", "length=2000000", "result", "it has 2 MiB, the limit is 1 MiB"),
        ("fuel = 50000000000", "recurse", "depth=4000000000", "stack", "1024 KiB of stack"),
    ] {
        for text in [format!("[limits]\n{table}\n"), format!("[tasks.\"outcomes#{task}\".limits]\n{table}\n")] {
            world.write("larder.toml", text);
            let called = world.ends(4, &guest, task, &[argument]);
            called.is_a_failed_run(&format!("limit/{code}"), "no-entry");
            assert!(called.message().contains(words), "{}", called.message());
            if code != "stack" {
                let key = table.split(' ').next().unwrap();
                assert!(called.message().contains(&format!("{key} = …")), "{}", called.message());
            }
        }
    }
    let table = world.write("table.wat", growing_table(""));
    world.write("larder.toml", "[limits]\ntable-elements = 10\n");
    let called = world.ends(4, &table, "grow", &["by=100", "--pinned"]);
    assert!(called.is_a_failed_run("limit/tables", "no-entry").message().contains("the limit is 10"));
}

#[test]
fn a_limit_of_the_component_is_none_of_a_task() {
    let world = world!();
    let guest = world.copy(guests::OUTCOMES, "guest.wasm");
    world.write("larder.toml", "[tasks.sleep.limits]\ncompile-seconds = 1\n");
    world.print(&guest, "sleep", &["seconds=0"]).fails(2, &["compile-seconds", "put it in [limits]"]);
    world.write("larder.toml", "[limits]\nmemory = 1\n");
    world.print(&guest, "sleep", &["seconds=0"]).fails(2, &["unknown key `limits.memory`", "memory-mib"]);
}

#[test]
fn the_component_and_its_compiling_are_limited_too() {
    let world = world!();
    let guest = world.copy(guests::OUTCOMES, "guest.wasm");
    for (limit, code) in [
        ("component-mib = 0", "component-bytes"),
        ("compile-seconds = 0", "compile-time"),
        ("compile-code-mib = 0", "compile-code"),
    ] {
        world.write("larder.toml", format!("[limits]\n{limit}\n"));
        let called = world.ends(4, &guest, "succeed", &["n=1"]);
        assert_eq!(called.error(), format!("limit/{code}"), "{:#}", called.0);
    }
    world.write("larder.toml", "[limits]\ncomponent-mib = 1\ncompile-seconds = 60\n");
    assert_eq!(world.run(&guest, "succeed", &["n=1"]).result()["ok"], 1);
}

#[test]
fn a_limit_of_one_task_is_not_that_of_another() {
    let world = world!();
    let guest = world.copy(guests::OUTCOMES, "guest.wasm");
    world.write("larder.toml", "[tasks.recurse.limits]\nfuel = 10\n");
    world.ends(4, &guest, "recurse", &["depth=5"]).is_a_failed_run("limit/fuel", "no-entry");
    assert_eq!(world.run(&guest, "hungry", &["mib=1"]).result(), 1);
}

#[test]
fn a_task_that_needs_a_gpu_is_not_run_on_a_processor() {
    let world = world!();
    let guest = world.copy(guests::OUTCOMES, "guest.wasm");
    for size in ["\"small-gpu\"", "\"large-gpu\"", "{ cpus = 1, memory-mib = 64, storage-mib = 1, gpus = 2 }"] {
        world.write("larder.toml", format!("[tasks.succeed]\nsize = {size}\n"));
        let called = world.ends(4, &guest, "succeed", &["n=1"]);
        assert_eq!(called.error(), "limit/gpus");
        assert!(called.message().contains("GPU") && called.message().contains("size = "), "{}", called.message());
    }
    // Size is not in the key: the result of another machine answers here too.
    world.write("larder.toml", "");
    world.run(&guest, "succeed", &["n=1"]).is_a_miss("no-entry");
    world.write("larder.toml", "[tasks.succeed]\nsize = \"small-gpu\"\n");
    world.run(&guest, "succeed", &["n=1"]).hits();
}
