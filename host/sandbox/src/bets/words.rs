//! A bet on wasmtime's wording: errors that have no type are recognised by their text.
//!
//! All other errors of the engine are recognised by type: see [`crate::classify`].
//!
//! # What it relies on
//!
//! Read in the source of wasmtime 48.0.8:
//!
//! 1. A call that makes the host allocate more than `Store::set_hostcall_fuel` allows fails with a private unit
//!    struct, `HostcallFuelExhausted`. Its `Debug` output is its name (`src/runtime/component/func/options.rs`).
//! 2. A guest that already has `Store::set_max_component_handles` handles fails with a bare message, whether it
//!    creates a handle or borrows one. The message ends with [`HANDLES_EXHAUSTED`]
//!    (`src/runtime/vm/component/handle_table.rs`).
//! 3. A bug that the engine finds in itself has a message that begins with [`BUG`] and continues in further lines. It
//!    comes in an error, `WasmtimeBug`; an engine with debug assertions panics with it instead (`src/runtime/bug.rs`).
//!
//! Under changed wording, an exceeded limit would be reported as a trap, and a bug of an engine with debug assertions
//! as one of Larder, so that the engine would be used again. No result would be stored in either case, since failures
//! are never stored.
//!
//! # When wasmtime is updated
//!
//! `words/canary.rs` provokes each of these errors except the bug, for which it reads the source.
//!
//! # When this file can go
//!
//! It can go when these errors have public types, as `Trap` and `ResourceTableError` have.

#[cfg(test)]
mod canary;

use wasmtime::Error;

const HOST_CALL_EXHAUSTED: &str = "HostcallFuelExhausted";

const HANDLES_EXHAUSTED: &str = "store handle limit exceeded";

const BUG: &str = "BUG: ";

/// Returns true if a call made the host allocate more than it may.
pub(crate) fn is_host_call_exhausted(error: &Error) -> bool {
    format!("{:?}", error.root_cause()) == HOST_CALL_EXHAUSTED
}

/// Returns true if a guest requested a handle beyond its limit.
pub(crate) fn is_out_of_handles(error: &Error) -> bool {
    error.root_cause().to_string().ends_with(HANDLES_EXHAUSTED)
}

/// Returns the engine's bug that a panic message describes, if any, without the source location and the request to
/// report it.
pub(crate) fn bug(said: &str) -> Option<&str> {
    said.lines().next()?.strip_prefix(BUG)
}
