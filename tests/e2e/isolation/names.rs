//! Functions that the world itself exports: any component may have a `run`.

use std::path::PathBuf;

use larder_tests::{World, guests, world};

/// A folder that gives the guest's component a name.
fn named(world: &World, guest: &str, folder: &str, name: &str) -> PathBuf {
    world.copy(guest, &format!("{folder}/guest.wasm"));
    let toml = format!("name = \"{name}\"\n[tasks.run]\nversion = \"1\"\n[build]\noutput = \"guest.wasm\"");
    world.write(&format!("{folder}/larder.toml"), toml);
    world.folder().join(folder)
}

#[test]
fn strangers_that_export_run_are_apart_when_pinned() {
    let world = world!();
    let call = ["text=abc", "--pinned"];
    assert_eq!(world.run(guests::NO_MANIFEST, "run", &call).is_a_miss("no-entry").result(), "ran abc");
    assert_eq!(world.run(guests::OTHER_RUN, "run", &call).is_a_miss("no-entry").result(), "cba");
    assert_eq!(world.run(guests::NAMED_RUN, "run", &call).is_a_miss("no-entry").result(), "named run of abc");
    assert_eq!(world.run(guests::NO_MANIFEST, "run", &call).is_a_hit().result(), "ran abc");
    assert_eq!(world.run(guests::OTHER_RUN, "run", &call).is_a_hit().result(), "cba");
}

#[test]
fn strangers_that_export_run_are_apart_under_their_names() {
    let world = world!();
    let one = named(&world, guests::NO_MANIFEST, "one", "plain-tools");
    let two = named(&world, guests::OTHER_RUN, "two", "other-tools");
    let first = world.run(&one, "run", &["text=abc"]);
    first.is_a_miss("no-entry");
    assert_eq!(first.0["task"], "plain-tools#run");
    assert_eq!(world.run(&two, "run", &["text=abc"]).is_a_miss("no-entry").result(), "cba");
    let named = world.run(guests::NAMED_RUN, "run", &["text=abc"]);
    assert_eq!(named.is_a_miss("no-entry").result(), "named run of abc");
    assert_eq!(named.0["task"], "my-tools#run");
    assert_eq!(world.run(&one, "run", &["text=abc"]).is_a_hit_of_a_new_file().result(), "ran abc");
}

#[test]
fn a_version_for_a_nameless_function_is_refused_and_both_fixes_are_named() {
    let world = world!();
    let refused = world.ends(2, guests::NO_MANIFEST, "run", &["text=abc", "--cache-version", "1"]);
    assert_eq!(refused.error(), "policy");
    for fix in ["name = ", "larder.toml", "--pinned"] {
        assert!(refused.message().contains(fix), "{fix}: {:#}", refused.0);
    }
    assert!(!world.cache().join("entries").exists());
}

#[test]
fn a_version_in_larder_toml_for_a_nameless_function_is_refused_too() {
    let world = world!();
    world.copy(guests::NO_MANIFEST, "guest/guest.wasm");
    world.write("guest/larder.toml", "[tasks.run]\nversion = \"1\"\n[build]\noutput = \"guest.wasm\"");
    let refused = world.ends(2, world.folder().join("guest"), "run", &["text=abc"]);
    assert!(refused.message().contains("--pinned"), "{:#}", refused.0);
}

#[test]
fn a_name_in_larder_toml_is_stronger_than_the_manifest() {
    let world = world!();
    let folder = named(&world, guests::NAMED_RUN, "renamed", "their-tools");
    let called = world.run(folder, "run", &["text=abc"]);
    assert_eq!(called.is_a_miss("no-entry").0["task"], "their-tools#run");
    world.run(guests::NAMED_RUN, "run", &["text=abc"]).is_a_miss("no-entry");
}

#[test]
fn a_function_of_a_package_needs_no_name() {
    let world = world!();
    let call = ["text=abc", "--cache-version", "1"];
    let first = world.run(guests::NO_MANIFEST, "shout", &call);
    assert_eq!(first.is_a_miss("no-entry").result(), "ABC");
    assert_eq!(first.0["version_from"], "caller");
    world.run(guests::NO_MANIFEST, "shout", &call).is_a_hit();
}
