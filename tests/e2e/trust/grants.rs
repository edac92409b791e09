//! Conditions under which the grants and raised limits of a `larder.toml` count, and paths that no grant may cover.

use std::os::unix::fs::{PermissionsExt, symlink};

use larder_tests::{Ran, guests, program, world};

use super::{download, reaches_nothing, reads_the_secret};

#[test]
fn a_file_that_lies_beside_a_download_or_above_it_opens_nothing() {
    for folder in ["downloads", "."] {
        let world = world!();
        let tool = download(&world, folder);
        reaches_nothing(&world, &tool, &[]);
        let file = world.folder().canonicalize().unwrap().join(folder).join("larder.toml").canonicalize().unwrap();
        let told = world.print(&tool, "read", &["path=/h/id_rsa"]);
        told.exits(1).says(&format!("warning: {} is not trusted", file.display())).says("the task runs sealed");
        told.says(&format!("`larder trust {}` approves it", file.display()));
        // It does not affect a task to which it grants nothing.
        let other = world.print(&tool, "sleep", &["milliseconds=0"]);
        other.exits(0).is_silent_about("trust");
    }
}

#[test]
fn a_file_beside_a_link_to_a_component_opens_nothing() {
    let world = world!();
    let tool = download(&world, "links");
    let link = world.folder().join("links/tool.wasm");
    symlink(&tool, &link).unwrap();
    reaches_nothing(&world, &link, &[]);
    world.trust("links");
    reads_the_secret(&world, &link, &[]);
    reaches_nothing(&world, &tool, &[]);
}

#[test]
fn a_file_counts_once_it_is_approved_and_until_it_changes() {
    let world = world!();
    let tool = download(&world, "downloads");
    let approved = world.larder(["trust", "downloads/larder.toml"]);
    approved.exits(0).prints("").says("trusted ").says("grants to `read`: open world, directory ");
    reads_the_secret(&world, &tool, &[]);
    let told = world.print(&tool, "read", &["path=/h/id_rsa", "-q"]);
    told.exits(0).says("open world by ").says("downloads/larder.toml: directory ").says(" as /h (read-write)");
    // Names of variables, without values.
    let told = world.print(&tool, "random", &["bytes=1"]);
    told.exits(0).says("/downloads/larder.toml: variable SET\n").is_silent_about("here");

    let text = std::fs::read_to_string(world.folder().join("downloads/larder.toml")).unwrap();
    world.write("downloads/larder.toml", format!("{text}# and more\n"));
    reaches_nothing(&world, &tool, &[]);
    let told = world.print(&tool, "read", &["path=/h/id_rsa"]);
    told.exits(1).says("downloads/larder.toml has changed since it was trusted").says("`larder trust ");
    world.trust("downloads");
    reads_the_secret(&world, &tool, &[]);
    // The earlier approval does not apply any more.
    world.write("downloads/larder.toml", text);
    reaches_nothing(&world, &tool, &[]);
}

#[test]
fn an_approval_is_of_one_place() {
    let world = world!();
    let tool = download(&world, ".");
    world.trust(".");
    reads_the_secret(&world, &tool, &[]);
    std::fs::rename(world.folder().join("larder.toml"), world.folder().join("downloads/larder.toml")).unwrap();
    reaches_nothing(&world, &tool, &[]);
}

#[test]
fn approvals_are_listed_and_removed() {
    let world = world!();
    let tool = download(&world, "downloads");
    let path = world.folder().canonicalize().unwrap().join("downloads/larder.toml");
    world.larder(["trust", "--list"]).exits(0).prints("");
    let approved = world.json(0, ["trust", "downloads"]);
    assert_eq!(approved["path"], path.to_str().unwrap());
    assert_eq!(approved["grants"]["random"], serde_json::json!(["open world", "variable TOKEN", "variable SET"]));
    world.larder(["trust", "--list"]).exits(0).prints(&format!("{}\n", path.display()));
    assert_eq!(world.json(0, ["trust", "--list"])[0]["standing"], "trusted");
    world.write("downloads/larder.toml", "[grants.read]\n");
    assert_eq!(world.json(0, ["trust", "--list"])[0]["standing"], "changed");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(world.json(0, ["trust", "--list"])[0]["standing"], "missing");
    world.larder(["trust", "--remove", "downloads"]).exits(0).prints("").says("no longer trusted");
    world.larder(["trust", "--remove", "downloads"]).exits(0).says("was not trusted");
    world.larder(["trust", "--list"]).exits(0).prints("");
    download(&world, "downloads");
    reaches_nothing(&world, &tool, &[]);
}

