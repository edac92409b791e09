//! The guests in languages other than Rust. `larder build` builds each, as its author would, if its tools are
//! installed.
//!
//! Nothing is fetched here: `guest-examples/install-tools` installs the tools into `target/tools`. A guest whose tools
//! are missing is skipped with one line; if `LARDER_ALL_LANGUAGES` is set, that is an error.

#![expect(clippy::disallowed_methods, reason = "what the tools of a build need is passed on, by name")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;

use crate::workspace;

/// Name of the variable that requires every language.
const ALL_LANGUAGES: &str = "LARDER_ALL_LANGUAGES";

/// One guest, which is built on first use.
type Built = Arc<OnceLock<Option<PathBuf>>>;

/// Returns the component of a folder of `guest-examples/`, or `None`, with one line on standard error, if this machine
/// lacks its tools. It is built once, and again only if one of its sources has changed.
///
/// # Panics
///
/// Panics if the build fails although its tools are there, or if tools are missing and every language is required.
pub fn build(program: &str, folder: &'static str) -> Option<PathBuf> {
    static GUESTS: Mutex<BTreeMap<&str, Built>> = Mutex::new(BTreeMap::new());
    let guest = Arc::clone(GUESTS.lock().unwrap().entry(folder).or_default());
    guest.get_or_init(|| build_now(Path::new(program), folder)).clone()
}

fn build_now(program: &Path, folder: &str) -> Option<PathBuf> {
    let project = workspace().join("guest-examples").join(folder);
    let mut command = Command::new(program);
    command.arg("build").arg(&project).arg("--json").stdin(Stdio::null());
    // The files that `larder` writes for a build may change with it, and are no files of the project.
    if is_newer(program, &project) {
        command.arg("--force");
    }
    environment(&mut command);
    command.env("LARDER_CACHE_DIR", target().join("languages/cache"));
    let output = command.output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    if let Some(path) = told["path"].as_str().filter(|_| output.status.success()) {
        return Some(path.into());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(told["error"]["code"] == "build/missing" && !must_all_be_there(), "{folder} does not build:\n{stderr}");
    let hints: Vec<&str> = told["error"]["hints"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    skip(&format!("guest-examples/{folder}"), &hints.join("; "));
    None
}

/// Returns true if a program that a project's build calls is newer than the project's component.
fn is_newer(program: &Path, project: &Path) -> bool {
    let Ok(Some(config)) = larder::config::Config::in_folder(project) else { return false };
    let Some(build) = config.build else { return false };
    let written = |path: &Path| path.metadata().and_then(|found| found.modified()).ok();
    let calls_it = build.command.is_some_and(|command| command.contains("$LARDER"));
    calls_it && written(program) > written(&config.folder.join(build.output))
}

/// Returns true if a missing language is an error.
#[must_use]
pub fn must_all_be_there() -> bool {
    std::env::var_os(ALL_LANGUAGES).is_some()
}

/// Reports in one line, past the capture of the test runner, that something is not tested here.
pub fn skip(what: &str, why: &str) {
    let line = format!("skipped: {what} ({}); guest-examples/install-tools installs all tools\n", why.trim());
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Puts the tools in `target/tools` before the machine's own in a command's path, and sets their environment
/// variables.
pub fn environment(command: &mut Command) {
    let tools = target().join("tools");
    let mut path: OsString = ["bin", "python/bin", "node/node_modules/.bin"]
        .map(|folder| tools.join(folder).into_os_string())
        .join(":".as_ref());
    if let Some(usual) = std::env::var_os("PATH") {
        path.push(":");
        path.push(usual);
    }
    command.env_clear().env("PATH", path).env("NODE_PATH", tools.join("node/node_modules"));
    for kept in
        ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "RUSTUP_AUTO_INSTALL", "CARGO_NET_OFFLINE", "TMPDIR"]
    {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
}

/// Returns the folder that cargo builds into.
#[must_use]
pub fn target() -> PathBuf {
    // <target>/guests/<triple>/<profile>/…
    Path::new(crate::guests::PRIMES).ancestors().nth(4).unwrap().to_owned()
}
