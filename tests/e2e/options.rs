//! Options of every command: the cache folder, its account, and the output format.

use larder_tests::{Ran, guests, world};

const CALL: [&str; 4] = ["run", guests::PRIMES, "count-below", "limit=97"];

#[test]
fn the_cache_folder_is_the_one_that_is_named_most_directly() {
    let world = world!();
    let path = |cache_dir: Option<&str>, variables: &[(&str, &str)]| {
        let mut command = world.command(["cache", "path"]);
        command.args(cache_dir.map(|folder| format!("--cache-dir={folder}"))).env_remove("LARDER_CACHE_DIR");
        let ran = Ran::of(command.env("HOME", "/h").envs(variables.iter().copied()));
        ran.exits(0);
        ran.stdout.trim_end().to_owned()
    };
    let all = [("LARDER_CACHE_DIR", "/v"), ("XDG_CACHE_HOME", "/x")];
    assert_eq!(path(Some("/o"), &all), "/o");
    assert_eq!(path(None, &all), "/v");
    assert_eq!(path(None, &all[1..]), "/x/larder");
    assert_eq!(path(None, &[]), "/h/.cache/larder");
    // The XDG base directory specification says to ignore relative paths.
    assert_eq!(path(None, &[("XDG_CACHE_HOME", "x")]), "/h/.cache/larder");
    assert_eq!(path(Some("here"), &[]), world.folder().join("here").display().to_string());
    assert_eq!(path(None, &[("LARDER_CACHE_DIR", "here")]), world.folder().join("here").display().to_string());
    assert!(!world.folder().join("here").exists());
    let json = world.json(0, ["cache", "path", "--cache-dir", "/o"]);
    assert_eq!(json, serde_json::json!({ "path": "/o" }));
    world.larder(["cache", "path", "--cache-dir", ""]).exits(2).says("--cache-dir");
}

#[test]
fn the_cache_is_in_the_folder_that_is_named() {
    let world = world!();
    world.larder(CALL.iter().chain(&["--cache-dir", "other"])).exits(0);
    assert!(world.folder().join("other/larder.redb").is_file() && !world.cache().exists());
    Ran::of(world.command(CALL).env_remove("LARDER_CACHE_DIR")).exits(0);
    assert!(world.folder().join(".cache/larder/larder.redb").is_file() && !world.cache().exists());
}

#[test]
fn account_and_workflow_come_from_the_nearest_larder_toml_upward() {
    let world = world!();
    let called = |folder: &str, options: &[&str]| {
        let folder = world.folder().join(folder);
        let mut command = world.command(["run", guests::OUTCOMES, "per-workflow", "n=1", "--json"]);
        let ran = Ran::of(command.args(options).current_dir(folder));
        let object: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let text = |name: &str| object["provenance"][name].as_str().unwrap_or("-").to_owned();
        (ran.code, text("account"), text("workflow"))
    };
    let of = |account: &str, workflow: &str| (0, account.to_owned(), workflow.to_owned());
    world.write("lab/larder.toml", "account = \"lab\"\n");
    world.write("lab/night/larder.toml", "workflow = \"nightly\"\n");
    world.write("lab/night/own/larder.toml", "account = \"own\"\n");
    world.write("lab/night/own/deep/notes.txt", "");
    assert_eq!(called("lab", &[]).0, 2);
    assert_eq!(called("lab/night", &[]), of("lab", "nightly"));
    assert_eq!(called("lab/night/own/deep", &[]), of("own", "nightly"));
    assert_eq!(called("lab/night", &["--account", "me"]), of("me", "nightly"));
    assert_eq!(called("lab/night", &["--workflow", "daily"]), of("lab", "daily"));
    assert_eq!(called(".", &["--workflow", "w"]), of("default", "w"));
    assert_eq!(called("lab", &["--workflow", "w"]), of("lab", "w"));
    // A broken file on the way up is an error, unless nothing is read from it.
    world.write("lab/night/larder.toml", "workfow = \"nightly\"\n");
    let asked = ["--account", "me", "--workflow", "daily"];
    assert_eq!(called("lab/night/own/deep", &[]).0, 2);
    assert_eq!(called("lab/night/own/deep", &asked), of("me", "daily"));
}

#[test]
fn a_larder_toml_beside_a_component_does_not_choose_the_account() {
    let world = world!();
    let component = world.copy(guests::PRIMES, "theirs/primes.wasm");
    world.write("theirs/larder.toml", "account = \"theirs\"\nworkflow = \"theirs\"\n");
    let called = world.run(&component, "count-below", &["limit=10"]);
    assert_eq!(called.0["provenance"]["account"], "default", "{called:?}");
    assert_eq!(called.0["provenance"]["workflow"], serde_json::Value::Null, "{called:?}");
    world.run(&component, "count-below", &["limit=10", "--account", "theirs"]).is_a_miss("no-entry");
}

