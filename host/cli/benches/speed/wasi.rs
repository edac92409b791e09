//! What a store of bare wasmtime holds: its WASI.

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

pub(crate) struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl State {
    pub(crate) fn new(wasi: WasiCtx) -> Self {
        Self { wasi, table: ResourceTable::new() }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}
