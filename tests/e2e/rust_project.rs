//! A Rust project of `larder new` is an ordinary project: cargo builds and tests it, clippy and rustfmt accept it, and
//! the author's mistakes are errors at their own lines.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use larder_tests::{World, languages, workspace, world};

/// Creates a new project with the lock file of this workspace.
fn new(world: &World) -> PathBuf {
    world.larder(["new", "--lang", "rust", "word-count"]).exits(0);
    let project = world.folder().join("word-count");
    std::fs::copy(workspace().join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    project
}

/// Runs cargo in the project, offline. The compiled dependencies stay for the next time.
fn cargo(project: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(project).stdin(Stdio::null());
    languages::environment(&mut command);
    command
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TARGET_DIR", languages::target().join("languages/rust-project"));
    command.output().unwrap()
}

#[test]
fn a_new_project_is_tested_by_cargo() {
    let world = world!();
    let project = new(&world);
    for arguments in [
        &["test", "--quiet"][..],
        &["clippy", "--quiet", "--all-targets", "--", "--deny", "warnings"],
        &["fmt", "--check"],
    ] {
        let output = cargo(&project, arguments);
        assert!(output.status.success(), "{arguments:?}: {output:#?}");
    }
}

#[test]
fn what_an_author_gets_wrong_is_an_error_where_it_stands() {
    let world = world!();
    let project = new(&world);
    let source = project.join("src/lib.rs");
    let right = std::fs::read_to_string(&source).unwrap();
    for (part, wrong, error) in [
        ("fn measure(", "fn mesure(", "method `mesure` is not a member of trait `text::Guest`"),
        (r#"("1")"#, "", "declare a version"),
        (r#"("1")"#, r#"("")"#, "a version is a text that is not empty"),
        (r#"("1")"#, r#"("1", sise = Large)"#, "`sise` is none of"),
        (r#"("1")"#, r#"("1", size = Huge)"#, "cannot find value `Huge`"),
        (r#"("1")"#, r#"("1", timeout_seconds = "60")"#, "mismatched types"),
        (r#"("1")"#, r#"("1", needs = [OpenWorld])"#, "a cached task can need nothing"),
        ("#[larder::tasks]\n", "", "`text` is among the `tasks` of the component, and nothing declares its tasks"),
        ("impl text::Guest for Component", "impl Component", "belongs above `impl INTERFACE::Guest for Component`"),
        ("[my::word_count::text]", "[]", "cannot find trait `text` in module `crate::tasks_of_component`"),
        (", tasks: [my::word_count::text]", "", "list the interfaces that have tasks"),
    ] {
        let edited = right.replacen(part, wrong, 1);
        assert_ne!(edited, right, "{part}");
        std::fs::write(&source, edited).unwrap();
        let output = cargo(&project, &["check", "--quiet"]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && told.contains(error), "{wrong:?} should be told as {error:?}\n{told}");
        assert!(told.contains("--> src/lib.rs"), "{told}");
    }
}
