//! Reads arguments as typed, `name=value`, into typed inputs in declared order.
//!
//! A value is JSON or WAVE, a plain word where the parameter is a `string`, or `@path`: the content of a file, which
//! is taken as it is for a `string` or a `list<u8>` and read as JSON or WAVE for every other type. `@@` stands for a
//! text that starts with an `@`.
//!
//! A `file` or a `directory` is a path, or `sha256:` and a digest. For a list of them, `@path` is a file with one of
//! these on each line, and a path with `*`, `?` or `[` in it is a pattern: it stands for its matches, in the order of
//! the names. For a single file or directory, a pattern must match exactly one.
//!
//! These rules are for a person at a command line. In a table, which may come from a stranger, only a `file` or a
//! `directory` names something on this machine: see [`Inputs::cell`].

mod argument;
mod blobs;
mod each;
mod error;
mod file;
mod inputs;
mod pattern;
#[cfg(test)]
mod tests;
mod typed;

pub use self::argument::Argument;
pub use self::each::Element;
pub use self::error::ArgumentError;
pub use self::inputs::{Inputs, typed_inputs};
