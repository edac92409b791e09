//! Places for outputs that a user names, and names that a task chooses for them: existing files are preserved, and no
//! task can make a tool act on its output.

use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

use larder_tests::{Ran, World, guests, world};
use rustix::fs::{CWD, FileType, mknodat};
use serde_json::json;

use super::{digest, run};

/// A core module that exports the function `f`, and its WIT.
const MODULE: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x05\x01\x01f\0\0\x0a\x04\x01\x02\0\x0b";
const WIT: &str = "package a:a; world w { export f: func(); }";

/// Creates a pipe under this name, and collects its data.
fn pipe(world: &World, name: &str) -> (PathBuf, JoinHandle<Vec<u8>>) {
    let path = world.folder().join(name);
    if !path.exists() {
        mknodat(CWD, &path, FileType::Fifo, 0o600.into(), 0).unwrap();
    }
    let reading = std::thread::spawn({
        let path = path.clone();
        move || std::fs::read(path).unwrap()
    });
    (path, reading)
}

/// Runs the command in a shell, which can do more with its files: `"$@"` stands for it.
fn in_a_shell(world: &World, shell: &str, script: &str, arguments: &[&str]) -> Ran {
    let usual = world.command(arguments);
    let mut command = Command::new(shell);
    command.args(["-c", script, shell]).arg(usual.get_program()).args(usual.get_args());
    command.current_dir(world.folder()).env_clear().stdin(Stdio::null());
    command.envs(usual.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(&mut command)
}

/// Returns the arguments of each command that writes a file, without the path, with the expected content.
fn writers(world: &World) -> Vec<(Vec<String>, Vec<u8>)> {
    let large = "0123456789".repeat(20_000);
    world.write("in.txt", &large);
    let stored = digest(&run(world, "same", &["f=in.txt"]), "");
    let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    vec![
        (text(&["run", guests::FILES, "same", "f=in.txt", "-o", "1="]), large.clone().into_bytes()),
        (text(&["blob", "get", &stored, "-o", ""]), large.into_bytes()),
    ]
}

/// Returns the arguments of a writer, for this path.
fn to(arguments: &[String], path: &str) -> Vec<String> {
    let (last, first) = arguments.split_last().unwrap();
    first.iter().cloned().chain([format!("{last}{path}")]).collect()
}

#[test]
fn a_pipe_is_written_and_stays_a_pipe() {
    let world = world!();
    for (arguments, content) in writers(&world) {
        for path in ["pipe", "link"] {
            let (at, reading) = pipe(&world, "pipe");
            let _ = symlink("pipe", world.folder().join("link"));
            world.larder(to(&arguments, path)).exits(0);
            assert_eq!(reading.join().unwrap(), content, "{arguments:?}");
            assert!(std::fs::symlink_metadata(&at).unwrap().file_type().is_fifo(), "{arguments:?}");
        }
    }
}

#[test]
fn a_device_stays_a_device() {
    let world = world!();
    let device = world.folder().join("device");
    // A device like /dev/null, which a failing test must not remove.
    if let Err(error) = mknodat(CWD, &device, FileType::CharacterDevice, 0o666.into(), rustix::fs::makedev(1, 3)) {
        println!("SKIPPED: no device can be made here: {error}");
        return;
    }
    for (arguments, _) in writers(&world) {
        // On some file systems of containers, devices cannot be opened; then the command reports that.
        let ran = world.larder(to(&arguments, "device"));
        assert!(ran.code == 0 || ran.stderr.contains("cannot be written"), "{ran}");
        assert!(std::fs::symlink_metadata(&device).unwrap().file_type().is_char_device(), "{ran}");
    }
    world.write("a.txt", "hello");
    for named in ["--out", "-o"] {
        let path = if named == "--out" { "." } else { "device=device" };
        let bytes = ["name=device", "bytes=\"aGVsbG8=\""];
        let ran = world.print(guests::FILES, "from-bytes", &[bytes[0], bytes[1], named, path]);
        assert_eq!(ran.stderr.contains("cannot replace"), named == "--out", "{ran}");
        assert!(std::fs::symlink_metadata(&device).unwrap().file_type().is_char_device(), "{ran}");
    }
}

#[test]
fn a_link_leads_to_the_file_that_is_written() {
    let world = world!();
    let target = world.write("elsewhere/target", "old");
    let mode = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(&target, mode).unwrap();
    symlink("elsewhere/target", world.folder().join("link")).unwrap();
    symlink("elsewhere/new", world.folder().join("dangling")).unwrap();
    for (arguments, content) in writers(&world) {
        for (link, target) in [("link", "elsewhere/target"), ("dangling", "elsewhere/new")] {
            world.larder(to(&arguments, link)).exits(0);
            assert!(std::fs::symlink_metadata(world.folder().join(link)).unwrap().is_symlink(), "{arguments:?}");
            assert_eq!(std::fs::read(world.folder().join(target)).unwrap(), content, "{arguments:?}");
        }
    }
    assert_eq!(std::fs::metadata(&target).unwrap().mode() & 0o777, 0o640);
}

#[test]
fn an_open_file_of_the_shell_is_written_behind_what_it_has() {
    let world = world!();
    for (arguments, content) in writers(&world) {
        let arguments = to(&arguments, "/dev/fd/3");
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        in_a_shell(&world, "sh", "exec 3> got; echo before >&3; \"$@\"", &arguments).exits(0);
        let got = std::fs::read(world.folder().join("got")).unwrap();
        assert_eq!(got, [&b"before\n"[..], &content].concat(), "{arguments:?}");
        in_a_shell(&world, "sh", "\"$@\" 3>&1 > result | cat > got", &arguments).exits(0);
        assert_eq!(std::fs::read(world.folder().join("got")).unwrap(), content, "{arguments:?}");
    }
}

#[test]
fn a_file_goes_to_standard_output_and_nothing_else_does() {
    let world = world!();
    for (arguments, content) in writers(&world) {
        for path in ["-", "/dev/stdout", "/dev/fd/1"] {
            let ran = world.larder(to(&arguments, path));
            assert!(ran.exits(0).stdout.as_bytes() == content, "{arguments:?} {path}");
            let arguments = to(&arguments, path);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            in_a_shell(&world, "sh", "{ echo before; \"$@\"; } > got", &arguments).exits(0);
            let got = std::fs::read(world.folder().join("got")).unwrap();
            assert!(got == [&b"before\n"[..], &content].concat(), "{arguments:?} {path}");
        }
        let closed: Vec<String> = to(&arguments, "-");
        let closed: Vec<&str> = closed.iter().map(String::as_str).collect();
        in_a_shell(&world, "sh", "\"$@\" | head -c 1 > got", &closed).exits(0).is_silent_about("error");
    }
    assert!(!world.folder().join("-").exists());
    // A single file needs no name.
    world.write("a.txt", "hello");
    world.print(guests::FILES, "same", &["f=a.txt", "-o", "-"]).exits(0).prints("hello").says("miss");
    for (arguments, said) in [
        (&["both", "f=a.txt", "-o", "-"][..], "the result has not one file or directory"),
        (&["both", "f=a.txt", "-o", "tree=-"], "is a directory: name a place for it"),
        (&["both", "f=a.txt", "-o", "0=-", "-o", "tree=/dev/stdout"], "would be put at -"),
        (&["same", "f=a.txt", "-o", "-", "-o", "-"], "cannot put the result at two paths: - and -"),
        (&["both", "f=a.txt", "-o", "0=-", "-o", "0=two"], "cannot put `0` of the result at two paths: - and two"),
    ] {
        world.print(guests::FILES, arguments[0], &arguments[1..]).exits(2).prints("").says(said);
    }
    for (task, said) in [
        ("both", "the result has no file or directory `other`: it has `0`, `1`"),
        ("same", "no file or directory `other`: it is one itself, without a name"),
    ] {
        world.print(guests::FILES, task, &["f=a.txt", "-o", "other=x"]).exits(2).says(said);
    }
    let json = world.print(guests::FILES, "same", &["f=a.txt", "-o", "-", "--json"]);
    json.exits(2).says("there is no place for --json");
}

#[test]
fn a_component_is_written_as_any_other_file() {
    let world = world!();
    world.write("in.wasm", MODULE);
    world.write("a.wit", WIT);
    world.larder(["componentize", "in.wasm", "--wit", "a.wit", "-o", "made.wasm"]).exits(0);
    let made = std::fs::read(world.folder().join("made.wasm")).unwrap();
    let (at, reading) = pipe(&world, "pipe");
    world.larder(["componentize", "in.wasm", "--wit", "a.wit", "-o", "pipe"]).exits(0);
    assert_eq!(reading.join().unwrap(), made);
    assert!(std::fs::symlink_metadata(&at).unwrap().file_type().is_fifo());
    symlink("made.wasm", world.folder().join("link")).unwrap();
    world.larder(["componentize", "in.wasm", "--wit", "a.wit", "-o", "link"]).exits(0);
    assert!(std::fs::symlink_metadata(world.folder().join("link")).unwrap().is_symlink());
    in_a_shell(&world, "sh", "\"$@\" > got", &["componentize", "in.wasm", "--wit", "a.wit", "-o", "-"]).exits(0);
    assert_eq!(std::fs::read(world.folder().join("got")).unwrap(), made);
    assert!(!world.folder().join("-").exists());
}

/// Bindings are files with generated names, in a folder that a user typed.
#[test]
fn bindings_are_written_as_any_other_file() {
    let world = world!();
    world.write("a.wit", WIT);
    let bindings = ["bindings", "c", "--wit", "a.wit", "--out", "out"];
    world.larder(bindings).exits(0);
    let header = world.folder().join("out/w.h");
    let written = std::fs::read(&header).unwrap();
    std::fs::remove_file(&header).unwrap();
    let (at, reading) = pipe(&world, "out/w.h");
    world.larder(bindings).exits(0);
    assert_eq!(reading.join().unwrap(), written);
    assert!(std::fs::symlink_metadata(&at).unwrap().file_type().is_fifo());
    std::fs::remove_file(&header).unwrap();
    let target = world.write("mine.h", "old");
    symlink(&target, &header).unwrap();
    world.larder(bindings).exits(0);
    assert_eq!(std::fs::read(&target).unwrap(), written);
}

/// A task's name has less authority than a user's.
#[test]
fn no_name_that_a_tool_acts_on_is_put_into_a_folder() {
    let world = world!();
    let toml = "[build]\ncommand = \"touch pwned\"\noutput = \"x.wasm\"\n";
    let bytes = format!("bytes={}", json!(base64(toml)));
    let there = || std::fs::read_dir(world.folder().join("out")).map_or(0, Iterator::count);
    for name in ["larder.toml", "Larder.TOML", ".bashrc", ".envrc", "..larder.toml"] {
        for force in [&[][..], &["--force"]] {
            let named = format!("name={}", json!(name));
            let arguments = [&[&*named, &bytes, "--out", "out"][..], force].concat();
            let ran = world.print(guests::FILES, "from-bytes", &arguments);
            ran.exits(2).says(&format!("cannot put an output named `{name}` into a folder"));
            ran.says("hint: -o ok=PATH puts it");
            // The result itself is printed, with its digest.
            assert!(ran.stdout.contains("sha256:"), "{ran}");
        }
    }
    for (path, inside) in [("larder.toml", "tree/larder.toml"), ("a/b/LARDER.toml", "tree/a/b/LARDER.toml")] {
        let files = format!("files={}", json!([["fine", "x"], [path, toml]]));
        let ran = world.print(guests::FILES, "tree", &[&files, "links=[]", "--out", "out"]);
        ran.exits(2).says(&format!("cannot put an output with `{inside}` in it into a folder"));
    }
    let ran = world.print(
        guests::FILES,
        "tree",
        &["files=[[\"x\", \"\"]]", "links=[[\"larder.toml\", \"x\"]]", "--out", "out"],
    );
    ran.exits(2).says("`tree/larder.toml`");
    assert_eq!(there(), 0, "nothing of a result that has such a name is put");
    // Inside a directory dots are data, and a path that a user types is the user's decision.
    let files = "files=[[\".git/config\", \"x\"], [\"not-larder.toml\", \"y\"]]";
    world.print(guests::FILES, "tree", &[files, "links=[]", "--out", "out"]).exits(0);
    assert!(world.folder().join("out/tree/.git/config").exists());
    let named = ["name=larder.toml", &bytes, "-o", "ok=typed/larder.toml"];
    world.print(guests::FILES, "from-bytes", &named).exits(0);
    assert_eq!(std::fs::read_to_string(world.folder().join("typed/larder.toml")).unwrap(), toml);
}

fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let pieces = text.as_bytes().chunks(3).map(|piece| {
        let bits = piece.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - piece.len()));
        let digit =
            |at: usize| if at <= piece.len() { DIGITS[(bits >> (18 - 6 * at) & 63) as usize] as char } else { '=' };
        [digit(0), digit(1), digit(2), digit(3)].iter().collect::<String>()
    });
    pieces.collect()
}

