//! A task's view of its files, and the operations that it lacks.

use larder_tests::{guests, world};
use serde_json::{Value, json};

use super::{directory, run};

#[test]
fn a_file_is_read_by_path_and_in_pieces() {
    let world = world!();
    let text: String = (0..50_000).map(|n| char::from(b'a' + (n % 23) as u8)).collect();
    world.write("a.txt", &text);
    world.write("empty", "");
    assert_eq!(run(&world, "by-path", &["f=a.txt"]).result(), text.as_str());
    for piece in [7000, 50_000, 4_000_000] {
        let read = run(&world, "by-stream", &["f=a.txt", &format!("piece={piece}")]);
        assert_eq!(read.result().as_str().unwrap().len(), 66_668, "base64 of all");
    }
    assert_eq!(run(&world, "lent", &["f=a.txt"]).result(), 50_000);
    assert_eq!(run(&world, "by-path", &["f=empty"]).result(), "");
    assert_eq!(run(&world, "by-stream", &["f=empty", "piece=10"]).result(), "");
    let digest = larder::Digest::of(text.as_bytes()).to_string();
    assert_eq!(run(&world, "facts", &["f=a.txt"]).result(), &json!(["1", 50_000, digest, "/files/1"]));
}

#[test]
fn nothing_is_there_that_was_not_passed() {
    let world = world!();
    world.write("beside.txt", "secret");
    world.write("a.txt", "x");
    assert_eq!(run(&world, "roots", &[]).result(), &json!([]), "no files, no folder of files");
    let tried = run(&world, "attack", &["f=a.txt", "d=."]);
    let tried: Vec<&str> = tried.result().as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    // A link in the task's own folder is the only thing that it may make; nothing is written through it.
    let allowed = ["link to the file: ok", "link to the file from here: ok"];
    for line in tried.iter().filter(|line| line.ends_with(": ok")) {
        assert!(allowed.contains(line), "{line}");
    }
    assert!(tried.len() > 35, "{tried:#?}");
    assert!(tried.contains(&"the file afterwards: \"x\""), "{tried:#?}");
    assert_eq!(std::fs::read_to_string(world.folder().join("a.txt")).unwrap(), "x");
}

#[test]
fn links_in_a_directory_lead_nowhere_else() {
    let world = world!();
    directory(&world, "d");
    world.write("secret", "secret");
    let links = [
        ("out", "../secret"),
        ("absolute", "/etc/passwd"),
        ("files", "/files/1/one"),
        ("up-and-back", "../d/one"),
        ("circle", "circle"),
        ("nowhere", "missing"),
        ("deep", "sub/../one"),
    ];
    for (name, target) in links {
        std::os::unix::fs::symlink(target, world.folder().join("d").join(name)).unwrap();
    }
    let read = |task: &str, path: &str| -> Value {
        let code = i32::from(!["link", "deep", "one"].contains(&path));
        world.ends(code, guests::FILES, task, &["d=d", &format!("path={path}")]).result().clone()
    };
    for task in ["read-at", "open-in"] {
        assert_eq!(read(task, "link")["ok"], "two\n", "{task}");
        assert_eq!(read(task, "deep")["ok"], "one\n", "{task}");
        for (name, _) in &links[..6] {
            assert!(read(task, name)["err"].is_string(), "{task} {name}");
        }
        for path in ["../d/one", "..", "one/x", "missing"] {
            assert!(read(task, path)["err"].is_string(), "{task} {path}");
        }
    }
    assert!(read("open-in", "/one")["err"].is_string());
    let listed = run(&world, "list", &["d=d"]).result().to_string();
    assert!(listed.contains("circle: link") && listed.contains("sub/two: file"), "{listed}");
}

#[test]
fn a_task_gives_the_same_of_its_files_in_every_run() {
    let world = world!();
    world.write("a.txt", "x");
    directory(&world, "d");
    for call in [&["walk", "d=d"][..], &["facts", "f=a.txt"], &["later"], &["attack", "f=a.txt", "d=d"]] {
        let ran = world.larder([&["run", guests::FILES], call, &["--check", "3"]].concat());
        ran.exits(0).says("same");
    }
    // This includes a file named by a digest, which the cache of a check does not have.
    let put = world.larder(["blob", "put", "a.txt", "d"]);
    let digests: Vec<&str> = put.stdout.lines().collect();
    let ran = world.larder(["run", guests::FILES, "by-path", &format!("f={}", digests[0]), "--check", "2"]);
    ran.exits(0).prints("\"x\"\n");
    world.larder(["run", guests::FILES, "walk", &format!("d={}", digests[1]), "--check", "2"]).exits(0);
}
