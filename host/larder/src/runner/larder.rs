//! The host of tasks: its settings, and what it is made of.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::admission::Admission;
use super::counters::Counters;
use super::flight::Flights;
use super::kept_ready::KeptReady;
use super::ready::MadeReady;
use super::{Budget, Error, LoadedComponent, Work};
use crate::project::{Project, ProjectError};
use crate::sizes::Sizes;
use larder_base::Digest;
use larder_base::contain::{Panicked, contain};
use larder_sandbox::machine::Machine;
use larder_sandbox::{CompileLimits, Compiler, Sandbox};
use larder_store::record::BuildStamp;
use larder_store::{BUILDS, Commit, Lookup, Opening, Store, StoreError};
use larder_types::capability::ProtectedPath;
use larder_types::limits::Limits;

/// The greatest component that is read, by default: script engines with a large program inside have 20 to 40 MB.
pub const DEFAULT_MAX_COMPONENT_BYTES: u64 = 256 << 20;

/// Where a [`Larder`] keeps its cache, whose it is, and what a run may use.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The cache folder; `None` runs without a cache.
    pub cache_dir: Option<PathBuf>,
    /// Whose cache: an opaque text. Accounts never share.
    pub account: String,
    /// Look into the cache, and write nothing to it: neither answers nor what is learnt on the way.
    pub read_only: bool,
    /// Believe the cache also where others could have written it: see [`Store::is_foreign`]. Without it such a cache is
    /// refused.
    pub trust_cache_owner: bool,
    /// What the runs of this host may use, all together: who does not fit yet waits. All of the machine by default.
    pub budget: Budget,
    /// The workflow that calls are made for; needed by tasks of scope `workflow`.
    pub workflow: Option<String>,
    /// What a run may use at most, whatever its size.
    pub limits: Limits,
    /// What the sizes of tasks stand for.
    pub sizes: Sizes,
    /// The machine that sizes are cut to.
    pub machine: Machine,
    /// The greatest component that is read.
    pub max_component_bytes: u64,
    /// Where components are compiled. In this process by default, which is for components that one trusts: name a
    /// [`Compiler::Helper`] to compile those of strangers.
    pub compiler: Compiler,
    /// What compiling one component may use, in a helper.
    pub compile: CompileLimits,
    /// Paths that no granted directory may cover, beside the cache, the folder of temporary files, this program and the
    /// `larder.toml` of the component.
    pub protected: Vec<ProtectedPath>,
}

impl Settings {
    /// The defaults, with the cache in `cache_dir`, for the account `default`.
    #[must_use]
    pub fn new(cache_dir: Option<PathBuf>) -> Self {
        let machine = Machine::here();
        Self {
            sizes: Sizes::on(&machine),
            machine,
            cache_dir,
            read_only: false,
            trust_cache_owner: false,
            budget: Budget::of(&machine),
            account: "default".to_owned(),
            workflow: None,
            limits: Limits::default(),
            max_component_bytes: DEFAULT_MAX_COMPONENT_BYTES,
            compiler: Compiler::InProcess,
            compile: CompileLimits::default(),
            protected: Vec::new(),
        }
    }
}

/// A host for tasks, over one cache folder. All methods take `&self`, and a clone is the same host: a run goes on in a
/// task of its own, which holds one.
#[derive(Clone)]
pub struct Larder {
    pub(super) host: Arc<Host>,
}

/// What a host is made of.
pub(super) struct Host {
    pub(super) settings: Settings,
    pub(super) store: Option<Arc<Store>>,
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) ready: Mutex<KeptReady>,
    pub(super) being_made_ready: MadeReady,
    pub(super) admission: Arc<Admission>,
    pub(super) counters: Counters,
    pub(super) flights: Flights,
}

impl Host {
    /// The store, for whoever writes to it.
    pub(super) fn store_to_write(&self) -> Option<&Arc<Store>> {
        self.store.as_ref().filter(|store| !self.settings.read_only && !store.is_foreign())
    }
}

impl Larder {
    /// Opens the cache folder for lookups; a folder that does not exist is made by the first result that is stored.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when there is something in its place that cannot be opened: better said before anything runs.
    pub fn open(settings: Settings) -> Result<Self, StoreError> {
        let opening = Opening { trusts_owner: settings.trust_cache_owner, is_read_only: settings.read_only };
        let open = |folder| Store::open_with(folder, opening);
        let store = settings.cache_dir.as_deref().map(open).transpose()?.map(Arc::new);
        let admission = Admission::new(settings.budget);
        let host = Host {
            settings,
            store,
            sandbox: Arc::new(Sandbox::default()),
            ready: Mutex::default(),
            being_made_ready: MadeReady::default(),
            admission,
            counters: Counters::default(),
            flights: Flights::default(),
        };
        Ok(Self { host: Arc::new(host) })
    }