#[test]
fn a_folder_replaces_only_outputs_of_this_account() {
    let world = world!();
    let put = |text: &str, options: &[&str]| {
        let bytes = format!("bytes={}", json!(base64(text)));
        world.print(guests::FILES, "from-bytes", &[&["name=report.txt", &bytes, "--out", "out"][..], options].concat())
    };
    let report = world.folder().join("out/report.txt");
    let is = |text: &str| assert_eq!(std::fs::read_to_string(&report).unwrap(), text);
    put("first", &[]).exits(0);
    put("second", &[]).exits(0);
    is("second");
    // A user's text, or one that a user has changed.
    for mine in ["mine", "second, and more", ""] {
        std::fs::write(&report, mine).unwrap();
        let ran = put("first", &[]);
        ran.exits(2).says("cannot replace out/report.txt: it is no output that was stored");
        ran.says("hint: --force replaces it; -o NAME=PATH");
        is(mine);
    }
    // Results stored by another account are ignored.
    std::fs::write(&report, "second").unwrap();
    put("first", &["--account", "other"]).exits(2).says("cannot replace");
    // Without a cache only equal content is recognised.
    put("first", &["--no-cache"]).exits(2).says("cannot replace");
    put("second", &["--no-cache"]).exits(0);
    put("first", &["--no-cache", "--force"]).exits(0);
    is("first");
    // A link in the folder leads to a place that no task controls.
    std::fs::remove_file(&report).unwrap();
    let precious = world.write("precious", "precious");
    symlink(&precious, &report).unwrap();
    put("first", &[]).exits(2).says("cannot replace");
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious");
    std::fs::remove_file(&precious).unwrap();
    put("first", &[]).exits(2).says("cannot replace");
    assert!(!precious.exists());
    put("first", &["--force"]).exits(0);
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "first");
    world.print(guests::FILES, "later", &["--force"]).exits(2).says("--out");
}

