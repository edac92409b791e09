//! Names of inputs: paths, patterns, lists, digests, JSON; and permissions for each.

use larder_tests::{guests, world};
use serde_json::json;

use super::{digest, directory, run};

#[test]
fn a_list_is_a_pattern_a_file_of_paths_or_json() {
    let world = world!();
    for (name, content) in [("data/1.txt", "a"), ("data/2.txt", "b"), ("data/.hidden.txt", "zzz"), ("data/3.dat", "c")]
    {
        world.write(name, content);
    }
    world.write("list.txt", "data/1.txt\n\n  data/2.txt\n");
    world.write("patterns.txt", "data/*.txt\n");
    let expected = json!(u64::from(b'a') + u64::from(b'b'));
    run(&world, "sum", &["files=data/*.txt"]).is_a_miss("no-entry");
    for files in [
        "files=data/*.txt",
        "files=data/[12].txt",
        "files=@list.txt",
        "files=@patterns.txt",
        "files=[\"data/1.txt\", \"data/2.txt\"]",
        "files=[{\"path\": \"data/1.txt\"}, \"file:data/2.txt\"]",
    ] {
        assert_eq!(run(&world, "sum", &[files]).is_a_hit().result(), &expected, "{files}");
    }
    assert_eq!(run(&world, "sum", &["files=data/3.dat"]).result(), u64::from(b'c'));
    assert_eq!(run(&world, "sum", &["files=[]"]).result(), 0);
    assert_eq!(run(&world, "by-path", &["f=data/?.dat"]).result(), "c", "a pattern for one, which matches one");
}

#[test]
fn a_name_that_looks_like_something_else_can_be_written() {
    let world = world!();
    for name in ["sha256:x", "@at", "a*b", "[1]"] {
        world.write(name, name);
        let named = if name.starts_with('@') { format!("f=@{name}") } else { format!("f=file:{name}") };
        assert_eq!(run(&world, "by-path", &[&named]).result(), name);
    }
    // An existing path wins over a pattern.
    assert_eq!(run(&world, "by-path", &["f=a*b"]).result(), "a*b");
}

#[test]
fn a_pattern_passes_over_names_that_are_not_utf8_unless_they_match() {
    use std::os::unix::ffi::OsStrExt as _;

    let world = world!();
    world.write("data/1.txt", "a");
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.log");
    std::fs::write(world.folder().join("data").join(name), "b").unwrap();
    let only = u64::from(b'a');
    assert_eq!(run(&world, "sum", &["files=data/*.txt"]).result(), only);
    assert_eq!(run(&world, "by-path", &["f=data/?.txt"]).result(), "a");
    world.write("list.txt", "data/*.txt\n");
    assert_eq!(run(&world, "sum", &["files=@list.txt"]).result(), only);
    for pattern in ["files=data/*", "files=data/caf*", "files=**/*.log", "files=*/*"] {
        let ran = world.print(guests::FILES, "sum", &[pattern]);
        ran.fails(2, &["expected names in UTF-8", "data/caf", ".log"]);
    }
}

#[test]
fn what_cannot_be_meant_is_said() {
    let world = world!();
    world.write("data/1.txt", "a");
    world.write("data/2.txt", "b");
    world.write("binary.txt", [0xff, 0xfe]);
    directory(&world, "d");
    for (argument, said) in [
        ("f=missing.txt", "there is nothing at"),
        ("f=d", "is a directory, and a file is needed"),
        ("f=", "an empty text"),
        ("f=data/*.txt", "takes one, and 2 match"),
        ("f=data/*.csv", "nothing matches `data/*.csv`"),
        ("f=sha256:abc", "not 64 lower-case hexadecimal digits"),
        ("f={\"size\": 3}", "without `digest` and `path`"),
        ("f={\"pth\": \"a\"}", "did you mean `path`?"),
    ] {
        world.print(guests::FILES, "by-path", &[argument]).fails(2, &[said]);
    }
    for (argument, said) in [
        ("files=@missing.txt", "cannot be read"),
        ("files=@binary.txt", "is not UTF-8 text"),
        ("files=none/*", "nothing matches"),
        ("files=[\"data/1.txt\", 7]", "`[1]` should be"),
        ("files=[\"data/1.txt\", \"missing\"]", "there is nothing at"),
        ("files=data/[", "parameter `files`"),
    ] {
        world.print(guests::FILES, "sum", &[argument]).fails(2, &[said]);
    }
    world.print(guests::FILES, "walk", &["d=data/1.txt"]).fails(2, &["is not a directory, and one is needed"]);
    assert!(!world.cache().join("blobs").exists(), "nothing was stored");
}

