//! A bet on wasmtime's private re-exports: the version of the engine that is built in.
//!
//! The version must come from the build. Cargo can take another release than that of the lock file, as `cargo install`
//! without `--locked` does, and wasmtime has no public constant for its version.
//!
//! # What it relies on
//!
//! `wasmtime_environ::VERSION` is public in a crate that every wasmtime requires in its own version (`=48.0.8`), and
//! that wasmtime re-exports in `wasmtime::component::__internal` for its macros (`src/runtime/component/mod.rs`).
//! Without the re-export, this does not compile. With another version in it, `version::tests` fails, which compares it
//! with the lock file.
//!
//! # When this file can go
//!
//! It can go when wasmtime publishes its version.

pub(crate) use wasmtime::component::__internal::wasmtime_environ::VERSION;

#[cfg(test)]
mod tests {
    use super::*;

    /// The canary of all bets: another line of releases has other sources, which nobody has reviewed yet.
    #[test]
    fn the_engine_is_of_the_line_that_the_bets_are_on() {
        assert!(VERSION.starts_with("48.0."), "{VERSION}: see the header of `bets`");
    }
}
