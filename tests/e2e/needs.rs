//! Needs of a build that are missing: installed by their own command, or named in a message, never half-installed.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use larder_tests::{Ran, World, guests, workspace, world};
use serde_json::json;

/// The command of every Rust guest for its target, which rustup does not install by itself.
const ADD_TARGET: [&str; 4] = ["rustup", "target", "add", "wasm32-wasip2"];

/// Creates a folder whose build needs the file `tool`, and has a program that makes it, as its arguments request. Each
/// run of either adds a line to `runs`.
fn project(world: &World, install_command: &str) -> PathBuf {
    world.copy(guests::PRIMES, "needy/made/prebuilt.wasm");
    let installer =
        world.write("needy/install", "#!/bin/sh\necho the installer speaks\necho install \"$@\" >> runs\n\"$@\"\n");
    std::fs::set_permissions(installer, Permissions::from_mode(0o755)).unwrap();
    let toml = format!(
        "[build]\ncommand = \"echo build >> runs; cp made/prebuilt.wasm made/out.wasm\"\noutput = \"made/out.wasm\"\n\
         inputs = [\"src\"]\n\
         [[build.needs]]\nprogram = \"a tool\"\ncheck = \"test -e tool\"\ninstall = \"ask for a tool\"\n{install_command}\n"
    );
    world.write("needy/src/lib.rs", "source");
    world.write("needy/larder.toml", toml);
    world.folder().join("needy")
}

fn runs(world: &World) -> String {
    std::fs::read_to_string(world.folder().join("needy/runs")).unwrap_or_default()
}

const MAKE_TOOL: &str = r#"install-command = ["./install", "touch", "tool"]"#;

#[test]
fn what_is_missing_is_installed_before_the_build() {
    let world = world!();
    let folder = project(&world, MAKE_TOOL);
    let ran = world.larder(["build", "needy"]);
    ran.exits(0).prints(&format!("{}\n", folder.join("made/out.wasm").display())).says("the installer speaks");
    let line = format!("installing a tool, which the build in {} needs: ./install touch tool", folder.display());
    assert_eq!(ran.stderr.lines().filter(|said| *said == line).count(), 1, "{ran}");
    assert_eq!(runs(&world), "install touch tool\nbuild\n");
    world.larder(["build", "needy", "--force"]).exits(0).is_silent_about("installing");
    assert_eq!(runs(&world), "install touch tool\nbuild\nbuild\n", "a need that is met is left alone");
}

#[test]
fn every_command_that_builds_installs() {
    for command in [
        &["inspect", "needy"][..],
        &["key", "needy", "count-below", "limit=20"],
        &["run", "needy", "count-below", "limit=20"],
        &["run", "needy", "count-below", "--help"],
        &["batch", "needy", "count-below", "--each", "limit=[20]"],
    ] {
        let world = world!();
        project(&world, MAKE_TOOL);
        world.larder(command).exits(0).says("installing a tool");
        assert_eq!(runs(&world), "install touch tool\nbuild\n", "{command:?}");
    }
}

#[test]
fn a_quiet_build_installs_in_silence() {
    let world = world!();
    project(&world, MAKE_TOOL);
    world.larder(["build", "needy", "--quiet"]).exits(0).is_silent_about("installing");
    assert_eq!(runs(&world), "install touch tool\nbuild\n");
}

#[test]
fn it_is_only_named_where_nothing_may_be_installed() {
    let world = world!();
    project(&world, MAKE_TOOL);
    let names = |ran: &Ran| {
        ran.fails(8, &["needs a tool, which is not here", "for a tool: ask for a tool"]).is_silent_about("installing");
        assert_eq!(runs(&world), "");
    };
    for command in [
        &["build", "needy"][..],
        &["inspect", "needy"],
        &["key", "needy", "count-below", "limit=20"],
        &["run", "needy", "count-below", "limit=20"],
        &["batch", "needy", "count-below", "--each", "limit=[20]"],
    ] {
        names(&world.larder(command.iter().chain(&["--no-install"])));
        names(&Ran::of(world.command(command).env("LARDER_NO_INSTALL", "1")));
    }
    let told = world.json(8, ["build", "needy", "--no-install"]);
    assert_eq!(told["error"]["code"], "build/missing");
    for off in ["", "0", "false"] {
        Ran::of(world.command(["build", "needy", "--force"]).env("LARDER_NO_INSTALL", off)).exits(0);
    }
    assert_eq!(runs(&world), "install touch tool\nbuild\nbuild\nbuild\n");
}

