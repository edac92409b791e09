//! Folders with a `larder.toml`: builds when needed, and messages when they fail.

use std::process::{Command, Stdio};

use larder_tests::{Running, World, guests, until_it_holds, wat, workspace, world};

/// Creates a folder whose build copies a component, and counts its runs.
fn project(world: &World, name: &str, guest: &str) {
    world.copy(guest, &format!("{name}/made/prebuilt.wasm"));
    world.write(&format!("{name}/src/lib.rs"), "source");
    let toml = "[build]\ncommand = \"echo the compiler speaks; cp made/prebuilt.wasm made/out.wasm; echo >> made/built\"\n\
                output = \"made/out.wasm\"\ninputs = [\"src\"]\n";
    world.write(&format!("{name}/larder.toml"), toml);
}

fn builds(world: &World, name: &str) -> usize {
    std::fs::read(world.folder().join(name).join("made/built")).unwrap_or_default().len()
}

#[test]
fn a_folder_that_says_nothing_of_a_component_is_none() {
    let world = world!();
    world.write("bare/notes.txt", "");
    world.write("named/larder.toml", "name = \"named\"\n");
    for command in [&["inspect"][..], &["run"], &["key"], &["build"]] {
        let with = |folder: &str| {
            let call = if matches!(command, ["run" | "key"]) { &["hello"][..] } else { &[] };
            world.larder(command.iter().chain([&folder]).chain(call))
        };
        with("bare").fails(6, &["/bare", "without a larder.toml", "[build] output"]);
        with("named").fails(6, &["/named/larder.toml", "add [build] output"]);
    }
}

#[test]
fn a_broken_larder_toml_says_where() {
    let world = world!();
    world.store_an_entry();
    for (toml, texts) in [
        (&b"nmae = \"x\""[..], &["unknown key `nmae`", "did you mean `name`?"][..]),
        (b"[build]\noutptu = \"x\"", &["unknown key `build.outptu`", "did you mean `output`?"]),
        (b"[tasks.hello]\nverison = \"1\"", &["`tasks.hello.verison`", "did you mean `version`?"]),
        (b"[build", &["line 1", "[build"]),
        (b"name = 1", &["line 1", "name = 1", "string"]),
        (b"name = \"My Tools\"", &["`My Tools`", "kebab-case"]),
        (b"account = \"\"", &["account", "leave the key out"]),
        (b"[tasks.hello]\nversion = \"\"", &["version", "`hello`"]),
        (b"[tasks.hello]\nversion = \"1\"\npinned = true", &["`hello`", "`version`", "`pinned = true`", "keep one"]),
        (b"[tasks.hello]\nsize = \"huge\"", &["line 2", "huge", "small"]),
        (b"name = \"caf\xe9\"", &["cannot be read", "UTF-8"]),
        (b"# \x1b[31m\nname = \x1b[31m", &["larder.toml"]),
    ] {
        world.write("broken/larder.toml", toml);
        world.copy(guests::PRIMES, "broken/primes.wasm");
        for component in ["broken", "broken/primes.wasm"] {
            let ran = world.larder(["inspect", component]);
            ran.fails(2, &["broken/larder.toml"]).is_silent_about("\u{1b}");
            texts.iter().for_each(|text| assert!(ran.stderr.contains(text), "{text:?}\n{ran}"));
        }
    }
    world.keeps_the_entry();
}

#[test]
fn a_larder_toml_that_is_no_file_is_refused() {
    let world = world!();
    world.copy(guests::PRIMES, "pipe/primes.wasm");
    let fifo = world.folder().join("pipe/larder.toml");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    world.larder(["inspect", "pipe/primes.wasm"]).fails(2, &["pipe/larder.toml", "not an ordinary file"]);
    world.copy(guests::PRIMES, "folder/primes.wasm");
    world.write("folder/larder.toml/x", "");
    world.larder(["inspect", "folder/primes.wasm"]).fails(2, &["folder/larder.toml", "directory"]);
}

#[test]
fn a_build_that_fails_says_how() {
    let world = world!();
    world.store_an_entry();
    for (build, texts) in [
        (
            "command = \"echo to stdout; echo to stderr >&2; exit 3\"",
            &["exit 3", "exit status: 3", "to stdout", "to stderr"][..],
        ),
        ("command = \"true\"", &["succeeded", "out.wasm does not exist", "[build] output"]),
        ("command = \"no-such-compiler --fast\"", &["no-such-compiler", "exit status: 127"]),
        ("command = \"kill -9 $$\"", &["signal: 9"]),
        ("", &["out.wasm does not exist", "no [build] command"]),
    ] {
        world.write("project/larder.toml", format!("[build]\noutput = \"out.wasm\"\n{build}\n"));
        for command in [&["build", "project"][..], &["inspect", "project"], &["run", "project", "hello"]] {
            world.larder(command).fails(8, texts);
        }
    }
    world.write("project/larder.toml", "[build]\noutput = \"out.wasm\"\ncommand = \"echo junk > out.wasm\"\n");
    world.larder(["inspect", "project"]).fails(6, &["project/out.wasm", "not WebAssembly"]);
    world.keeps_the_entry();
}

