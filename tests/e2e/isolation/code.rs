//! The component's code: not in the key under a declared version, but in the key under a pinned one.

use larder_tests::wat::Sum;
use larder_tests::{guests, world};

use super::sum;

const CALL: [&str; 2] = ["a=1", "b=2"];
const VERSION: &str = "version = \"1\"";
const PINNED: &str = "pinned = true";

fn plain() -> Sum {
    Sum::default()
}

fn other_body() -> Sum {
    Sum { added: 1, ..Sum::default() }
}

#[test]
fn a_changed_body_under_the_same_version_is_a_hit_that_says_so() {
    let world = world!();
    let first = world.run(guests::BODY_A, "answer", &["n=7"]);
    first.is_a_miss("no-entry");
    assert_eq!(first.result(), "a7");
    // The first look at a component reads its manifest.
    let second = world.run(guests::BODY_B, "answer", &["n=7"]);
    assert_eq!((second.status(), second.result()), ("hit", first.result()));
    assert_eq!((second.work("hits"), second.work("misses"), second.work("commits")), (1, 0, 0));
    let third = world.run(guests::BODY_B, "answer", &["n=7"]);
    third.is_a_hit();
    assert_eq!(third.0["made_by_other_component"], first.0["component"]);
    assert_ne!(third.0["component"], first.0["component"]);
    let same = world.run(guests::BODY_A, "answer", &["n=7"]);
    assert!(same.is_a_hit().0["made_by_other_component"].is_null());
}

#[test]
fn the_status_line_says_that_another_component_made_the_entry() {
    let world = world!();
    let first = world.run(guests::BODY_A, "answer", &["n=7"]);
    let short = &first.0["component"].as_str().unwrap()[..12];
    let second = world.print(guests::BODY_B, "answer", &["n=7"]);
    second.exits(0).says("hit   ").says(&format!("made by another component ({short}"));
    let same = world.print(guests::BODY_A, "answer", &["n=7"]);
    assert!(!same.stderr.contains("another component"), "{same}");
}

#[test]
fn strict_makes_a_hit_of_another_component_an_error() {
    let world = world!();
    world.run(guests::BODY_A, "answer", &["n=7", "--strict"]).is_a_miss("no-entry");
    let refused = world.ends(7, guests::BODY_B, "answer", &["n=7", "--strict"]);
    assert_eq!(refused.error(), "cache/other-component");
    assert!(refused.message().contains("--refresh"), "{:#}", refused.0);
    world.run(guests::BODY_A, "answer", &["n=7", "--strict"]).is_a_hit();
    let refreshed = world.run(guests::BODY_B, "answer", &["n=7", "--strict", "--refresh"]);
    assert_eq!(refreshed.is_a_miss("refresh").result(), "b7");
    assert_eq!(world.run(guests::BODY_B, "answer", &["n=7", "--strict"]).is_a_hit().result(), "b7");
}

#[test]
fn a_manifest_can_pin_a_task_to_its_code() {
    let world = world!();
    let first = world.run(guests::OUTCOMES, "pinned", &["n=7"]);
    first.is_a_miss("no-entry");
    assert_eq!(first.0["version_from"], "manifest");
    world.run(guests::OUTCOMES, "pinned", &["n=7"]).is_a_hit();
    let renamed = world.copy(guests::OUTCOMES, "renamed.wasm");
    append_custom_section(&renamed);
    let hit = world.run(&renamed, "pinned", &["n=7"]);
    assert_eq!((hit.status(), hit.key()), ("hit", first.key()));
    assert_eq!(hit.0["made_by_other_component"], first.0["component"]);
}

/// Appends a custom section: id 0, its length, and the length of its name, which is all of it.
fn append_custom_section(component: &std::path::Path) {
    let mut bytes = std::fs::read(component).unwrap();
    bytes.extend([0, 5, 4]);
    bytes.extend(b"mine");
    std::fs::write(component, bytes).unwrap();
}

