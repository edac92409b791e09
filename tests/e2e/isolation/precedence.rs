//! Precedence of declarations: the caller over `larder.toml` over the manifest. Undeclared tasks are not cached.

use std::path::PathBuf;

use larder_tests::{Called, World, guests, world};

/// Returns a folder with `primes`, which declares its own version, and this text in its `larder.toml`.
fn primes(world: &World, declared: &str) -> PathBuf {
    world.copy(guests::PRIMES, "primes/guest.wasm");
    let toml = format!("[tasks.count-below]\n{declared}\n[build]\noutput = \"guest.wasm\"");
    world.write("primes/larder.toml", toml);
    world.folder().join("primes")
}

fn version(world: &World, component: &PathBuf, arguments: &[&str]) -> (String, String) {
    let arguments = [&["limit=10"], arguments].concat();
    let key = world.key(component, "count-below", &arguments);
    let Called(run) = world.run(component, "count-below", &arguments);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (text(&key["ingredients"]["version"]), text(&run["version_from"]))
}

#[test]
fn larder_toml_beats_the_manifest_and_the_caller_beats_both() {
    let world = world!();
    let (_, from) = version(&world, &guests::PRIMES.into(), &[]);
    assert_eq!(from, "manifest");
    let folder = primes(&world, "version = \"from larder.toml\"");
    assert_eq!(version(&world, &folder, &[]), ("from larder.toml".into(), "config".into()));
    let asked = version(&world, &folder, &["--cache-version", "from the caller"]);
    assert_eq!(asked, ("from the caller".into(), "caller".into()));
    let (pinned, from) = version(&world, &folder, &["--pinned"]);
    assert!(pinned.starts_with("pinned to ") && from == "caller", "{pinned}");
}

#[test]
fn a_version_that_overrides_is_another_cache() {
    let world = world!();
    let folder = primes(&world, "version = \"from larder.toml\"");
    world.run(guests::PRIMES, "count-below", &["limit=10"]).is_a_miss("no-entry");
    world.run(&folder, "count-below", &["limit=10"]).is_a_miss("no-entry");
    world.run(&folder, "count-below", &["limit=10", "--cache-version", "2"]).is_a_miss("no-entry");
    world.run(&folder, "count-below", &["limit=10"]).is_a_hit_of_a_new_file();
}

#[test]
fn the_same_version_from_anybody_is_the_same_cache() {
    let world = world!();
    let declared = world.key(guests::PRIMES, "count-below", &["limit=10"]);
    let text = declared["ingredients"]["version"].as_str().unwrap();
    world.run(guests::PRIMES, "count-below", &["limit=10"]).is_a_miss("no-entry");
    world.run(guests::PRIMES, "count-below", &["limit=10", "--cache-version", text]).is_a_hit();
    let folder = primes(&world, &format!("version = {text:?}"));
    world.run(&folder, "count-below", &["limit=10"]).is_a_hit_of_a_new_file();
}

#[test]
fn larder_toml_can_turn_the_cache_off() {
    let world = world!();
    let folder = primes(&world, "cache = false");
    for _ in 0..2 {
        let called = world.run(&folder, "count-below", &["limit=10"]);
        called.is_a_miss("not-declared");
        assert_eq!((called.key(), &called.0["stored"]), ("none", &false.into()));
    }
    // The caller may turn caching on again.
    let asked = ["limit=10", "--cache-version", "1"];
    world.run(&folder, "count-below", &asked).is_a_miss("no-entry");
    world.run(&folder, "count-below", &asked).is_a_hit_of_a_new_file();
}

#[test]
fn what_nobody_declares_is_never_remembered() {
    let world = world!();
    // Here the manifest is read, once for all calls.
    world.run(guests::OUTCOMES, "undeclared", &["n=1"]).is_a_miss("not-declared");
    for _ in 0..2 {
        let called = world.run(guests::OUTCOMES, "undeclared", &["n=1"]);
        called.is_a_miss("not-declared");
        assert_eq!((called.work("runs"), called.work("commits"), called.work("hits")), (1, 0, 0));
        assert_eq!((called.key(), &called.0["stored"]), ("none", &false.into()));
    }
}

#[test]
fn an_empty_version_is_wrong_usage() {
    let world = world!();
    let refused = world.ends(2, guests::PRIMES, "count-below", &["limit=10", "--cache-version", ""]);
    assert_eq!(refused.error(), "policy");
}

#[test]
fn an_asynchronous_task_is_cached_like_any_other() {
    let world = world!();
    let first = world.run(guests::ASYNC_TASK, "shout", &["text=abc"]);
    assert_eq!(first.is_a_miss("no-entry").result(), "ABC");
    assert_eq!(world.run(guests::ASYNC_TASK, "shout", &["text=abc"]).is_a_hit().result(), "ABC");
    assert_eq!(world.run(guests::ASYNC_TASK, "whisper", &["text=ABC"]).is_a_miss("no-entry").result(), "abc");
}
