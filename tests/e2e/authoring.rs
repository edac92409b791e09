//! From nothing to a cached task, in every language: `larder new`, `larder build`, `larder run` and the project's own
//! test, and the messages when something is missing or wrong.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use larder_tests::{World, guests, languages, program, workspace, world};

/// Each language with its engine, and a program that its build requires.
const LANGUAGES: [(&[&str], &str); 9] = [
    (&["rust"], "cargo"),
    (&["python"], "python3"),
    (&["javascript"], "npm"),
    (&["javascript", "--engine", "starlingmonkey"], "npm"),
    (&["typescript"], "npm"),
    (&["c"], "clang"),
    (&["cpp"], "clang"),
    (&["go"], "go"),
    (&["zig"], "zig"),
];

/// Returns a command of a world, with the tools of all languages.
fn command<'a>(world: &World, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = world.command(arguments);
    languages::environment(&mut command);
    command.env("LARDER_CACHE_DIR", world.cache());
    command
}

/// The tool that a build in a language fetches if it is missing, which the tests do not allow.
fn fetched(language: &[&str]) -> Option<&'static str> {
    match language {
        ["python"] => Some("componentize-py"),
        ["javascript" | "typescript"] => Some("componentize-qjs"),
        ["javascript", "--engine", _] => Some("jco"),
        _ => None,
    }
}

fn is_there(tool: &str) -> bool {
    let mut look = Command::new("sh");
    languages::environment(&mut look);
    look.args(["-c", "command -v \"$0\"", tool]).stdout(Stdio::null()).status().unwrap().success()
}

/// Makes a project in a language; `None` if this machine cannot build it.
fn project(world: &World, language: &[&str], name: &str) -> Option<PathBuf> {
    if let Some(tool) = fetched(language).filter(|tool| !is_there(tool) && !languages::must_all_be_there()) {
        languages::skip(&format!("a new project in {}", language.join(" ")), &format!("{tool} is missing"));
        return None;
    }
    world.larder(["new", name, "--lang"].iter().chain(language)).exits(0);
    // Cargo finds its dependencies on this machine: the versions of the workspace.
    std::fs::copy(workspace().join("Cargo.lock"), world.folder().join(name).join("Cargo.lock")).unwrap();
    let built = command(world, ["build", name]).env("CARGO_NET_OFFLINE", "true").stdin(Stdio::null()).output().unwrap();
    let stderr = String::from_utf8_lossy(&built.stderr);
    if built.status.success() {
        return Some(world.folder().join(name));
    }
    let may_be_missing = !languages::must_all_be_there() && stderr.contains("which is not here");
    assert!(may_be_missing, "{language:?}: {stderr}");
    let hints: Vec<&str> = stderr.lines().filter_map(|line| line.strip_prefix("hint: ")).collect();
    languages::skip(&format!("a new project in {}", language.join(" ")), &hints.join("; "));
    None
}

#[test]
fn a_new_project_is_a_cached_task_in_every_language() {
    for (language, _) in LANGUAGES {
        let world = world!();
        let name = "word-count";
        let Some(folder) = project(&world, language, name) else { continue };
        let call = ["run", name, "measure", "text=to be or n\u{f6}t", "--json"];
        let called: Vec<serde_json::Value> =
            (0..2).map(|_| serde_json::from_slice(&command(&world, call).output().unwrap().stdout).unwrap()).collect();
        let expected = serde_json::json!({ "ok": { "words": 4, "longest": "n\u{f6}t" } });
        assert_eq!([&called[0]["result"], &called[1]["result"]], [&expected, &expected], "{language:?}");
        assert_eq!([&called[0]["status"], &called[1]["status"]], ["miss", "hit"], "{language:?}: {called:#?}");
        let task = &world.json(0, ["inspect", name])["tasks"][0];
        assert_eq!(task["name"], "my:word-count/text#measure", "{language:?}");
        assert!(task["docs"].is_string(), "{language:?}: {task:#}");

        // Its test uses this cache, so that nothing is built and compiled twice.
        let made = folder.join(if language[0] == "rust" { "target" } else { "build" });
        std::os::unix::fs::symlink(world.cache(), made.join("test-cache")).unwrap();
        let test = own_test(&world, &folder);
        assert!(test.status.success(), "{language:?}: {}", String::from_utf8_lossy(&test.stderr));
        if language[0] == "c" {
            // A broken task is noticed, although that cache has an earlier answer.
            let source = folder.join("src/word_count.c");
            let code = std::fs::read_to_string(&source).unwrap();
            assert!(code.contains("stats->words++"));
            std::fs::write(&source, code.replace("stats->words++", "stats->words += 2")).unwrap();
            let test = own_test(&world, &folder);
            assert!(!test.status.success() && String::from_utf8_lossy(&test.stderr).contains("\"words\":12"));
        }
    }
}

