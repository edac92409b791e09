//! A call and what comes of it, as plain data.

use std::path::PathBuf;
use std::sync::Arc;

use crate::watch::Watch;
use larder_base::Captured;
use larder_component::declare::ExportPath;
use larder_content::Contents;
use larder_types::Signature;
use larder_types::capability::{Allowed, Denials};
use larder_types::limits::Limits;
use larder_types::value::Value;

/// One call, as plain data.
#[derive(Debug)]
pub struct Call<'a> {
    /// The export to call.
    pub export: &'a ExportPath,
    /// Its signature.
    pub signature: &'a Signature,
    /// The arguments in declared order, each of its parameter's type.
    pub inputs: Vec<Value>,
    /// What it sees of the world.
    pub world: World,
    /// What the run may use.
    pub limits: &'a Limits,
    /// The content of the files and directories among the inputs.
    pub contents: Arc<Contents>,
    /// The folder in whose file system the files that the task returns are written; if there is none, they are written
    /// where the system has its temporary files.
    pub spool: Option<PathBuf>,
    /// What stops it from outside.
    pub watch: Watch,
}

/// What a run sees of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum World {
    /// Nothing but its inputs.
    Sealed {
        /// Where its random numbers start.
        seed: [u8; 32],
    },
    /// Real clocks and randomness, and what is allowed.
    Open(Allowed),
}

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
