//! Builds every guest in Rust, and emits a constant with the path of each, and a macro over all of them: a test that
//! names a guest that does not build does not compile. Those in other languages are built by `larder build`, when a test
//! asks for them.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script by the environment what it must know")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages under `guest-examples/` that each make one component.
const COMPONENTS: [&str; 7] = ["align", "hostile", "kmers", "primes", "thumbnail", "wc-tree", "word-stats"];

/// The package whose examples each make one component.
const TESTING: &str = "testing-guests";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ stands in the workspace").to_owned();
    for input in ["guest-examples", "wit", "Cargo.lock", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    // <target>/<profile>/build/<package>/out
    let target = out.ancestors().nth(4).expect("cargo's layout").to_owned();
    for package in COMPONENTS {
        build(&root, &target, &["--package", package, "--lib"]);
    }
    build(&root, &target, &["--package", TESTING, "--examples"]);

    let built = target.join("wasm32-wasip2/guest");
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

/// Builds in the workspace's own target folder: the profile `guest` has folders, and so locks, of its own.
fn build(root: &Path, target: &Path, what: &[&str]) {
    let cargo = std::env::var_os("CARGO").expect("cargo sets it");
    let mut command = Command::new(cargo);
    command
        .args(["build", "--profile", "guest", "--target", "wasm32-wasip2", "--quiet", "--target-dir"])
        .arg(target)
        .args(what)
        .current_dir(root);
    // What the outer cargo says to its compilers (flags, clippy's wrapper) is not meant for these.
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
    code.push_str("/// Calls a macro with the name and the path of every guest.\n#[macro_export]\nmacro_rules! foreach_guest {\n    ($each:ident) => {\n");
    for (name, _) in guests {
        code.push_str(&format!("        $each!({name}, $crate::guests::{});\n", name.to_uppercase()));
    }
    code.push_str("    };\n}\n");
    code
}