/// The output of a task and the place of its failure are shown, in a language without a console of its own, and in one
/// whose traps are those of WebAssembly.
#[test]
fn an_author_sees_what_was_printed_and_where_it_broke() {
    let world = world!();
    let edit = |path: PathBuf, part: &str, with: &str| {
        let source = std::fs::read_to_string(&path).unwrap();
        assert!(source.contains(part), "{}: {part}", path.display());
        std::fs::write(path, source.replacen(part, with, 1)).unwrap();
    };
    let run = |name: &str, text: &str, options: &[&str]| {
        let text = format!("text={text}");
        larder_tests::Ran::of(&mut command(&world, ["run", name, "measure", &text].iter().chain(options).copied()))
    };
    if let Some(folder) = project(&world, &["javascript"], "in-javascript") {
        let breaks = "measure: cached(\"1\", (text) => {\n    console.warn(\"measuring\", { text });\n    \
            if (text === \"broken\") text.nothing.at(0);";
        edit(folder.join("src/tasks.js"), "measure: cached(\"1\", (text) => {", breaks);
        run("in-javascript", "whole", &["--logs"]).exits(0).says("measuring {\"text\":\"whole\"}\n");
        let broken = run("in-javascript", "broken", &[]);
        assert!(broken.exits(1).stdout.contains("cannot read property 'at' of undefined\\n"), "{broken}");
        run("in-javascript", "broken", &["--logs"])
            .says("uncaught TypeError: cannot read property 'at' of undefined\n");
        // The place is in the sources, not in the bundle that the build made of them.
        assert!(broken.stdout.contains("(src/tasks.js:9:"), "{broken}");
    }
    if let Some(folder) = project(&world, &["c"], "in-c") {
        let source = folder.join("src/in_c.c");
        edit(
            source.clone(),
            "static bool is_space(",
            "__attribute__((noinline)) static void breaks_here(size_t length) {\n    \
                if (length == 6) __builtin_trap();\n}\n\nstatic bool is_space(",
        );
        edit(source, "stats->words = 0;", "stats->words = 0;\n    breaks_here(text->len);");
        // Of the tools of other languages, clang runs `wasm-opt` if it finds it, and that removes the names.
        let usual = std::env::join_paths(["/usr/local/bin", "/usr/bin", "/bin"]).unwrap();
        let mut broken = command(&world, ["run", "in-c", "measure", "text=broken"]);
        let ran = larder_tests::Ran::of(broken.env("PATH", usual));
        ran.fails(3, &["unreachable", "breaks_here"]).is_silent_about("RUST_BACKTRACE");
        run("in-c", "whole", &[]).exits(0);
    }
}

/// Runs the test of a project.
fn own_test(world: &World, folder: &Path) -> std::process::Output {
    let mut test = Command::new("./test.sh");
    let environment = command(world, ["run"]);
    test.current_dir(folder).env_clear().envs(environment.get_envs().filter_map(|(k, v)| Some((k, v?))));
    test.env("LARDER", environment.get_program()).output().unwrap()
}

