//! Bets on wasmtime: behaviour that Larder relies on and wasmtime does not promise.
//!
//! Each module is one bet. Its header says what it relies on, where that was read, which test is its canary, and what
//! lets it be deleted. The workspace takes the releases of one line (`~48.0.8`): security patches must flow, and a
//! canary fails if one of them breaks a bet.
//!
//! | module | relies on | canary |
//! |---|---|---|
//! | [`abi`] | the traits by which typed functions hand over values | `abi/canary.rs`, and the tests of `direct` |
//! | [`names`] | the names under which functions are linked, which some of ours replace | none: it fails by itself |
//! | [`release`] | a private re-export, for the version of the engine | `version::tests` |
//! | [`words`] | the words of errors that have no type | `words/canary.rs` |
//!
//! To move to another line: change the bound in `Cargo.toml`, run the canaries, read the sources that each module
//! names, and write the new line into [`release`].

pub(super) mod abi;
pub(super) mod names;
pub(super) mod release;
pub(super) mod words;
