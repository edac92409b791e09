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

/// Both engines, each started when a component first needs it: a hit starts none. One that has shown a bug is replaced.
pub struct Sandbox {
    sync_engine: ArcSwapOption<Running>,
    async_engine: ArcSwapOption<Running>,
    /// A place for each call that the pools have room for; a call beyond them waits.
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
    /// Made when the first open call comes: most hosts never have one.
    open: OnceLock<WorldLinker<Open>>,
    /// Whether it is not used any more; its components know.
    is_retired: AtomicBool,
}

/// A component that is compiled and linked: what is left is to make an instance.
#[derive(Clone)]
pub struct Ready {
    component: Component,
    sealed: Linked<Sealed>,
    /// Linked by its first open call.
    open: Arc<OnceLock<Linked<Open>>>,
    running: Arc<Running>,
}

impl Sandbox {
    /// Compiles a component and links it.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Compile`] when the engine cannot compile it, [`SandboxError::Link`] when an import cannot even
    /// be refused.
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
    /// [`SandboxError::Compile`] when the code is for another engine or machine: compile again.
    /// [`SandboxError::NoRoom`] when the component declares more memories or tables than there is room for.
    pub fn load(&self, file: &std::fs::File, kind: EngineKind) -> Result<Ready, SandboxError> {
        let running = self.running(kind)?;
        let component = code::load(&running.engine, file).map_err(|error| no_room(&error, file, running.variant))?;
        Ready::new(&running, component)
    }

    /// As [`Sandbox::load`], of code in memory: for a system on which no file may be as large.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::load`].
    #[doc(hidden)]
    pub fn load_bytes(&self, code: &[u8], kind: EngineKind) -> Result<Ready, SandboxError> {
        let running = self.running(kind)?;
        let component =
            code::load_bytes(&running.engine, code).map_err(|error| SandboxError::Compile(format!("{error:#}")))?;
        Ready::new(&running, component)
    }

    /// Runs one call in a fresh instance.
    ///
    /// Dropping the future stops the run at its next slice of fuel or at the host call it waits in; the call's [`Watch`](crate::Watch)
    /// stops it from another thread, wherever it passes through the host. What comes after the deadline is
    /// [`LimitExceeded::Time`](larder_types::limits::LimitExceeded::Time), whatever it is.
    ///
    /// A single operation is not interrupted: one `memory.fill` takes as long as one pass over the memory that the run
    /// may have. Until it is over, the thread that polls this future is not free.
    ///
    /// An engine that shows a bug of its own is not used again: see [`RunError::EngineBug`].
    ///
    /// # Errors
    ///
    /// A [`RunError`]; the report is there in both cases.
    pub async fn call(&self, ready: &Ready, call: Call<'_>) -> (Result<Returned, RunError>, Report) {
        let ended = self.call_in_place(ready, call).await;
        if matches!(ended.0, Err(RunError::EngineBug(_))) {
            self.retire(ready);
        }
        ended
    }

    async fn call_in_place(&self, ready: &Ready, call: Call<'_>) -> (Result<Returned, RunError>, Report) {
        // Waiting for a place is no part of the run.
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

    /// The component, linked for the open world.
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

    /// The engine that components of this kind run on here: their code must be compiled for it.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Engine`] or [`SandboxError::AddressSpace`] when it cannot start.
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
        // Two threads may both get here: one engine wins, the other is dropped before anything was compiled with it.
        let before = cell.compare_and_swap(&None::<Arc<Running>>, Some(running.clone()));
        Ok(before.as_ref().map_or(running, Arc::clone))
    }

    /// Stops using the engine of a component: the next that needs one of its kind starts another, and nothing that is
    /// ready on this one is run again. What runs on it now goes on; it is gone with the last of them.
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

    /// Whether its engine is not used any more, so that it must be made ready again.
    #[doc(hidden)]
    pub fn is_retired(&self) -> bool {
        self.running.is_retired.load(Ordering::Relaxed)
    }

    /// The compiled code, for [`Sandbox::load`] in another process.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Compile`] when the engine cannot write it.
    pub fn serialize(&self) -> Result<Vec<u8>, SandboxError> {
        self.component.serialize().map_err(|error| SandboxError::Compile(format!("{error:#}")))
    }

    /// The bytes that its compiled code takes in memory.
    #[must_use]
    pub fn code_bytes(&self) -> u64 {
        let range = self.component.image_range();
        (range.end.addr() - range.start.addr()) as u64
    }

    /// Tells whether something else than this value holds the component: a call that is under way.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        Arc::strong_count(&self.open) > 1
    }

    /// The engine that this component runs on.
    #[must_use]
    pub fn variant(&self) -> EngineVariant {
        self.running.variant
    }
}

fn link<W>(linker: &WorldLinker<W>, component: &Component) -> Result<Linked<W>, SandboxError> {
    linker.link_or_refuse(component).map_err(|error| SandboxError::Link(format!("{error:#}")))
}