#[test]
fn accounts_never_share() {
    let world = world!();
    for account in ["a", "b"] {
        world.run(guests::PRIMES, "count-below", &["limit=10", "--account", account]).is_a_miss("no-entry");
    }
    for account in ["a", "b"] {
        world.run(guests::PRIMES, "count-below", &["limit=10", "--account", account]).is_a_hit();
    }
}

#[test]
fn quiet_says_nothing_and_verbose_says_more() {
    let world = world!();
    let with = |options: &[&str]| {
        let ran = world.larder(CALL.iter().chain(options));
        ran.exits(0).prints("24\n");
        ran.stderr
    };
    assert!(with(&[]).starts_with("miss"));
    let hit = with(&[]);
    assert!(hit.starts_with("hit") && hit.lines().count() == 1, "{hit}");
    assert_eq!(with(&["-q"]), "");
    assert_eq!(with(&["--quiet", "--refresh"]), "");
    let verbose = with(&["-v"]);
    for text in ["task", "component", "key", "fuel", "stored", "examples:primes/primes#count-below"] {
        assert!(verbose.contains(text), "{text}: {verbose}");
    }
    assert!(verbose.lines().count() > 4 && verbose.starts_with("hit"), "{verbose}");
    let error = world.larder(["run", guests::PRIMES, "count-below", "limit=x", "-q"]);
    error.fails(2, &["limit"]);
    let trap = world.larder(["run", guests::OUTCOMES, "trap", "n=1", "-q"]);
    trap.fails(3, &["unreachable", "trapped with 1"]);
}

#[test]
fn colours_are_there_when_asked_for() {
    let world = world!();
    let coloured = |options: &[&str]| {
        let ran = world.larder(options);
        assert!(!ran.stdout.contains('\u{1b}'), "{ran}");
        ran.stderr.contains("\u{1b}[")
    };
    for call in [&CALL[..], &["run", guests::PRIMES, "count-below", "limit=x"], &["inspect", "missing.wasm"]] {
        assert!(!coloured(call));
        assert!(!coloured(&[call, &["--color", "never"]].concat()));
        assert!(coloured(&[call, &["--color", "always"]].concat()));
    }
}

#[test]
fn a_result_is_printed_as_json_or_wave() {
    let world = world!();
    let call = ["run", guests::WORD_STATS, "word-stats", "text=be not be", "mode=strict"];
    let json = "{\"ok\":{\"words\":3,\"distinct\":2,\"longest\":\"not\",\"mean-length\":2.3333333333333335}}\n";
    let wave = "ok({words: 3, distinct: 2, longest: some(\"not\"), mean-length: 2.3333333333333335})\n";
    for _ in 0..2 {
        world.larder(call).exits(0).prints(json);
        world.larder(call.iter().chain(&["--format", "json"])).exits(0).prints(json);
        world.larder(call.iter().chain(&["--format", "wave"])).exits(0).prints(wave);
    }
    let typed = ["run", guests::WORD_STATS, "word-stats", "text=\"be not be\"", "mode=\"strict\"", "--json"];
    let object: serde_json::Value = serde_json::from_str(&world.larder(typed).stdout).unwrap();
    assert_eq!((&object["status"], &object["result"]["ok"]["words"]), (&"hit".into(), &3.into()));
    world.larder(["run", guests::EVERY_TYPE, "nothing"]).exits(0).prints("");
}

#[test]
fn each_shell_gets_its_completions() {
    let world = world!();
    for shell in ["bash", "zsh", "fish"] {
        let ran = world.larder(["completions", shell]);
        ran.exits(0);
        for word in ["inspect", "completions", "cache-version", "no-cache"] {
            assert!(ran.stdout.contains(word), "{shell} {word}");
        }
    }
}

#[test]
fn every_command_s_help_has_an_example() {
    let world = world!();
    for command in
        [&[][..], &["run"], &["inspect"], &["key"], &["build"], &["cache"], &["cache", "path"], &["completions"]]
    {
        for flag in ["--help", "-h"] {
            let ran = world.larder(command.iter().chain([&flag]));
            ran.exits(0);
            assert!(ran.stderr.is_empty() && ran.stdout.contains("Usage: larder"), "{ran}");
            let example = ran.stdout.split_once("\nExample").map(|(_, after)| after.contains("larder "));
            assert_eq!(example, Some(true), "{ran}");
        }
    }
    let version = world.larder(["--version"]);
    assert!(version.stdout.starts_with("larder "), "{version}");
}