#[test]
fn a_need_without_a_command_is_only_named() {
    let world = world!();
    project(&world, "");
    world.larder(["build", "needy"]).fails(8, &["needs a tool, which is not here", "for a tool: ask for a tool"]);
    assert_eq!(runs(&world), "");
}

#[test]
fn an_install_that_fails_or_does_not_help_ends_the_build() {
    for (command, texts, installs) in [
        (r#"["./install", "false"]"#, &["`./install false`, which installs a tool, failed (exit status: 1)"][..], 1),
        (r#"["./install", "sh", "-c", "kill -9 $PPID"]"#, &["failed (signal: 9"], 1),
        (r#"["./install", "true"]"#, &["`./install true` succeeded, but a tool is still missing"], 1),
        (
            r#"["./no-such-installer"]"#,
            &["cannot start `./no-such-installer`, which installs a tool", "No such file"],
            0,
        ),
        (r#"["./larder.toml"]"#, &["cannot start `./larder.toml`", "ermission denied"], 0),
    ] {
        let world = world!();
        project(&world, &format!("install-command = {command}"));
        world.larder(["build", "needy"]).fails(8, texts).says("for a tool: ask for a tool");
        let said = runs(&world);
        assert_eq!((said.matches("install").count(), said.matches("build").count()), (installs, 0), "{command}");
        assert_eq!(world.json(8, ["build", "needy"])["error"]["code"], "build/not-installed", "{command}");
    }
}

#[test]
fn an_install_command_is_run_without_a_shell() {
    let world = world!();
    project(&world, r#"install-command = ["./install", "touch", "tool", "a; touch b", "$HOME", "*"]"#);
    world.larder(["build", "needy"]).exits(0);
    for file in ["a; touch b", "$HOME", "*"] {
        assert!(world.folder().join("needy").join(file).exists(), "{file}");
    }
    assert!(!world.folder().join("needy/b").exists());
}

#[test]
fn the_line_about_an_install_obeys_nobody() {
    let world = world!();
    project(&world, r#"install-command = ["./install", "touch", "tool", "\u001b[31m\nhit\u202e"]"#);
    world.larder(["build", "needy", "--color", "never"]).exits(0).is_silent_about("\u{1b}").is_silent_about("\u{202e}");
}

#[test]
fn a_broken_install_command_is_an_error_of_the_file() {
    for (command, text) in [("[]", "install-command of need `a tool`"), ("\"touch tool\"", "line ")] {
        let world = world!();
        project(&world, &format!("install-command = {command}"));
        world.larder(["build", "needy"]).fails(2, &["needy/larder.toml", text]);
        assert_eq!(runs(&world), "");
    }
}

#[test]
fn nothing_is_run_for_a_larder_toml_that_others_may_write() {
    for (path, mode) in [("needy", 0o777), ("needy", 0o1777), ("needy/larder.toml", 0o666)] {
        let world = world!();
        project(&world, MAKE_TOOL);
        std::fs::set_permissions(world.folder().join(path), Permissions::from_mode(mode)).unwrap();
        for command in [&["build", "needy"][..], &["inspect", "needy"], &["run", "needy", "count-below", "limit=20"]] {
            world.larder(command).fails(2, &["needy/larder.toml is ignored"]);
        }
        assert_eq!(runs(&world), "", "{path} {mode:o}");
    }
}

/// Every Rust guest of the repository, and each project of `larder new`, installs its target.
#[test]
fn every_rust_guest_installs_its_target() {
    let mut folders = vec![workspace().join("guest-examples")];
    let mut guests = 0;
    while let Some(folder) = folders.pop() {
        let config = larder::config::Config::in_folder(&folder).unwrap();
        if let Some(build) = config.and_then(|config| config.build)
            && build.command.is_some_and(|command| command.contains("wasm32-wasip2"))
        {
            let commands: Vec<_> = build.needs.iter().filter_map(|need| need.install_command.as_deref()).collect();
            assert_eq!(commands, [ADD_TARGET], "{}", folder.display());
            guests += 1;
        }
        for entry in std::fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name();
            if entry.file_type().unwrap().is_dir() && name != "target" && name != "node_modules" {
                folders.push(entry.path());
            }
        }
    }
    assert!(guests >= 9, "only {guests} Rust guests were found");
    let described = json!(ADD_TARGET).to_string().replace(',', ", ");
    let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
    assert!(readme.contains(&format!("install-command = {described}")), "the README shows {described}");
}
