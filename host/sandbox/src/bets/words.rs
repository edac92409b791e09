//! A bet on wasmtime's words: errors that have no type are known by their text.
//!
//! All other errors of the engine are told apart by type: see [`crate::classify`].
//!
//! # What it relies on
//!
//! Read in the source of wasmtime 48.0.8:
//!
//! 1. A call that makes the host allocate more than `Store::set_hostcall_fuel` allows fails with a unit struct that is
//!    private, `HostcallFuelExhausted`; its name is what `Debug` shows of it (`src/runtime/component/func/options.rs`).
//! 2. A guest that has all the handles of `Store::set_max_component_handles` fails with a bare message, for a handle that
//!    is made as for one that is lent, which ends with the words of [`HANDLES_EXHAUSTED`]
//!    (`src/runtime/vm/component/handle_table.rs`).
//! 3. A bug that the engine finds in itself is told in a message that begins with [`BUG`] and goes on in further lines. It
//!    is that of an error, `WasmtimeBug`; but an engine with debug assertions panics with it (`src/runtime/bug.rs`).
//!
//! With other words, a limit that was exceeded would be told as a trap, and a bug of an engine with debug assertions as one
//! of Larder, so that the engine would be used again. No result would be stored for either: no failure is.
//!
//! # When wasmtime is updated
//!
//! `words/canary.rs` brings each of these errors about, but for the bug, of which it reads the source.
//!
//! # When this file can go
//!
//! When these errors have public types, as `Trap` and `ResourceTableError` are.

#[cfg(test)]
mod canary;

use wasmtime::Error;

const HOST_CALL_EXHAUSTED: &str = "HostcallFuelExhausted";

const HANDLES_EXHAUSTED: &str = "store handle limit exceeded";

const BUG: &str = "BUG: ";

/// Tells whether a call made the host allocate more than it may.
pub(crate) fn is_host_call_exhausted(error: &Error) -> bool {
    format!("{:?}", error.root_cause()) == HOST_CALL_EXHAUSTED
}

/// Tells whether a guest wanted a handle more than it may have.
pub(crate) fn is_out_of_handles(error: &Error) -> bool {
    error.root_cause().to_string().ends_with(HANDLES_EXHAUSTED)
}

/// The bug of the engine that a panic tells of, if it does: without the place in the sources and the plea for a report.
pub(crate) fn bug(said: &str) -> Option<&str> {
    said.lines().next()?.strip_prefix(BUG)
}
