//! Tests of the crate's public functions, on templates and small worlds.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::bindings::{BindingLanguage, write_bindings};
use crate::componentize::{Embed, componentize};
use crate::error::{AuthoringError, BindingsError};
use crate::template::{Engine, Language, create_project};
use crate::world::{Strings, World};

const WIT: &str = "package a:b; interface i { f: func(a: string) -> u32; } world w { export i; }";

fn world(folder: &Path, wit: &str, name: Option<&str>) -> World {
    let path = folder.join("w.wit");
    std::fs::write(&path, wit).unwrap();
    World { wit: path, name: name.map(str::to_owned), strings: Strings::Utf8 }
}

#[test]
fn every_language_has_a_template_with_the_same_files() {
    for language in Language::ALL {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("word-count");
        let files = create_project(language, None, "word-count", &project).unwrap();
        for file in
            ["larder.toml", "README.md", "test.sh", ".gitignore", "wit/world.wit", "wit/deps/larder-task/manifest.wit"]
        {
            assert!(files.contains(&file.into()), "{language:?} has no {file}: {files:?}");
        }
        for file in &files {
            let content = std::fs::read_to_string(project.join(file)).unwrap();
            for placeholder in ["my-task", "my_task", "MyTask", "myTask"] {
                assert!(!content.contains(placeholder), "{language:?}: {placeholder} in {}", file.display());
                assert!(!file.to_string_lossy().contains(placeholder), "{language:?}: {}", file.display());
            }
        }
        let mode = std::fs::metadata(project.join("test.sh")).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{language:?}: the test can be run");
        // The end-to-end tests read it with Larder.
        let config: toml::Table = std::fs::read_to_string(project.join("larder.toml")).unwrap().parse().unwrap();
        assert_eq!(config["name"].as_str(), Some("word-count"), "{language:?}");
        let inputs = config["build"]["inputs"].as_array().map(Vec::len);
        assert!(inputs.is_some_and(|inputs| inputs > 0), "{language:?}: what a build makes is no input of it");
    }
}

#[test]
fn a_project_never_takes_the_place_of_anything() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("a");
    std::fs::create_dir(&project).unwrap();
    std::fs::write(project.join("precious"), "1").unwrap();
    let error = create_project(Language::C, None, "a", &project).unwrap_err();
    assert!(matches!(error, AuthoringError::Exists { .. }), "{error}");
    assert_eq!(error.code(), "usage");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing unfinished stays behind");
    std::fs::remove_file(project.join("precious")).unwrap();
    create_project(Language::C, None, "a", &project).unwrap();
    let error = create_project(Language::C, None, "a", &project.join("larder.toml")).unwrap_err();
    assert!(matches!(error, AuthoringError::Unwritable { .. }), "{error}");
    assert_eq!(error.code(), "author/unwritable");
}

/// Every keyword of WIT, from the lexer of wit-parser 0.254.
const WIT_KEYWORDS: [&str; 43] = [
    "as",
    "async",
    "bool",
    "borrow",
    "char",
    "constructor",
    "enum",
    "error-context",
    "export",
    "f32",
    "f64",
    "flags",
    "from",
    "func",
    "future",
    "import",
    "include",
    "interface",
    "list",
    "map",
    "option",
    "own",
    "package",
    "record",
    "resource",
    "result",
    "s16",
    "s32",
    "s64",
    "s8",
    "static",
    "stream",
    "string",
    "tuple",
    "type",
    "u16",
    "u32",
    "u64",
    "u8",
    "use",
    "variant",
    "with",
    "world",
];

#[test]
fn a_name_that_wit_has_for_itself_is_refused_and_one_with_it_is_read() {
    for word in WIT_KEYWORDS {
        let folder = tempfile::tempdir().unwrap();
        let error = create_project(Language::C, None, word, &folder.path().join(word)).unwrap_err();
        assert!(matches!(error, AuthoringError::NotAName { .. }), "{word}: {error}");
        assert_eq!(error.code(), "usage");
        let name = format!("my-{word}");
        let project = folder.path().join(&name);
        create_project(Language::C, None, &name, &project).unwrap();
        World { wit: project.join("wit"), name: Some(name), strings: Strings::Utf8 }.resolve().unwrap();
    }
}

#[test]
fn names_that_a_language_could_not_take_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["", "A", "a_b", "a--b", "-a", "1a", "a/b", "..", "\u{e9}", "my-Task", "type", "class"] {
        let error = create_project(Language::Rust, None, name, &folder.path().join("p")).unwrap_err();
        assert!(matches!(error, AuthoringError::NotAName { .. }), "{name}: {error}");
    }
    let error = create_project(Language::Go, Some(Engine::QuickJs), "a", &folder.path().join("p")).unwrap_err();
    assert!(matches!(error, AuthoringError::NoEngine { .. }), "{error}");
    assert_eq!(error.code(), "usage");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn bindings_come_with_all_that_they_include() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), WIT, None);
    for (language, files) in [
        (BindingLanguage::C, &["w.h", "w.c", "w_component_type.o"][..]),
        (BindingLanguage::Cpp, &["w_cpp.h", "w.cpp", "wit.h"]),
        (BindingLanguage::Go, &["wit_exports.go", "go.mod", "witpkg/go.mod", "witpkg/LICENSE"]),
    ] {
        let out = folder.path().join(format!("{language:?}"));
        write_bindings(language, &world, &out).unwrap();
        for file in files {
            assert!(out.join(file).is_file(), "{language:?}: {file}");
        }
    }
}

