//! The rules of the module map, checked on the `use` lines: who may see the engine, the store, and each other.

use std::path::{Path, PathBuf};

/// The production sources of a module, each with its text; tests are left out.
fn sources(module: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.join(module)];
    files.push(root.join(format!("{module}.rs")));
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    // Only what is below the sources: where they lie may be called anything.
    let is_production = |path: &PathBuf| {
        let below = path.strip_prefix(&root).unwrap();
        path.is_file() && !below.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests"))
    };
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let code: String = text.split("#[cfg(test)]\nmod tests").next().unwrap().to_owned();
        (path, code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n"))
    };
    let sources: Vec<_> = files.into_iter().filter(is_production).map(read).collect();
    assert!(!sources.is_empty(), "there is no module {module}");
    sources
}

fn all() -> Vec<(PathBuf, String)> {
    sources("")
}

#[track_caller]
fn never(sources: &[(PathBuf, String)], words: &[&str]) {
    for (path, code) in sources {
        for word in words {
            assert!(!code.contains(word), "{} must never see `{word}`", path.display());
        }
    }
}

fn outside(modules: &[&str]) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let inside = |path: &PathBuf| {
        modules.iter().any(|module| path.starts_with(root.join(module)) || *path == root.join(format!("{module}.rs")))
    };
    all().into_iter().filter(|(path, _)| !inside(path) && !path.ends_with("architecture.rs")).collect()
}

#[test]
fn only_the_sandbox_sees_the_engine() {
    never(&outside(&["sandbox"]), &["wasmtime::", "use wasmtime", "wasmtime_wasi"]);
}

#[test]
fn only_the_store_sees_the_database() {
    never(&outside(&["store"]), &["redb::", "use redb"]);
}

#[test]
fn only_the_open_world_reaches_outside() {
    let words = ["tokio::net", "TcpStream", "TcpListener", "lookup_host", "preopened_dir", "tokio_rustls"];
    never(&outside(&["sandbox/open"]), &words);
    never(&sources("sandbox/sealed"), &["super::open", "sandbox::open"]);
}

#[test]
fn the_sandbox_never_sees_key_or_store() {
    never(&sources("sandbox"), &["crate::key", "larder_store", "larder_store::record", "crate::runner"]);
}

#[test]
fn content_never_sees_key_store_or_engine() {
    let words = ["crate::key", "larder_store", "larder_sandbox", "crate::runner", "larder_types::value", "larder_types"];
    never(&sources("content"), &words);
}

#[test]
fn the_store_never_sees_wit_or_values() {
    for module in ["store", "record"] {
        never(&sources(module), &["larder_types", "larder_types::value", "larder_sandbox", "larder_component::declare"]);
    }
}

#[test]
fn pure_modules_see_nothing_that_runs_or_remembers() {
    for module in ["key", "miss", "policy", "value", "wit_type", "declare"] {
        never(&sources(module), &["larder_store", "larder_sandbox", "crate::runner", "larder_content::clock", "tokio"]);
    }
}

#[test]
fn only_the_runner_sees_both_store_and_sandbox() {
    for (path, code) in outside(&["runner", "cli"]) {
        let both = code.contains("larder_store") && code.contains("larder_sandbox");
        assert!(!both, "{} sees both store and sandbox", path.display());
    }
}

#[test]
fn only_the_command_line_prints_exits_or_reads_the_environment() {
    let words = ["println!", "eprintln!", "process::exit", "env::var", "env::args", "anstream", "io::stdout"];
    never(&outside(&["cli", "main"]), &words);
}