#[test]
fn pinned_in_larder_toml_takes_the_body_in() {
    let world = world!();
    let one = sum(&world, "one", &plain(), PINNED);
    let two = sum(&world, "two", &other_body(), PINNED);
    assert_eq!(world.run(&one, "sum", &CALL).is_a_miss("no-entry").result(), 1);
    assert_eq!(world.run(&two, "sum", &CALL).is_a_miss("no-entry").result(), 2);
    assert_eq!(world.run(&one, "sum", &CALL).is_a_hit_of_a_new_file().result(), 1);
}

#[test]
fn pinned_on_the_command_line_takes_the_body_in() {
    let world = world!();
    let (one, two) = (world.write("one.wat", plain().wat()), world.write("two.wat", other_body().wat()));
    let call = ["a=1", "b=2", "--pinned"];
    assert_eq!(world.run(&one, "sum", &call).is_a_miss("no-entry").result(), 1);
    assert_eq!(world.run(&two, "sum", &call).is_a_miss("no-entry").result(), 2);
    assert_eq!(world.run(&one, "sum", &call).is_a_hit_of_a_new_file().result(), 1);
}

#[test]
fn pinned_leaves_names_and_custom_sections_out() {
    let world = world!();
    let first = world.run(sum(&world, "plain", &plain(), PINNED), "sum", &CALL);
    first.is_a_miss("no-entry");
    for (folder, other) in [
        ("named", Sum { name: "another".to_owned(), ..plain() }),
        ("produced", Sum { custom: r#"(@producers (processed-by "a" "1"))"#.to_owned(), ..plain() }),
        ("custom", Sum { custom: r#"(@custom "mine" "anything")"#.to_owned(), ..plain() }),
    ] {
        let hit = world.run(sum(&world, folder, &other, PINNED), "sum", &CALL);
        hit.is_a_hit_of_a_new_file();
        assert_ne!(hit.0["component"], first.0["component"], "{folder}: the files differ");
        assert_eq!(hit.0["made_by_other_component"], first.0["component"]);
    }
}

#[test]
fn a_version_and_pinned_are_apart() {
    let world = world!();
    world.run(sum(&world, "declared", &plain(), VERSION), "sum", &CALL).is_a_miss("no-entry");
    world.run(sum(&world, "pinned", &plain(), PINNED), "sum", &CALL).is_a_miss("no-entry");
}

#[test]
fn a_version_from_the_caller_alone_does_not_trust_other_code() {
    let world = world!();
    let (one, two) = (world.write("one.wat", plain().wat()), world.write("two.wat", other_body().wat()));
    let call = ["a=1", "b=2", "--cache-version", "1"];
    assert_eq!(world.run(&one, "sum", &call).is_a_miss("no-entry").result(), 1);
    world.run(&one, "sum", &call).is_a_hit_of_a_new_file();
    assert_eq!(world.run(&two, "sum", &call).is_a_miss("other-code").result(), 2);
    // The entry is now that of the other component.
    world.run(&two, "sum", &call).is_a_hit_of_a_new_file();
    assert_eq!(world.run(&one, "sum", &call).is_a_miss("other-code").result(), 1);
    let trusting = ["a=1", "b=2", "--cache-version", "1", "--trust-name"];
    assert_eq!(world.run(&two, "sum", &trusting).is_a_hit_of_a_new_file().result(), 1);
}

#[test]
fn names_and_custom_sections_are_not_other_code() {
    let world = world!();
    let renamed = Sum { name: "another".to_owned(), ..plain() };
    let (one, two) = (world.write("one.wat", plain().wat()), world.write("two.wat", renamed.wat()));
    let call = ["a=1", "b=2", "--cache-version", "1"];
    world.run(&one, "sum", &call).is_a_miss("no-entry");
    world.run(&two, "sum", &call).is_a_hit_of_a_new_file();
}
