//! The guests: those with nothing to compute, so that all that is measured is the host, and those of the examples.

use std::path::{Path, PathBuf};
use std::process::Command;

/// `sum: func(a: u32, b: u32) -> u32`.
pub(crate) const TRIVIAL: &str = r#"(component
  (core module $m (func (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
  (core instance $c (instantiate $m))
  (func $sum (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $c "sum")))
  (instance $i (export "sum" (func $sum)))
  (export "bench:trivial/sum" (instance $i))
)"#;

/// `refuse: func(n: u32) -> result<u32, u32>`, which always answers `err`.
pub(crate) const TRIVIAL_ERR: &str = r#"(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 0) "\01\00\00\00\07\00\00\00")
    (func (export "refuse") (param i32) (result i32) (i32.const 0)))
  (core instance $c (instantiate $m))
  (func $refuse (param "n" u32) (result (result u32 (error u32)))
    (canon lift (core func $c "refuse") (memory (core memory $c "memory"))))
  (instance $i (export "refuse" (func $refuse)))
  (export "bench:trivial/refuse" (instance $i))
)"#;

/// [`TRIVIAL`], with `bytes` of data in its module.
pub(crate) fn padded(bytes: usize) -> String {
    let data = "x".repeat(bytes);
    TRIVIAL.replacen("(core module $m ", &format!("(core module $m (memory 400) (data (i32.const 0) \"{data}\") "), 1)
}

/// Builds components as the tests do; `what` says which, to cargo.
pub(crate) fn build(what: &[&str]) {
    #[expect(clippy::disallowed_methods, reason = "cargo tells what it runs by the environment which cargo it is")]
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--profile", "guest", "--target", "wasm32-wasip2", "--target-dir"])
        .arg(target())
        .args(what)
        .status()
        .unwrap();
    assert!(status.success(), "the guests do not build");
}

/// Where a component lies that was built.
pub(crate) fn built(guest: &str) -> PathBuf {
    target().join(format!("wasm32-wasip2/guest/{guest}.wasm"))
}

/// The target folder of the guests.
fn target() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_larder")).ancestors().nth(2).unwrap().join("guests")
}
