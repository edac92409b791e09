//! What is asked of a compile helper, and what it answers.

use serde::{Deserialize, Serialize};

use crate::engine::EngineVariant;

/// What the host asks of a helper: one argument, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub(super) variant: EngineVariant,
    /// The process that waits: without it there is nothing to do.
    pub(super) parent: i32,
    pub(super) memory_bytes: u64,
    pub(super) cpu_seconds: u64,
    pub(super) code_bytes: u64,
}

/// What the helper says at its end: the last line on standard error, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    /// All of the code was written: so many bytes, of the engine with this fingerprint.
    Compiled { bytes: u64, engine: String },
    /// The engine does not take the component, for this reason.
    Refused { message: String },
    /// Memory that the engine asked for was refused, and it went on to say so.
    OutOfMemory,
    /// So many bytes are more than was allowed.
    TooMuchCode { bytes: u64 },
    /// The code could not be written.
    NotWritten { message: String },
    /// The helper could not do its work, whatever the component is.
    Failed { message: String },
}
