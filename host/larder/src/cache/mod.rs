//! The cache of one account: lookups, commits, and the files and directories that it has stored.
//!
//! It owns the store, and is the only part of the host that sees it. It neither runs nor compiles anything. A failing
//! cache never changes an answer: it costs time, and a [`Warning`](crate::Warning).

mod account;
mod compiled;
mod content;
mod entry;
mod known;
mod lookup;
mod publish;
mod snapshot;
#[cfg(test)]
mod tests;

pub(crate) use self::account::Cache;
pub(crate) use self::compiled::CodeFolder;
pub(crate) use self::content::Held;
pub(crate) use self::entry::{Kept, stored_outcome};
pub(crate) use self::known::{Remembered, known_file};
pub(crate) use self::lookup::Answer;
