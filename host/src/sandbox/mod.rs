//! The sandbox: compiles components, and runs their exports bounded, in one of two worlds.
//!
//! It is handed a call as plain data: which export, which values, which world, which limits. It must never see a key
//! or the store: what it cannot see, a result cannot depend on.
//!
//! The sealed world ([`World::Sealed`]) is the same on every run; the open one ([`World::Open`]) has what an operator
//! allows. Each has a linker of its own, of another type ([`link::WorldLinker`]), so that nothing of the open world can
//! be reached from the sealed one. Compiled code and limits are the same in both.

mod account;
mod border;
mod compile;
mod convert;
mod direct;
mod engine;
mod error;
mod files;
mod http;
mod limits;
mod link;
mod open;
mod pace;
mod printed;
mod random;
mod refused;
mod sealed;
mod state;
mod task_files;
#[cfg(test)]
mod tests;
mod texts;
mod time;
mod watch;
mod weight;

use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Instant;

use arc_swap::ArcSwapOption;
use rustix::io::Errno;
use tokio::sync::Semaphore;
use wasmtime::component::{Component, InstancePre, Val};
use wasmtime::{AsContextMut as _, Engine, Store};

use self::account::Account;
pub use self::compile::{CompileLimitExceeded, CompileLimits, Compiler, Confinement, Ending, compile_helper};
pub(crate) use self::compile::{Helper, Stop, unnamed_file};
use self::direct::Direct;
pub use self::engine::{ENGINE_VERSION, EngineKind, EngineVariant, Reservation};
pub(crate) use self::error::instead_of;
pub use self::error::{MachineRefused, RunError, SandboxError};
use self::files::Setting;
pub use self::limits::{LimitExceeded, Limits, host_memory_for};
use self::link::{Linked, WorldLinker};
use self::open::Open;
use self::pace::Conversions;
use self::sealed::Sealed;
use self::state::{Recorder, State};
use self::task_files::{Faults, TaskFiles};
pub use self::watch::Watch;
use crate::capability::{Allowed, Denials};
use crate::captured::Captured;
use crate::component::ComponentBytes;
use crate::contain::contain;
use crate::content::{Contents, Quota};
use crate::declare::ExportPath;
use crate::threads::in_parallel;
use crate::value::{BlobRef, Value};
use crate::wit_type::Signature;

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
    /// The content of the files and directories among the inputs.
    pub contents: Arc<Contents>,
    /// The folder in whose file system the files that the task returns are written; if there is none, they are written
    /// where the system has its temporary files.
    pub spool: Option<PathBuf>,
    /// What stops it from outside.
    pub watch: Watch,
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
    /// The most that the host kept for the run at one time, beside its memories, in bytes.
    pub peak_host_bytes: u64,
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

/// What a run that succeeded returned.
#[derive(Debug, Clone, Default)]
pub struct Returned {
    /// The value; none for a function without a result.
    pub value: Option<Value>,
    /// The content of the files and directories in it.
    pub contents: Contents,
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
            false => compile_on_one_thread(&running, bytes),
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
        let component = load(&running.engine, file).map_err(|error| no_room(&error, file, running.variant))?;
        Ready::new(&running, component)
    }

    /// As [`Sandbox::load`], of code in memory: for a system on which no file may be as large.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::load`].
    pub(crate) fn load_bytes(&self, code: &[u8], kind: EngineKind) -> Result<Ready, SandboxError> {
        let running = self.running(kind)?;
        let component =
            load_bytes(&running.engine, code).map_err(|error| SandboxError::Compile(format!("{error:#}")))?;
        Ready::new(&running, component)
    }

    /// Runs one call in a fresh instance.
    ///
    /// Dropping the future stops the run at its next slice of fuel or at the host call it waits in; the call's [`Watch`]
    /// stops it from another thread, wherever it passes through the host. What comes after the deadline is
    /// [`LimitExceeded::Time`], whatever it is.
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
                let linker = open::linker(&running.engine, running.variant.kind).map_err(engine_failed)?;
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
    /// [`SandboxError::Engine`] when it cannot start.
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
        let sealed = sealed::linker(&engine, kind).map_err(engine_failed)?;
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
    pub(crate) fn is_retired(&self) -> bool {
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

    /// The engine that this component runs on.
    #[must_use]
    pub fn variant(&self) -> EngineVariant {
        self.running.variant
    }
}

/// Compiles without the threads that the engine would start, and takes it for granted that there are.
fn compile_on_one_thread(running: &Running, bytes: &[u8]) -> wasmtime::Result<Component> {
    use std::io::Write as _;

    let code = engine::compile_only(running.variant, false)?.precompile_component(bytes)?;
    let mut file = unnamed_file("larder-code")?;
    file.write_all(&code)?;
    load(&running.engine, &file)
}

