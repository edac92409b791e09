//! The engine: components ready to run, and runs.
//!
//! It owns the sandbox and the components that are kept ready. Compiled code comes from the cache and is stored there.
//! It never sees the purpose of a run.

mod compile;
mod kept_ready;
mod making;
mod ready;
mod runs;

pub(crate) use self::runs::Engine;
