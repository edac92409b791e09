//! One call that is over: what is said of it, in whatever form.

use crate::failure::Diagnosis;
use crate::shapes::{LineStatus, OutcomeWord};
use larder::value::Value;

/// The end of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Hit {
        saved_micros: u64,
        /// Tells that another component made the answer.
        is_of_other: bool,
    },
    Miss,
    Shared,
    Failed,
    /// An earlier batch answered it: there is nothing to tell.
    Unchanged,
}

impl End {
    /// The status of the call.
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
    /// Name that the inputs give it, where that is asked.
    pub(super) id: Option<String>,
    pub(super) line: Option<u64>,
    /// The time of its run; none where it did not run.
    pub(super) run_us: u64,
    /// The rest of its time.
    pub(super) wait_us: u64,
    pub(super) key: Option<String>,
    pub(super) outcome: Option<OutcomeWord>,
    /// The digest of the component that made the answer, where it is not the one at hand.
    pub(super) made_by_other: Option<String>,
    pub(super) result: Option<Value>,
    pub(super) failed: Option<Diagnosis>,
    /// The input, where it is asked for.
    pub(super) input: Option<Vec<Value>>,
}
