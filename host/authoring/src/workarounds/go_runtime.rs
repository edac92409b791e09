//! The runtime of the Go bindings, `go.bytecodealliance.org/pkg`, with changes.
//!
//! `go-runtime/pristine` contains the files that a build needs, byte for byte as the crate `wit-bindgen-go` 0.60.0
//! ships them in `src/pkg`. The crate has no API that returns them. `go-runtime/larder.patch` is applied when bindings
//! are written.
//!
//! - **Behaviour**: (1) `cabi_realloc` allocates with Go's garbage collector running. The collector asks for the time,
//!   which calls the host, and a component must not call out while the host calls `cabi_realloc`. (2) Memory that the
//!   host allocated stays pinned until `Unpin`: see [`go_lifting`](super::go_lifting). (3) Async exports need
//!   `runtime.wasiOnIdle`, which only a patched Go has, as the comment in `wit/async/async.go` says. (4) The module is
//!   published only on GitHub, and a build may have no network.
//! - **Relies on**: those files; Go's `runtime.procPin` and `runtime.procUnpin`, which `-checklinkname=0` lets the
//!   patch link to; the metric `/sched/goroutines/runnable:goroutines` of Go 1.26 and newer; and the adapter for WASI
//!   0.1, which exports `adapter_monotonic_clock_set_paused`.
//! - **Canaries**: `the_pristine_runtime_is_what_the_crate_ships`, `the_adapter_can_pause_the_clock`. The end-to-end
//!   tests run the result with the installed Go.
//! - **Delete when**: a stock Go runs async exports, `cabi_realloc` calls nothing, and answers are released upstream.
//!   Then the module itself can be vendored unchanged.
//!
//! To change the runtime, apply the patch to a copy of `pristine`, edit it, and make the patch again with `diff -ruN a
//! b`, where `a` is `pristine` and `b` is the copy. A file that the patch creates has `--- /dev/null`.

use std::collections::BTreeMap;

use crate::patch::{PatchError, apply_diff};

/// Folder of the runtime inside the folder of the bindings.
const FOLDER: &str = "witpkg";
const PATCH: &str = include_str!("../../go-runtime/larder.patch");

/// The files as the crate ships them.
#[derive(rust_embed::Embed)]
#[folder = "go-runtime/pristine"]
struct Pristine;

/// Returns the files of the runtime, by their paths inside the folder of the bindings.
pub(crate) fn files() -> Result<BTreeMap<String, String>, PatchError> {
    let mut files = pristine();
    apply_diff(&mut files, PATCH)?;
    Ok(files.into_iter().map(|(name, text)| (format!("{FOLDER}/{name}"), text)).collect())
}

