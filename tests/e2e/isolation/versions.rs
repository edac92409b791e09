//! Two versions of one interface in one component: one name to the cache, two tasks.

use std::path::PathBuf;

use larder_tests::{World, guests, world};

const ONE: &str = "testing:versions/api@1.0.0#answer";
const TWO: &str = "testing:versions/api@2.0.0#answer";

/// Returns a folder whose `larder.toml` has these texts for the two tasks.
fn project(world: &World, one: &str, two: &str) -> PathBuf {
    world.copy(guests::TWO_VERSIONS, "guest/guest.wasm");
    let toml = format!("[tasks.\"{ONE}\"]\n{one}\n[tasks.\"{TWO}\"]\n{two}\n[build]\noutput = \"guest.wasm\"");
    world.write("guest/larder.toml", toml);
    world.folder().join("guest")
}

#[test]
fn a_short_name_is_ambiguous_and_lists_the_candidates() {
    let world = world!();
    let refused = world.ends(2, guests::TWO_VERSIONS, "answer", &[]);
    assert_eq!(refused.error(), "task");
    assert!(refused.message().contains(ONE) && refused.message().contains(TWO), "{:#}", refused.0);
}

#[test]
fn inspect_tells_them_apart() {
    let listed = world!().larder(["inspect", guests::TWO_VERSIONS]);
    listed.exits(0);
    assert!(listed.stdout.contains(ONE) && listed.stdout.contains(TWO), "{listed}");
}

#[test]
fn a_version_of_the_package_selects_one() {
    let world = world!();
    assert_eq!(world.run(guests::TWO_VERSIONS, ONE, &[]).is_a_miss("not-declared").result(), 1);
    assert_eq!(world.run(guests::TWO_VERSIONS, TWO, &[]).is_a_miss("not-declared").result(), 2);
    assert_eq!(world.run(guests::TWO_VERSIONS, "api@1.0.0#answer", &[]).result(), 1);
}

#[test]
fn different_declared_versions_keep_them_apart() {
    let world = world!();
    let folder = project(&world, "version = \"1\"", "version = \"2\"");
    assert_eq!(world.run(&folder, ONE, &[]).is_a_miss("no-entry").result(), 1);
    assert_eq!(world.run(&folder, TWO, &[]).is_a_miss("no-entry").result(), 2);
    assert_eq!(world.run(&folder, ONE, &[]).is_a_hit_of_a_new_file().result(), 1);
    assert_eq!(world.run(&folder, TWO, &[]).is_a_hit_of_a_new_file().result(), 2);
}

#[test]
fn one_of_them_may_be_cached_alone() {
    let world = world!();
    let folder = project(&world, "version = \"1\"", "");
    assert_eq!(world.run(&folder, ONE, &[]).is_a_miss("no-entry").result(), 1);
    assert_eq!(world.run(&folder, TWO, &[]).is_a_miss("not-declared").result(), 2);
}

#[test]
fn equal_declared_versions_are_an_error_that_says_how_to_tell_them_apart() {
    for declared in ["version = \"1\"", "pinned = true"] {
        let world = world!();
        let folder = project(&world, declared, declared);
        for task in [ONE, TWO] {
            let refused = world.ends(6, &folder, task, &[]);
            assert_eq!(refused.error(), "component/declarations");
            for part in [ONE, TWO, "Declare different versions"] {
                assert!(refused.message().contains(part), "{part}: {:#}", refused.0);
            }
        }
    }
}

#[test]
fn a_version_from_the_caller_cannot_tell_them_apart() {
    for version in [&["--cache-version", "1"][..], &["--pinned"]] {
        let world = world!();
        let refused = world.ends(2, guests::TWO_VERSIONS, ONE, version);
        assert_eq!(refused.error(), "policy");
        for part in ["testing:versions/api@1.0.0#answer", "testing:versions/api@2.0.0#answer", "larder.toml"] {
            assert!(refused.message().contains(part), "{part}: {:#}", refused.0);
        }
    }
}
