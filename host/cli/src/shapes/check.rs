//! Facts that `larder run --check` adds to the object of a run or of a failure.

use serde::{Deserialize, Serialize};

/// Comparison of several runs of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CheckFacts {
    /// Number of runs.
    pub(crate) runs: u32,
    /// `true`: result, fuel and output were the same. A difference is a failure.
    pub(crate) same: bool,
    /// Time of all runs, in microseconds.
    pub(crate) time_us: u64,
}