#[test]
fn what_cannot_be_trusted_says_why() {
    let world = world!();
    world.write("other.toml", "[grants.read]\n");
    world.write("broken/larder.toml", "[grants");
    world.larder(["trust", "other.toml"]).fails(2, &["expected a larder.toml or its folder"]);
    world.larder(["trust", "missing/larder.toml"]).fails(2, &["does not exist"]);
    world.larder(["trust", "."]).fails(2, &["does not exist"]);
    world.larder(["trust", "broken"]).fails(2, &["broken/larder.toml", "line 1"]);
    world.larder(["trust"]).exits(2);
}

#[test]
fn approvals_that_others_could_write_are_not_believed() {
    let world = world!();
    let tool = download(&world, "downloads");
    world.trust("downloads");
    reads_the_secret(&world, &tool, &[]);
    let state = world.folder().join(".local/state/larder/trusted");
    let approval = std::fs::read_dir(&state).unwrap().next().unwrap().unwrap().path();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&state), mode(&approval)), (0o700, 0o600));
    for path in [&state, &approval] {
        let before = path.metadata().unwrap().permissions();
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o777)).unwrap();
        reaches_nothing(&world, &tool, &[]);
        world.print(&tool, "read", &["path=/h/id_rsa"]).exits(1).says("cannot believe the approval");
        std::fs::set_permissions(path, before).unwrap();
    }
    reads_the_secret(&world, &tool, &[]);
}

#[test]
fn a_file_that_is_named_counts() {
    let world = world!();
    let tool = download(&world, "elsewhere");
    reaches_nothing(&world, &tool, &[]);
    reads_the_secret(&world, &tool, &["--config=elsewhere/larder.toml"]);
    // It replaces the one beside the component.
    world.write("downloads/larder.toml", "[grants.read]\nvariables = [\"TOKEN\"]\n");
    let told = world.print(&tool, "read", &["path=/h/id_rsa", "--config=elsewhere/larder.toml"]);
    told.exits(0).says("open world by ").says("elsewhere/larder.toml: directory ").is_silent_about("not trusted");
    // Under any name.
    std::fs::rename(world.folder().join("elsewhere/larder.toml"), world.folder().join("elsewhere/ci.toml")).unwrap();
    reads_the_secret(&world, &tool, &["--config=elsewhere/ci.toml"]);
    world.print(&tool, "look", &["--config=missing.toml"]).fails(2, &["missing.toml", "cannot be read"]);
    world.write("builds/larder.toml", "name = \"other\"\n[build]\noutput = \"other.wasm\"\n");
    world.print(&tool, "look", &["--config=builds/larder.toml"]).fails(2, &["about the component that it builds"]);
}

#[test]
fn the_account_of_a_file_that_is_named_counts_too() {
    let world = world!();
    world.write("larder.toml", "account = \"here\"\nworkflow = \"here\"\n");
    world.write("ci.toml", "account = \"ci\"\n");
    let called = world.run(guests::PRIMES, "count-below", &["limit=10", "--config=ci.toml"]);
    assert_eq!(called.0["provenance"]["account"], "ci");
}

#[test]
fn sealed_refuses_every_grant() {
    let world = world!();
    let tool = download(&world, "downloads");
    world.trust("downloads");
    reaches_nothing(&world, &tool, &["--sealed"]);
    reaches_nothing(&world, &tool, &["--sealed", "--config=downloads/larder.toml"]);
    world.print(&tool, "look", &["--sealed"]).exits(0).is_silent_about("trust");
    for grant in ["--open", "--allow-env=A", "--allow-dir=.", "--allow-http=example.org", "--allow-tcp=example.org:1"] {
        world.print(&tool, "look", &["--sealed", grant]).fails(2, &["--sealed", "cannot be used with"]);
    }
    world.run(guests::PRIMES, "count-below", &["limit=10", "--sealed"]).is_a_miss("no-entry");
    // A sealed run can be checked.
    world.print(&tool, "random", &["bytes=1", "--sealed", "--check=2"]).exits(0).says("same");
}

