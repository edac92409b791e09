//! Links for a component's imports: WASI, as its world has it, and refusals for all else.
//!
//! Importing something is no crime: language runtimes import much that they never use. So every import can be
//! linked, and one that this host does not have refuses when it is called.
//!
//! This is where the host's functions meet the state of a run. Each group of them is in a module that knows a view of
//! the run, and neither the state nor the other groups; the state is made of all of them. Here each group is given the
//! function that makes its view.

mod both_worlds;
mod open;
mod refusals;
mod sealed;
mod world;

pub(super) use self::open::open_linker;
pub(super) use self::sealed::sealed_linker;
pub(super) use self::world::{Linked, WorldLinker};
