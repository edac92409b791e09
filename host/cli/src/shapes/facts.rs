//! Facts that several shapes share.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use larder::{Ran, Work, policy};

/// Reason for which the cache had no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct MissReason {
    /// Stable name, such as `no-entry`.
    pub(crate) code: Cow<'static, str>,
    /// The same in words.
    pub(crate) reason: String,
}

impl From<&larder::Miss> for MissReason {
    fn from(miss: &larder::Miss) -> Self {
        Self { code: miss.code().into(), reason: miss.to_string() }
    }
}

/// Access to the world outside that a run was denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DeniedAccess {
    /// Stable name, such as `http`.
    pub(crate) code: Cow<'static, str>,
    /// Flag that would allow it, such as `--allow-http GET@api.example.org`; `null` where nothing does.
    pub(crate) flag: Option<String>,
    /// Remedy, in words.
    pub(crate) hint: String,
    /// Lines of `larder.toml` that would allow it; `null` where nothing does.
    pub(crate) toml: Option<String>,
    /// The access, in words.
    pub(crate) what: String,
}

/// Kind of an answer: whether it is the `err` of a WIT `result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum OutcomeWord {
    Ok,
    Err,
}

impl OutcomeWord {
    pub(crate) const fn of(is_err: bool) -> Self {
        if is_err { Self::Err } else { Self::Ok }
    }

    /// Returns the kind as a word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Err => "err",
        }
    }
}

/// Declarer of a cache version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeclaredBy {
    /// The caller, by an option.
    Caller,
    /// A `larder.toml`.
    Config,
    /// The manifest of the component.
    Manifest,
}

impl From<policy::DeclaredBy> for DeclaredBy {
    fn from(by: policy::DeclaredBy) -> Self {
        match by {
            policy::DeclaredBy::Caller => Self::Caller,
            policy::DeclaredBy::Config => Self::Config,
            policy::DeclaredBy::Manifest => Self::Manifest,
        }
    }
}

/// World that a task runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum WorldWord {
    Open,
    Sealed,
}

impl From<&Ran> for WorldWord {
    fn from(run: &Ran) -> Self {
        if run.is_open { Self::Open } else { Self::Sealed }
    }
}

/// Work of this process since it opened the cache.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WorkCounts {
    /// Time that calls have waited for commits, in microseconds.
    pub(crate) commit_micros: u64,
    /// Results that were stored.
    pub(crate) commits: u64,
    /// Components that were compiled.
    pub(crate) compilations: u64,
    /// Time of compiling, in microseconds.
    pub(crate) compile_micros: u64,
    /// Components whose compiled code was loaded instead.
    pub(crate) compiled_loads: u64,
    /// Components whose bytes were read.
    pub(crate) component_reads: u64,
    /// Calls that the cache answered.
    pub(crate) hits: u64,
    /// Calls that it did not answer.
    pub(crate) misses: u64,
    /// Results that runs gave, in bytes as they are encoded.
    pub(crate) result_bytes: u64,
    /// Time of all runs, in microseconds.
    pub(crate) run_micros: u64,
    /// Instances made to run a task or to ask a manifest.
    pub(crate) runs: u64,
    /// Calls that got the answer of another call of this process.
    pub(crate) shared: u64,
    /// Transactions of the store.
    pub(crate) transactions: u64,
    /// Time that runs have waited for room, in microseconds.
    pub(crate) wait_micros: u64,
    /// Runs that waited until there was room for their size.
    pub(crate) waits: u64,
}

impl From<Work> for WorkCounts {
    fn from(work: Work) -> Self {
        let Work {
            component_reads,
            compilations,
            compiled_loads,
            runs,
            waits,
            hits,
            misses,
            shared,
            commits,
            compile_micros,
            run_micros,
            wait_micros,
            commit_micros,
            result_bytes,
            transactions,
        } = work;
        Self {
            commit_micros,
            commits,
            compilations,
            compile_micros,
            compiled_loads,
            component_reads,
            hits,
            misses,
            result_bytes,
            run_micros,
            runs,
            shared,
            transactions,
            wait_micros,
            waits,
        }
    }
}
