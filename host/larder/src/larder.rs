//! The host of tasks, as embedders see it. Each method is one step, or delegates to the part of the host that owns it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use futures_util::stream::Stream;

use crate::call::{Begun, keyed};
use crate::call_many::{ManyOptions, call_many};
use crate::config::Config;
use crate::counters::Work;
use crate::error::Error;
use crate::host::Host;
use crate::inputs::{Given, Resolved};
use crate::loaded::LoadedComponent;
use crate::many::{Caller, Many};
use crate::outcome::{Outcome, Peeked};
use crate::prepare::{CallOptions, Prepared, prepare};
use crate::project::{Project, ProjectError};
use crate::settings::Settings;
use larder_base::{BlobKind, Digest};
use larder_component::ComponentBytes;
use larder_content::Found;
use larder_store::{References, StoreError};
use larder_types::value::{Blob, Value};

/// A host for tasks, over one cache folder. All methods take `&self`. A clone is the same host: a run continues in a
/// separate tokio task, which holds a clone.
///
/// ```
/// use larder::Larder;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::{path::Path, sync::Arc};
/// # let folder = tempfile::tempdir()?;
/// # let cache = folder.path();
/// let larder = Larder::builder().cache_dir(cache).account("ann").open()?;
/// let component = Arc::new(larder.load(Path::new("examples/sums.wat"), None).await?);
/// assert_eq!(component.tasks().len(), 2);
/// assert_eq!(larder.work().component_reads, 1);
///
/// // The file is as it was: what it declares is remembered, and its bytes are not read.
/// larder.load(Path::new("examples/sums.wat"), None).await?;
/// assert_eq!(larder.work().component_reads, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Larder {
    pub(crate) host: Arc<Host>,
}

impl Larder {
    /// Opens the cache folder for lookups. If the folder does not exist, the first result that is stored creates it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when something is in its place that cannot be opened. This is reported before anything runs.
    pub fn open(settings: Settings) -> Result<Self, StoreError> {
        Ok(Self { host: Arc::new(Host::open(settings)?) })
    }

    /// Loads the component in the file `path`, under the names and versions of `config`.
    ///
    /// The bytes are not read when the cache remembers this very file: path, device, inode, size and times.
    ///
    /// # Errors
    ///
    /// [`Error::Component`], [`Error::Declare`], [`Error::Manifest`], [`Error::Sandbox`], [`Error::Policy`].
    pub async fn load(&self, path: &Path, config: Option<&Config>) -> Result<LoadedComponent, Error> {
        self.host.loader.load(path, config).await
    }

    /// Loads a component that the embedder already holds.
    ///
    /// # Errors
    ///
    /// The same as [`Larder::load`].
    pub async fn load_bytes(&self, bytes: ComponentBytes, config: Option<&Config>) -> Result<LoadedComponent, Error> {
        self.host.loader.load_bytes(bytes, config).await
    }

    /// Decides how the calls of one task are cached and bounded; `task` is its position among those of the component.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], and [`Error::NoWorkflow`] for a task of scope `workflow` without one.
    pub fn prepare(
        &self,
        component: Arc<LoadedComponent>,
        task: usize,
        options: CallOptions,
    ) -> Result<Prepared, Error> {
        prepare(&self.host.settings, component, task, options)
    }

    /// Finds the content of each file and directory in `inputs`. Paths are hashed, on all cores, and digests are looked
    /// up among what this account has stored. Names are kept if `names_count` is true.
    ///
    /// [`Larder::call`] resolves its inputs itself. Resolve them once to make several calls with the same inputs.
    ///
    /// # Errors
    ///
    /// [`Error::Content`] for a path that cannot be read as content, [`Error::NoSuchBlob`] for a digest that this
    /// account does not have, [`Error::OtherKind`] for the digest of a directory where a file is expected, or the other
    /// way round.
    pub async fn resolve(&self, inputs: &[Value], names_count: bool) -> Result<Resolved, Error> {
        self.host.inputs.resolve(inputs, names_count).await
    }

