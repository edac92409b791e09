//! Go bindings, in the layout of a project.
//!
//! `wit-bindgen-go` expects the implementation of exports inside the folder of generated files. Here those packages
//! belong to the author's own module, which contains the WIT:
//!
//! | export | package |
//! |---|---|
//! | the interface `word-stats` | `word_stats` |
//! | a function of the world itself | `world` |
//! | the manifest | `larder`, which is the authoring library |

use std::collections::BTreeSet;
use std::path::Path;

use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::{InterfaceId, Resolve, WorldId, WorldItem, WorldKey};
use wit_bindgen_go::{Format, Opts};

use super::generator::run;
use crate::error::BindingsError;
use crate::patch::{PatchError, SourceText};
use crate::workarounds::go_imports::{self, Redirection};
use crate::workarounds::{go_lifting, go_names, go_runtime};

/// The package that implements the world's own exports.
const WORLD: &str = "world";
/// The package that contains the manifest.
const LIBRARY: &str = "larder";
const MANIFEST: (&str, &str, &str) = ("larder", "task", "manifest");

/// Folders that cannot be a package of the author: they hold build output, or Go forbids their import.
const NOT_FREE: [&str; 3] = ["build", "internal", "vendor"];

/// A package that implements exports.
struct Package {
    /// Name by which the generator imports it.
    imported: String,
    /// Name in the author's module.
    own: String,
    /// True if the world exports a function that it implements.
    is_called: bool,
}

/// Generates the bindings of a world whose WIT is at `wit`. If the WIT is outside any Go module, the imports stay as
/// the generator writes them.
pub(super) fn generate(resolve: &mut Resolve, world: WorldId, wit: &Path) -> Result<Files, BindingsError> {
    let packages = packages(resolve, world);
    let imports = go_lifting::imports(resolve, world);
    // Not formatted: otherwise line numbers would change wherever there is a `gofmt`, and so would the component's
    // bytes.
    let generated = run(&mut *Opts { format: Format::False, ..Opts::default() }.build(), resolve, world)?;
    let redirections = module_of(wit).map(|module| redirections(packages, &module, &generated)).unwrap_or_default();
    let is_generated = |file: &str| generated.iter().any(|(name, _)| name == file);
    if let Some(file) = imports.keys().find(|file| !is_generated(file)) {
        return Err(PatchError::Places { file: file.clone(), place: file.clone(), expected: 1, found: 0 }.into());
    }
    let mut files = Files::default();
    for (name, content) in generated.iter() {
        match std::str::from_utf8(content) {
            Ok(text) if name.ends_with(".go") => {
                let mut source = SourceText::new(name, text);
                go_imports::redirect(&mut source, name, &redirections)?;
                go_lifting::release_answers(&mut source, imports.get(name).copied().unwrap_or_default())?;
                files.push(name, source.into_text().as_bytes());
            }
            Ok(_) | Err(_) => files.push(name, content),
        }
    }
    for (name, text) in go_runtime::files()? {
        files.push(&name, text.as_bytes());
    }
    Ok(files)
}

/// Returns the redirections of the packages into the author's module. If the generator writes files of a package,
/// because it has exported types, the package stays where it is.
fn redirections(packages: Vec<Package>, module: &str, generated: &Files) -> Vec<Redirection> {
    let is_generated = |package: &str| generated.iter().any(|(name, _)| name.starts_with(&format!("{package}/")));
    let own = packages.into_iter().filter(|package| !is_generated(&package.imported));
    own.map(|Package { imported, own, is_called }| Redirection { imported, path: format!("{module}/{own}"), is_called })
        .collect()
}

/// Returns the Go module that contains a file or folder, from the `go.mod` in the nearest folder above it.
fn module_of(path: &Path) -> Option<String> {
    let path = std::path::absolute(path).ok()?;
    let text = path.ancestors().skip(1).find_map(|above| std::fs::read_to_string(above.join("go.mod")).ok())?;
    let name = text.lines().find_map(|line| line.trim().strip_prefix("module ")?.split_whitespace().next())?;
    Some(name.trim_matches('"').to_owned())
}

/// Returns the packages that implement the exports of a world, each with a unique name.
fn packages(resolve: &Resolve, world: WorldId) -> Vec<Package> {
    let exports = &resolve.worlds[world].exports;
    let mut called = BTreeSet::new();
    let mut wanted: Vec<(String, String)> = Vec::new();
    for (key, item) in exports {
        let (generated, own, is_called) = match item {
            WorldItem::Function(_) => (go_names::WORLD.to_owned(), WORLD.to_owned(), true),
            WorldItem::Interface { id, .. } => {
                let has_functions = !resolve.interfaces[*id].functions.is_empty();
                (go_names::package(resolve, key), own_name(resolve, key), has_functions)
            }
            WorldItem::Type { .. } => (go_names::package(resolve, key), own_name(resolve, key), false),
        };
        if is_called {
            called.insert(generated.clone());
        }
        wanted.push((generated, own));
    }
    // Names that the author cannot change come first.
    wanted.sort_by_key(|(_, own)| own != LIBRARY && own != WORLD);
    let mut packages: Vec<Package> = Vec::new();
    for (generated, own) in wanted {
        let imported = go_names::implementation(&generated);
        if packages.iter().any(|package| package.imported == imported) {
            continue;
        }
        let taken = NOT_FREE.contains(&own.as_str()) || packages.iter().any(|package| package.own == own);
        let own = if taken { generated.clone() } else { own };
        packages.push(Package { imported, own, is_called: called.contains(&generated) });
    }
    packages
}

