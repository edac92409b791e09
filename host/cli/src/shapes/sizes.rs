//! The object of `larder sizes --json`.

use serde::Serialize;

use larder::machine::Machine;
use larder::sandbox::Confinement;
use larder::sizes::{Class, Sizes};

/// Sizes of tasks on this machine.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SizesReport {
    /// Confinement of the process that compiles components.
    pub(crate) compile_helper: CompileHelperFacts,
    /// This machine.
    pub(crate) machine: MachineFacts,
    /// Each size of a task.
    pub(crate) sizes: SizeTable,
}

/// Confinement of the process that compiles components.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CompileHelperFacts {
    /// `true` if Landlock keeps it from files.
    pub(crate) landlock: bool,
    /// `true` if a seccomp filter keeps it to computing.
    pub(crate) seccomp: bool,
}

impl From<Confinement> for CompileHelperFacts {
    fn from(confinement: Confinement) -> Self {
        let Confinement { landlock, seccomp } = confinement;
        Self { landlock, seccomp }
    }
}

/// Resources of this machine.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct MachineFacts {
    /// Processors that this process may use.
    pub(crate) cpus: u32,
    /// Graphics processors.
    pub(crate) gpus: u32,
    /// Memory that this process may use, in bytes.
    pub(crate) memory_bytes: u64,
    /// Free room for temporary files, in bytes.
    pub(crate) storage_bytes: u64,
}

impl From<&Machine> for MachineFacts {
    fn from(machine: &Machine) -> Self {
        let Machine { cpus, memory_bytes, storage_bytes, gpus } = *machine;
        Self { cpus, gpus, memory_bytes, storage_bytes }
    }
}

/// Each size of a task.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) struct SizeTable {
    pub(crate) large: SizeFacts,
    pub(crate) large_gpu: SizeFacts,
    pub(crate) medium: SizeFacts,
    pub(crate) small: SizeFacts,
    pub(crate) small_gpu: SizeFacts,
}

impl From<&Sizes> for SizeTable {
    fn from(sizes: &Sizes) -> Self {
        let Sizes { small, medium, large, small_gpu, large_gpu } = sizes;
        Self {
            large: large.into(),
            large_gpu: large_gpu.into(),
            medium: medium.into(),
            small: small.into(),
            small_gpu: small_gpu.into(),
        }
    }
}

/// Resources of a run of one size.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SizeFacts {
    /// Processors that a run keeps busy.
    pub(crate) cpus: u32,
    /// Fuel.
    pub(crate) fuel: u64,
    /// Graphics processors.
    pub(crate) gpus: u32,
    /// All linear memories together, in bytes.
    pub(crate) memory_bytes: u64,
    /// Files of the scratch folder, in bytes.
    pub(crate) storage_bytes: u64,
    /// Wall-clock time, in seconds.
    pub(crate) timeout_seconds: u64,
}

impl From<&Class> for SizeFacts {
    fn from(class: &Class) -> Self {
        let Class { cpus, memory_bytes, scratch_bytes, timeout, fuel, gpus } = *class;
        Self { cpus, fuel, gpus, memory_bytes, storage_bytes: scratch_bytes, timeout_seconds: timeout.as_secs() }
    }
}
