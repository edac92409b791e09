//! Equality of files as inputs.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use larder_tests::{guests, world};

use super::{directory, run, set_age};

#[test]
fn equal_content_is_one_input_whatever_it_is_called_and_wherever_and_whenever() {
    let world = world!();
    world.write("a.txt", "the same");
    let moved = world.write("elsewhere/b.dat", "the same");
    set_age(&moved, Duration::from_secs(1_000_000));
    std::os::unix::fs::symlink("../a.txt", world.folder().join("elsewhere/link")).unwrap();
    run(&world, "by-path", &["f=a.txt"]).is_a_miss("no-entry");
    let absolute = format!("f={}", moved.display());
    for named in ["f=a.txt", "f=./elsewhere/b.dat", &absolute, "f=elsewhere/link", "f=file:a.txt", "f=@a.txt"] {
        assert_eq!(run(&world, "by-path", &[named]).is_a_hit().result(), "the same", "{named}");
    }
    // The executable bit is no part of a file's content.
    std::fs::set_permissions(&moved, Permissions::from_mode(0o755)).unwrap();
    run(&world, "by-path", &["f=elsewhere/b.dat"]).is_a_hit();
}

#[test]
fn one_changed_byte_is_another_input() {
    let world = world!();
    let long = "x".repeat(100_000);
    let file = world.write("a.txt", &long);
    assert_eq!(run(&world, "sum", &["files=a.txt"]).result(), 120 * 100_000);
    run(&world, "sum", &["files=a.txt"]).is_a_hit();
    std::fs::write(&file, format!("{}y", &long[1..])).unwrap();
    assert_eq!(run(&world, "sum", &["files=a.txt"]).is_a_miss("no-entry").result(), 120 * 100_000 + 1);
    std::fs::write(&file, &long).unwrap();
    run(&world, "sum", &["files=a.txt"]).is_a_hit();
}

/// A change is seen even if its modification time is set back: the kernel keeps a second time that nobody can set.
#[test]
fn a_change_that_hides_its_time_is_seen() {
    let world = world!();
    let file = world.write("a.txt", "x".repeat(100_000));
    let age = Duration::from_secs(100);
    set_age(&file, age);
    let before = std::fs::metadata(&file).unwrap().modified().unwrap();
    run(&world, "sum", &["files=a.txt"]);
    std::thread::sleep(Duration::from_millis(2100));
    // Remembered now, since its times are old enough.
    run(&world, "sum", &["files=a.txt", "--refresh"]);
    run(&world, "sum", &["files=a.txt"]).is_a_hit();
    std::fs::write(&file, "y".repeat(100_000)).unwrap();
    std::fs::File::open(&file).unwrap().set_modified(before).unwrap();
    assert_eq!(run(&world, "sum", &["files=a.txt"]).is_a_miss("no-entry").result(), 121 * 100_000);
}

#[test]
fn a_directory_is_its_names_kinds_executable_bits_and_contents() {
    let world = world!();
    directory(&world, "d");
    directory(&world, "same");
    let walked = run(&world, "walk", &["d=d"]).is_a_miss("no-entry").result().clone();
    assert_eq!(
        walked,
        serde_json::json!([
            "link: link to sub/two",
            "one: 4 bytes, \"one\\n\"",
            "sub: directory",
            "sub/two: 4 bytes, \"two\\n\""
        ])
    );
    set_age(&world.folder().join("same/one"), Duration::from_secs(5000));
    assert_eq!(run(&world, "walk", &["d=same"]).is_a_hit().result(), &walked);
    let path = |name: &str| -> PathBuf { world.folder().join("same").join(name) };
    type Change<'a> = (&'a str, &'a dyn Fn(), &'a dyn Fn());
    let changes: [Change<'_>; 6] = [
        ("a renamed entry", &|| std::fs::rename(path("one"), path("uno")).unwrap(), &|| {
            std::fs::rename(path("uno"), path("one")).unwrap();
        }),
        ("a renamed directory", &|| std::fs::rename(path("sub"), path("bus")).unwrap(), &|| {
            std::fs::rename(path("bus"), path("sub")).unwrap();
        }),
        (
            "an executable bit",
            &|| std::fs::set_permissions(path("sub/two"), Permissions::from_mode(0o744)).unwrap(),
            &|| std::fs::set_permissions(path("sub/two"), Permissions::from_mode(0o644)).unwrap(),
        ),
        ("one byte", &|| std::fs::write(path("sub/two"), "two.").unwrap(), &|| {
            std::fs::write(path("sub/two"), "two\n").unwrap();
        }),
        ("an empty directory", &|| std::fs::create_dir(path("none")).unwrap(), &|| {
            std::fs::remove_dir(path("none")).unwrap();
        }),
        (
            "a file for a link to it",
            &|| {
                std::fs::remove_file(path("link")).unwrap();
                std::fs::write(path("link"), "two\n").unwrap();
            },
            &|| {
                std::fs::remove_file(path("link")).unwrap();
                std::os::unix::fs::symlink("sub/two", path("link")).unwrap();
            },
        ),
    ];
    for (what, change, undo) in changes {
        change();
        let called = run(&world, "walk", &["d=same"]);
        assert_eq!(called.status(), "miss", "{what}");
        undo();
        assert_eq!(run(&world, "walk", &["d=same"]).is_a_hit().result(), &walked, "{what}, undone");
    }
}

