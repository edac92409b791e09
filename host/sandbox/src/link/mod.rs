//! Links for a component's imports: WASI, as its world provides it, and refusals for everything else.
//!
//! An import alone is harmless: language runtimes import much that they never use. So every import can be linked, and
//! one that this host lacks refuses when it is called.
//!
//! Here the host's functions meet the state of a run. Each group of functions is in a module that knows a view of the
//! run, and neither the state nor the other groups; the state consists of all parts. This module gives each group the
//! function that makes its view.

mod both_worlds;
mod open;
mod refusals;
mod sealed;
mod world;

pub(super) use self::open::open_linker;
pub(super) use self::sealed::sealed_linker;
pub(super) use self::world::{Linked, WorldLinker};
