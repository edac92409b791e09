//! The runner: the one way through, from a component to a task's outputs.
//!
//! ```text
//! bytes ─▶ declarations ─▶ typed inputs ─▶ key ─▶ lookup ──hit──▶ outputs
//!                                                   └─miss─▶ sealed run ─▶ commit ─▶ outputs
//! ```
//!
//! It is the only module that sees both the store and the sandbox, so it is the one place that decides what the one
//! may tell the other: the sandbox gets a call as plain data, the store gets records. A failing cache never
//! changes an answer: it costs time, and a [`Warning`].

mod admission;
mod builder;
mod call;
mod counters;
mod error;
mod files;
mod flight;
mod held;
mod keep;
mod kept_ready;
mod larder;
mod lead;
mod load;
mod lookup;
mod many;
mod outcome;
mod prepare;
mod ready;
mod turns;

pub use self::admission::{Budget, TooLittle};
pub use self::builder::Builder;
pub use self::call::Begun;
pub use self::counters::Work;
pub use self::error::{Error, ManifestFailure, Ran, RunFailure};
pub use self::files::{Given, Resolved};
use self::larder::blocking;
pub use self::larder::{DEFAULT_MAX_COMPONENT_BYTES, Larder, Settings};
pub use self::load::LoadedComponent;
pub use self::outcome::{Hit, Outcome, Peeked, Status, Warning};
pub use self::prepare::{CallOptions, Decided, Prepared};
pub use self::turns::Turn;
pub use self::turns::Turns;