#[test]
fn a_name_is_an_input_where_the_task_says_so() {
    let world = world!();
    world.write("a.txt", "x");
    world.write("b.txt", "x");
    directory(&world, "d");
    let named = run(&world, "named", &["f=a.txt", "d=d"]).is_a_miss("no-entry").result().clone();
    assert_eq!(named, serde_json::json!(["a.txt", "/files/1/a.txt", "d", "/files/2/d"]));
    run(&world, "named", &["f=./a.txt", "d=d/"]).is_a_hit();
    let other = run(&world, "named", &["f=b.txt", "d=d"]).is_a_miss("no-entry").result().clone();
    assert_eq!(other[0], "b.txt");
    // Without names, the task sees only the position.
    let facts = run(&world, "facts", &["f=a.txt"]).result().clone();
    assert_eq!((&facts[0], &facts[3]), (&"1".into(), &"/files/1".into()));
}

#[test]
fn larder_toml_says_whether_names_count() {
    let world = world!();
    world.copy(guests::FILES, "files.wasm");
    world.write("a.txt", "x");
    world.write("b.txt", "x");
    world.write(
        "larder.toml",
        "[tasks.\"files#facts\"]\nfile-names = true\n[tasks.\"files#named\"]\nfile-names = false\n",
    );
    let component = world.folder().join("files.wasm");
    assert_eq!(world.run(&component, "facts", &["f=a.txt"]).result()[0], "a.txt");
    assert_eq!(world.run(&component, "facts", &["f=b.txt"]).is_a_miss("no-entry").result()[0], "b.txt");
    directory(&world, "d");
    assert_eq!(world.run(&component, "named", &["f=a.txt", "d=d"]).result()[0], "1");
    world.run(&component, "named", &["f=b.txt", "d=d"]).hits();
}

#[test]
fn the_order_of_files_counts_and_equal_ones_are_each_an_input() {
    let world = world!();
    world.write("a", "a");
    world.write("b", "b");
    let nested = |first: &str, second: &str| {
        let x = format!(
            "x={{\"maybe\": null, \"pairs\": [[\"p\", \"{first}\"], [\"q\", \"{second}\"]], \"either\": {{\"ok\": \"a\"}}}}"
        );
        run(&world, "nested", &[&x])
    };
    let seen = nested("a", "b");
    let seen = seen.is_a_miss("no-entry").result();
    assert_eq!(seen[0], "maybe: nothing");
    assert!(seen[1].as_str().unwrap().starts_with("p: file 1, 1 bytes"), "{seen}");
    nested("a", "b").is_a_hit();
    nested("b", "a").is_a_miss("no-entry");
    nested("a", "a").is_a_miss("no-entry");
}

#[test]
fn the_key_command_knows_files() {
    let world = world!();
    world.write("a.txt", "x");
    world.write("b.txt", "x");
    let key = |file: &str| world.key(guests::FILES, "by-path", &[file])["key"].as_str().unwrap().to_owned();
    assert_eq!(key("f=a.txt"), key("f=b.txt"));
    assert_eq!(run(&world, "by-path", &["f=a.txt"]).key(), key("f=a.txt"));
}
