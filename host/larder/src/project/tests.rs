//! Builds of folders: when they run, what they need, and how they fail.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use super::error::in_one_line;
use super::*;
use crate::config::{ConfigError, FILE_NAME, NeedConfig};

fn project(config: &str) -> (tempfile::TempDir, Result<Project, ProjectError>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE_NAME), config).unwrap();
    let project = Project::open(folder.path());
    (folder, project)
}

#[test]
fn a_folder_without_a_build_is_no_project() {
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(Project::open(empty.path()), Err(ProjectError::NoConfig { .. })));
    assert!(matches!(project("name = \"a\"").1, Err(ProjectError::NoBuild { .. })));
}

#[test]
fn the_fingerprint_follows_the_inputs_and_nothing_else() {
    let (folder, project) = project("[build]\ncommand = \"true\"\noutput = \"out.wasm\"");
    let project = project.unwrap();
    let source = folder.path().join("source");
    std::fs::write(&source, "1").unwrap();
    let before = project.fingerprint().unwrap();
    std::fs::write(folder.path().join("out.wasm"), "built").unwrap();
    std::fs::create_dir(folder.path().join("target")).unwrap();
    std::fs::write(folder.path().join("target/made"), "built").unwrap();
    assert_eq!(project.fingerprint().unwrap(), before);
    let cache = folder.path().join("cache");
    std::fs::create_dir(&cache).unwrap();
    std::fs::write(cache.join("stored"), "an answer").unwrap();
    assert_eq!(project.fingerprint_without(Some(&cache)).unwrap(), before);
    assert_ne!(project.fingerprint().unwrap(), before);
    std::fs::write(&source, "22").unwrap();
    assert_ne!(project.fingerprint_without(Some(&cache)).unwrap(), before);
}

#[test]
fn a_build_that_fails_or_makes_nothing_is_an_error() {
    for (command, error) in [("exit 3", "failed"), ("true", "does not exist: is [build] output right?")] {
        let (_folder, project) = project(&format!("[build]\ncommand = \"{command}\"\noutput = \"out.wasm\""));
        let message = project.unwrap().run_build(Stdio::null()).unwrap_err().to_string();
        assert!(message.contains(error), "{message}");
    }
    let (_folder, project) = project("[build]\noutput = \"out.wasm\"");
    assert!(matches!(project.unwrap().run_build(Stdio::null()), Err(ProjectError::NoCommand { .. })));
}

#[test]
fn what_a_build_needs_is_looked_for_first() {
    let needs = "[[build.needs]]\nprogram = \"no-such-program\"\ninstall = \"buy it\"\n\
                 [[build.needs]]\nprogram = \"sh\"\ninstall = \"\"\n\
                 [[build.needs]]\nprogram = \"a moon\"\ncheck = \"false\"\ninstall = \"wait\"\n\
                 [[build.needs]]\nprogram = \"a folder\"\ncheck = \"test -f larder.toml\"\ninstall = \"\"";
    let (folder, project) = project(&format!("[build]\ncommand = \"touch out.wasm\"\noutput = \"out.wasm\"\n{needs}"));
    let error = project.unwrap().run_build(Stdio::null()).unwrap_err();
    assert!(error.to_string().ends_with("needs no-such-program and a moon, which is not here"), "{error}");
    let ProjectError::Missing { missing, .. } = error else { panic!("{error}") };
    assert_eq!(missing.iter().map(|need| need.install.as_str()).collect::<Vec<_>>(), ["buy it", "wait"]);
    assert!(!folder.path().join("out.wasm").exists());
}

/// Creates a project whose build needs the files `first` and `second`, with the lines that define how to install each.
fn needy(first: &str, second: &str) -> (tempfile::TempDir, Project, Arc<Mutex<Vec<String>>>) {
    let need = |file: &str, command: &str| {
        format!(
            "[[build.needs]]\nprogram = \"{file}\"\ncheck = \"test -e {file}\"\ninstall = \"make {file}\"\n{command}\n"
        )
    };
    let needs = need("first", first) + &need("second", second);
    let (folder, project) = project(&format!("[build]\ncommand = \"touch out.wasm\"\noutput = \"out.wasm\"\n{needs}"));
    let announced = Arc::new(Mutex::new(Vec::new()));
    let project = project.unwrap().installing({
        let announced = Arc::clone(&announced);
        move |folder: &Path, need: &NeedConfig| {
            assert!(folder.join(FILE_NAME).exists());
            announced.lock().unwrap().push(format!("{}: {}", need.program, need.install_command_line().unwrap()));
        }
    });
    (folder, project, announced)
}

const FIRST: &str = r#"install-command = ["touch", "first"]"#;
const SECOND: &str = r#"install-command = ["touch", "second"]"#;