#[test]
fn the_outputs_of_a_batch_are_put_by_the_same_rules() {
    let world = world!();
    let inputs = [("fine.txt", "a"), ("larder.toml", "b"), (".profile", "c")];
    let lines = inputs.map(|(name, bytes)| json!({ "name": name, "bytes": base64(bytes) }).to_string());
    world.write("inputs.ndjson", lines.join("\n"));
    let batch = |options: &[&str]| {
        world.larder([&["batch", guests::FILES, "from-bytes", "inputs.ndjson", "--out", "out"][..], options].concat())
    };
    let codes = |ran: &Ran| -> Vec<String> {
        let lines = ran.stdout.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.map(|line| line["error"]["code"].as_str().unwrap_or("none").to_owned()).collect()
    };
    let first = batch(&[]);
    assert_eq!(codes(first.exits(1)), ["none", "output/reserved-name", "output/reserved-name"], "{first}");
    assert!(!world.folder().join("out/1").exists() && !world.folder().join("out/2").exists());
    assert_eq!(codes(&batch(&[]))[0], "none", "it is the same file");
    let fine = world.write("out/0/fine.txt", "mine");
    assert_eq!(codes(&batch(&[]))[0], "output/not-replaced");
    assert_eq!(std::fs::read_to_string(&fine).unwrap(), "mine");
    assert_eq!(codes(&batch(&["--force"]))[0], "none");
    assert_eq!(std::fs::read_to_string(&fine).unwrap(), "a");
    batch(&["--dry-run"]).exits(2);
}

