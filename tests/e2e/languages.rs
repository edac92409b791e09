//! Guests in languages other than Rust, which read and write files in two ways each. The tests of a missing language
//! do nothing, as the build has reported.

use larder::Digest;
use larder_tests::{Called, World, languages, program, world};
use serde_json::{Value, json};

/// Returns white space of several kinds, no line break at the end, and letters beyond ASCII, which stay as they are;
/// more than the 64 KiB that are read at once.
fn text() -> String {
    "to be,\tor  not\r\nto be \u{e9}t\u{e9}\n\n".repeat(4_000) + "end"
}

/// Tests all functions of one guest, in one world: compiling Python takes many seconds, and the cache keeps the code.
#[track_caller]
fn reads_and_writes_in_two_ways(folder: &'static str) {
    let Some(guest) = languages::build(&program!(), folder) else { return };
    let guest = guest.to_str().unwrap();
    let world = world!();
    world.write("a.txt", text());
    world.write("b.txt", text());
    world.write("empty.txt", "");
    for task in ["count", "count-stream"] {
        let totals = json!({ "ok": { "lines": 12_000, "words": 28_001, "bytes": text().len() } });
        answers(&world, guest, task, &totals);
        let none = json!({ "ok": { "lines": 0, "words": 0, "bytes": 0 } });
        assert_eq!(world.run(guest, task, &["text=./empty.txt"]).result(), &none, "{task}");
    }
    for task in ["upper", "upper-stream"] {
        answers(&world, guest, task, &json!({ "ok": file(&text().to_ascii_uppercase()) }));
        let empty = json!({ "ok": file("") });
        assert_eq!(world.run(guest, task, &["text=./empty.txt"]).result(), &empty, "{task}");
    }
}

/// Returns the shown form of a file that a guest made of `content`.
fn file(content: &str) -> Value {
    let digest = format!("sha256:{}", Digest::of(content.as_bytes()));
    json!({ "name": "upper.txt", "size": content.len(), "digest": digest })
}

/// Expects `result` for the text: from a run, from the cache, and from the cache for the same text under another name.
#[track_caller]
fn answers(world: &World, guest: &str, task: &str, result: &Value) {
    let is_it = |called: &Called| {
        let mut found = called.result().clone();
        // The path of the file is no part of the result.
        if let Some(file) = found["ok"].as_object_mut() {
            file.remove("path");
        }
        assert_eq!(&found, result, "{task}");
    };
    is_it(world.run(guest, task, &["text=./a.txt"]).is_a_miss("no-entry"));
    is_it(world.run(guest, task, &["text=./a.txt"]).hits());
    is_it(world.run(guest, task, &["text=./b.txt"]).hits());
}

#[test]
fn c() {
    reads_and_writes_in_two_ways("c/files");
}

#[test]
fn python() {
    reads_and_writes_in_two_ways("python/files");
}

#[test]
fn go_keeps_no_more_of_a_file_than_it_reads_at_once() {
    let Some(guest) = languages::build(&program!(), "go/conformance") else { return };
    let world = world!();
    let length = 64 << 20;
    std::fs::File::create(world.folder().join("zeros")).unwrap().set_len(length).unwrap();
    for task in ["by-stream", "by-path"] {
        let told = world.json(0, ["run".as_ref(), guest.as_os_str(), task.as_ref(), "input=./zeros".as_ref()]);
        assert_eq!(told["result"], json!({ "ok": { "lines": 0, "bytes": length } }), "{task}");
        let peak = told["provenance"]["peak_memory_bytes"].as_u64().unwrap();
        assert!(peak < length / 4, "{task}: {peak}");
    }
}
