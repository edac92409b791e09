//! What a store holds for the one call that it lives for, in either world.

use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

use super::account::Account;
use super::files::{Shown, TakeError, Used};
use super::limits::{Limiter, Limits};
use super::random::RandomView;
use super::task_files::TaskFiles;
use crate::capability::{Denials, Denied};
use crate::captured::Captured;
use crate::content::{Content, Directory, Spool};
use crate::digest::Digest;

/// The most that one set of HTTP fields that a guest makes may take in the host. As many sets as a guest may have
/// handles take about as much as its own memory may.
const FIELDS_BYTES: usize = 32 << 10;

/// What differs between the worlds.
pub(super) trait Surroundings: Send + 'static {
    /// What the guest gets of the interfaces that both worlds have.
    fn wasi(&mut self) -> &mut WasiCtx;

    /// What becomes of its HTTP requests.
    fn http_hooks(&mut self) -> &mut dyn WasiHttpHooks;

    /// What it wrote to its standard output and standard error.
    fn take_printed(&mut self) -> (Captured, Captured);

    /// Shows content that the task holds as number `number`, and under a name where it counts; gives back its path.
    fn show(&mut self, number: u32, name: Option<&str>, what: &Shown<'_>) -> wasmtime::Result<String>;

    /// Copies a file that the task has written.
    fn take_file(
        &mut self,
        path: &str,
        spool: &Spool,
    ) -> impl Future<Output = Result<(Digest, Content), TakeError>> + Send;

    /// Copies a directory that the task has made.
    fn take_directory(
        &mut self,
        path: &str,
        spool: &Spool,
    ) -> impl Future<Output = Result<Arc<Directory>, TakeError>> + Send;

    /// What it used of its scratch folder, in the world that has one.
    fn scratch_used(&self) -> Used {
        Used::default()
    }
}

/// The state of one store.
///
/// The world is part of its type: what is linked for one world cannot be called in the other.
pub(super) struct State<W> {
    pub(super) world: W,
    pub(super) table: ResourceTable,
    pub(super) limiter: Limiter,
    pub(super) account: Account,
    pub(super) denials: Recorder,
    pub(super) files: TaskFiles,
    http: WasiHttpCtx,
    pub(super) host_calls: u64,
    random_bytes: u64,
}

impl<W> State<W> {
    pub(super) fn new(world: W, denials: Recorder, files: TaskFiles, limits: &Limits) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(FIELDS_BYTES);
        Self {
            world,
            table,
            limiter: Limiter::new(limits),
            account: Account::new(limits.host_memory_bytes),
            denials,
            files,
            http,
            host_calls: 0,
            random_bytes: limits.random_bytes,
        }
    }

    /// For interfaces that need nothing but the resources.
    pub(super) fn table(&mut self) -> &mut ResourceTable {
        self.host_calls += 1;
        &mut self.table
    }
}

impl<W: Surroundings> State<W> {
    /// For random numbers.
    pub(super) fn bounded_random(&mut self) -> RandomView<'_> {
        let (limit, account) = (self.random_bytes, self.account.clone());
        RandomView { random: self.ctx().ctx.random(), limit, account }
    }
}

impl<W: Surroundings> WasiView for State<W> {
    // Each call of a function of WASI begins with asking for its view.
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.host_calls += 1;
        WasiCtxView { ctx: self.world.wasi(), table: &mut self.table }
    }
}

impl<W: Surroundings> WasiHttpView for State<W> {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.host_calls += 1;
        WasiHttpCtxView { hooks: self.world.http_hooks(), table: &mut self.table, ctx: &mut self.http }
    }
}

/// The denials of a run, recorded wherever they happen: in a call of the guest, or in a request that is under way.
#[derive(Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<Denials>>);

impl Recorder {
    pub(super) fn add(&self, denied: Denied) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(denied);
    }

    pub(super) fn take(&self) -> Denials {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
