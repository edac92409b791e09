//! Docs from the WIT of a component's folder.

use std::fs::{self, File};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use crate::declare::{Docs, DocsError, read_docs};
use larder_types::TaskName;

const WIT: &str = r#"
package example:tasks@0.1.0;

/// Work on text.
interface text {
    use missing:dependency/types@1.0.0.{thing};
    /// Turns it around.
    /// All of it.
    reverse: func(items: list<string>) -> list<string>;
    bare: func(it: thing);
}

world first {
    include gone:away/everything@2.0.0;
    import missing:dependency/types@1.0.0;
    export text;
    /// Runs.
    export run: func();
    /// Only here.
    export only: func();
    export inline: interface {
        /// Inside.
        f: func();
    }
}

world second {
    /// Runs differently.
    export run: func();
}
"#;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

fn read(files: &[(&str, &str)]) -> Docs {
    read_docs(folder(files).path()).unwrap_or_else(|error| panic!("{error}"))
}

fn packaged(interface: &str, function: &str) -> TaskName {
    let package = "example:tasks".to_owned();
    TaskName::Interface { package, interface: interface.to_owned(), function: function.to_owned() }
}

fn world(function: &str) -> TaskName {
    TaskName::World { component: Some("tools".into()), function: function.to_owned() }
}

#[test]
fn docs_are_found_though_dependencies_are_missing() {
    let docs = read(&[("world.wit", WIT)]);
    let task = packaged("text", "reverse");
    assert_eq!(docs.task(&task, Some("0.1.0")), Some("Turns it around.\nAll of it."));
    assert_eq!(docs.interface(&task, Some("0.1.0")), Some("Work on text."));
    assert_eq!(docs.task(&packaged("text", "bare"), Some("0.1.0")), None);
    assert_eq!(docs.task(&packaged("types", "reverse"), Some("0.1.0")), None);
    let inline = TaskName::Inline { component: None, interface: "inline".into(), function: "f".into() };
    assert_eq!(docs.task(&inline, None), Some("Inside."));
    assert_eq!(docs.interface(&inline, None), None);
}

#[test]
fn a_world_that_contradicts_another_says_nothing() {
    let docs = read(&[("world.wit", WIT)]);
    assert_eq!(docs.task(&world("only"), None), Some("Only here."));
    assert_eq!(docs.task(&world("run"), None), None);
    assert_eq!(docs.interface(&world("only"), None), None);
}

#[test]
fn docs_of_another_version_are_not_taken() {
    let task = packaged("text", "reverse");
    let docs = read(&[("world.wit", WIT)]);
    assert_eq!(docs.task(&task, Some("0.2.0")), None);
    assert!(docs.task(&task, None).is_some());
    let unversioned = read(&[("world.wit", &WIT.replace("@0.1.0;", ";"))]);
    assert!(unversioned.task(&task, Some("0.2.0")).is_some());
}

#[test]
fn packages_may_be_split_and_nested() {
    let docs = read(&[
        ("a.wit", "package example:tasks;\ninterface one {\n/// First.\nf: func(); }"),
        (
            "b.wit",
            "interface two {\n/// Second.\nf: func(); }
            package other:nested {\ninterface three {\n/// Third.\nf: func(); } }",
        ),
        ("notes.txt", "not WIT"),
    ]);
    assert_eq!(docs.task(&packaged("one", "f"), None), Some("First."));
    assert_eq!(docs.task(&packaged("two", "f"), None), Some("Second."));
    let (package, interface) = ("other:nested".to_owned(), "three".to_owned());
    let nested = TaskName::Interface { package, interface, function: "f".to_owned() };
    assert_eq!(docs.task(&nested, None), Some("Third."));
}

#[test]
fn a_folder_without_wit_has_no_docs() {
    assert_eq!(read(&[]), Docs::default());
    assert_eq!(read_docs(Path::new("/nowhere/wit")).expect("nothing"), Docs::default());
}

#[test]
fn wit_that_is_broken_is_an_error_with_its_place() {
    let folder = folder(&[("world.wit", "package a:b;\ninterface x {\n  f: fnuc();\n}")]);
    let error = read_docs(folder.path()).expect_err("broken");
    let message = error.to_string();
    assert!(matches!(error, DocsError::Malformed { .. }) && message.contains("world.wit:3:6"), "{message}");
    let deep =
        format!("package a:b; interface x {{ f: func(x: {}u8{}); }}", "list<".repeat(100_000), ">".repeat(100_000));
    for text in [
        deep.as_str(),
        "",
        "\u{feff}",
        "package",
        "/*",
        "interface x { f: func(",
        "\0\0\0",
        "package a:b; world w { include w; }",
    ] {
        let folder = self::folder(&[("world.wit", text)]);
        assert!(matches!(read_docs(folder.path()), Ok(_) | Err(DocsError::Malformed { .. })), "{text:.50}");
    }
}

#[test]
fn hostile_folders_are_survived() {
    let folder = folder(&[("a.wit", "package a:b;")]);
    mknodat(CWD, folder.path().join("pipe.wit"), FileType::Fifo, Mode::RUSR, 0).expect("a pipe");
    fs::create_dir(folder.path().join("folder.wit")).expect("a folder");
    fs::write(folder.path().join("latin.wit"), b"// \xff").expect("written");
    assert_eq!(read_docs(folder.path()).expect("nothing"), Docs::default());
    File::create(folder.path().join("huge.wit")).and_then(|file| file.set_len(1 << 40)).expect("sparse");
    assert!(matches!(read_docs(folder.path()), Err(DocsError::TooLarge { .. })));
    let file = folder.path().join("a.wit");
    assert!(matches!(read_docs(&file), Err(DocsError::Unreadable { .. })));
}
