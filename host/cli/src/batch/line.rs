//! The facts of a finished call, independent of the output format.

use crate::failure::Diagnosis;
use crate::shapes::{LineStatus, OutcomeWord};
use larder::value::Value;

/// The end of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Hit {
        saved_micros: u64,
        /// True if another component made the answer.
        is_of_other: bool,
    },
    Miss,
    Shared,
    Failed,
    /// An earlier batch answered it: there is nothing to report.
    Unchanged,
}

impl End {
    /// Returns the status of the call.
    pub(super) const fn status(self) -> LineStatus {
        match self {
            Self::Hit { saved_micros: _, is_of_other: _ } => LineStatus::Hit,
            Self::Miss => LineStatus::Miss,
            Self::Shared => LineStatus::Shared,
            Self::Failed => LineStatus::Failed,
            Self::Unchanged => LineStatus::Unchanged,
        }
    }
}

/// Facts of a call.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) index: u64,
    /// The name in the inputs, with `--id`.
    pub(super) id: Option<String>,
    pub(super) line: Option<u64>,
    /// The time of its run; 0 if it did not run.
    pub(super) run_us: u64,
    /// The rest of its time.
    pub(super) wait_us: u64,
    pub(super) key: Option<String>,
    pub(super) outcome: Option<OutcomeWord>,
    /// The digest of the component that made the answer, if it is not the current one.
    pub(super) made_by_other: Option<String>,
    pub(super) result: Option<Value>,
    pub(super) failed: Option<Diagnosis>,
    /// The input, if it was requested.
    pub(super) input: Option<Vec<Value>>,
}