/// A project's own test runs the task afresh, in the project's own cache, so an earlier answer cannot make it pass.
#[test]
fn the_test_of_a_new_project_can_fail() {
    // It records its arguments, and answers as told.
    const IN_PLACE_OF_LARDER: &str = r#"#!/bin/sh
echo "$LARDER_CACHE_DIR $*" >>"$CALLS"
case "$*" in
*'to be'*) echo "{\"ok\":{\"words\":$WORDS,\"longest\":\"not\"}}" ;;
*) echo '{"err":"there are no words"}' && exit 1 ;;
esac
"#;
    let world = world!();
    let larder = world.write("larder", IN_PLACE_OF_LARDER);
    std::fs::set_permissions(&larder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for (at, (language, _)) in LANGUAGES.iter().enumerate() {
        let name = format!("p{at}");
        world.larder(["new", &name, "--lang"].iter().chain(*language)).exits(0);
        let folder = world.folder().join(&name).canonicalize().unwrap();
        let calls = world.folder().join(format!("{name}.calls"));
        let test = |words: &str| {
            let mut test = Command::new("./test.sh");
            test.current_dir(&folder).env("LARDER", &larder).env("CALLS", &calls).env("WORDS", words);
            test.env("LARDER_CACHE_DIR", world.cache()).output().unwrap()
        };
        assert!(test("6").status.success(), "{language:?}");
        let wrong = test("7");
        assert!(!wrong.status.success() && !wrong.stderr.is_empty(), "{language:?}");
        let calls = std::fs::read_to_string(&calls).unwrap();
        assert_eq!(calls.lines().count(), 3, "{language:?}: {calls}");
        for call in calls.lines() {
            let is_its_own = call.starts_with(folder.to_str().unwrap()) && call.contains("/test-cache run ");
            assert!(is_its_own && call.contains(" --refresh "), "{language:?}: {call}");
        }
    }
}

/// Without a network, `npm install` gives up within a minute.
#[test]
fn a_build_does_not_wait_for_a_network_for_long() {
    let world = world!();
    for language in ["javascript", "typescript"] {
        world.larder(["new", language, "--lang", language]).exits(0);
        let settings = std::fs::read_to_string(world.folder().join(language).join(".npmrc")).unwrap();
        let number = |key: &str| -> u64 {
            let line = settings.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_else(|| panic!("{key}: {settings}")).parse().unwrap()
        };
        let tries = number("fetch-retries") + 1;
        assert!(tries * (number("fetch-timeout") + number("fetch-retry-maxtimeout")) <= 60_000, "{settings}");
    }
}

#[test]
fn a_mistake_in_the_wit_is_one_error_in_every_language() {
    let world = world!();
    for (at, (language, _)) in LANGUAGES.iter().enumerate() {
        let name = format!("p{at}");
        world.larder(["new", &name, "--lang"].iter().chain(*language)).exits(0);
        let wit = world.folder().join(&name).join("wit/world.wit");
        let text = std::fs::read_to_string(&wit).unwrap();
        std::fs::write(&wit, text.replace("text: string", "text: strng")).unwrap();
        let told = world.json(8, ["build", &name]);
        assert_eq!(told["error"]["code"], "build/wit", "{language:?}: {told:#}");
        let message = told["error"]["message"].as_str().unwrap();
        assert!(message.contains("world.wit:") && message.contains("`strng`"), "{language:?}: {message}");
    }
}

#[test]
fn a_language_that_is_missing_is_named_with_how_to_have_it() {
    let world = world!();
    // All that a shell needs, but no compiler.
    let bin = world.folder().join("bin");
    std::fs::create_dir(&bin).unwrap();
    for program in ["sh", "test", "sed", "cat", "grep"] {
        std::os::unix::fs::symlink(Path::new("/bin").join(program), bin.join(program)).unwrap();
    }
    for (at, (language, program)) in LANGUAGES.iter().enumerate() {
        let name = format!("p{at}");
        world.larder(["new", &name, "--lang"].iter().chain(*language)).exits(0);
        let ran = larder_tests::Ran::of(world.command(["build", &name]).env("PATH", &bin));
        ran.fails(8, &["needs", "which is not here", "hint: "]);
        let told = &ran.stderr;
        assert!(told.contains(program), "{language:?} should name {program}: {told}");
    }
}

#[test]
fn new_refuses_what_it_cannot_make() {
    let world = world!();
    let new = |arguments: &[&str]| world.larder(["new"].iter().chain(arguments));
    new(&["tool", "--lang", "cobol"]).exits(2).says("rust");
    new(&["Tool", "--lang", "c"]).fails(2, &["`Tool` is no name for a project"]);
    for word in ["type", "list", "record"] {
        new(&[word, "--lang", "c"]).fails(2, &["WIT or a language has that word for itself"]);
        assert!(!world.folder().join(word).exists());
    }
    new(&["../tool", "--lang", "c"]).fails(2, &["is no name"]);
    new(&["tool", "--lang", "zig", "--engine", "quickjs"]).fails(2, &["no engine to choose"]);
    new(&["tool"]).exits(2).says("--lang");
    world.write("tool/precious.txt", "1");
    new(&["tool", "--lang", "c"]).fails(2, &["tool is there already"]);
    world.write("file", "1");
    new(&["tool", "--lang", "c", "--path", "file"]).fails(2, &["file"]);
    assert!(!world.folder().join("Tool").exists());
    let made = world.json(0, ["new", "tool", "--lang", "c", "--path", "deep/er"]);
    assert!(made["files"].as_array().unwrap().contains(&"larder.toml".into()), "{made:#}");
    assert!(world.folder().join("deep/er/larder.toml").is_file());
}

