//! Bindings in Go, as a project has them.
//!
//! `wit-bindgen-go` writes a module `wit_component`, of which the packages with the tasks would have to be a part, inside
//! the folder of what is generated. Here those packages are looked for in the author's own module, the one that the WIT
//! is in: for the exports of an interface `word-stats` in its package `word_stats`, for what the world exports itself in
//! `world`, and for the manifest in `larder`, which is the authoring library.

use std::path::Path;

use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::{InterfaceId, Resolve, WorldId, WorldItem, WorldKey};
use wit_bindgen_go::{Format, Opts};

/// The runtime that the bindings import, `go.bytecodealliance.org/pkg`, as `wit-bindgen-go` brings it, and with what is
/// marked in it as changed. No registry of ours has it.
#[derive(rust_embed::Embed)]
#[folder = "src/go-runtime"]
struct Runtime;

/// Where the runtime is written, inside the folder of the bindings.
const RUNTIME_FOLDER: &str = "witpkg";
/// The package of it that all bindings import which have memory to share with the host.
const RUNTIME: &str = "\"go.bytecodealliance.org/pkg/wit/runtime\"";

/// The module that the generator's packages are in.
const GENERATED: &str = "wit_component";
/// The package that has what the world exports itself.
const WORLD: &str = "world";
/// The package that has the manifest.
const LIBRARY: &str = "larder";
const MANIFEST: (&str, &str, &str) = ("larder", "task", "manifest");

/// Folders that are something else: of what is built, or of what Go lets nobody import.
const NOT_FREE: [&str; 3] = ["build", "internal", "vendor"];

/// A package that implements exports: under the name that the generator imports, and under its own.
struct Package {
    imported: String,
    own: String,
}

/// The bindings of a world whose WIT is at `wit`. A WIT outside of any module has them as the generator writes them.
pub(super) fn generate(resolve: &mut Resolve, world: WorldId, wit: &Path) -> anyhow::Result<Files> {
    let mut packages = packages(resolve, world);
    let module = module_of(wit);
    let mut generated = Files::default();
    // Formatted, lines would have other numbers wherever there is a `gofmt`, and the component other bytes.
    Opts { format: Format::False, ..Opts::default() }.build().generate(resolve, world, &mut generated)?;
    // Types that are exported are a part of the package that exports them: it stays where the generator has it.
    packages.retain(|package| !generated.iter().any(|(name, _)| name.starts_with(&format!("{}/", package.imported))));
    let mut files = Files::default();
    for (name, content) in generated.iter() {
        match std::str::from_utf8(content) {
            Ok(text) if name.ends_with(".go") => {
                files.push(name, adapted(text, &packages, module.as_deref()).as_bytes())
            }
            Ok(_) | Err(_) => files.push(name, content),
        }
    }
    for name in Runtime::iter() {
        let content = Runtime::get(&name).map(|file| file.data).unwrap_or_default();
        files.push(&format!("{RUNTIME_FOLDER}/{name}"), &content);
    }
    Ok(files)
}

/// The Go module that a file or folder is in: that of the `go.mod` in the nearest folder above it.
fn module_of(path: &Path) -> Option<String> {
    let path = std::path::absolute(path).ok()?;
    let text = path.ancestors().skip(1).find_map(|above| std::fs::read_to_string(above.join("go.mod")).ok())?;
    let name = text.lines().find_map(|line| line.trim().strip_prefix("module ")?.split_whitespace().next())?;
    Some(name.trim_matches('"').to_owned())
}

fn adapted(text: &str, packages: &[Package], module: Option<&str>) -> String {
    let shares_memory = text.contains(RUNTIME);
    let mut lines = String::with_capacity(text.len());
    for line in text.lines() {
        let written = line.trim();
        let package = packages.iter().find(|package| written == format!("\"{GENERATED}/{}\"", package.imported));
        match package.zip(module) {
            Some((Package { imported, own }, module)) => lines.push_str(&format!("\t{imported} \"{module}/{own}\"\n")),
            None => lines.extend([line, "\n"]),
        }
        if shares_memory && calls_the_host(written) {
            // What the host has answered is kept until values of Go were made of it, and not until the task ends.
            lines.push_str("\tdefer witRuntime.Lifting()()\n");
        }
    }
    lines
}

/// Whether this is the line of an imported function that calls the host: `result := wasm_import_…(…)`.
fn calls_the_host(line: &str) -> bool {
    let call = line.split_once(" := ").map_or(line, |(_, call)| call);
    call.starts_with("wasm_import_") && call.ends_with(')')
}

/// The packages that implement the exports of a world, each under a name of its own.
fn packages(resolve: &Resolve, world: WorldId) -> Vec<Package> {
    let exports = &resolve.worlds[world].exports;
    let mut wanted: Vec<(String, String)> = exports
        .iter()
        .map(|(key, item)| match (item, key) {
            (WorldItem::Function(_), _) => ("wit_world".to_owned(), WORLD.to_owned()),
            (WorldItem::Interface { .. } | WorldItem::Type { .. }, WorldKey::Name(name)) => (snake(name), snake(name)),
            (WorldItem::Interface { .. } | WorldItem::Type { .. }, WorldKey::Interface(id)) => {
                (generated_name(resolve, *id), own_name(resolve, *id))
            }
        })
        .collect();
    // What no author can call otherwise comes first.
    wanted.sort_by_key(|(_, own)| own != LIBRARY && own != WORLD);
    wanted.dedup();
    let mut packages: Vec<Package> = Vec::new();
    for (generated, own) in wanted {
        let taken = NOT_FREE.contains(&own.as_str()) || packages.iter().any(|package| package.own == own);
        let own = if taken { generated.clone() } else { own };
        packages.push(Package { imported: format!("export_{generated}"), own });
    }
    packages
}

fn own_name(resolve: &Resolve, id: InterfaceId) -> String {
    let interface = &resolve.interfaces[id];
    let name = interface.name.as_deref().unwrap_or_default();
    let package = interface.package.map(|package| &resolve.packages[package].name);
    let is_manifest =
        package.is_some_and(|package| (package.namespace.as_str(), package.name.as_str(), name) == MANIFEST);
    if is_manifest { LIBRARY.to_owned() } else { snake(name) }
}

/// The name of an interface as the generator makes it: with the version of its package if there are several.
fn generated_name(resolve: &Resolve, id: InterfaceId) -> String {
    let interface = &resolve.interfaces[id];
    let name = snake(interface.name.as_deref().unwrap_or_default());
    let Some(package) = interface.package.map(|package| &resolve.packages[package].name) else { return name };
    let several = resolve.packages.iter().any(|(_, other)| {
        other.name.namespace == package.namespace
            && other.name.name == package.name
            && other.name.version != package.version
    });
    let version = package.version.as_ref().filter(|_| several);
    let version = version.map(|version| version.to_string().replace(['.', '-', '+'], "_") + "_").unwrap_or_default();
    format!("{}_{}_{version}{name}", snake(&package.namespace), snake(&package.name))
}

fn snake(label: &str) -> String {
    label.replace('-', "_").to_lowercase()
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

    /// The bindings of the world above in a folder, each file by its name.
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
            // One of two gets the name.
            ("export_a_b_word_stats", "example.org/mine/word_stats"),
            ("export_c_d_word_stats", "example.org/mine/c_d_word_stats"),
            // Not free.
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
