//! The lines of `larder batch`, and the object of its summary.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::facts::{OutcomeWord, WorkCounts};
use larder::Field;
use larder::value::{Json, Value};

/// Call of a batch, on a line of its own.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct BatchLine<'a> {
    /// Place among all inputs, from 0.
    pub(crate) index: u64,
    /// Name that the inputs give the call, with `--id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "&'a str"))]
    pub(crate) id: Option<&'a str>,
    /// Source of the answer.
    pub(crate) status: LineStatus,
    /// Time of the run, in microseconds; 0 where the task did not run.
    pub(crate) run_us: u64,
    /// The rest of the time of the call, in microseconds.
    pub(crate) wait_us: u64,
    /// Key of the entry, in hexadecimal digits; `null` where the task is not cached.
    pub(crate) key: Option<&'a str>,
    /// SHA-256 of the component that made the answer, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "&'a str"))]
    pub(crate) made_by_other_component: Option<&'a str>,
    /// Value of each parameter, as JSON of its WIT type, with `--echo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub(crate) input: Option<InputObject<'a>>,
    /// Line of the inputs, from 1, of a call that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "u64"))]
    pub(crate) line: Option<u64>,
    /// Exit code that `larder run` would have had, of a call that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "u8"))]
    pub(crate) exit_code: Option<u8>,
    /// Error, of a call that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "BatchError<'a>"))]
    pub(crate) error: Option<BatchError<'a>>,
    /// Kind of the answer, where there is one: a dry run has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "OutcomeWord"))]
    pub(crate) outcome: Option<OutcomeWord>,
    /// Result, as JSON of its WIT type, where there is an answer; `null` for a task without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "serde_json::Value"))]
    pub(crate) result: Option<Option<Json<'a>>>,
}

/// Status of a call of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum LineStatus {
    /// The cache answered.
    Hit,
    /// The task ran, or would run.
    Miss,
    /// A run of another call answered, or would answer.
    Shared,
    /// There is no answer.
    Failed,
    /// An earlier batch answered; its line is not printed again.
    Unchanged,
}

impl LineStatus {
    /// Returns the status as a word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Shared => "shared",
            Self::Failed => "failed",
            Self::Unchanged => "unchanged",
        }
    }
}

/// Error of one call of a batch.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct BatchError<'a> {
    /// Stable name, such as `limit/fuel`.
    pub(crate) code: &'a str,
    /// Remedies, one sentence each.
    pub(crate) hints: &'a [String],
    /// The error with its causes.
    pub(crate) message: &'a str,
}

/// Inputs of a call, by the names of the parameters.
pub(crate) struct InputObject<'a> {
    pub(crate) params: &'a [Field],
    pub(crate) values: &'a [Value],
}

impl Serialize for InputObject<'_> {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        let mut object = json.serialize_map(None)?;
        for (param, value) in self.params.iter().zip(self.values) {
            object.serialize_entry(&param.name, &Json { value, ty: &param.ty })?;
        }
        object.end()
    }
}

/// Summary of a batch, on standard error with `--json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct BatchSummary<'a> {
    /// Calls that are over, without those that an earlier batch answered.
    pub(crate) calls: u64,
    /// Calls in a second, as a whole number.
    pub(crate) calls_per_second: f64,
    /// Calls that an earlier batch answered, and that are others now.
    pub(crate) changed: u64,
    /// `true` if nothing ran.
    pub(crate) dry_run: bool,
    /// Reason for which the batch ended.
    pub(crate) ended: EndOfBatch,
    /// Calls that answered `err`.
    pub(crate) errs: u64,
    /// Calls without an answer.
    pub(crate) failures: u64,
    /// The first ten calls that failed or answered `err`.
    pub(crate) first_bad: Vec<FirstBad<'a>>,
    /// Calls that the cache answered.
    pub(crate) hits: u64,
    /// Hits that another component made.
    pub(crate) hits_made_by_other_components: u64,
    /// Calls whose task ran, or would run.
    pub(crate) misses: u64,
    /// Time of the runs that hits saved, in microseconds.
    pub(crate) saved_us: u64,
    /// Calls that got the answer of a run of another call.
    pub(crate) shared: u64,
    /// Time of the batch, in microseconds.
    pub(crate) time_us: u64,
    /// Calls that an earlier batch answered.
    pub(crate) unchanged: u64,
    /// Work of this process.
    pub(crate) work: WorkCounts,
}

/// Reason for which a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EndOfBatch {
    /// There were no more inputs, or no more could be read.
    Through,
    /// A call did not end well, with `--fail-fast`.
    FailedFast,
    /// Every other call would have failed, too.
    Hopeless,
    /// Ctrl-C.
    Interrupted,
    /// The reader of the output closed it.
    Closed,
    /// The output cannot be written.
    Unwritten,
}

/// Call that failed or answered `err`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FirstBad<'a> {
    /// `err`, or the code of the error.
    pub(crate) code: &'a str,
    /// Name that the inputs give the call, with `--id`.
    pub(crate) id: Option<&'a str>,
    /// Place among all inputs, from 0.
    pub(crate) index: u64,
    /// Beginning of the error or of the payload of `err`.
    pub(crate) message: &'a str,
}
