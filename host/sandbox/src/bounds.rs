//! Bounds that several parts enforce, and the marks by which the engine's errors are known again.

/// The stack that WebAssembly code may use, and the whole fibre that also holds the host calls on top of it.
pub(crate) const WASM_STACK_BYTES: usize = 1 << 20;

/// The elements that one table may have. The pool has room for so many, and the heap, which stands in for the pool
/// where the address space for it is not to be had, must not have room for more: a task would see the difference.
pub(crate) const ELEMENTS_OF_ONE_TABLE: usize = 100_000;

/// Memory that a run may have, and that the system refused.
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