/// Why code could not be loaded: it is none of this engine, or the pool has no room for what it declares.
fn no_room(error: &wasmtime::Error, file: &std::fs::File, variant: EngineVariant) -> SandboxError {
    let by_the_system = |cause: &(dyn std::error::Error + 'static)| cause.is::<std::io::Error>() || cause.is::<Errno>();
    if error.chain().any(by_the_system) {
        return SandboxError::System(format!("{error:#}"));
    }
    let fits_the_heap = engine::without_pool(variant).is_ok_and(|engine| load(&engine, file).is_ok());
    let words = format!("{error:#}");
    if fits_the_heap { SandboxError::NoRoom(words) } else { SandboxError::Compile(words) }
}

fn engine_failed(error: wasmtime::Error) -> SandboxError {
    SandboxError::Engine(format!("{error:#}"))
}

fn link<W>(linker: &WorldLinker<W>, component: &Component) -> Result<Linked<W>, SandboxError> {
    linker.link_or_refuse(component).map_err(|error| SandboxError::Link(format!("{error:#}")))
}

/// The function to call, and what with.
struct Function<'a> {
    kind: EngineKind,
    export: &'a ExportPath,
    signature: &'a Signature,
    inputs: Vec<Value>,
}

/// Runs one call in a fresh store, and reports on it.
async fn run(
    instance: &InstancePre<State>,
    state: State,
    function: Function<'_>,
    limits: &Limits,
    watch: &Watch,
) -> (Result<Returned, RunError>, Report) {
    let started = Instant::now();
    // A deadline beyond the clock is none.
    if let Some(deadline) = started.checked_add(limits.timeout) {
        watch.begin(started, deadline);
    }
    let mut store = Store::new(instance.engine(), state);
    store.limiter(|state| &mut state.limiter);
    // What the guest hands to the host's functions is typed, and takes what is charged; what it returns may take more. In an
    // asynchronous component the two cannot be told apart: a result is handed over in a call of the host.
    let to_lift = border::fuel_to_lift(function.signature.result.as_ref(), limits.host_call_bytes);
    let to_host = match function.kind {
        EngineKind::Sync => limits.host_call_bytes,
        EngineKind::Async => to_lift,
    };
    store.set_hostcall_fuel(to_lift);
    store.set_max_component_handles(limits.handles);
    store.call_hook(pace::hook(watch.clone(), Conversions { to_host, to_lift }));

    let running = call(&mut store, instance, function, limits);
    let mut result = drive(running, watch, limits).await;
    // The account remembers a refusal, and the peak is told.
    let _ = store.data_mut().weigh();
    let owed = store.data().account.take_debt();
    let fuel_left = store.get_fuel().unwrap_or(0).checked_sub(owed);
    if fuel_left.is_none() && result.is_ok() {
        result = Err(RunError::LimitExceeded(LimitExceeded::Fuel { limit: limits.fuel }));
    }
    let reached = started.elapsed();
    if reached >= limits.timeout && !matches!(result, Err(RunError::Stopped | RunError::EngineBug(_))) {
        result = Err(RunError::LimitExceeded(LimitExceeded::Time { limit: limits.timeout, reached }));
    }
    let (stdout, stderr) = store.data_mut().surroundings.take_printed();
    let scratch = store.data().surroundings.scratch_used();
    let report = Report {
        fuel_used: limits.fuel.saturating_sub(fuel_left.unwrap_or(0)),
        peak_memory_bytes: store.data().limiter.peak_memory_bytes(),
        peak_host_bytes: store.data().account.peak_bytes(),
        peak_scratch_bytes: store.data().files.peak_bytes(),
        peak_scratch_files: scratch.peak_files,
        host_calls: store.data().host_calls,
        wall_micros: u64::try_from(reached.as_micros()).unwrap_or(u64::MAX),
        denials: store.data().denials.take().with_missed(scratch.missed),
        stdout,
        stderr,
    };
    let contents = store.data_mut().files.take_outputs();
    // What is still open is closed first, so that it is known whether it is what it was.
    let faults = store.data().files.faults().clone();
    let refused = store.data_mut().limiter.take_refusal();
    let refused = refused.or_else(|| store.data().account.refusal()).or(scratch.refused);
    // After a panic in it, an engine may have another when it tidies up.
    let dropped = contain(move || drop(store));
    if let Err(panicked) = dropped
        && result.is_ok()
    {
        return (Err(error::classify_panic(&panicked.0)), report);
    }
    if let Some(fault) = faults.take() {
        return (Err(RunError::Input(fault)), report);
    }
    if matches!(result, Err(RunError::EngineBug(_))) {
        return (result.map(|_| Returned::default()), report);
    }
    // What a task answers after a refusal depends on the limit, which is not in the key.
    match refused {
        Some(limit) => (Err(RunError::LimitExceeded(limit)), report),
        None => (result.map(|value| Returned { value, contents }), report),
    }
}