    /// The settings it was opened with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.host.settings
    }

    /// Whether the cache could be another user's work, and is served without being written to: as
    /// [`Settings::trust_cache_owner`] asks for.
    #[must_use]
    pub fn cache_is_foreign(&self) -> bool {
        self.host.store.as_ref().is_some_and(|store| store.is_foreign())
    }

    /// Whether a component is being compiled, which may take seconds: for whoever shows what is going on.
    #[must_use]
    pub fn is_compiling(&self) -> bool {
        self.host.counters.under_compilation.is_any()
    }

    /// What no directory that is granted to a task of `component` may cover.
    pub(super) fn protected(&self, component: &LoadedComponent) -> Vec<ProtectedPath> {
        let Settings { cache_dir, compiler, protected, .. } = &self.host.settings;
        let path = |what, path| ProtectedPath { what, path, is_shared: false };
        let helper = match compiler {
            Compiler::InProcess => None,
            Compiler::Helper { program, .. } => Some(path("the program that compiles", program.clone())),
        };
        let mut paths = protected.clone();
        paths.extend(cache_dir.clone().map(|folder| path("the cache", folder)));
        let temporary = path("the folder of temporary files", std::env::temp_dir());
        paths.push(ProtectedPath { is_shared: true, ..temporary });
        paths.extend(std::env::current_exe().ok().map(|program| path("the running program", program)));
        paths.extend(helper);
        paths.extend(component.config_path.clone().map(|file| path("the larder.toml of the component", file)));
        paths
    }

    /// Tells whether nothing else holds this host: no clone of it, no run, and no thread that has just stored an answer.
    /// A program that ends before leaves the database open, to be repaired by whoever opens it next.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        Arc::strong_count(&self.host) == 1 && self.host.store.as_ref().is_none_or(|store| Arc::strong_count(store) == 1)
    }

    /// The number of components that are kept ready to run, and the bytes of their compiled code. Both are bounded: the
    /// component whose last call is longest ago goes first, and none goes while it is called.
    #[must_use]
    pub fn ready_components(&self) -> (usize, u64) {
        self.host.ready.lock().unwrap_or_else(PoisonError::into_inner).size()
    }

    /// How many tasks are running.
    #[must_use]
    pub fn running(&self) -> u64 {
        self.host.counters.under_run.count()
    }

    /// What this host has done so far.
    #[must_use]
    pub fn work(&self) -> Work {
        self.host.counters.work(self.host.store.as_ref().map_or(0, |store| store.transactions()))
    }

    /// Stores what is learnt or computed, if there is a cache; the reason why it was not stored is for a warning.
    pub(super) async fn commit(&self, commit: Commit) -> Result<(), String> {
        let Some(store) = self.host.store_to_write().cloned() else { return Ok(()) };
        let (sender, answer) = oneshot::channel();
        let runtime = Handle::current();
        let spawn = move |work: Box<dyn FnOnce() + Send>| {
            let work = Arc::new(Mutex::new(Some(work)));
            let do_it = |work: &Mutex<Option<Box<dyn FnOnce() + Send>>>| {
                let work = work.lock().unwrap_or_else(PoisonError::into_inner).take();
                work.into_iter().for_each(|work| work());
            };
            let there = work.clone();
            // Others may wait for it: without a thread it is done on this one.
            if contain(|| runtime.spawn_blocking(move || do_it(&there))).is_err() {
                do_it(&work);
            }
        };
        store.commit_then(commit, spawn, move |committed| drop(sender.send(committed)));
        match answer.await {
            Ok(committed) => committed.map_err(|error| error.to_string()),
            Err(_) => Err("the commit was given up".to_owned()),
        }
    }

    /// Builds the component of a folder if its inputs have changed since it was last built from here, and says
    /// whether it did. With `always`, builds in any case. What the command prints on standard output goes to `stdout`.
    ///
    /// # Errors
    ///
    /// [`ProjectError`]: the inputs cannot be read, or the build command fails.
    pub fn build(&self, project: &Project, always: bool, stdout: impl Into<Stdio>) -> Result<bool, ProjectError> {
        let fingerprint = project.fingerprint_without(self.host.settings.cache_dir.as_deref())?;
        let key = Digest::of(project.output().as_os_str().as_encoded_bytes());
        let is_built = || {
            let remembered = self.host.store.as_ref().and_then(|store| store.get(&BUILDS, &key).ok());
            matches!(remembered, Some(Lookup::Found(stamp)) if stamp.fingerprint == fingerprint)
        };
        if !always && project.output().exists() && is_built() {
            return Ok(false);
        }
        project.run_build(stdout)?;
        if let Some(store) = self.host.store_to_write() {
            // Not remembered, it is built again: that costs time and changes no answer.
            let _ = store.commit(Commit::new().put(&BUILDS, &key, &BuildStamp { fingerprint }));
        }
        Ok(true)
    }
}

/// Does what blocks, on the disk or for long, on a thread for it: a caller that goes away or a signal need not wait.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let started = contain(|| tokio::task::spawn_blocking(work));
    // The runtime asserts that there is a first thread for such work.
    let started = started.map_err(|Panicked(reason)| Error::NoThread { reason })?;
    started.await.map_err(|error| Error::Internal(error.to_string()))
}
