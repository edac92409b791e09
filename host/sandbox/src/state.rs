//! What a store holds for the one call that it lives for, in either world.

use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

use super::account::Account;
use super::files::{Shown, TakeError, Used};
use super::limiter::Limiter;
use super::open::Open;
use super::random::RandomView;
use super::sealed::Sealed;
use super::task_files::TaskFiles;
use super::weight;
use larder_base::Captured;
use larder_base::Digest;
use larder_content::{Content, Directory, Spool};
use larder_types::capability::{Denials, Denied};
use larder_types::limits::{LimitExceeded, Limits};

/// The most that one set of HTTP fields that a guest makes may take in the host.
pub(super) const FIELDS_BYTES: usize = 32 << 10;

/// The surroundings of a run: what differs between the worlds.
///
/// The engine's generic code is compiled once for each type of state, so both worlds have one. What keeps them apart is
/// the type of a linker: see [`super::link::WorldLinker`].
#[expect(clippy::large_enum_variant, reason = "most runs are sealed, and an allocation for each would cost more")]
pub(super) enum Surroundings {
    Sealed(Sealed),
    Open(Box<Open>),
}

impl From<Sealed> for Surroundings {
    fn from(sealed: Sealed) -> Self {
        Self::Sealed(sealed)
    }
}

impl From<Open> for Surroundings {
    fn from(open: Open) -> Self {
        Self::Open(Box::new(open))
    }
}

impl Surroundings {
    /// The sealed world, for a function that is linked in that world alone.
    pub(super) fn sealed(&mut self) -> &mut Sealed {
        match self {
            Self::Sealed(sealed) => sealed,
            Self::Open(_) => unreachable!("a function of the sealed world is called in the open one"),
        }
    }

    /// The open world, for a function that is linked in that world alone.
    pub(super) fn open(&self) -> &Open {
        match self {
            Self::Open(open) => open,
            Self::Sealed(_) => unreachable!("a function of the open world is called in the sealed one"),
        }
    }

    /// The bytes that a stream of WASI 0.2 may hold in the host.
    const fn stream_bytes(&self) -> u64 {
        match self {
            // No stream here has a buffer: what is asked of one is done when it is asked for.
            Self::Sealed(_) => 0,
            // The piece of a file that is being written, or of a connection.
            Self::Open(_) => 1 << 20,
        }
    }

    /// Tells whether content is shown as a copy on the disk.
    pub(super) const fn copies_what_it_shows(&self) -> bool {
        matches!(self, Self::Open(_))
    }

    /// The context of the interfaces that both worlds have.
    fn wasi(&mut self) -> &mut WasiCtx {
        match self {
            Self::Sealed(sealed) => sealed.wasi(),
            Self::Open(open) => open.wasi(),
        }
    }

    /// The receiver of HTTP requests.
    fn http_hooks(&mut self) -> &mut dyn WasiHttpHooks {
        match self {
            Self::Sealed(sealed) => sealed.http_hooks(),
            Self::Open(open) => open.http_hooks(),
        }
    }

    /// Takes what the guest wrote to its standard output and standard error.
    pub(super) fn take_printed(&mut self) -> (Captured, Captured) {
        match self {
            Self::Sealed(sealed) => sealed.take_printed(),
            Self::Open(open) => open.take_printed(),
        }
    }

    /// Shows content that the task holds as number `number`, and under a name where it counts; gives back its path.
    pub(super) fn show(&mut self, number: u32, name: Option<&str>, what: &Shown<'_>) -> wasmtime::Result<String> {
        match self {
            Self::Sealed(sealed) => sealed.show(number, name, what),
            Self::Open(open) => open.show(number, name, what),
        }
    }

    /// Copies a file that the task has written.
    pub(super) async fn take_file(&mut self, path: &str, spool: &Spool) -> Result<(Digest, Content), TakeError> {
        match self {
            Self::Sealed(sealed) => sealed.take_file(path, spool).await,
            // There is no scratch folder there: what is granted is the operator's, and stays.
            Self::Open(_) => Err(TakeError::NotPermitted),
        }
    }

    /// Copies a directory that the task has made.
    pub(super) async fn take_directory(&mut self, path: &str, spool: &Spool) -> Result<Arc<Directory>, TakeError> {
        match self {
            Self::Sealed(sealed) => sealed.take_directory(path, spool).await,
            Self::Open(_) => Err(TakeError::NotPermitted),
        }
    }

    /// The use of the scratch folder, in the world that has one.
    pub(super) fn scratch_used(&self) -> Used {
        match self {
            Self::Sealed(sealed) => sealed.scratch_used(),
            Self::Open(_) => Used::default(),
        }
    }
}

/// The state of one store.
pub(super) struct State {
    pub(super) surroundings: Surroundings,
    pub(super) table: ResourceTable,
    pub(super) limiter: Limiter,
    pub(super) account: Account,
    pub(super) denials: Recorder,
    pub(super) files: TaskFiles,
    http: WasiHttpCtx,
    pub(super) host_calls: u64,
    /// The count of host calls when the table was last weighed.
    weighed_at: u64,
    random_bytes: u64,
}

impl State {
    pub(super) fn new(
        surroundings: Surroundings,
        denials: Recorder,
        files: TaskFiles,
        account: Account,
        limits: &Limits,
    ) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(FIELDS_BYTES);
        Self {
            surroundings,
            table,
            limiter: Limiter::new(limits),
            account,
            weighed_at: 0,
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

    /// For random numbers.
    pub(super) fn bounded_random(&mut self) -> RandomView<'_> {
        let (limit, account) = (self.random_bytes, self.account.clone());
        RandomView { random: self.ctx().ctx.random(), limit, account }
    }

    /// Settles what the host keeps: after each host call, on the way back into the guest.
    ///
    /// # Errors
    ///
    /// [`LimitExceeded::HostMemory`] when it is too much, or something was refused before: what the guest would answer now
    /// depends on the limit.
    pub(super) fn settle(&mut self) -> Result<(), LimitExceeded> {
        // A call of a function that counts none, such as the drop of a resource, adds nothing but is the first to end.
        if self.account.is_due(self.host_calls - self.weighed_at + 1) {
            self.weigh()?;
        }
        self.account.refusal().map_or(Ok(()), Err)
    }

    /// Weighs the table of resources. That is work too.
    pub(super) fn weigh(&mut self) -> Result<(), LimitExceeded> {
        let (weight, entries) = weight::of_table(&mut self.table, self.surroundings.stream_bytes());
        self.account.owe(entries);
        self.weighed_at = self.host_calls;
        self.account.weighed(weight)
    }
}

impl WasiView for State {
    // Each call of a function of WASI begins with asking for its view.
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.host_calls += 1;
        WasiCtxView { ctx: self.surroundings.wasi(), table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.host_calls += 1;
        WasiHttpCtxView { hooks: self.surroundings.http_hooks(), table: &mut self.table, ctx: &mut self.http }
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