/// Polls a run until it is over, its time is up, or nobody waits for it. A panic in the engine ends here, too.
async fn drive<T>(
    running: impl Future<Output = Result<T, RunError>>,
    watch: &Watch,
    limits: &Limits,
) -> Result<T, RunError> {
    let mut running = pin!(running);
    let watched = poll_fn(|context| {
        watch.take_turn();
        if let Some(stopped) = watch.stopped() {
            return Poll::Ready(Err(error::classify(&stopped.into(), limits)));
        }
        contain(|| running.as_mut().poll(context))
            .unwrap_or_else(|panicked| Poll::Ready(Err(error::classify_panic(&panicked.0))))
    });
    let time_is_up = LimitExceeded::Time { limit: limits.timeout, reached: limits.timeout };
    tokio::time::timeout(limits.timeout, watched).await.unwrap_or_else(|_| Err(RunError::LimitExceeded(time_is_up)))
}

async fn call(
    store: &mut Store<State>,
    instance: &InstancePre<State>,
    function: Function<'_>,
    limits: &Limits,
) -> Result<Option<Value>, RunError> {
    let Function { kind: _, export, signature, inputs } = function;
    let internal = |detail: String| RunError::Internal(detail);
    let failed = |error: wasmtime::Error| error::classify(&error, limits);
    store.set_fuel(limits.fuel).map_err(failed)?;
    store.fuel_async_yield_interval(Some(pace::FUEL_SLICE)).map_err(failed)?;
    let direct = Direct::of(signature);
    let (inputs, vals) = match direct {
        Some(_) => (inputs, Vec::new()),
        None => (Vec::new(), to_vals(store, signature, inputs).map_err(|error| not_converted(&error, limits))?),
    };

    let instance =
        instance.instantiate_async(&mut *store).await.map_err(|error| error::classify_instantiation(&error, limits))?;
    let parent = export.interface.as_deref().and_then(|name| instance.get_export_index(&mut *store, None, name));
    let function = instance
        .get_export_index(&mut *store, parent.as_ref(), &export.function)
        .and_then(|index| instance.get_func(&mut *store, index))
        .ok_or_else(|| internal(format!("the component has no export {export:?}")))?;

    if let Some(direct) = direct {
        return direct.call(store, function, inputs).await.map_err(failed);
    }
    // The engine overwrites it: any value will do.
    let mut results = vec![Val::Bool(false); usize::from(signature.result.is_some())];
    function.call_async(&mut *store, &vals, &mut results).await.map_err(failed)?;
    let Some((val, ty)) = results.pop().zip(signature.result.as_ref()) else { return Ok(None) };
    let mut take = |kind, handle| task_files::take(store.as_context_mut(), kind, handle);
    convert::from_val(val, ty, &mut take).map(Some).map_err(|error| not_converted(&error, limits))
}

/// The arguments, as the engine takes those of any signature.
fn to_vals(
    store: &mut Store<State>,
    signature: &Signature,
    inputs: Vec<Value>,
) -> wasmtime::Result<Vec<Val>> {
    let mut give = |kind, blob: &BlobRef| task_files::give(store.as_context_mut(), kind, blob);
    let params = inputs.into_iter().zip(&signature.params);
    params.map(|(value, param)| convert::to_val(value, &param.ty, &mut give)).collect()
}

/// A value that does not fit is a bug of ours, unless it was one handle too many.
fn not_converted(error: &wasmtime::Error, limits: &Limits) -> RunError {
    let found = error::classify(error, limits);
    if matches!(found, RunError::LimitExceeded(_)) { found } else { RunError::Internal(error.to_string()) }
}

/// Maps compiled code from an open file.
fn load(engine: &Engine, file: &std::fs::File) -> wasmtime::Result<Component> {
    use std::os::fd::AsRawFd as _;
    // The path leads to the very file that was verified, not to what may have its name by now.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    #[expect(unsafe_code, reason = "compiled code can only be loaded on trust; the proof stands below")]
    // SAFETY: the file is code that this program or its compile helper compiled and wrote. Either a helper has just
    // ended that wrote all of it, to a file that nobody else had open; or its digest was recorded when it was written
    // and checked on this open file, in a folder that only this user can write. The engine itself checks that it is
    // for its version, settings and machine. A process of the same user that changes the file while it is mapped
    // could break this; such a process could as well change this program.
    unsafe {
        Component::deserialize_file(engine, path)
    }
}

fn load_bytes(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    #[expect(unsafe_code, reason = "compiled code can only be loaded on trust; the proof stands below")]
    // SAFETY: the bytes are code that the compile helper of this program has just written into a pipe of this process,
    // which nobody else could write to. The engine itself checks that it is for its version, settings and machine.
    unsafe {
        Component::deserialize(engine, code)
    }
}
