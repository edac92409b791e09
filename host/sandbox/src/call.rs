//! A call and what comes of it, as plain data.

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
