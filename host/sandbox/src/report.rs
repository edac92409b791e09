//! What came of a run, as plain data.

use larder_base::Captured;
use larder_content::Contents;
use larder_types::capability::Denials;
use larder_types::value::Value;

/// What a run used and printed, whether or not it succeeded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Fuel used, instantiation included.
    pub fuel_used: u64,
    /// The greatest sum of all linear memories, in bytes.
    pub peak_memory_bytes: u64,
    /// The most that the host kept for the run at one time, beside its memories, in bytes.
    pub peak_host_bytes: u64,
    /// The most that the files of the scratch folder took at one time, in bytes.
    pub peak_scratch_bytes: u64,
    /// The most files, folders and links that the scratch folder had at one time.
    pub peak_scratch_files: u64,
    /// Calls of the host's functions.
    pub host_calls: u64,
    /// Wall-clock time in microseconds.
    pub wall_micros: u64,
    /// What it was denied.
    pub denials: Denials,
    /// What it wrote to standard output.
    pub stdout: Captured,
    /// What it wrote to standard error.
    pub stderr: Captured,
}

/// What a run that succeeded returned.
#[derive(Debug, Clone, Default)]
pub struct Returned {
    /// The value; none for a function without a result.
    pub value: Option<Value>,
    /// The content of the files and directories in it.
    pub contents: Contents,
}