fn pristine() -> BTreeMap<String, String> {
    let content = |name: &str| Pristine::get(name).map(|file| file.data).unwrap_or_default();
    Pristine::iter().map(|name| (name.to_string(), String::from_utf8_lossy(&content(&name)).into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use wasmparser::{Parser, Payload};

    use super::*;

    /// Returns the folder of the sources of `wit-bindgen-go` that this test was built with.
    fn crate_folder() -> PathBuf {
        let arguments = ["metadata", "--format-version=1", "--offline", "--locked", "--filter-platform=host-tuple"];
        let metadata =
            Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
        let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let package = packages.iter().find(|package| package["name"] == "wit-bindgen-go").unwrap();
        assert_eq!(package["version"], "0.60.0");
        Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
    }

    /// Collects the files below a folder, by their paths inside it.
    fn files_below(folder: &Path, inside: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder.join(inside)).unwrap() {
            let entry = entry.unwrap();
            let name = Path::new(inside).join(entry.file_name()).to_str().unwrap().to_owned();
            if entry.file_type().unwrap().is_dir() {
                files_below(folder, &name, found);
            } else {
                found.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }

    #[test]
    fn the_pristine_runtime_is_what_the_crate_ships() {
        assert_eq!(wit_bindgen_go::remote_pkg_version(), "go.bytecodealliance.org/pkg v0.2.2");
        let mut shipped = BTreeMap::new();
        files_below(&crate_folder().join("src/pkg"), "", &mut shipped);
        shipped.retain(|name, _| name.starts_with("wit/") || ["LICENSE", "go.mod"].contains(&name.as_str()));
        let pristine: BTreeMap<String, Vec<u8>> =
            pristine().into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
        assert_eq!(pristine.keys().collect::<Vec<_>>(), shipped.keys().collect::<Vec<_>>());
        for (name, content) in &shipped {
            assert!(pristine[name] == *content, "{name} differs from what the crate ships");
        }
    }

    /// Reverts the patch on the written files, without the code that applied it: removes its added lines and inserts
    /// its removed lines at each hunk.
    #[test]
    fn the_runtime_is_the_pristine_one_and_the_patch() {
        let mut written = files().unwrap();
        let mut file = String::new();
        let mut at = 0;
        for line in PATCH.lines() {
            if let Some(name) = line.strip_prefix("+++ b/") {
                file = format!("{FOLDER}/{name}");
            } else if let Some(ranges) = line.strip_prefix("@@ -") {
                // The lines before this hunk are already pristine, so its position is that in the old file.
                let start: usize = ranges.split([',', ' ']).next().unwrap().parse().unwrap();
                at = start.saturating_sub(1);
            } else if !line.starts_with("--- ") {
                let mut lines: Vec<&str> = written[&file].lines().collect();
                match line.split_at(1) {
                    (" ", context) => {
                        assert_eq!(lines[at], context, "{file}");
                        at += 1;
                    }
                    ("+", added) => assert_eq!(lines.remove(at), added, "{file}"),
                    ("-", removed) => {
                        lines.insert(at, removed);
                        at += 1;
                    }
                    _ => panic!("{line}"),
                }
                let text = lines.iter().flat_map(|line| [line, "\n"]).collect();
                written.insert(file.clone(), text);
            }
        }
        let created: Vec<String> = written.extract_if(.., |_, text| text.is_empty()).map(|(name, _)| name).collect();
        assert_eq!(created, ["witpkg/README.md", "witpkg/wit/runtime/empty.s"]);
        let pristine: BTreeMap<String, String> =
            pristine().into_iter().map(|(name, text)| (format!("{FOLDER}/{name}"), text)).collect();
        assert_eq!(written, pristine);
    }

    #[test]
    fn the_changes_say_that_they_are_changes() {
        let files = files().unwrap();
        for name in ["witpkg/wit/runtime/runtime.go", "witpkg/wit/async/async.go"] {
            assert!(files[name].contains("Changed in Larder"), "{name}");
        }
        assert!(files["witpkg/wit/runtime/runtime.go"].contains("func Lifting() func()"));
        assert!(!files["witpkg/wit/async/async.go"].contains("wasiOnIdle("));
    }

    #[test]
    fn another_pristine_runtime_is_refused() {
        for (file, part) in [
            ("wit/runtime/runtime.go", "var pinner"),
            ("wit/async/async.go", "runtime.wasiOnIdle"),
            ("wit/async/async.go", "go closure()"),
        ] {
            let mut files = pristine();
            let other = files[file].replacen(part, "other", 1);
            assert_ne!(other, files[file]);
            files.insert(file.to_owned(), other);
            let error = apply_diff(&mut files, PATCH).unwrap_err();
            assert!(matches!(error, PatchError::Places { found: 0, .. }), "{error}");
        }
    }

    #[test]
    fn the_adapter_can_pause_the_clock() {
        let adapter = wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER;
        let exports = Parser::new(0).parse_all(adapter).filter_map(|payload| match payload {
            Ok(Payload::ExportSection(section)) => Some(section),
            Ok(_) | Err(_) => None,
        });
        let mut names = exports.flatten().map(|export| export.unwrap().name);
        assert!(names.any(|name| name == "adapter_monotonic_clock_set_paused"));
    }
}
