//! Failures: the one way from an error to a message, a code, hints where the user can act, and an exit code.

mod code;
mod diagnosis;
mod exit;
mod hints;
mod kind;
mod limits;
mod refusal;
mod report;

pub(crate) use self::diagnosis::{Diagnosis, run_micros};
pub(crate) use self::exit::Exit;
pub(crate) use self::report::{report, report_panic, report_usage};