#[test]
fn bindings_and_componentize_say_what_is_wrong() {
    let world = world!();
    world.write("wit/a.wit", "package a:b; world w { import f: func(a: u64); }");
    world.write("two.wit", "package a:b; world w { } world v { }");
    world.larder(["bindings", "c", "--out", "build"]).exits(0).prints("");
    assert!(world.folder().join("build/w.h").is_file());
    world.larder(["bindings", "c", "--wit", "none", "--out", "o"]).fails(2, &["the WIT of none cannot be used"]);
    world.larder(["bindings", "c", "--wit", "two.wit", "--out", "o"]).fails(2, &["two.wit", "world"]);
    world.larder(["bindings", "c", "--world", "x", "--out", "o"]).fails(2, &["x"]);
    world.larder(["bindings", "go", "--strings", "utf16", "--out", "o"]).fails(2, &["UTF-16"]);
    world.larder(["bindings", "cobol", "--out", "o"]).exits(2);
    world.write("file", "");
    world.larder(["bindings", "c", "--out", "file"]).fails(2, &["cannot be written"]);

    let componentize =
        |module: &str, more: &[&str]| world.larder(["componentize", module, "-o", "out.wasm"].iter().chain(more));
    world.write("module.wasm", b"\0asm\x01\0\0\0");
    componentize("none.wasm", &[]).fails(2, &["none.wasm cannot be read"]);
    componentize("file", &[]).fails(6, &["no component can be made of file"]);
    componentize("module.wasm", &["--world", "w"]).fails(2, &["--wit"]);
    componentize(guests::PRIMES, &[]).fails(6, &["is a component already"]);
    let lacking = "package a:b; world w { export f: func(); }";
    world.write("lacking.wit", lacking);
    componentize("module.wasm", &["--wit", "lacking.wit"]).fails(6, &["module.wasm", "f"]);
    // A component without exports has no task.
    // (module (func (export "_start")))
    world.write(
        "program.wasm",
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x0a\x01\x06_start\0\0\x0a\x04\x01\x02\0\x0b",
    );
    componentize("program.wasm", &[]).fails(6, &["would export nothing", "`_start`", "reactor"]);
    componentize("module.wasm", &[]).fails(6, &["would export nothing", "--wit"]);
    assert!(!world.folder().join("out.wasm").exists());
}

#[test]
fn real_tasks_do_their_work_on_real_input() {
    for folder in REAL_TASKS {
        if languages::build(&program!(), folder).is_none() {
            continue;
        }
        let world = world!();
        let mut test = Command::new(workspace().join("guest-examples").join(folder).join("test.sh"));
        let environment = command(&world, ["run"]);
        test.env_clear().envs(environment.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let test = test.env("LARDER", environment.get_program()).stdin(Stdio::null()).output().unwrap();
        assert!(test.status.success(), "{folder}: {}", String::from_utf8_lossy(&test.stderr));
    }
}

/// Each tests itself, with tools from outside Larder.
const REAL_TASKS: [&str; 5] =
    ["python/csv-summary", "javascript/markdown-html", "c/gzip-stats", "cpp/edit-distance", "zig/unpack"];

#[test]
fn the_library_for_python_passes_its_own_tests() {
    let mut test = Command::new("python3");
    languages::environment(&mut test);
    let test = test.arg("test_larder.py").current_dir(workspace().join("guest-examples/python")).output().unwrap();
    let told = String::from_utf8_lossy(&test.stderr);
    if told.contains("componentize-py") && !languages::must_all_be_there() {
        return languages::skip("the library for Python", "componentize-py is missing");
    }
    assert!(test.status.success() && told.contains("OK"), "{told}");
}
