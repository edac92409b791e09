//! Builds every guest in Rust, and emits a constant with the path of each, and one with the names of all of them. A
//! test that names a guest that does not build does not compile, and a guest that no test names fails the test
//! `architecture`. When a test needs a guest in another language, `larder build` builds it.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script by the environment what it must know")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages under `guest-examples/` that each make one component.
const COMPONENTS: [&str; 7] = ["align", "hostile", "kmers", "primes", "thumbnail", "wc-tree", "word-stats"];

/// The package whose examples each make one component.
const TESTING: &str = "testing-guests";

/// The target that makes components.
const TARGET: &str = "wasm32-wasip2";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ stands in the workspace").to_owned();
    for input in ["guest-examples", "wit", "Cargo.lock", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    // <target>/<profile>/build/<package>/out. The guests have a separate target folder, so that they wait for no other
    // cargo.
    let target = out.ancestors().nth(4).expect("cargo's layout").join("guests");
    provide_target(&root);
    for package in COMPONENTS {
        build(&root, &target, &["--package", package, "--lib"]);
    }
    build(&root, &target, &["--package", TESTING, "--examples"]);

    let built = target.join(TARGET).join("guest");
    let mut guests: Vec<(String, PathBuf)> = COMPONENTS
        .iter()
        .map(|package| package.replace('-', "_"))
        .map(|name| (name.clone(), built.join(format!("{name}.wasm"))))
        .collect();
    for example in std::fs::read_dir(root.join("guest-examples/testing/examples")).expect("the testing guests") {
        let source = example.expect("the testing guests").path();
        if let Some(name) = source.file_stem().and_then(|stem| stem.to_str()).filter(|_| source.is_file()) {
            guests.push((name.to_owned(), built.join(format!("examples/{name}.wasm"))));
        }
    }
    guests.sort();
    std::fs::write(out.join("guests.rs"), generated(&guests)).expect("OUT_DIR can be written");
}

/// Makes rustup add the target if it is missing, as `larder` does before it builds a guest.
fn provide_target(root: &Path) {
    let rustc = std::env::var_os("RUSTC").expect("cargo sets it");
    let printed = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).current_dir(root).output();
    let printed = String::from_utf8(printed.expect("rustc can be started").stdout).expect("a path in UTF-8");
    if Path::new(printed.trim_end()).is_dir() {
        return;
    }
    let add = ["target", "add", TARGET];
    let by_hand = format!("rustup {}", add.join(" "));
    let may_not = std::env::var("LARDER_NO_INSTALL").is_ok_and(|value| !["", "0", "false"].contains(&value.as_str()));
    assert!(!may_not, "the guests need the Rust target {TARGET}, which is not here: {by_hand}");
    println!("cargo::warning=installing the Rust target {TARGET}, which the guests need: {by_hand}");
    let status = Command::new("rustup").args(add).current_dir(root).status();
    assert!(status.is_ok_and(|status| status.success()), "cannot install the Rust target {TARGET}: {by_hand}");
}

/// Builds components in the target folder of the guests.
fn build(root: &Path, target: &Path, what: &[&str]) {
    let cargo = std::env::var_os("CARGO").expect("cargo sets it");
    let mut command = Command::new(cargo);
    command
        .args(["build", "--profile", "guest", "--target", TARGET, "--quiet", "--target-dir"])
        .arg(target)
        .args(what)
        .current_dir(root);
    // The outer cargo's settings for its compilers (flags, clippy's wrapper) do not apply to these.
    for variable in
        ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS", "RUSTC_WORKSPACE_WRAPPER", "RUSTC_WRAPPER", "CARGO_BUILD_TARGET"]
    {
        command.env_remove(variable);
    }
    let status = command.status().expect("cargo can be started");
    assert!(status.success(), "the guests do not build: {command:?}");
}

fn generated(guests: &[(String, PathBuf)]) -> String {
    let mut code = String::new();
    for (name, path) in guests {
        assert!(path.is_file(), "{} was not built", path.display());
        code.push_str(&format!("/// The component `{name}`.\npub const {}: &str = {path:?};\n", name.to_uppercase()));
    }
    let names: Vec<String> = guests.iter().map(|(name, _)| name.to_uppercase()).collect();
    code.push_str(&format!("/// The names of all of these.\npub const NAMES: [&str; {}] = {names:?};\n", names.len()));
    code
}
