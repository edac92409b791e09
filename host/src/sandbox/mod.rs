//! The sandbox: compiles components, and runs their exports sealed and bounded.
//!
//! It is handed a call as plain data: which export, which values, which seed, which limits. It must never see a key
//! or the store: what it cannot see, a result cannot depend on.

mod compile;
mod convert;
mod engine;
mod error;
mod files;
mod limits;
mod link;
mod sealed;
mod time;

use std::sync::OnceLock;
use std::time::Instant;

use tokio::sync::Semaphore;
use wasmtime::component::{Component, InstancePre, Linker, ResourceTable, Val};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtxView, WasiView};

pub use self::compile::{CompileLimitExceeded, CompileLimits, Compiler, Ending, compile_helper};
pub(crate) use self::compile::{Helper, Stop, unnamed_file};
pub use self::engine::{ENGINE_VERSION, EngineKind};
pub use self::error::{RunError, SandboxError};
use self::files::FilesView;
use self::limits::Limiter;
pub use self::limits::{LimitExceeded, Limits};
use self::sealed::Sealed;
use self::time::TimeView;
use crate::capability::{Allowed, Denials};
use crate::captured::Captured;
use crate::component::ComponentBytes;
use crate::declare::ExportPath;
use crate::value::Value;
use crate::wit_type::{Signature, WitType};

/// Fuel between two points at which a running guest lets the host look at clocks and signals: a few milliseconds.
const FUEL_SLICE: u64 = 5_000_000;

/// Both engines, each started when a component first needs it: a hit starts none.
pub struct Sandbox {
    sync_engine: OnceLock<Running>,
    async_engine: OnceLock<Running>,
    /// A place for each call that the pools have room for; a call beyond them waits.
    places: Semaphore,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            sync_engine: OnceLock::new(),
            async_engine: OnceLock::new(),
            places: Semaphore::new(engine::CONCURRENT_CALLS as usize),
        }
    }
}

/// An engine and the linker that its components start from.
struct Running {
    engine: Engine,
    linker: Linker<State>,
}

/// A component that is compiled and linked: what is left is to make an instance.
#[derive(Clone)]
pub struct Ready {
    kind: EngineKind,
    component: Component,
    instance: InstancePre<State>,
}

/// One call, as plain data.
#[derive(Debug)]
pub struct Call<'a> {
    /// The export to call.
    pub export: &'a ExportPath,
    /// Its signature.
    pub signature: &'a Signature,
    /// The arguments in declared order, each of its parameter's type.
    pub inputs: Vec<Value>,
    /// What it sees of the world.
    pub world: World,
    /// What the run may use.
    pub limits: &'a Limits,
}

/// What a run sees of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum World {
    /// Nothing but its inputs.
    Sealed {
        /// Where its random numbers start.
        seed: [u8; 32],
    },
    /// Real clocks and randomness, and what is allowed.
    Open(Allowed),
}

/// What a run used and printed, whether or not it succeeded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Fuel used, instantiation included.
    pub fuel_used: u64,
    /// The greatest sum of all linear memories, in bytes.
    pub peak_memory_bytes: u64,
    /// The most that the files of the scratch folder took at one time, in bytes.
    pub peak_scratch_bytes: u64,
    /// The most files, folders and links that the scratch folder had at one time.
    pub peak_scratch_files: u64,
    /// Calls of the host's functions.
    pub host_calls: u64,
    /// Wall-clock time in microseconds.
    pub wall_micros: u64,
    /// What it was denied.
    pub denials: Denials,
    /// What it wrote to standard output.
    pub stdout: Captured,
    /// What it wrote to standard error.
    pub stderr: Captured,
}

/// The state of one store; a store lives for one call.
struct State {
    sealed: Sealed,
    table: ResourceTable,
    limiter: Limiter,
    denials: Denials,
    host_calls: u64,
}

impl State {
    fn time(&mut self) -> TimeView<'_> {
        self.host_calls += 1;
        TimeView { clock: &self.sealed.clock, timers: &mut self.sealed.timers, table: &mut self.table }
    }

    fn files(&mut self) -> FilesView<'_> {
        self.host_calls += 1;
        FilesView { scratch: self.sealed.scratch(), table: &mut self.table }
    }
}