/// Returns the name that an author would give to the implementation of an interface.
fn own_name(resolve: &Resolve, key: &WorldKey) -> String {
    match key {
        WorldKey::Name(name) => go_names::snake(name),
        WorldKey::Interface(id) => own_name_of_interface(resolve, *id),
    }
}

fn own_name_of_interface(resolve: &Resolve, id: InterfaceId) -> String {
    let interface = &resolve.interfaces[id];
    let name = interface.name.as_deref().unwrap_or_default();
    let package = interface.package.map(|package| &resolve.packages[package].name);
    let is_manifest =
        package.is_some_and(|package| (package.namespace.as_str(), package.name.as_str(), name) == MANIFEST);
    if is_manifest { LIBRARY.to_owned() } else { go_names::snake(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIT: &str = "package a:b@1.0.0;
        interface word-stats { count: func(text: string) -> u32; }
        interface build { now: func(); }
        interface host { ask: func(text: string) -> string; }
        interface things { resource thing { constructor(); } }
        world w {
            import host;
            export word-stats; export build; export things; export run: func();
            export inline: interface { f: func(); }
            export c:d/word-stats;
            export larder:task/manifest;
        }
        package c:d { interface word-stats { count: func() -> u32; } }
        package larder:task { interface manifest { tasks: func() -> list<string>; } }";

    /// Writes the bindings of the world above into a folder, and returns each file by its name.
    fn written(folder: &Path) -> Vec<(String, String)> {
        let wit = folder.join("w.wit");
        std::fs::write(&wit, WIT).unwrap();
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_path(&wit).unwrap();
        let world = resolve.select_world(&[package], Some("w")).unwrap();
        let files = generate(&mut resolve, world, &wit).unwrap();
        files.iter().map(|(name, content)| (name.to_owned(), String::from_utf8(content.to_vec()).unwrap())).collect()
    }

    fn text<'a>(files: &'a [(String, String)], name: &str) -> &'a str {
        &files.iter().find(|(found, _)| found == name).unwrap().1
    }

    #[test]
    fn exports_are_implemented_by_the_module_that_the_wit_is_in() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("go.mod"), "// mine\nmodule example.org/mine // and nobody's\n").unwrap();
        std::fs::create_dir(folder.path().join("wit")).unwrap();
        let files = written(&folder.path().join("wit"));
        for (imported, own) in [
            ("export_larder_task_manifest", "example.org/mine/larder"),
            ("export_wit_world", "example.org/mine/world"),
            ("export_inline", "example.org/mine/inline"),
            // One of the two gets the name.
            ("export_a_b_word_stats", "example.org/mine/word_stats"),
            ("export_c_d_word_stats", "example.org/mine/c_d_word_stats"),
            // This name is reserved.
            ("export_a_b_build", "example.org/mine/a_b_build"),
        ] {
            let line = format!("\t{imported} \"{own}\"\n");
            assert!(text(&files, "wit_exports.go").contains(&line), "{line}\n{}", text(&files, "wit_exports.go"));
        }
        let things = "\n\"wit_component/export_a_b_things\"\n";
        assert!(text(&files, "wit_exports.go").contains(things), "what exports types stays where they are");
    }

    #[test]
    fn outside_of_a_module_the_bindings_are_as_the_generator_has_them() {
        let folder = tempfile::tempdir().unwrap();
        let files = written(folder.path());
        assert!(text(&files, "wit_exports.go").contains("\"wit_component/export_a_b_word_stats\"\n"));
    }

    #[test]
    fn answers_of_the_host_are_given_back_once_they_are_values() {
        let folder = tempfile::tempdir().unwrap();
        let files = written(folder.path());
        let lines: Vec<&str> = text(&files, "a_b_host/wit_bindings.go").lines().map(str::trim).collect();
        let call = lines.iter().position(|line| line.starts_with("wasm_import_ask(")).unwrap();
        assert_eq!(lines[call + 1], "defer witRuntime.Lifting()()");
        let all = lines.iter().filter(|line| line.contains("Lifting")).count();
        assert_eq!(all, 1, "{lines:#?}");
        assert!(text(&files, "witpkg/wit/runtime/runtime.go").contains("func Lifting() func()"));
    }
}