#[test]
fn a_build_runs_only_when_an_input_has_changed() {
    let world = world!();
    project(&world, "tools", guests::PRIMES);
    let output = world.folder().join("tools/made/out.wasm");
    let build = |options: &[&str]| world.larder(["build", "tools"].iter().chain(options));
    let printed = format!("{}\n", output.display());
    build(&[]).exits(0).prints(&printed).says("the compiler speaks").says("built");
    build(&[]).exits(0).prints(&printed).says("nothing has changed");
    assert_eq!(builds(&world, "tools"), 1);
    build(&["--force"]).exits(0).prints(&printed);
    assert_eq!(builds(&world, "tools"), 2);
    world.write("tools/src/lib.rs", "another source");
    assert_eq!(world.json(0, ["build", "tools"]), serde_json::json!({ "path": output, "built": true }));
    assert_eq!(world.json(0, ["build", "tools"]), serde_json::json!({ "path": output, "built": false }));
    assert_eq!(builds(&world, "tools"), 3);
    std::fs::remove_file(&output).unwrap();
    build(&[]).exits(0).says("built");
    assert_eq!(builds(&world, "tools"), 4);
    let here = world.command(["build"]).current_dir(world.folder().join("tools")).output().unwrap();
    assert_eq!((here.status.code(), builds(&world, "tools")), (Some(0), 4));
}

#[test]
fn a_folder_is_built_when_its_component_is_wanted() {
    let world = world!();
    project(&world, "tools", guests::PRIMES);
    world.run("tools", "count-below", &["limit=20"]).is_a_miss("no-entry");
    world.run("tools", "count-below", &["limit=20"]).hits();
    world.larder(["inspect", "tools"]).exits(0);
    assert_eq!(builds(&world, "tools"), 1);
    world.write("tools/src/new.rs", "");
    assert_eq!(world.run("tools", "count-below", &["limit=20"]).hits().result(), 8);
    assert_eq!(builds(&world, "tools"), 2);
    // Other code under the same declared version: the author claims that the results are the same.
    world.copy(guests::WORD_STATS, "tools/made/prebuilt.wasm");
    world.write("tools/src/new.rs", "changed");
    world.print("tools", "count-below", &["limit=20"]).fails(2, &["no task", "reverse"]);
    assert_eq!(world.run("tools", "reverse", &["items=[\"a\", \"b\"]"]).result(), &serde_json::json!(["b", "a"]));
    assert_eq!(builds(&world, "tools"), 3);
}

#[test]
fn a_task_s_help_shows_its_types_and_docs() {
    let world = world!();
    project(&world, "stats", guests::WORD_STATS);
    let wit = workspace().join("guest-examples/word-stats/wit/world.wit");
    world.write("stats/wit/world.wit", std::fs::read(wit).unwrap());
    let help = world.print("stats", "word-stats", &["--help"]);
    help.exits(0);
    for text in [
        "example:tasks/text#word-stats",
        "Counts and measures the words of a text",
        "larder run stats word-stats text=<string> mode=<variant>",
        "variant { strict, lenient(u32) }",
        "result<record { words: u32",
        "version \"1\" (from the manifest)",
        "small",
    ] {
        assert!(help.stdout.contains(text), "{text}\n{help}");
    }
    let without = world.print(guests::WORD_STATS, "reverse", &["-h"]);
    without.exits(0);
    assert!(without.stdout.contains("items=<list>") && without.stdout.contains("not cached"), "{without}");
    world.print("stats", "wrod-stats", &["--help"]).fails(2, &["did you mean", "word-stats"]);
}

#[test]
fn docs_cannot_break_anything() {
    let world = world!();
    project(&world, "stats", guests::WORD_STATS);
    // A build checks the WIT first; a built component needs it for its docs alone.
    world.larder(["build", "stats"]).exits(0);
    for wit in [
        "package example:tasks@0.1.0;\ninterface text {\n  /// Red \u{1b}[31m, back \u{202e}.\n  reverse: func(items: list<string>) -> list<string>;\n}\n",
        "this is no WIT \u{1b}[31m",
        "",
    ] {
        world.write("stats/wit/world.wit", wit);
        for command in [&["inspect", "stats"][..], &["run", "stats", "reverse", "--help"]] {
            let ran = world.larder(command);
            ran.exits(0).is_silent_about("\u{1b}").is_silent_about("\u{202e}");
            assert!(ran.stdout.contains("reverse") && !ran.stdout.contains(['\u{1b}', '\u{202e}']), "{ran}");
        }
        let result = world.run("stats", "reverse", &["items=[\"a\"]"]);
        assert_eq!(result.result(), &serde_json::json!(["a"]));
    }
}

/// Progress is shown on a terminal only, which `script` makes.
#[test]
fn a_build_shows_that_it_is_alive_and_what_it_does() {
    let world = world!();
    world.write("slow/a.wat", wat::Sum::default().wat());
    let command = "until test -e ../go; do sleep 0.05; done; cp a.wat out.wat";
    let build = format!("[build]\ncommand = \"{command}\"\noutput = \"out.wat\"\ninputs = [\"a.wat\"]\n");
    world.write("slow/larder.toml", build);
    let inside = world.command(["build", "slow"]);
    let line: Vec<_> =
        [inside.get_program()].into_iter().chain(inside.get_args()).map(|word| word.to_str().unwrap()).collect();
    let shown = world.folder().join("shown");
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--flush", "--return", "--command", &line.join(" ")]).arg(&shown);
    terminal.env_clear().envs(inside.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "xterm");
    let running = Running::start(terminal.current_dir(world.folder()).stdin(Stdio::null()));
    until_it_holds("a sign of life", || {
        let shown = std::fs::read(&shown).unwrap_or_default();
        let shown = String::from_utf8_lossy(&shown);
        shown.contains("building: ") && shown.contains("cp a.wat")
    });
    world.write("go", "");
    running.end().exits(0);
    world.larder(["build", "slow", "--force"]).exits(0).is_silent_about("building");
}
