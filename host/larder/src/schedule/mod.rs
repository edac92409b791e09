//! The schedule: it decides which run starts when, and tracks who waits for it.
//!
//! It owns the budget of the host, and the runs that are under way. It gets work as futures: it must never see a key's
//! ingredients, the store or the sandbox at work.

mod admission;
mod flight;
mod lead;
mod line;
mod turns;

pub(crate) use self::admission::Admission;
pub use self::admission::{Budget, TooLittle};
pub(crate) use self::flight::{Computing, Flights};
pub(crate) use self::lead::{Job, NoAnswer, gone, lead};
pub(crate) use self::line::Amount;
pub(crate) use self::turns::{Turn, Turns};
