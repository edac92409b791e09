//! `larder key`: the key that `run` uses, and its ingredients.

use larder_tests::wat::TEXTS;
use larder_tests::{guests, world};

#[test]
fn it_shows_the_key_that_run_reports_and_runs_nothing() {
    let world = world!();
    let shown = world.key(guests::PRIMES, "count-below", &["limit=10"]);
    let called = world.run(guests::PRIMES, "count-below", &["limit=10"]);
    called.is_a_miss("no-entry");
    assert_eq!(shown["key"], called.key());
    let id = shown["cache_id"].as_str().unwrap();
    assert!(called.key().starts_with(id) && called.key().len() == 2 * id.len(), "{id}");
}

#[test]
fn it_shows_each_ingredient() {
    let world = world!();
    let arguments = ["n=1", "--account", "lab", "--workflow", "nightly"];
    let shown = world.key(guests::OUTCOMES, "per-workflow", &arguments);
    let expected = serde_json::json!({
        "key_format": larder::key::KEY_FORMAT,
        "sealed_world": larder::key::SEALED_WORLD,
        "account": "lab",
        "workflow": "nightly",
        "task": "testing:outcomes/outcomes#per-workflow",
        "signature": "func(n: u32) -> u32",
        "version": "1",
    });
    assert_eq!(shown["ingredients"], expected);
    let ran =
        world.larder(["key", guests::OUTCOMES, "per-workflow", "n=1", "--account", "lab", "--workflow", "nightly"]);
    ran.exits(0);
    for part in [shown["key"].as_str().unwrap(), "lab", "nightly", "func(n: u32) -> u32", "(from the manifest)"] {
        assert!(ran.stdout.contains(part), "{part}\n{ran}");
    }
}

#[test]
fn a_changed_input_changes_its_own_digest_only() {
    let world = world!();
    let texts = world.write("texts.wat", TEXTS);
    let key = |a: &str| world.key(&texts, "length", &[a, "b=c", "--cache-version", "1"]);
    let (one, other) = (key("a=a"), key("a=b"));
    assert_ne!(one["key"], other["key"]);
    assert_ne!(one["inputs"]["a"], other["inputs"]["a"]);
    assert_eq!(one["inputs"]["b"], other["inputs"]["b"]);
    assert_eq!(one["ingredients"], other["ingredients"]);
    assert_eq!(one["cache_id"], other["cache_id"]);
}

#[test]
fn a_task_that_is_not_cached_has_no_key() {
    let world = world!();
    let shown = world.key(guests::OUTCOMES, "undeclared", &["n=1"]);
    assert_eq!((&shown["key"], &shown["cached"]), (&serde_json::Value::Null, &false.into()));
    let asked = world.key(guests::OUTCOMES, "undeclared", &["n=1", "--cache-version", "1"]);
    assert_eq!(asked["cached"], true);
}

#[test]
fn only_the_asked_version_changes_with_it() {
    let world = world!();
    let key = |version| world.key(guests::OUTCOMES, "succeed", &["n=1", "--cache-version", version]);
    let (one, two) = (key("1"), key("2"));
    assert_eq!(one["inputs"], two["inputs"]);
    assert_ne!(one["cache_id"], two["cache_id"]);
    let half = |shown: &serde_json::Value| shown["key"].as_str().unwrap()[64..].to_owned();
    assert_eq!(half(&one), half(&two));
}
