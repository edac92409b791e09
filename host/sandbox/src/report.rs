//! Outcome of a run, as plain data.

use larder_base::Captured;
use larder_content::Contents;
use larder_types::capability::Denials;
use larder_types::value::Value;

/// Resource use and output of a run, whether or not it succeeded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Fuel used, instantiation included.
    pub fuel_used: u64,
    /// Peak of the sum of all linear memories, in bytes.
    pub peak_memory_bytes: u64,
    /// Peak host memory kept for the run, beside its memories, in bytes.
    pub peak_host_bytes: u64,
    /// Peak size of the files of the scratch folder, in bytes.
    pub peak_scratch_bytes: u64,
    /// Peak number of files, folders and links in the scratch folder.
    pub peak_scratch_files: u64,
    /// Number of calls of host functions.
    pub host_calls: u64,
    /// Wall-clock time in microseconds.
    pub wall_micros: u64,
    /// Denials during the run.
    pub denials: Denials,
    /// Standard output.
    pub stdout: Captured,
    /// Standard error.
    pub stderr: Captured,
}

/// Result of a run that succeeded.
#[derive(Debug, Clone, Default)]
pub struct Returned {
    /// The value; `None` for a function without a result.
    pub value: Option<Value>,
    /// The content of the files and directories in the value.
    pub contents: Contents,
}
