//! The object of `larder run --json`.

use serde::{Deserialize, Serialize};

use super::check::CheckFacts;
use super::facts::{DeclaredBy, DeniedAccess, MissReason, OutcomeWord, WorkCounts, WorldWord};
use super::present::present;

/// Call of a task that was answered, with a result of type `R`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "RunReport", bound = "R: schemars::JsonSchema"))]
#[serde(bound(deserialize = "R: Deserialize<'de>"))]
pub(crate) struct RunReport<R> {
    /// Time of the build before the call, in microseconds; `null` without one.
    pub(crate) build_us: Option<u64>,
    /// Comparison of several runs, with `--check` alone. The other facts are those of the first run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "CheckFacts"))]
    pub(crate) check: Option<CheckFacts>,
    /// Time of compiling, in microseconds; `null` where nothing was compiled.
    pub(crate) compile_us: Option<u64>,
    /// SHA-256 of the component, in hexadecimal digits.
    pub(crate) component: String,
    /// Everything that the run was denied.
    pub(crate) denied: Vec<DeniedAccess>,
    /// Everything that the task is granted, in words; `null` where it runs sealed.
    pub(crate) granted: Option<Vec<String>>,
    /// Key of the entry, in hexadecimal digits; `null` where the task is not cached.
    pub(crate) key: Option<String>,
    /// SHA-256 of the component that made the answer, where it is another one.
    pub(crate) made_by_other_component: Option<String>,
    /// Reason for which the task ran; `null` where it did not.
    pub(crate) miss: Option<MissReason>,
    /// Paths that a sealed run looked for and did not find.
    pub(crate) missed: Vec<String>,
    /// Kind of the answer.
    pub(crate) outcome: OutcomeWord,
    /// The most that the host kept for the run at one time beside its memories, in bytes; `null` on a hit.
    pub(crate) peak_host_bytes: Option<u64>,
    /// Run that made the answer: this one, or the one whose entry answered.
    pub(crate) provenance: ProvenanceFacts,
    /// Time of the run that a hit saved, in microseconds; `null` where it was no hit.
    pub(crate) saved_us: Option<u64>,
    /// Source of the answer.
    pub(crate) status: RunStatus,
    /// `true` if the cache now holds the answer.
    pub(crate) stored: bool,
    /// Full name of the task.
    pub(crate) task: String,
    /// Time of the call with compiling, in microseconds.
    pub(crate) time_us: u64,
    /// Declarer of the cache version; `null` where the task is not cached.
    pub(crate) version_from: Option<DeclaredBy>,
    /// Warnings, in words.
    pub(crate) warnings: Vec<String>,
    /// Work of this process.
    pub(crate) work: WorkCounts,
    /// World that the task runs in.
    pub(crate) world: WorldWord,
    /// Result, as JSON of its WIT type; `null` for a task without one.
    // A result that is there and is `null` is one.
    #[serde(deserialize_with = "present")]
    pub(crate) result: Option<R>,
}

/// Source of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum RunStatus {
    /// The cache.
    Hit,
    /// A run.
    Miss,
    /// A run of another call of this process.
    Shared,
}

/// Run that made an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ProvenanceFacts {
    /// Account that it was made for.
    pub(crate) account: String,
    /// Digest of the component's code, custom sections left out, in hexadecimal digits.
    pub(crate) code: String,
    /// SHA-256 of the component, in hexadecimal digits.
    pub(crate) component: String,
    /// Version of the engine.
    pub(crate) engine: String,
    /// End of the run, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) finished_at_ms: u64,
    /// Fuel used; `null` where it was not counted.
    pub(crate) fuel: Option<u64>,
    /// Version of Larder.
    pub(crate) host: String,
    /// Calls of the host's functions; `null` where they were not counted.
    pub(crate) host_calls: Option<u64>,
    /// The most linear memory in use at one time, in bytes.
    pub(crate) peak_memory_bytes: u64,
    /// The most that the files of the scratch folder took at one time, in bytes; `null` where it had none.
    pub(crate) peak_scratch_bytes: Option<u64>,
    /// Time of the run without compiling, in microseconds.
    pub(crate) run_us: u64,
    /// Text that the task wrote to standard error.
    pub(crate) stderr: String,
    /// Text that the task wrote to standard output.
    pub(crate) stdout: String,
    /// Workflow that it was made for, if it was made for one.
    pub(crate) workflow: Option<String>,
}

impl From<&larder::record::Provenance> for ProvenanceFacts {
    fn from(provenance: &larder::record::Provenance) -> Self {
        let larder::record::Provenance {
            account,
            workflow,
            component_digest,
            code_digest,
            host_version,
            engine_version,
            finished_at_ms,
            run_micros,
            fuel_used,
            peak_memory_bytes,
            stdout,
            stderr,
            peak_scratch_bytes,
            host_calls,
        } = provenance;
        Self {
            account: account.clone(),
            code: code_digest.to_string(),
            component: component_digest.to_string(),
            engine: engine_version.clone(),
            finished_at_ms: *finished_at_ms,
            fuel: *fuel_used,
            host: host_version.clone(),
            host_calls: *host_calls,
            peak_memory_bytes: *peak_memory_bytes,
            peak_scratch_bytes: *peak_scratch_bytes,
            run_us: *run_micros,
            stderr: stderr.text(),
            stdout: stdout.text(),
            workflow: workflow.clone(),
        }
    }
}