/// Without a reader, Ctrl-C still ends it.
#[test]
fn a_pipe_without_a_reader_waits_until_it_is_interrupted() {
    let world = world!();
    world.write("a.txt", "hello");
    mknodat(CWD, world.folder().join("pipe"), FileType::Fifo, 0o600.into(), 0).unwrap();
    run(&world, "same", &["f=a.txt"]);
    let call = ["run", guests::FILES, "same", "f=a.txt", "-o", "1=pipe"];
    let running = larder_tests::Running::start(&mut world.command(call));
    while !running.catches(rustix::process::Signal::INT) {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    running.signal(rustix::process::Signal::INT);
    running.end().exits(130);
    assert!(is_a_pipe(&world.folder().join("pipe")));
}

fn is_a_pipe(path: &Path) -> bool {
    std::fs::symlink_metadata(path).unwrap().file_type().is_fifo()
}

/// A shell passes a command's output as a path that has no name.
#[test]
fn a_pipe_as_an_input_is_told_to_be_one() {
    let world = world!();
    let call = ["run", guests::FILES, "same", "f=/dev/fd/3"];
    let ran = in_a_shell(&world, "sh", "echo hello | { exec 3<&0; \"$@\"; }", &call);
    ran.exits(2).says("/dev/fd/3 is a named pipe").says("an input is an ordinary file").is_silent_about("nothing at");
    world.write("a.txt", "hello");
    in_a_shell(&world, "sh", "exec 3< a.txt; \"$@\" -o -", &call).exits(0).prints("hello");
}

/// Each run writes to the cache, and so to its input.
#[test]
fn a_cache_inside_an_input_is_told() {
    let world = world!();
    super::directory(&world, "d");
    super::directory(&world, "other");
    // This prevents learning the component while the directory is in use.
    world.print(guests::FILES, "walk", &["d=other", "--cache-dir", "d/cache"]).exits(0).is_silent_about("an input");
    let inside = |times: u32| {
        for _ in 0..times {
            let ran = world.print(guests::FILES, "walk", &["d=d", "--cache-dir", "d/cache"]);
            ran.exits(0)
                .says("miss")
                .says("d/cache lies in ")
                .says("/d, an input")
                .says("name a cache folder elsewhere");
        }
    };
    inside(2);
    let world_around = world.print(guests::FILES, "walk", &["d=d"]);
    world_around.exits(0).is_silent_about("an input");
}
