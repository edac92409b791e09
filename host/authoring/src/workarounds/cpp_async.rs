//! Refusal of async exports in C++.
//!
//! - **Behaviour**: `wit-bindgen-cpp` 0.60.0 generates an export only if its kind is `FunctionKind::Freestanding`, and
//!   skips the async kinds without an error (`export_interface` and `export_funcs` in its `src/lib.rs`). The component
//!   would lack the function. An async import is omitted as well, but the author's compiler detects that.
//! - **Relies on**: nothing in the generated text; only on this gap.
//! - **Canary**: `the_generator_leaves_async_exports_out`.
//! - **Delete when**: the generator supports async exports, or returns an error for them.

use wit_bindgen_core::wit_parser::{Resolve, WorldId, WorldItem};

use crate::error::BindingsError;

/// Refuses a world with an async export.
pub(crate) fn refuse(resolve: &Resolve, world: WorldId) -> Result<(), BindingsError> {
    let exports = resolve.worlds[world].exports.values();
    let mut functions = exports.flat_map(|item| match item {
        WorldItem::Interface { id, .. } => resolve.interfaces[*id].functions.values().collect(),
        WorldItem::Function(function) => vec![function],
        WorldItem::Type { .. } => Vec::new(),
    });
    match functions.find(|function| function.kind.is_async()) {
        Some(function) => Err(BindingsError::Async { function: function.name.clone() }),
        None => Ok(()),
    }
}
