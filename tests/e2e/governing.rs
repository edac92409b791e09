//! The `larder.toml` that applies to a component: a name must never reach a component that it was not given to.

use larder_tests::{guests, world};

const NAMED: &str = "name = \"mine\"\n[tasks.\"mine#run\"]\nversion = \"1\"\n";

#[test]
fn a_name_is_for_the_component_that_is_built_there_alone() {
    let world = world!();
    world.write("project/larder.toml", format!("{NAMED}[build]\noutput = \"mine.wasm\"\n"));
    let mine = world.copy(guests::NO_MANIFEST, "project/mine.wasm");
    let stranger = world.copy(guests::OTHER_RUN, "project/stranger.wasm");
    let below = world.copy(guests::OTHER_RUN, "project/below/stranger.wasm");
    assert_eq!(world.run(&mine, "run", &["text=ab"]).is_a_miss("no-entry").result(), "ran ab");
    for stranger in [stranger, below] {
        assert_eq!(world.run(stranger, "run", &["text=ab"]).is_a_miss("not-declared").result(), "ba");
    }
    assert_eq!(world.run(world.folder().join("project"), "run", &["text=ab"]).status(), "hit");
}

#[test]
fn a_name_without_a_component_is_refused() {
    let world = world!();
    world.write("larder.toml", NAMED);
    let component = world.copy(guests::OTHER_RUN, "component.wasm");
    world.print(component, "run", &["text=ab"]).exits(2).says("gives a name without saying which component");
}

#[test]
fn the_way_to_a_component_does_not_matter() {
    let world = world!();
    world.write("project/larder.toml", NAMED);
    world.copy(guests::OTHER_RUN, "elsewhere/component.wasm");
    for way in ["elsewhere/component.wasm", "project/../elsewhere/component.wasm"] {
        world.run(world.folder().join(way), "run", &["text=ab"]).is_a_miss("not-declared");
    }
}

#[test]
fn tables_without_a_name_or_a_build_are_for_every_component_below() {
    let world = world!();
    world.write("larder.toml", "[tasks.\"testing:plain/text#shout\"]\nversion = \"1\"\n");
    let component = world.copy(guests::NO_MANIFEST, "tools/component.wasm");
    let other = world.copy(guests::PRIMES, "tools/primes.wasm");
    world.run(&component, "shout", &["text=a"]).is_a_miss("no-entry");
    assert_eq!(world.run(&component, "shout", &["text=a"]).status(), "hit");
    world.run(other, "count-below", &["limit=10"]).is_a_miss("no-entry");
}

#[test]
fn an_empty_variable_is_one_that_is_not_set() {
    let world = world!();
    let mut command = world.command(["cache", "path"]);
    let ran = larder_tests::Ran::of(command.env("LARDER_CACHE_DIR", ""));
    ran.exits(0).prints(&format!("{}\n", world.folder().join(".cache/larder").display()));
}
