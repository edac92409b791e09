//! Request to a compile helper, and its answer.

use serde::{Deserialize, Serialize};

use crate::engine::EngineVariant;

/// Request from the host to a helper: one argument, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub(super) variant: EngineVariant,
    /// The waiting host process; without it the work is pointless.
    pub(super) parent: i32,
    pub(super) memory_bytes: u64,
    pub(super) cpu_seconds: u64,
    pub(super) code_bytes: u64,
}

/// Verdict that the helper writes at its end: the last line on standard error, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    /// All the code was written: `bytes` bytes, for the engine with this fingerprint.
    Compiled { bytes: u64, engine: String },
    /// The engine rejects the component, for this reason.
    Refused { message: String },
    /// The engine was refused memory and reported it.
    OutOfMemory,
    /// The code is larger than allowed.
    TooMuchCode { bytes: u64 },
    /// The code could not be written.
    NotWritten { message: String },
    /// The helper could not do its work, independently of the component.
    Failed { message: String },
}
