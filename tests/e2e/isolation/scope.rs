//! Scopes of sharing: all workflows of an account, or one workflow.

use larder_tests::wat::Sum;
use larder_tests::{guests, world};

use super::sum;

#[test]
fn workflows_of_one_account_share_by_default() {
    let world = world!();
    let call = |workflow| world.run(guests::PRIMES, "count-below", &["limit=100", "--workflow", workflow]);
    let first = call("nightly");
    first.is_a_miss("no-entry");
    let second = call("weekly");
    assert_eq!(second.is_a_hit().key(), first.key());
    assert_eq!(second.0["provenance"]["workflow"], "nightly");
    world.run(guests::PRIMES, "count-below", &["limit=100"]).is_a_hit();
}

#[test]
fn the_scope_workflow_is_kept_to_one_workflow() {
    let world = world!();
    let call = |workflow| world.run(guests::OUTCOMES, "per-workflow", &["n=1", "--workflow", workflow]);
    call("nightly").is_a_miss("no-entry");
    call("weekly").is_a_miss("no-entry");
    call("nightly").is_a_hit();
}

#[test]
fn the_scope_workflow_is_kept_to_one_account_too() {
    let world = world!();
    let call =
        |account| world.run(guests::OUTCOMES, "per-workflow", &["n=1", "--workflow", "nightly", "--account", account]);
    call("ann").is_a_miss("no-entry");
    call("ben").is_a_miss("no-entry");
}

#[test]
fn the_scope_workflow_without_a_workflow_is_wrong_usage() {
    let world = world!();
    let refused = world.ends(2, guests::OUTCOMES, "per-workflow", &["n=1"]);
    assert_eq!(refused.error(), "policy");
    assert!(refused.message().contains("--workflow NAME"), "{:#}", refused.0);
    assert!(refused.message().contains("larder.toml"), "{:#}", refused.0);
}

#[test]
fn the_workflow_and_the_account_come_from_the_larder_toml_of_the_folder_one_stands_in() {
    let world = world!();
    world.write("larder.toml", "workflow = \"nightly\"\naccount = \"lab\"");
    let first = world.run(guests::OUTCOMES, "per-workflow", &["n=1"]);
    first.is_a_miss("no-entry");
    assert_eq!(first.0["provenance"]["workflow"], "nightly");
    assert_eq!(first.0["provenance"]["account"], "lab");
    world.run(guests::OUTCOMES, "per-workflow", &["n=1", "--workflow", "nightly", "--account", "lab"]).is_a_hit();
    world.run(guests::OUTCOMES, "per-workflow", &["n=1", "--workflow", "weekly"]).is_a_miss("no-entry");
}

#[test]
fn what_stands_beside_the_component_does_not_choose_the_account() {
    let world = world!();
    let toml = "account = \"theirs\"\nworkflow = \"theirs\"\n[tasks.sum]\nversion = \"1\"";
    let folder = world.project("theirs", &Sum::default().wat(), toml);
    let called = world.run(folder, "sum", &["a=1", "b=2"]);
    assert_eq!(called.0["provenance"]["account"], "default");
    assert!(called.0["provenance"]["workflow"].is_null());
}

#[test]
fn a_scope_is_overridden_by_larder_toml_and_that_by_the_caller() {
    let world = world!();
    let folder = sum(&world, "sum", &Sum::default(), "version = \"1\"\nscope = \"workflow\"");
    let call = |arguments: &[&str]| world.run(&folder, "sum", &[&["a=1", "b=2"], arguments].concat());
    call(&["--workflow", "nightly"]).is_a_miss("no-entry");
    call(&["--workflow", "weekly"]).is_a_miss("no-entry");
    call(&["--workflow", "nightly", "--scope", "account"]).is_a_miss("no-entry");
    call(&["--workflow", "weekly", "--scope", "account"]).is_a_hit_of_a_new_file();
}

#[test]
fn a_scope_for_a_task_that_is_not_cached_is_wrong_usage() {
    let world = world!();
    let refused = world.ends(2, guests::OUTCOMES, "undeclared", &["n=1", "--scope", "account"]);
    assert!(refused.message().contains("--cache-version"), "{:#}", refused.0);
}