#[test]
fn the_output_of_one_task_is_the_input_of_another_by_its_digest() {
    let world = world!();
    let made = run(&world, "from-bytes", &["name=x.txt", "bytes=\"aGVsbG8=\""]);
    let hello = digest(&made, "/ok");
    assert_eq!(run(&world, "by-path", &[&format!("f={hello}")]).is_a_miss("no-entry").result(), "hello");
    world.write("hello", "hello");
    assert_eq!(run(&world, "by-path", &["f=hello"]).is_a_hit().result(), "hello");
    // Whole, as `--json` printed it.
    let whole = format!("f={}", made.result()["ok"]);
    assert_eq!(run(&world, "by-path", &[&whole]).is_a_hit().result(), "hello");

    let tree = run(&world, "tree", &["files=[[\"a/b\", \"x\"], [\"c\", \"yy\"]]", "links=[[\"l\", \"a/b\"]]"]);
    let tree = format!("d={}", digest(&tree, "/ok"));
    let walked = run(&world, "walk", &[&tree]);
    let walked = walked.is_a_miss("no-entry").result().to_string();
    assert!(walked.contains("a/b: 1 bytes") && walked.contains("c: 2 bytes"), "{walked}");
    run(&world, "walk", &[&tree]).is_a_hit();
    // A directory is not a file, whatever its digest.
    world
        .print(guests::FILES, "by-path", &[&tree.replace("d=", "f=")])
        .fails(2, &["is a directory, and a file is meant"]);
}

#[test]
fn what_another_account_has_stored_does_not_exist() {
    let world = world!();
    let made = run(&world, "written", &["name=x", "piece=0123456789", "times=5000", "--account=ann"]);
    let named = format!("f={}", digest(&made, "/ok"));
    let missing = format!("f=sha256:{}", "0".repeat(64));
    assert_eq!(run(&world, "lent", &[&named, "--account=ann"]).result(), 50_000);
    let said = |named: &str, account: &str| {
        let ran = world.print(guests::FILES, "lent", &[named, account]);
        ran.fails(2, &["this account has stored no file sha256:"]);
        ran.stderr.replace(named, "NAMED").replace(named.trim_start_matches("f="), "DIGEST")
    };
    // The wording is the same as for a blob that nobody has.
    assert_eq!(said(&named, "--account=bob"), said(&missing, "--account=bob"));
    world.larder(["blob", "get", named.trim_start_matches("f="), "--account", "bob"]).fails(2, &["has stored no"]);
    // A user who stores the same bytes has them too.
    world.write("same", "0123456789".repeat(5000));
    world.larder(["blob", "put", "same", "--account", "bob"]).exits(0);
    assert_eq!(run(&world, "lent", &[&named, "--account=bob"]).result(), 50_000);
}

#[test]
fn blobs_are_put_listed_and_got() {
    let world = world!();
    world.write("small", "hello\n");
    let large = "0123456789".repeat(10_000);
    world.write("large", &large);
    directory(&world, "d");
    world.larder(["blob", "ls"]).exits(0).prints("").says("nothing is stored");
    let put = world.larder(["blob", "put", "small", "large", "d"]);
    put.exits(0);
    let digests: Vec<&str> = put.stdout.lines().collect();
    let [small, big, tree] = digests[..] else { panic!("{put}") };
    assert_eq!(small, "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    world.larder(["blob", "get", small]).exits(0).prints("hello\n");
    world.larder(["blob", "get", &small[..20]]).exits(0).prints("hello\n");
    world.larder(["blob", "get", &big["sha256:".len()..]]).exits(0).prints(&large);
    world.larder(["blob", "get", big, "-o", "out/copy"]).exits(0);
    assert_eq!(std::fs::read_to_string(world.folder().join("out/copy")).unwrap(), large);
    world.larder(["blob", "get", tree]).fails(2, &["is a directory: name a place for it with -o PATH"]);
    world.larder(["blob", "get", tree, "-o", "copy"]).exits(0);
    assert_eq!(std::fs::read_to_string(world.folder().join("copy/sub/two")).unwrap(), "two\n");
    assert_eq!(std::fs::read_link(world.folder().join("copy/link")).unwrap().to_str(), Some("sub/two"));
    world.larder(["blob", "get", "sha256:ffff"]).fails(2, &["means nothing that this account has stored"]);
    for short in ["", "sha256:", "2", &small["sha256:".len()..][..3]] {
        world.larder(["blob", "get", short]).fails(2, &["too little of a digest: give 4 of its 64 digits"]);
    }
    world.larder(["blob", "put", "missing"]).fails(2, &["there is nothing at"]);
    let listed = world.json(0, ["blob", "ls"]);
    let names: Vec<_> = listed["blobs"].as_array().unwrap().iter().map(|blob| (&blob["kind"], &blob["name"])).collect();
    assert_eq!(names.len(), 3, "{listed:#}");
    let seen = world.larder(["blob", "ls"]);
    seen.exits(0);
    assert!(["small", "large", "directory", "100"].iter().all(|word| seen.stdout.contains(word)), "{seen}");
}