#[test]
fn what_is_missing_is_installed_and_announced_once() {
    let (folder, project, announced) = needy(FIRST, SECOND);
    std::fs::write(folder.path().join("second"), "").unwrap();
    for _ in 0..2 {
        project.run_build(Stdio::null()).unwrap();
        assert_eq!(*announced.lock().unwrap(), ["first: touch first"]);
    }
    let (_folder, project, announced) = needy(r#"install-command = ["touch", "first", "second"]"#, SECOND);
    project.run_build(Stdio::null()).unwrap();
    assert_eq!(*announced.lock().unwrap(), ["first: touch first second"], "the second came along");
}

#[test]
fn nothing_is_installed_where_something_cannot_be() {
    let (folder, project, announced) = needy(FIRST, "");
    let error = project.run_build(Stdio::null()).unwrap_err();
    assert!(matches!(&error, ProjectError::Missing { missing, .. } if missing.len() == 2), "{error}");
    assert!(announced.lock().unwrap().is_empty() && !folder.path().join("first").exists());
}

#[test]
fn nothing_is_installed_unless_the_caller_lets_it() {
    let (folder, project, announced) = needy(FIRST, SECOND);
    let error = Project::open(folder.path()).unwrap().run_build(Stdio::null()).unwrap_err();
    assert!(matches!(&error, ProjectError::Missing { missing, .. } if missing.len() == 2), "{error}");
    assert!(!folder.path().join("first").exists());
    drop((project, announced));
}

#[test]
fn an_install_that_does_not_help_is_an_error() {
    for (command, expected) in [
        (r#"["no-such-installer", "first"]"#, "cannot start `no-such-installer first`, which installs first"),
        (r#"["false"]"#, "`false`, which installs first, failed (exit status: 1)"),
        (r#"["sh", "-c", "kill -9 $$"]"#, "failed (signal: 9 (SIGKILL))"),
        (r#"["true", "first; touch first"]"#, "`true first; touch first` succeeded, but first is still missing"),
    ] {
        let (folder, project, announced) = needy(&format!("install-command = {command}"), SECOND);
        let error = project.run_build(Stdio::null()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(announced.lock().unwrap().len(), 1, "{error}");
        let made = |file: &str| folder.path().join(file).exists();
        assert!(!made("first") && !made("second") && !made("out.wasm"), "{error}");
    }
}

#[test]
fn a_path_to_an_installer_is_relative_to_the_folder() {
    let (folder, project, _) = needy(r#"install-command = ["./tools/install", "first"]"#, SECOND);
    std::fs::create_dir(folder.path().join("tools")).unwrap();
    let installer = folder.path().join("tools/install");
    std::fs::write(&installer, "#!/bin/sh\ntouch \"$@\"\n").unwrap();
    std::fs::set_permissions(installer, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    project.run_build(Stdio::null()).unwrap();
    assert!(folder.path().join("out.wasm").exists());
}

#[test]
fn a_mistake_in_the_wit_is_told_before_a_compiler_starts() {
    let build = "[build]\ncommand = \"touch started out.wasm\"\noutput = \"out.wasm\"";
    for (wit, wrong) in [
        ("package a:b;\ninterface i { f: func() -> strng; }", "name `strng` does not exist"),
        ("package a:b;\ninterface i { f: func() -> string }", "world.wit:2:"),
    ] {
        let (folder, project) = project(build);
        std::fs::create_dir(folder.path().join("wit")).unwrap();
        std::fs::write(folder.path().join("wit/world.wit"), wit).unwrap();
        let error = project.unwrap().run_build(Stdio::null()).unwrap_err();
        assert!(matches!(error, ProjectError::Wit { .. }) && error.to_string().contains(wrong), "{error}");
        assert!(!folder.path().join("started").exists());
    }
    // The command fetches the other packages that it uses.
    let (folder, project) = project(build);
    std::fs::create_dir(folder.path().join("wit")).unwrap();
    let wit = "package a:b;\ninterface i { use other:kinds/types@0.1.0.{t}; f: func() -> t; }";
    std::fs::write(folder.path().join("wit/world.wit"), wit).unwrap();
    project.unwrap().run_build(Stdio::null()).unwrap();
}

#[test]
fn a_build_finds_the_program_that_runs_it() {
    let (folder, project) = project("[build]\ncommand = \"echo $LARDER > out.wasm\"\noutput = \"out.wasm\"");
    project.unwrap().with_larder("/the/program".into()).run_build(Stdio::null()).unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("out.wasm")).unwrap(), "/the/program\n");
}

#[test]
fn a_message_shows_one_line_of_a_command() {
    for (command, shown) in [("make", "make"), ("\nset -e\n  cc a.c \\\n  -o b\n", "… -o b"), ("", "")] {
        assert_eq!(in_one_line(command), shown);
    }
}

#[test]
fn a_build_runs_in_its_folder() {
    let (folder, project) = project("[build]\ncommand = \"echo made > out.wasm\"\noutput = \"out.wasm\"");
    project.unwrap().run_build(Stdio::null()).unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("out.wasm")).unwrap(), "made\n");
}

#[test]
fn codes_are_pinned() {
    let (folder, command) = (|| "project".into(), || String::from("make"));
    let config = ConfigError::Invalid { path: folder(), message: String::new() };
    for (error, code) in [
        (ProjectError::Config(config), "config"),
        (ProjectError::NotAFolder { path: folder() }, "component/unreadable"),
        (ProjectError::Inputs(String::new()), "build/inputs"),
        (ProjectError::NoConfig { folder: folder() }, "component/no-project"),
        (ProjectError::NoBuild { folder: folder() }, "component/no-project"),
        (ProjectError::NoCommand { output: folder() }, "build/failed"),
        (ProjectError::NoOutput { command: command(), output: folder() }, "build/failed"),
        (ProjectError::Missing { folder: folder(), missing: Vec::new() }, "build/missing"),
        (ProjectError::Wit { folder: folder(), message: String::new() }, "build/wit"),
    ] {
        assert_eq!(error.code(), code, "{error}");
    }
}
