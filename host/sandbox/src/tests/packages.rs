//! Package folders where cargo has them: of this repository, and of its dependencies.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Returns the folder of this repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

static METADATA: LazyLock<serde_json::Value> = LazyLock::new(|| {
    let cargo = std::process::Command::new(env!("CARGO"))
        // Packages for other platforms were not downloaded.
        .args(["metadata", "--format-version=1", "--offline", "--locked", "--filter-platform=host-tuple"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    serde_json::from_slice(&cargo.stdout).unwrap()
});

/// Returns the folder of a package that the build uses.
pub(crate) fn folder(name: &str) -> PathBuf {
    let package = METADATA["packages"].as_array().unwrap().iter().find(|package| package["name"] == name).unwrap();
    Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
}
