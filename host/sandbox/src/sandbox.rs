//! The engines of one host, and the components that are ready to run on them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::account::Account;
use crate::call::{Call, World};
use crate::code::{self, no_room};
use crate::denials::Recorder;
use crate::engine::{self, EngineKind, EngineVariant};
use crate::error::{RunError, SandboxError};
use crate::faults::Faults;
use crate::files::Setting;
use crate::link::{Linked, WorldLinker, open_linker, sealed_linker};
use crate::open::Open;
use crate::report::{Report, Returned};
use crate::run::{Function, run};
use crate::sealed::Sealed;
use crate::state::State;
use crate::task_files::TaskFiles;
use larder_component::ComponentBytes;
use larder_content::Quota;
use larder_content::threads::in_parallel;

/// Both engines, each started when a component first needs it: a hit starts none. An engine that has shown a bug is
/// replaced.
pub struct Sandbox {
    sync_engine: ArcSwapOption<Running>,
    async_engine: ArcSwapOption<Running>,
    /// A slot for each call that the pools have room for; further calls wait.
    places: Semaphore,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            sync_engine: ArcSwapOption::empty(),
            async_engine: ArcSwapOption::empty(),
            places: Semaphore::new(engine::CONCURRENT_CALLS as usize),
        }
    }
}

/// An engine and the linkers that its components start from.
struct Running {
    engine: Engine,
    variant: EngineVariant,
    sealed: WorldLinker<Sealed>,
    /// Made for the first open call: most hosts never have one.
    open: OnceLock<WorldLinker<Open>>,
    /// True if the engine is no longer used; its components share the flag.
    is_retired: AtomicBool,
}

/// A compiled and linked component, ready for instantiation.
#[derive(Clone)]
pub struct Ready {
    component: Component,
    sealed: Linked<Sealed>,
    /// Linked for its first open call.
    open: Arc<OnceLock<Linked<Open>>>,
    running: Arc<Running>,
}

impl Sandbox {
    /// Compiles a component and links it.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Compile`] if the engine cannot compile it, [`SandboxError::Link`] if an import cannot even be
    /// refused.
    pub fn compile(&self, bytes: &ComponentBytes, kind: EngineKind) -> Result<Ready, SandboxError> {
        let running = self.running(kind)?;
        let (engine, bytes) = (&running.engine, bytes.bytes());
        let component = in_parallel(|parallel| match parallel {
            true => Component::from_binary(engine, bytes),
            false => code::compile_on_one_thread(engine, running.variant, bytes),
        });
        let component = component.map_err(|error| SandboxError::Compile(format!("{error:#}")))?;
        Ready::new(&running, component)
    }

    /// Loads compiled code that [`Ready::serialize`] or a compile helper wrote, from an open file whose content was
    /// verified.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Compile`] if the code is for another engine or machine: compile again.
    /// [`SandboxError::NoRoom`] if the component declares more memories or tables than there is room for.
    pub fn load(&self, file: &std::fs::File, kind: EngineKind) -> Result<Ready, SandboxError> {
        let running = self.running(kind)?;
        let component = code::load(&running.engine, file).map_err(|error| no_room(&error, file, running.variant))?;
        Ready::new(&running, component)
    }

    /// Loads code from memory, like [`Sandbox::load`], for a system whose maximum file size is too small for it.
    ///
    /// # Errors
    ///
    /// Same as [`Sandbox::load`].
    #[doc(hidden)]
    pub fn load_bytes(&self, code: &[u8], kind: EngineKind) -> Result<Ready, SandboxError> {
        let running = self.running(kind)?;
        let component =
            code::load_bytes(&running.engine, code).map_err(|error| SandboxError::Compile(format!("{error:#}")))?;
        Ready::new(&running, component)
    }

    /// Runs one call in a fresh instance.
    ///
    /// Dropping the future stops the run at its next slice of fuel or at the host call in which it waits. The call's
    /// [`Watch`](crate::Watch) stops it from another thread, wherever it passes through the host. Any outcome after
    /// the deadline is [`LimitExceeded::Time`](larder_types::limits::LimitExceeded::Time).
    ///
    /// A single operation is not interrupted: one `memory.fill` takes as long as one pass over the run's memory limit.
    /// Until it ends, the thread that polls this future is busy.
    ///
    /// An engine that shows a bug is not used again: see [`RunError::EngineBug`].
    ///
    /// # Errors
    ///
    /// A [`RunError`]; the report is available in both cases.
    pub async fn call(&self, ready: &Ready, call: Call<'_>) -> (Result<Returned, RunError>, Report) {
        let ended = self.call_in_place(ready, call).await;
        if matches!(ended.0, Err(RunError::EngineBug(_))) {
            self.retire(ready);
        }
        ended
    }

