//! The state of a store, for the one call that it serves, in either world.
//!
//! It consists of the parts of a run. None of them knows it: the host functions see a view of it, which
//! [`crate::link`] makes for each group of them.

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::account::Account;
use super::denials::Recorder;
use super::http::FIELDS_BYTES;
use super::limiter::Limiter;
use super::surroundings::Surroundings;
use super::task_files::TaskFiles;
use super::weight;
use larder_types::limits::{LimitExceeded, Limits};

/// The state of one store.
pub(super) struct State {
    pub(super) surroundings: Surroundings,
    pub(super) table: ResourceTable,
    pub(super) limiter: Limiter,
    pub(super) account: Account,
    pub(super) denials: Recorder,
    pub(super) files: TaskFiles,
    pub(super) http: WasiHttpCtx,
    pub(super) host_calls: u64,
    /// The count of host calls when the table was last weighed.
    weighed_at: u64,
    /// Maximum number of random bytes in one request.
    pub(super) random_bytes: u64,
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

    /// Counts one more call of the host, and returns this state.
    pub(super) const fn counted(&mut self) -> &mut Self {
        self.host_calls += 1;
        self
    }

    /// Settles what the host keeps, after each host call, on the way back into the guest.
    ///
    /// # Errors
    ///
    /// [`LimitExceeded::HostMemory`] if it is too much, or something was refused before: the guest's answer would now
    /// depend on the limit.
    pub(super) fn settle(&mut self) -> Result<(), LimitExceeded> {
        // A call that is not counted, such as the drop of a resource, adds nothing but is the first to end.
        if self.account.is_due(self.host_calls - self.weighed_at + 1) {
            self.weigh()?;
        }
        self.account.refusal().map_or(Ok(()), Err)
    }

    /// Weighs the table of resources, which is charged as work, too.
    pub(super) fn weigh(&mut self) -> Result<(), LimitExceeded> {
        let (weight, entries) = weight::of_table(&mut self.table, self.surroundings.stream_bytes());
        self.account.owe(entries);
        self.weighed_at = self.host_calls;
        self.account.weighed(weight)
    }
}

impl WasiView for State {
    // Each call of a WASI function begins by asking for its view.
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let Self { surroundings, table, .. } = self.counted();
        WasiCtxView { ctx: surroundings.wasi(), table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let Self { surroundings, table, http, .. } = self.counted();
        WasiHttpCtxView { hooks: surroundings.http_hooks(), table, ctx: http }
    }
}