#[test]
fn grants_in_use_are_said_whoever_gives_them() {
    let world = world!();
    let tool = download(&world, "downloads");
    for quiet in [&[][..], &["-q"], &["--json"]] {
        let told = world.print(&tool, "sleep", &[&["milliseconds=0", "--open"], quiet].concat());
        told.exits(0).says("open world by flags: real clocks and randomness\n");
    }
    world.trust("downloads");
    let told = world.print(&tool, "random", &["bytes=1", "--allow-env=MORE=1", "--allow-http=GET@example.org"]);
    told.exits(0).says("downloads/larder.toml and flags: variable SET, variable MORE, http GET@example.org\n");
    let batch = ["batch", tool.to_str().unwrap(), "sleep", "--each", "milliseconds=[0, 1]", "--open"];
    let batch = world.larder(batch);
    assert_eq!(batch.exits(0).stderr.matches("open world by flags").count(), 1, "{batch}");
}

#[test]
fn limits_above_the_defaults_count_as_grants_do() {
    let world = world!();
    let guest = world.copy(guests::OUTCOMES, "guest.wasm");
    let text = "x".repeat(100_000);
    let kept = |options: &[&str]| {
        let called = world.run(&guest, "print", &[&[&format!("text={text}"), "--refresh"], options].concat());
        called.0["provenance"]["stdout"].as_str().unwrap().matches('x').count()
    };
    let usual = kept(&[]);
    assert!(usual < 100_000);
    for raised in ["[limits]\ncaptured-kib = 200\n", "[tasks.print.limits]\ncaptured-kib = 200\n"] {
        world.write("larder.toml", raised);
        assert_eq!(kept(&[]), usual);
        world.print(&guest, "print", &["text=a"]).exits(0).says("its limits above the defaults do not count");
        assert_eq!(kept(&["--config=larder.toml"]), 100_000);
        world.trust(".");
        assert_eq!(kept(&[]), 100_000);
        world.larder(["trust", "--remove", "."]).exits(0);
    }
    // A lower limit only restricts a task, and counts.
    world.write("larder.toml", "[limits]\nfuel = 10\n");
    world.ends(4, &guest, "succeed", &["n=1"]).is_a_failed_run("limit/fuel", "no-entry");
    world.print(&guest, "succeed", &["n=1"]).exits(4).is_silent_about("is not trusted");
}

#[test]
fn a_size_stands_for_no_more_than_usual_until_it_is_approved() {
    let world = world!();
    let size = || world.json(0, ["sizes"])["sizes"]["small"].clone();
    let usual = size();
    world.write("larder.toml", "[sizes.small]\ntimeout-seconds = 999999\nmemory-mib = 1\n");
    assert_eq!((&size()["timeout_seconds"], &size()["memory_bytes"]), (&usual["timeout_seconds"], &(1 << 20).into()));
    world.larder(["sizes"]).exits(0).says("its sizes above the defaults do not count").says("`larder trust ");
    world.trust(".");
    assert_eq!(size()["timeout_seconds"], 999_999);
}

#[test]
fn limits_on_compiling_are_raised_by_nobody_else_either() {
    let world = world!();
    let guest = world.copy(guests::OUTCOMES, "guest.wasm");
    world.write("larder.toml", "[limits]\ncompile-seconds = 999999\n");
    world.print(&guest, "succeed", &["n=1"]).exits(0).says("its limits above the defaults do not count");
    world.trust(".");
    world.print(&guest, "succeed", &["n=2"]).exits(0).is_silent_about("do not count");
}

