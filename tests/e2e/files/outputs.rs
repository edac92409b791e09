//! Outputs of a task: snapshots, names, and places.

use std::os::unix::fs::MetadataExt as _;

use larder_tests::{guests, world};
use serde_json::json;

use super::{blob, digest, run};

#[test]
fn a_file_comes_back_the_same_however_it_was_made() {
    let world = world!();
    let text = "0123456789".repeat(3000);
    let by_path = run(&world, "from-scratch", &["name=a.txt", &format!("text={text}")]);
    let by_writer = run(&world, "written", &["name=a.txt", "piece=0123456789", "times=3000"]);
    assert_eq!(blob(&by_path, "/ok")["digest"], blob(&by_writer, "/ok")["digest"]);
    assert_eq!(blob(&by_path, "/ok")["size"], 30_000);
    let path = blob(&by_path, "/ok")["path"].as_str().unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    let metadata = std::fs::metadata(path).unwrap();
    assert_eq!((metadata.mode() & 0o777, metadata.nlink()), (0o400, 1));
    let again = run(&world, "from-scratch", &["name=a.txt", &format!("text={text}")]);
    assert_eq!(again.is_a_hit().result(), by_path.result());
}

#[test]
fn a_handle_that_stays_open_changes_nothing() {
    let later = run(&world!(), "later", &[]);
    assert_eq!(blob(&later, "/ok")["size"], "early".len());
}

#[test]
fn what_was_given_can_be_handed_back() {
    let world = world!();
    let file = world.write("a.txt", "x".repeat(50_000));
    super::directory(&world, "d");
    let same = run(&world, "same", &["f=a.txt"]);
    assert_eq!(blob(&same, "")["size"], 50_000);
    let stored = blob(&same, "")["path"].as_str().unwrap().to_owned();
    // A copy that shares nothing with the user's file.
    assert_eq!((std::fs::metadata(&file).unwrap().nlink(), std::fs::metadata(&stored).unwrap().nlink()), (1, 1));
    std::fs::write(&file, "changed").unwrap();
    assert_eq!(std::fs::metadata(&stored).unwrap().len(), 50_000);
    let tree = run(&world, "same-directory", &["d=d"]);
    let walked = run(&world, "walk", &[&format!("d={}", digest(&tree, ""))]);
    assert_eq!(walked.result(), run(&world, "walk", &["d=d"]).is_a_hit().result());
    let both = run(&world, "both", &["f=a.txt"]);
    assert_eq!(blob(&both, "/0")["size"], 7);
    assert_eq!(blob(&both, "/1")["name"], "tree");
}

#[test]
fn outputs_are_put_where_they_should_be() {
    let world = world!();
    world.write("a.txt", "hello");
    let put = run(&world, "both", &["f=a.txt", "--out", "results"]);
    let at = |path: &str| world.folder().join(path);
    assert_eq!(blob(&put, "/1")["path"], "results/tree");
    assert_eq!(std::fs::read_to_string(at("results/1")).unwrap(), "hello");
    assert_eq!(std::fs::read_to_string(at("results/tree/copy")).unwrap(), "hello");
    // A hit puts them there as well, over equal files; and a file over one that a task made.
    run(&world, "from-bytes", &["name=x", "bytes=\"c29tZXRoaW5nIGVsc2U=\""]);
    std::fs::write(at("results/1"), "something else").unwrap();
    run(&world, "both", &["f=a.txt", "--out", "results"]).is_a_hit();
    assert_eq!(std::fs::read_to_string(at("results/1")).unwrap(), "hello");
    run(&world, "both", &["f=a.txt", "-o", "0=one.txt", "-o", "tree=deep/er/two"]).is_a_hit();
    assert_eq!(std::fs::read_to_string(at("one.txt")).unwrap(), "hello");
    assert_eq!(std::fs::read_to_string(at("deep/er/two/copy")).unwrap(), "hello");
    assert_eq!(std::fs::metadata(at("one.txt")).unwrap().nlink(), 1);
    let two = world.print(guests::FILES, "both", &["f=a.txt", "-o", "0=twice", "-o", "tree=twice"]);
    two.exits(2).says("two files or directories of the result would be put at twice");
    let left: Vec<_> = std::fs::read_dir(world.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".larder-")), "{left:?}");
}