    /// Answers a call from the cache, or by a sealed run whose result is then stored.
    ///
    /// Dropping the future stops the run; nothing is stored then. A run that exceeds its time is stopped wherever it
    /// passes through the host. Its answer after that is neither returned nor stored.
    ///
    /// A single operation of a guest cannot be interrupted: one `memory.fill` takes as long as a pass over the memory
    /// that the run may have. If a run has not returned a second after its time limit, this returns
    /// [`LimitExceeded::Time`](crate::sandbox::LimitExceeded::Time) all the same. *A thread is then left behind* until
    /// the operation ends: one of the runtime's, or one of Larder's own if the runtime has a single thread. It keeps
    /// the run's share of the [`Budget`](crate::Budget). The library never ends the process.
    ///
    /// # Errors
    ///
    /// [`Error`]: the inputs do not fit, the component cannot be made ready, or the run failed. A failing cache is not
    /// an error: see [`Outcome::warnings`].
    ///
    /// # Examples
    ///
    /// ```
    /// use larder::{CallOptions, Error, Larder, Value, sandbox::RunError};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::{path::Path, sync::Arc};
    /// # let folder = tempfile::tempdir()?;
    /// # let larder = Larder::builder().open()?;
    /// let component = Arc::new(larder.load(Path::new("examples/sums.wat"), None).await?);
    /// let task = component.find("divide")?;
    /// let task = larder.prepare(component, task, CallOptions::default())?;
    /// let outcome = larder.call(&task, &[Value::U32(84), Value::U32(2)]).await?;
    /// assert_eq!(outcome.result, Some(Value::U32(42)));
    ///
    /// let Err(Error::Run(failure)) = larder.call(&task, &[Value::U32(1), Value::U32(0)]).await else {
    ///     panic!("expected a failed run");
    /// };
    /// assert!(matches!(failure.error, RunError::Trapped { .. }));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn call(&self, prepared: &Prepared, inputs: &[Value]) -> Result<Outcome, Error> {
        if prepared.task().exported.signature.has_blobs() {
            let resolved = Box::pin(self.resolve(inputs, prepared.policy.file_names)).await?;
            return self.call_resolved(prepared, &resolved).await;
        }
        match self.host.begin(prepared, keyed(prepared, inputs)?, inputs, &Given::default())? {
            Begun::Hit(outcome) => Ok(*outcome),
            Begun::Missed(missed) => self.host.finish(missed).await,
        }
    }

    /// Answers a call whose files and directories were resolved before.
    ///
    /// # Errors
    ///
    /// The same as [`Larder::call`].
    pub async fn call_resolved(&self, prepared: &Prepared, resolved: &Resolved) -> Result<Outcome, Error> {
        self.host.call(prepared, keyed(prepared, &resolved.inputs)?, resolved, None).await
    }

    /// Answers a call for each of `inputs`, with a bounded number of calls at the same time. Yields the position among
    /// the inputs and the answer, in the order in which the calls finish.
    ///
    /// Inputs are taken when there is room for them, so there may be any number. Runs start in the order of the inputs.
    /// Dropping the stream stops the calls that are under way; committed results are kept. On a multi-threaded runtime,
    /// hits and runs use all threads. [`Larder::many`] does more.
    ///
    /// ```
    /// use futures_util::StreamExt as _;
    /// use larder::{CallOptions, Larder, ManyOptions, Value};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::{path::Path, sync::Arc};
    /// # let folder = tempfile::tempdir()?;
    /// # let larder = Larder::builder().open()?;
    /// # let component = Arc::new(larder.load(Path::new("examples/sums.wat"), None).await?);
    /// # let task = component.find("divide")?;
    /// # let task = larder.prepare(component, task, CallOptions::default())?;
    /// let inputs = [5, 2, 0, 1].map(|divisor| vec![Value::U32(10), Value::U32(divisor)]);
    /// let answers: Vec<_> = larder.call_many(&task, inputs.clone(), 8).collect().await;
    /// assert_eq!(answers.len(), 4);
    ///
    /// // The third has no answer, and ends it.
    /// let options = ManyOptions { at_once: 8, fail_fast: true };
    /// let mut answers: Vec<_> = larder.call_many(&task, inputs, options).collect().await;
    /// answers.sort_by_key(|(position, _)| *position);
    /// assert_eq!(answers.len(), 3);
    /// assert_eq!(answers[0].1.as_ref().ok().and_then(|outcome| outcome.result.clone()), Some(Value::U32(2)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Polling the stream panics outside of a tokio runtime.
    pub fn call_many<'a>(
        &self,
        prepared: &Prepared,
        inputs: impl IntoIterator<Item = Vec<Value>> + 'a,
        options: impl Into<ManyOptions>,
    ) -> impl Stream<Item = (usize, Result<Outcome, Error>)> + 'a {
        call_many(self.host.clone(), prepared.clone(), inputs, options.into())
    }

    /// Makes calls of one task side by side, for a [`Caller`]. It can keep data with each row, look at a call before it
    /// is made, and process an answer on the thread where its call ended.
    ///
    /// ```
    /// # use std::{path::Path, sync::Arc};
    /// use larder::{CallOptions, Called, Caller, Larder, Value};
    ///
    /// /// Sums, each with a name.
    /// struct Sums;
    ///
    /// impl Caller for Sums {
    ///     type Row = (&'static str, u32, u32);
    ///     type Answer = (&'static str, Option<Value>);
    ///
    ///     fn inputs(&self, (_, a, b): &mut Self::Row) -> Result<Vec<Value>, Self::Answer> {
    ///         Ok(vec![Value::U32(*a), Value::U32(*b)])
    ///     }
    ///
    ///     fn answer(&self, (name, _, _): Self::Row, called: Called) -> Self::Answer {
    ///         (name, called.outcome.ok().and_then(|outcome| outcome.result))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let larder = Larder::builder().open()?;
    /// # let component = Arc::new(larder.load(Path::new("examples/sums.wat"), None).await?);
    /// # let task = component.find("add")?;
    /// # let task = larder.prepare(component, task, CallOptions::default())?;
    /// let mut many = larder.many(&task, Arc::new(Sums));
    /// many.push([("first", 1, 2), ("second", 3, 4)]);
    /// let mut answers = Vec::new();
    /// while let Some(ready) = many.ready().await {
    ///     answers.extend(ready?);
    /// }
    /// answers.sort_by_key(|(position, _)| *position);
    /// assert_eq!(answers[1], (1, ("second", Some(Value::U32(7)))));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Calling this panics outside of a tokio runtime.
    #[must_use]
    pub fn many<C: Caller>(&self, prepared: &Prepared, caller: Arc<C>) -> Many<C> {
        Many::new(self.host.clone(), prepared.clone(), caller)
    }

    /// Looks for the answer to a call. Nothing is run, compiled or stored. The files among the inputs are read if the
    /// cache does not remember their digests.
    ///
    /// # Errors
    ///
    /// The errors of [`Larder::call`] that can be known without a run.
    pub async fn peek(&self, prepared: &Prepared, inputs: &[Value]) -> Result<Peeked, Error> {
        let key = if prepared.task().exported.signature.has_blobs() {
            prepared.key(&self.resolve(inputs, prepared.policy.file_names).await?.inputs)?
        } else {
            prepared.key(inputs)?
        };
        self.host.peek(prepared, key)
    }

    /// Returns the number of runs of this task that fit at the same time if nothing else runs; 0 if not even one fits.
    #[must_use]
    pub fn room_for(&self, prepared: &Prepared) -> usize {
        self.host.admission.room_for(prepared.need())
    }

    /// Stores a file or a directory for this account.
    ///
    /// # Errors
    ///
    /// [`Error::Content`] for a path that cannot be read as content, [`Error::NotStored`] when there is no cache, or it
    /// cannot be written.
    pub async fn put_blob(&self, kind: BlobKind, path: PathBuf) -> Result<Blob, Error> {
        self.host.inputs.put_blob(kind, path).await
    }

    /// Returns the file, or else the directory, that this account has stored under a digest.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchBlob`], and [`Error::LostBlob`] when it is damaged.
    pub fn get_blob(&self, digest: &Digest) -> Result<(Blob, Found), Error> {
        self.host.cache.get_blob(digest)
    }

    /// Returns true if this account has stored something of this kind under a digest.
    #[must_use]
    pub fn has_blob(&self, kind: BlobKind, digest: &Digest) -> bool {
        self.host.cache.has_blob(kind, digest)
    }

    /// Returns all files and directories that this account has stored.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store cannot be read.
    pub fn blobs(&self) -> Result<References, StoreError> {
        self.host.cache.blobs()
    }

    /// Builds the component of a folder if its inputs have changed since it was last built from here. Returns true if
    /// it was built. With `always`, builds in any case. The standard output of the command goes to `stdout`.
    ///
    /// # Errors
    ///
    /// [`ProjectError`]: the inputs cannot be read, or the build command fails.
    pub fn build(&self, project: &Project, always: bool, stdout: impl Into<Stdio>) -> Result<bool, ProjectError> {
        let Host { cache, settings, .. } = &*self.host;
        let fingerprint = project.fingerprint_without(settings.cache_dir.as_deref())?;
        let output = Digest::of(project.output().as_os_str().as_encoded_bytes());
        if !always && project.output().exists() && cache.is_built(&output, fingerprint) {
            return Ok(false);
        }
        project.run_build(stdout)?;
        cache.note_build(&output, fingerprint);
        Ok(true)
    }

    /// Returns the settings that the host was opened with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.host.settings
    }

    /// Returns true if the cache could be another user's work, and is read without being written to, as
    /// [`Settings::trust_cache_owner`] asks for.
    #[must_use]
    pub fn cache_is_foreign(&self) -> bool {
        self.host.cache.is_foreign()
    }

    /// Returns true if a component is being compiled, which may take seconds: for progress displays.
    #[must_use]
    pub fn is_compiling(&self) -> bool {
        self.host.counters.under_compilation.is_any()
    }

    /// Returns the number of tasks that are running.
    #[must_use]
    pub fn running(&self) -> u64 {
        self.host.counters.under_run.count()
    }

    /// Returns the work that this host has done so far.
    #[must_use]
    pub fn work(&self) -> Work {
        self.host.counters.work(self.host.cache.transactions())
    }

    /// Returns the number of components that are kept ready to run, and the bytes of their compiled code. Both are
    /// bounded: the component that was called least recently is dropped first, and never while it is called.
    #[must_use]
    pub fn ready_components(&self) -> (usize, u64) {
        self.host.engine.size()
    }

    /// Returns true if nothing else holds this host: no clone, no run, and no thread that has just stored an answer. A
    /// program that ends earlier leaves the database open, and the next one that opens it has to repair it.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        Arc::strong_count(&self.host) == 1 && self.host.cache.is_alone()
    }
}
