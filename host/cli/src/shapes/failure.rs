//! The object of a command that fails.

use serde::{Deserialize, Serialize};

use super::check::CheckFacts;
use super::facts::{DeniedAccess, MissReason, WorldWord};
use super::present::present;

/// Command that failed, with `--json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FailureReport {
    /// Comparison of several runs that failed in the same way, with `--check` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "CheckFacts"))]
    pub(crate) check: Option<CheckFacts>,
    /// Error that ended the command.
    pub(crate) error: ErrorFacts,
    /// Exit code of the command.
    pub(crate) exit_code: u8,
    /// Run that failed; `null` where none did. Absent where the arguments could not be read.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<Option<FailedRun>>,
}

/// Error in words and by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ErrorFacts {
    /// Stable name, such as `limit/fuel`.
    pub(crate) code: String,
    /// Remedies, one sentence each.
    pub(crate) hints: Vec<String>,
    /// The error with its causes.
    pub(crate) message: String,
}

/// Run that failed: its use of the machine, its output, and the reason for which the cache did not answer instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FailedRun {
    /// Everything that the run was denied.
    pub(crate) denied: Vec<DeniedAccess>,
    /// Fuel used.
    pub(crate) fuel: u64,
    /// Calls of the host's functions.
    pub(crate) host_calls: u64,
    /// Reason for which the task ran.
    pub(crate) miss: MissReason,
    /// Paths that a sealed run looked for and did not find.
    pub(crate) missed: Vec<String>,
    /// The most that the host kept for the run at one time beside its memories, in bytes.
    pub(crate) peak_host_bytes: u64,
    /// The most linear memory in use at one time, in bytes.
    pub(crate) peak_memory_bytes: u64,
    /// The most that the files of the scratch folder took at one time, in bytes.
    pub(crate) peak_scratch_bytes: u64,
    /// The most files, folders and links that the scratch folder had at one time.
    pub(crate) peak_scratch_files: u64,
    /// Time of the run, in microseconds.
    pub(crate) run_us: u64,
    /// Text that the task wrote to standard error.
    pub(crate) stderr: String,
    /// Text that the task wrote to standard output.
    pub(crate) stdout: String,
    /// World that it ran in.
    pub(crate) world: WorldWord,
}
