//! Inputs of a call: files and directories by their content, and integers that a guest can represent.
//!
//! It reads the files that a caller names, and asks the cache what it knows about them. It must never see the engine.

mod integers;
mod resolve;

pub(crate) use self::resolve::Inputs;
pub use self::resolve::{Given, Resolved};
