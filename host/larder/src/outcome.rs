//! Details of an answer beside its result: hit or miss, the run that made it, and warnings.

use std::path::PathBuf;
use std::sync::Arc;

use crate::key::EntryKey;
use crate::miss::Miss;
use larder_base::Digest;
use larder_base::excerpt::passage;
use larder_content::Contents;
use larder_store::record::Provenance;
use larder_types::capability::Denials;
use larder_types::value::Value;

/// The answer to a call.
///
/// ```
/// use larder::{CallOptions, Larder, Miss, Status, Value};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::{path::Path, sync::Arc};
/// # let folder = tempfile::tempdir()?;
/// # let larder = Larder::builder().open()?;
/// # let component = Arc::new(larder.load(Path::new("examples/sums.wat"), None).await?);
/// # let task = component.find("add")?;
/// # let task = larder.prepare(component, task, CallOptions::default())?;
/// let outcome = larder.call(&task, &[Value::U32(1), Value::U32(2)]).await?;
/// // Nobody declares a version for this task, so its answers are not kept.
/// assert_eq!(outcome.status, Status::Miss(Miss::NotDeclared));
/// assert!(!outcome.stored && !outcome.is_err());
/// assert!(outcome.provenance.fuel_used > Some(0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The value the task returned; `None` for a task without a result type.
    pub result: Option<Value>,
    /// The content of the files and directories in the result. If the answer is not stored, it exists nowhere else.
    pub contents: Arc<Contents>,
    /// Source of the answer: the cache or a run.
    pub status: Status,
    /// The key of the entry; `None` when the task is not cached.
    pub key: Option<EntryKey>,
    /// True if the cache now holds this answer.
    pub stored: bool,
    /// Capabilities that this run was denied; empty on a hit.
    pub denials: Denials,
    /// The run that made the answer: this one, or the one whose entry answered.
    pub provenance: Provenance,
    /// Peak memory that the host kept for this run beside its linear memories, in bytes; `None` on a hit.
    pub peak_host_bytes: Option<u64>,
    /// Warnings of the cache.
    pub warnings: Vec<Warning>,
}

impl Outcome {
    /// Returns true if the task returned the `err` of a WIT `result`.
    #[must_use]
    pub fn is_err(&self) -> bool {
        matches!(self.result, Some(Value::Result(Err(_))))
    }
}

/// Result of a lookup without a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peeked {
    /// Hit or miss. It is never [`Status::Shared`], since nothing runs.
    pub status: Status,
    /// The key of the entry; `None` when the task is not cached.
    pub key: Option<EntryKey>,
    /// Duration of the run that made the answer, in microseconds; `None` without an answer.
    pub saved_micros: Option<u64>,
}

/// Source of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The answer came from the cache.
    Hit(Hit),
    /// The call ran, for this reason.
    Miss(Miss),
    /// Another call of this process was already computing the answer, and both got it.
    Shared,
}

/// Details of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The digest of the component that made the entry, if it is not the one at hand.
    pub made_by_other_component: Option<Digest>,
}

/// A failure of the cache. It never changes an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// The result was not stored.
    #[error("the result was not stored: {}", passage(_0))]
    NotStored(String),
    /// The cache could not be read for this call.
    #[error("the cache could not be read: {}", passage(_0))]
    NotRead(String),
    /// A record did not match its digest; it is written again.
    #[error("{}", passage(_0))]
    Damaged(String),
    /// The record of the component was not stored: the next call reads the component again.
    #[error("what was learnt of the component was not remembered: {}", passage(_0))]
    NotRemembered(String),
    /// An input directory contains the cache, so storing a result changes that input.
    #[error(
        "the cache at {} lies in {}, an input: each run changes it, so that the next is a miss; name a cache folder \
         elsewhere",
        cache.display(), path.display()
    )]
    CacheInInput {
        /// The directory.
        path: PathBuf,
        /// The cache folder.
        cache: PathBuf,
    },
    /// Compiled code was found but not loaded.
    #[error("compiled code was not loaded, and was compiled again: {}", passage(_0))]
    CompiledRefused(String),
}
