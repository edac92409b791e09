//! Bounds that several parts enforce, and markers that identify the engine's errors.

/// Stack for WebAssembly code, and the whole fibre, which also holds the host calls on top of it.
pub(crate) const WASM_STACK_BYTES: usize = 1 << 20;

/// Maximum number of elements in one table. The pool has room for that many. The heap replaces the pool where its
/// address space is unavailable, and must not allow more: a task would see the difference.
pub(crate) const ELEMENTS_OF_ONE_TABLE: usize = 100_000;

/// Memory that the run's limits allow but the system refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the machine could not provide the memory that this run is allowed: {0}")]
pub struct MachineRefused(pub(super) String);

impl MachineRefused {
    /// A stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "machine-memory"
    }
}

/// The error that ends a run whose [`Watch`] says stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stopped {
    #[error("the time is up")]
    TimeIsUp,
    #[error("nobody waits for the run")]
    NobodyWaits,
}