impl WasiView for State {
    // Each call of a function of WASI begins with asking for its view.
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.host_calls += 1;
        WasiCtxView { ctx: self.sealed.wasi(), table: &mut self.table }
    }
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
        let component = Component::from_binary(&running.engine, bytes.bytes())
            .map_err(|error| SandboxError::Compile(format!("{error:#}")))?;
        link(running, component, kind)
    }

    /// Loads compiled code that [`Ready::serialize`] or a compile helper wrote, from an open file whose content was
    /// verified.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Compile`] when the code is for another engine or machine: compile again.
    pub fn load(&self, file: &std::fs::File, kind: EngineKind) -> Result<Ready, SandboxError> {
        let running = self.running(kind)?;
        let component = load(&running.engine, file).map_err(|error| SandboxError::Compile(format!("{error:#}")))?;
        link(running, component, kind)
    }

    /// Runs one call in a fresh instance.
    ///
    /// Dropping the future stops the run at its next slice of fuel or at the host call it waits in.
    ///
    /// # Errors
    ///
    /// A [`RunError`]; the report is there in both cases.
    pub async fn call(&self, ready: &Ready, call: Call<'_>) -> (Result<Option<Value>, RunError>, Report) {
        // Waiting for a place is no part of the run.
        let _place = self.places.acquire().await;
        let started = Instant::now();
        let Call { export, signature, inputs, world, limits } = call;
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let World::Sealed { seed } = world else {
            return (Err(RunError::Internal("the open world is not there yet".to_owned())), Report::default());
        };
        let sealed = Sealed::new(seed, limits);
        let state = State { sealed, table, limiter: Limiter::new(limits), denials: Denials::default(), host_calls: 0 };
        let mut store = Store::new(ready.component.engine(), state);
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(limits.host_call_bytes);
        store.set_max_component_handles(limits.handles);

        let running = run(&mut store, ready, export, signature, inputs, limits);
        let result = match tokio::time::timeout(limits.timeout, running).await {
            Ok(result) => result,
            Err(_) => {
                Err(RunError::LimitExceeded(LimitExceeded::Time { limit: limits.timeout, reached: started.elapsed() }))
            }
        };
        let (stdout, stderr) = store.data_mut().sealed.take_printed();
        let scratch = store.data().sealed.scratch_used();
        let report = Report {
            fuel_used: limits.fuel.saturating_sub(store.get_fuel().unwrap_or(0)),
            peak_memory_bytes: store.data().limiter.peak_memory_bytes(),
            peak_scratch_bytes: scratch.peak_bytes,
            peak_scratch_files: scratch.peak_files,
            host_calls: store.data().host_calls,
            wall_micros: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
            denials: std::mem::take(&mut store.data_mut().denials),
            stdout,
            stderr,
        };
        // What a task answers after a refusal depends on the limit, which is not in the key.
        match store.data_mut().limiter.take_refusal().or(scratch.refused) {
            Some(limit) => (Err(RunError::LimitExceeded(limit)), report),
            None => (result, report),
        }
    }

    fn running(&self, kind: EngineKind) -> Result<&Running, SandboxError> {
        let cell = match kind {
            EngineKind::Sync => &self.sync_engine,
            EngineKind::Async => &self.async_engine,
        };
        if let Some(running) = cell.get() {
            return Ok(running);
        }
        let engine = engine::engine(kind)?;
        let linker = link::wasi(&engine, kind)?;
        // Two threads may both get here: one engine wins, the other is dropped before anything was compiled with it.
        Ok(cell.get_or_init(|| Running { engine, linker }))
    }
}

impl Ready {
    /// The compiled code, for [`Sandbox::load`] in another process.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Compile`] when the engine cannot write it.
    pub fn serialize(&self) -> Result<Vec<u8>, SandboxError> {
        self.component.serialize().map_err(|error| SandboxError::Compile(format!("{error:#}")))
    }

    /// The engine that this component runs on.
    #[must_use]
    pub const fn kind(&self) -> EngineKind {
        self.kind
    }
}

fn link(running: &Running, component: Component, kind: EngineKind) -> Result<Ready, SandboxError> {
    let mut linker = running.linker.clone();
    let failed = |error: wasmtime::Error| SandboxError::Link(format!("{error:#}"));
    link::refuse_the_rest(&mut linker, &component, kind).map_err(failed)?;
    let instance = linker.instantiate_pre(&component).map_err(failed)?;
    Ok(Ready { kind, component, instance })
}

async fn run(
    store: &mut Store<State>,
    ready: &Ready,
    export: &ExportPath,
    signature: &Signature,
    inputs: Vec<Value>,
    limits: &Limits,
) -> Result<Option<Value>, RunError> {
    let internal = |detail: String| RunError::Internal(detail);
    let failed = |error: wasmtime::Error| error::classify(&error, limits);
    store.set_fuel(limits.fuel).map_err(failed)?;
    store.fuel_async_yield_interval(Some(FUEL_SLICE)).map_err(failed)?;
    let params = inputs
        .into_iter()
        .zip(&signature.params)
        .map(|(value, param)| convert::to_val(value, &param.ty))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| internal(error.to_string()))?;

    let instance = ready
        .instance
        .instantiate_async(&mut *store)
        .await
        .map_err(|error| error::classify_instantiation(&error, limits))?;
    let parent = export.interface.as_deref().and_then(|name| instance.get_export_index(&mut *store, None, name));
    let function = instance
        .get_export_index(&mut *store, parent.as_ref(), &export.function)
        .and_then(|index| instance.get_func(&mut *store, index))
        .ok_or_else(|| internal(format!("the component has no export {export:?}")))?;

    // The engine overwrites it: any value will do.
    let mut results = vec![Val::Bool(false); usize::from(signature.result.is_some())];
    function.call_async(&mut *store, &params, &mut results).await.map_err(failed)?;
    results.pop().zip(signature.result.as_ref()).map(|(val, ty)| result(val, ty)).transpose()
}

fn result(val: Val, ty: &WitType) -> Result<Value, RunError> {
    convert::from_val(val, ty).map_err(|error| RunError::Internal(error.to_string()))
}

/// Maps compiled code from an open file.
fn load(engine: &Engine, file: &std::fs::File) -> wasmtime::Result<Component> {
    use std::os::fd::AsRawFd as _;
    // The path leads to the very file that was verified, not to what may have its name by now.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    #[expect(unsafe_code, reason = "compiled code can only be loaded on trust; the proof stands below")]
    // SAFETY: the file is code that this program or its compile helper compiled and wrote. Either a helper has just ended
    // that wrote all of it, to a file that nobody else had open; or its digest was recorded when it was written and
    // checked on this open file, in a folder that only this user can write. The engine itself checks that it is for
    // its version, settings and machine. A process of the same user that changes the file while it is mapped could
    // break this; such a process could as well change this program.
    unsafe {
        Component::deserialize_file(engine, path)
    }
}