/// Later commands would load, run or trust what a guest could write there.
#[test]
fn a_folder_that_covers_what_larder_trusts_is_not_granted() {
    let world = world!();
    let tool = world.copy(guests::OUTSIDE, "tools/tool.wasm");
    world.store_an_entry();
    world.write("data/file", "");
    symlink("../cache", world.folder().join("data/to-cache")).unwrap();
    let program = program!();
    let program = std::path::Path::new(&program).parent().unwrap().to_str().unwrap();
    world.write("approved/larder.toml", "[grants.a]\n");
    world.trust("approved");
    for folder in ["cache/blobs", ".cache", "temporary"] {
        std::fs::create_dir_all(world.folder().join(folder)).unwrap();
    }
    for (folder, why) in [
        (".", "contains the cache"),
        ("/", "contains the cache"),
        ("cache", "contains the cache"),
        ("data/to-cache", "contains the cache"),
        ("data/../cache", "contains the cache"),
        ("cache/blobs", "lies in the cache"),
        ("data/to-cache/blobs", "lies in the cache"),
        (".cache", "contains the cache"),
        ("temporary", "contains the folder of temporary files"),
        (program, "contains the running program"),
        (".local", "contains the record of what is trusted"),
        (".local/state/larder/trusted", "contains the record of what is trusted"),
    ] {
        for flag in ["--allow-dir-rw", "--allow-dir"] {
            let grant = format!("{flag}={folder}::/x");
            let mut command = world.command(["run", tool.to_str().unwrap(), "random", "bytes=1", &grant, "--json"]);
            let ran = Ran::of(command.env("TMPDIR", world.folder().join("temporary")));
            assert!(ran.exits(2).stdout.contains("\"code\":\"grant/protected\""), "{folder}\n{ran}");
            ran.says(&format!("error: cannot grant the directory {folder}: it {why}"));
        }
    }
    // The same if this command has no cache, or another one.
    for option in ["--no-cache", "--cache-dir=elsewhere"] {
        let ended = world.ends(2, &tool, "random", &["bytes=1", "--allow-dir-rw=cache::/x", option]);
        assert!(ended.message().contains("contains the cache"), "{}", ended.message());
    }
    world.run(&tool, "random", &["bytes=1", "--allow-dir-rw=data::/x"]);
    world.keeps_the_entry();
}

#[test]
fn a_folder_with_a_larder_toml_that_counts_is_not_granted() {
    let world = world!();
    let tool = world.copy(guests::OUTSIDE, "project/tool.wasm");
    world.write("project/larder.toml", "[grants.random]\ndirectories = [{ host = \".\", guest = \"/x\" }]\n");
    world.trust("project");
    let ended = world.ends(2, &tool, "random", &["bytes=1"]);
    assert!(ended.message().contains("contains the larder.toml of the component"), "{}", ended.message());
    let told = world.print(&tool, "random", &["bytes=1"]);
    told.fails(2, &["cannot grant the directory ", "grant a folder below it"]);
    // A file that gives the account counts as well.
    world.write("home/larder.toml", "account = \"lab\"\n");
    let mut command = world.command(["run", tool.to_str().unwrap(), "sleep", "milliseconds=0", "--allow-dir=."]);
    let ran = Ran::of(command.current_dir(world.folder().join("home")));
    ran.fails(2, &["contains a larder.toml that counts"]);
    // A whole batch reports it once.
    let batch =
        ["batch", tool.to_str().unwrap(), "sleep", "--each", "milliseconds=[1, 2, 3]", "--allow-dir-rw=project"];
    let told = world.larder(batch);
    assert_eq!(told.stderr.matches("error: ").count(), 1, "{told}");
}

#[test]
fn a_folder_is_built_only_where_that_is_asked() {
    let world = world!();
    world.copy(guests::PRIMES, "tools/prebuilt.wasm");
    let toml = "[build]\ncommand = \"touch built; cp prebuilt.wasm out.wasm\"\noutput = \"out.wasm\"\n";
    world.write("tools/larder.toml", toml);
    let built = world.folder().join("tools/built");
    let commands: [&[&str]; 5] = [
        &["inspect", "tools"],
        &["key", "tools", "count-below", "limit=10"],
        &["run", "tools", "count-below", "--help"],
        &["run", "tools", "count-below", "limit=10"],
        &["batch", "tools", "count-below", "--each", "limit=[10]"],
    ];
    for command in commands {
        let told = world.larder(command.iter().chain(&["--no-build"]));
        told.fails(6, &["has not been built", "`larder build tools` runs its build command"]);
    }
    assert!(!built.exists());
    world.larder(["build", "tools"]).exits(0);
    std::fs::remove_file(&built).unwrap();
    world.write("tools/new", "changed");
    for command in commands {
        world.larder(command.iter().chain(&["--no-build"])).exits(0);
    }
    assert!(!built.exists());
    world.larder(commands[0]).exits(0);
    assert!(built.exists());
}