#[test]
fn bindings_that_do_not_change_keep_their_times() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), WIT, None);
    let header = folder.path().join("out/w.h");
    let written = || std::fs::metadata(&header).unwrap().modified().unwrap();
    write_bindings(BindingLanguage::C, &world, &folder.path().join("out")).unwrap();
    let before = written();
    write_bindings(BindingLanguage::C, &world, &folder.path().join("out")).unwrap();
    assert_eq!(written(), before);
}

#[test]
fn what_is_no_world_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let two = "package a:b; world w { } world v { }";
    for (wit, name) in [("package a:b", None), (WIT, Some("x")), (two, None), ("", None)] {
        let world = world(folder.path(), wit, name);
        let error = write_bindings(BindingLanguage::C, &world, &folder.path().join("out")).unwrap_err();
        assert!(matches!(error, AuthoringError::Wit { .. }), "{wit}: {error}");
        assert_eq!(error.code(), "author/wit");
    }
    let missing = World { wit: folder.path().join("none"), name: None, strings: Strings::Utf8 };
    let error = write_bindings(BindingLanguage::C, &missing, &folder.path().join("out")).unwrap_err();
    assert!(error.to_string().contains("none"), "{error}");
    let utf16 = World { strings: Strings::Utf16, ..world(folder.path(), WIT, None) };
    let error = write_bindings(BindingLanguage::Go, &utf16, &folder.path().join("out")).unwrap_err();
    assert!(matches!(error, AuthoringError::NoBindings { .. }), "{error}");
    assert_eq!(error.code(), "author/no-bindings");
}

/// A module for the world above, as a compiler would make it: its function returns a constant.
const MODULE: &str = r#"(module
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8))
    (func (export "a:b/i#f") (param i32 i32) (result i32) (i32.const 7)))"#;

#[test]
fn a_module_becomes_a_component_of_its_world() {
    let folder = tempfile::tempdir().unwrap();
    let (module, output) = (folder.path().join("m.wasm"), folder.path().join("c.wasm"));
    std::fs::write(&module, wat::parse_str(MODULE).unwrap()).unwrap();
    let world = world(folder.path(), WIT, Some("w"));
    componentize(&module, &Embed::World(world), &output).unwrap();
    let exports = larder_component::declare::exports(&std::fs::read(&output).unwrap()).unwrap();
    let tasks: Vec<String> = exports.tasks.iter().map(|task| task.name.to_string()).collect();
    assert_eq!(tasks, ["a:b/i#f"]);
    let error = componentize(&output, &Embed::Nothing, &folder.path().join("again.wasm")).unwrap_err();
    assert!(matches!(error, AuthoringError::Already { .. }), "{error}");
    assert_eq!(error.code(), "author/not-componentized");
}

#[test]
fn what_is_no_module_of_the_world_becomes_no_component() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("c.wasm");
    let of_world = || Embed::World(world(folder.path(), WIT, None));
    let lacking = MODULE.replace("a:b/i#f", "a:b/i#g");
    let cases = [
        (&b"not a module"[..], of_world()),
        (b"", Embed::Nothing),
        (&wat::parse_str(&lacking).unwrap()[..], of_world()),
        (&wat::parse_str("(module (import \"x\" \"y\" (func)))").unwrap()[..], Embed::Nothing),
    ];
    for (bytes, embed) in cases {
        let module = folder.path().join("m.wasm");
        std::fs::write(&module, bytes).unwrap();
        let error = componentize(&module, &embed, &output).unwrap_err();
        assert!(matches!(error, AuthoringError::NotComponentized { .. }), "{error}");
        assert_eq!(error.code(), "author/not-componentized");
        assert!(!output.exists());
    }
    let error = componentize(&folder.path().join("none"), &Embed::Nothing, &output).unwrap_err();
    assert!(matches!(error, AuthoringError::Unreadable { .. }), "{error}");
    assert_eq!(error.code(), "author/unreadable");
}

#[test]
fn elements_that_cpp_has_in_another_form_than_the_host_are_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let wit = "package a:b; interface i { variant v { x(f64), y } f: func() -> list<v>; } world w { export i; }";
    write_bindings(BindingLanguage::Cpp, &world(folder.path(), wit, None), folder.path()).unwrap();
    let source = std::fs::read_to_string(folder.path().join("w.cpp")).unwrap();
    assert!(source.contains("(uint8_t*)calloc(_len") && source.contains(", 16);"), "{source}");
    assert!(!source.contains(".data());"), "{source}");
}

#[test]
fn cpp_has_no_functions_that_wait() {
    let folder = tempfile::tempdir().unwrap();
    for wit in [
        "package a:b; interface i { f: async func(); } world w { export i; }",
        "package a:b; world w { export f: async func(); }",
    ] {
        let world = world(folder.path(), wit, None);
        let error = write_bindings(BindingLanguage::Cpp, &world, folder.path()).unwrap_err();
        assert!(error.to_string().contains("`f` is async"), "{error}");
        write_bindings(BindingLanguage::C, &world, folder.path()).unwrap();
    }
}

#[test]
fn a_panic_of_a_generator_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let wit = "package a:b; world w { import f: func() -> stream<u8>; export g: func(); }";
    let world = world(folder.path(), wit, None);
    let error = write_bindings(BindingLanguage::Cpp, &world, folder.path()).unwrap_err();
    assert_eq!(error.to_string(), "there are no bindings in C++ for this world: not yet implemented");
    assert!(matches!(error, AuthoringError::NoBindings { reason: BindingsError::Generator(_), .. }), "{error}");
    assert!(!folder.path().join("w.cpp").exists());
}
