//! A call and its outcome, as plain data.

use std::path::PathBuf;
use std::sync::Arc;

use crate::watch::Watch;
use larder_component::declare::ExportPath;
use larder_content::Contents;
use larder_types::Signature;
use larder_types::capability::Allowed;
use larder_types::limits::Limits;
use larder_types::value::Value;

/// One call, as plain data.
#[derive(Debug)]
pub struct Call<'a> {
    /// The export to call.
    pub export: &'a ExportPath,
    /// Signature of the export.
    pub signature: &'a Signature,
    /// The arguments in declared order, each of its parameter's type.
    pub inputs: Vec<Value>,
    /// The world that the run sees.
    pub world: World,
    /// Limits of the run.
    pub limits: &'a Limits,
    /// The content of the files and directories among the inputs.
    pub contents: Arc<Contents>,
    /// The folder whose file system receives the files that the task returns. If `None`, they go to the system's
    /// temporary files.
    pub spool: Option<PathBuf>,
    /// Stops the run from outside.
    pub watch: Watch,
}

/// The world that a run sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum World {
    /// Nothing but its inputs.
    Sealed {
        /// Seed of its random numbers.
        seed: [u8; 32],
    },
    /// Real clocks and randomness, and the operator's grants.
    Open(Allowed),
}