#[test]
fn what_is_in_the_way_is_left_alone_and_the_result_is_printed_all_the_same() {
    let world = world!();
    world.write("a.txt", "hello");
    world.write("results/tree/mine", "do not touch");
    let ran = world.print(guests::FILES, "both", &["f=a.txt", "--out", "results"]);
    ran.exits(2).says("results/tree is there already and is something else");
    assert!(ran.stdout.contains("\"digest\":\"sha256:"), "{ran}");
    assert_eq!(std::fs::read_to_string(world.folder().join("results/tree/mine")).unwrap(), "do not touch");
    world.write("file", "x");
    let ran = world.print(guests::FILES, "same", &["f=a.txt", "--out", "file"]);
    ran.exits(2).says("cannot be written");
    world.print(guests::FILES, "same", &["f=a.txt", "-o", "1=results/tree"]).exits(2).says("is there already");
    world.print(guests::FILES, "same", &["f=a.txt", "-o", "nothing=x"]).exits(2).says("no file or directory `nothing`");
    world.print(guests::FILES, "same", &["f=a.txt", "-o", "x"]).exits(2).says("write NAME=PATH");
    world.print(guests::FILES, "same", &["f=a.txt", "-o", "1=/proc/x/y"]).exits(2).says("cannot be written");
}

#[test]
fn names_that_are_none_are_refused() {
    let world = world!();
    for name in ["", ".", "..", "a/b", "/a", "a\u{1b}[2J", &"x".repeat(256)] {
        let called = world.ends(1, guests::FILES, "from-bytes", &[&format!("name={}", json!(name)), "bytes=\"\""]);
        assert!(called.result()["err"].as_str().is_some_and(|error| error.contains("name")), "{:#}", called.0);
        let called = world.ends(1, guests::FILES, "written", &[&format!("name={}", json!(name)), "piece=x", "times=1"]);
        assert!(called.result()["err"].is_string(), "{:#}", called.0);
    }
}

#[test]
fn links_of_an_output_stay_links_and_those_that_lead_out_are_not_put() {
    let world = world!();
    let links = "links=[[\"inside\", \"a/b\"], [\"up\", \"../outside\"]]";
    let ran = world.print(guests::FILES, "tree", &["files=[[\"a/b\", \"x\"]]", links, "--out", "results"]);
    ran.exits(0).says("the link up leads out of results/tree: it was left out");
    let at = |path: &str| world.folder().join("results/tree").join(path);
    assert_eq!(std::fs::read_link(at("inside")).unwrap().to_str(), Some("a/b"));
    assert!(std::fs::symlink_metadata(at("up")).is_err());
}

#[test]
fn without_a_cache_files_are_kept_nowhere_but_where_they_are_put() {
    let world = world!();
    world.write("a.txt", "x".repeat(20_000));
    let ran = world.print(guests::FILES, "same", &["f=a.txt", "--no-cache"]);
    ran.exits(0).says("kept nowhere: name a place for them with --out DIR");
    world
        .print(guests::FILES, "same", &["f=a.txt", "--no-cache", "--out", "o"])
        .exits(0)
        .is_silent_about("kept nowhere");
    assert_eq!(std::fs::metadata(world.folder().join("o/1")).unwrap().len(), 20_000);
    assert!(!world.cache().exists());
}

/// Dropped files leave nothing, and held ones take room.
#[test]
fn files_that_are_made_count_against_the_storage_of_the_task() {
    let world = world!();
    world.copy(guests::FILES, "files.wasm");
    world.write("larder.toml", "[limits]\nscratch-mib = 8\n");
    let component = world.folder().join("files.wasm");
    for (task, by) in [("zeros", "by-path=true"), ("zeros", "by-path=false")] {
        let called = world.ends(4, &component, task, &["mib=20", by]);
        assert_eq!(called.error(), "limit/scratch-bytes", "{by}");
    }
    let called = world.run(&component, "zeros", &["mib=7", "by-path=false"]);
    assert_eq!(blob(&called, "/ok")["size"], 7 << 20);
    assert_eq!(called.0["provenance"]["peak_scratch_bytes"], 7 << 20);
    // Each takes a block.
    assert_eq!(world.ends(4, &component, "hold", &["n=3000"]).error(), "limit/scratch-bytes");
    world.run(&component, "drop-all", &["n=3000"]);
}
