//! Failures: the single path from an error to a message, a code, hints for the user, and an exit code.

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
