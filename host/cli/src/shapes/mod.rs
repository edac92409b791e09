//! Shapes of the JSON output: a type for each object, one file for each command.
//!
//! Keys are in alphabetical order, with two exceptions: a `result` comes last so that it can be written while it is
//! made, and the facts in a batch line are in the order that a reader wants. An absent fact is `null` unless a shape
//! says otherwise. `docs/schemas/` has a JSON Schema for each object, derived from these types; a test compares them.

mod batch;
mod blob;
mod check;
mod facts;
mod failure;
mod inspect;
mod key;
mod path;
mod present;
mod run;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod schemas;
mod sizes;
mod trust;

pub(crate) use self::batch::{BatchError, BatchLine, BatchSummary, EndOfBatch, FirstBad, InputObject, LineStatus};
pub(crate) use self::blob::{BlobList, StoredBlob};
pub(crate) use self::check::CheckFacts;
pub(crate) use self::facts::{DeniedAccess, OutcomeWord};
pub(crate) use self::failure::{ErrorFacts, FailedRun, FailureReport};
pub(crate) use self::inspect::{CacheFacts, ComponentReport, ExportFacts, NotATask, ParamFacts, TaskReport};
pub(crate) use self::key::{IngredientFacts, KeyReport};
pub(crate) use self::path::{BuiltComponent, NewProject, PathReport};
pub(crate) use self::run::{RunReport, RunStatus};
#[cfg(test)]
pub(crate) use self::samples::{failure_report, run_report};
pub(crate) use self::sizes::SizesReport;
pub(crate) use self::trust::{Approved, ApprovedFile, Removed, StandingWord};
