//! What a call gives back beside its result: whether it was a hit, from which run, and what went wrong on the way.

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
    /// The content of the files and directories in it. Of an answer that is not stored, this is all there is of them.
    pub contents: Arc<Contents>,
    /// Whether it came from the cache.
    pub status: Status,
    /// The key of the entry; `None` when the task is not cached.
    pub key: Option<EntryKey>,
    /// Whether the cache now holds this answer.
    pub stored: bool,
    /// What this run was denied; nothing on a hit.
    pub denials: Denials,
    /// The run that made the answer: this one, or the one whose entry answered.
    pub provenance: Provenance,
    /// The most that the host kept for this run at one time beside its memories, in bytes; `None` on a hit.
    pub peak_host_bytes: Option<u64>,
    /// What the cache could not do.
    pub warnings: Vec<Warning>,
}

impl Outcome {
    /// Whether the task returned the `err` of a WIT `result`.
    #[must_use]
    pub fn is_err(&self) -> bool {
        matches!(self.result, Some(Value::Result(Err(_))))
    }
}

/// What a call would find in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peeked {
    /// Whether it would be a hit. It is never shared: nothing runs.
    pub status: Status,
    /// The key of the entry; `None` when the task is not cached.
    pub key: Option<EntryKey>,
    /// How long the run took that made the answer; `None` where there is none.
    pub saved_micros: Option<u64>,
}

/// Whether an answer came from the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It did.
    Hit(Hit),
    /// It did not, for this reason.
    Miss(Miss),
    /// Another call of this process was computing it already, and both have its answer.
    Shared,
}

/// How a hit relates to the component at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The digest of the component that made the entry, where it is not the one at hand.
    pub made_by_other_component: Option<Digest>,
}

/// Something that the cache could not do. It never changes an answer.
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
    /// What was learnt of the component was not remembered: the next call learns it again.
    #[error("what was learnt of the component was not remembered: {}", passage(_0))]
    NotRemembered(String),
    /// A directory among the inputs holds the cache, so that what is stored makes another input of it.
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
    /// Compiled code was there and was not loaded.
    #[error("compiled code was not loaded, and was compiled again: {}", passage(_0))]
    CompiledRefused(String),
}
