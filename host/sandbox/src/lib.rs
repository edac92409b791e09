//! The sandbox: compiles components, and runs their exports bounded, in one of two worlds.
//!
//! A call reaches it as plain data: export, values, world and limits. It must never see a key or the store, so that a
//! result cannot depend on them.
//!
//! The sealed world ([`World::Sealed`]) is the same on every run; the open one ([`World::Open`]) has what an operator
//! allows. Each has its own linker, of a different type (`link::WorldLinker`), so that nothing of the open world can
//! be reached from the sealed one. Compiled code and limits are the same in both.
//!
//! Inside, arrows go one way: `link` gives each group of host functions its view of a run; `state` consists of the
//! parts of a run; and the parts and the groups know neither. Behaviour of the engine that is relied on but not
//! promised is in `bets`.

mod account;
mod bets;
mod border;
mod bounds;
mod call;
mod classify;
mod code;
mod compile;
mod convert;
mod denials;
mod direct;
mod engine;
mod error;
mod faults;
mod files;
mod handover;
mod http;
mod limiter;
mod link;
pub mod machine;
mod open;
mod pace;
mod printed;
mod random;
mod refused;
mod report;
mod run;
mod sandbox;
mod sealed;
mod state;
mod surroundings;
mod task_files;
#[cfg(test)]
mod tests;
mod texts;
mod time;
mod version;
mod watch;
mod weight;

pub use self::bounds::MachineRefused;
pub use self::call::{Call, World};
pub use self::compile::{
    CompileLimitExceeded, CompileLimits, Compiler, Confinement, Ending, Helper, Stop, compile_helper, unnamed_file,
};
pub use self::engine::{EngineKind, EngineVariant, Reservation};
pub use self::error::{RunError, SandboxError, instead_of};
pub use self::report::{Report, Returned};
pub use self::sandbox::{Ready, Sandbox};
pub use self::version::ENGINE_VERSION;
pub use self::watch::Watch;