    async fn call_in_place(&self, ready: &Ready, call: Call<'_>) -> (Result<Returned, RunError>, Report) {
        // Waiting for a slot is not part of the run.
        let _place = self.places.acquire().await;
        let Call { export, signature, inputs, world, limits, contents, spool, watch } = call;
        let function = Function { kind: ready.variant().kind, export, signature, inputs };
        let denials = Recorder::default();
        let (quota, faults) = (Quota::new(limits.scratch_bytes), Faults::default());
        let files = TaskFiles::new(contents, spool.clone(), quota.clone(), faults.clone());
        let account = Account::new(limits.host_memory_bytes);
        match world {
            World::Sealed { seed } => {
                let is_given = signature.has_blobs();
                let setting =
                    Setting { files: limits.scratch_files, quota, faults, account: account.clone(), is_given };
                let sealed = Sealed::new(seed, limits, &denials, setting);
                let (instance, sealed) = ready.sealed.with(sealed);
                let state = State::new(sealed, denials, files, account, limits);
                run(instance, state, function, limits, &watch).await
            }
            World::Open(allowed) => {
                let has_blobs = signature.has_blobs();
                let open = match Open::new(allowed, limits, &denials, &account, has_blobs, spool.as_deref()) {
                    Ok(open) => open,
                    Err(error) => return (Err(error), Report::default()),
                };
                match Self::open(ready) {
                    Ok(linked) => {
                        let (instance, open) = linked.with(open);
                        let state = State::new(open, denials, files, account, limits);
                        run(instance, state, function, limits, &watch).await
                    }
                    Err(error) => (Err(RunError::Internal(error.to_string())), Report::default()),
                }
            }
        }
    }

    /// Returns the component, linked for the open world.
    fn open(ready: &Ready) -> Result<&Linked<Open>, SandboxError> {
        if let Some(linked) = ready.open.get() {
            return Ok(linked);
        }
        let running = &ready.running;
        let linker = match running.open.get() {
            Some(linker) => linker,
            None => {
                let linker =
                    open_linker(&running.engine, running.variant.kind).map_err(|error| engine::not_started(&error))?;
                running.open.get_or_init(|| linker)
            }
        };
        let linked = link(linker, &ready.component)?;
        Ok(ready.open.get_or_init(|| linked))
    }

    /// Returns the engine that runs components of this kind here: their code must be compiled for it.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Engine`] or [`SandboxError::AddressSpace`] if it cannot start.
    pub fn variant(&self, kind: EngineKind) -> Result<EngineVariant, SandboxError> {
        Ok(self.running(kind)?.variant)
    }

    const fn cell(&self, kind: EngineKind) -> &ArcSwapOption<Running> {
        match kind {
            EngineKind::Sync => &self.sync_engine,
            EngineKind::Async => &self.async_engine,
        }
    }

    fn running(&self, kind: EngineKind) -> Result<Arc<Running>, SandboxError> {
        let cell = self.cell(kind);
        let there = cell.load_full();
        if let Some(running) = there {
            return Ok(running);
        }
        let (engine, variant) = engine::engine(kind)?;
        let sealed = sealed_linker(&engine, kind).map_err(|error| engine::not_started(&error))?;
        let running =
            Arc::new(Running { engine, variant, sealed, open: OnceLock::new(), is_retired: AtomicBool::new(false) });
        // Two threads may both get here: one engine wins, and the other is dropped before it has compiled anything.
        let before = cell.compare_and_swap(&None::<Arc<Running>>, Some(running.clone()));
        Ok(before.as_ref().map_or(running, Arc::clone))
    }

    /// Retires the engine of a component. The next component of its kind starts another engine, and nothing that is
    /// ready on this one is run again. Current runs go on; the engine is dropped with the last of them.
    fn retire(&self, ready: &Ready) {
        ready.running.is_retired.store(true, Ordering::Relaxed);
        self.cell(ready.variant().kind).compare_and_swap(&Some(ready.running.clone()), None);
    }
}

impl Ready {
    fn new(running: &Arc<Running>, component: Component) -> Result<Self, SandboxError> {
        let sealed = link(&running.sealed, &component)?;
        Ok(Self { component, sealed, open: Arc::default(), running: running.clone() })
    }

    /// Returns true if its engine was retired, so that the component must be prepared again.
    #[doc(hidden)]
    pub fn is_retired(&self) -> bool {
        self.running.is_retired.load(Ordering::Relaxed)
    }

    /// Returns the compiled code, for [`Sandbox::load`] in another process.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Compile`] if the engine cannot write it.
    pub fn serialize(&self) -> Result<Vec<u8>, SandboxError> {
        self.component.serialize().map_err(|error| SandboxError::Compile(format!("{error:#}")))
    }

    /// Size of its compiled code in memory, in bytes.
    #[must_use]
    pub fn code_bytes(&self) -> u64 {
        let range = self.component.image_range();
        (range.end.addr() - range.start.addr()) as u64
    }

    /// Returns true if the component is also held elsewhere, by a call under way.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        Arc::strong_count(&self.open) > 1
    }

    /// Returns the engine that this component runs on.
    #[must_use]
    pub fn variant(&self) -> EngineVariant {
        self.running.variant
    }
}

fn link<W>(linker: &WorldLinker<W>, component: &Component) -> Result<Linked<W>, SandboxError> {
    linker.link_or_refuse(component).map_err(|error| SandboxError::Link(format!("{error:#}")))
}
