//! The linker of the open world.

use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p2::bindings::filesystem;
use wasmtime_wasi::p3::bindings::clocks::monotonic_clock as p3_monotonic_clock;
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler;
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};
use wasmtime_wasi_io::bindings::wasi::io;

use super::both_worlds::{Resources, add_both_worlds};
use super::world::WorldLinker;
use crate::engine::EngineKind;
use crate::open::{LookupView, Open, add_bounded_paths, add_counted_tcp, add_lookups};
use crate::refused;
use crate::state::State;

impl State {
    fn lookups(&mut self) -> LookupView<'_> {
        let Self { surroundings, table, .. } = self.counted();
        LookupView { network: surroundings.open().network(), table }
    }
}

/// Makes a linker with everything that an open component is linked to.
pub(crate) fn open_linker(engine: &Engine, kind: EngineKind) -> wasmtime::Result<WorldLinker<Open>> {
    let mut linker = Linker::new(engine);
    let l = &mut linker;
    add_both_worlds(l, kind)?;
    io::error::add_to_linker::<_, Resources>(l, State::table)?;
    filesystem::types::add_to_linker::<_, WasiFilesystem>(l, State::filesystem)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(l, State::filesystem)?;
    monotonic_clock::add_to_linker::<_, WasiClocks>(l, State::clocks)?;
    io::poll::add_to_linker::<_, Resources>(l, State::table)?;
    outgoing_handler::add_to_linker::<_, WasiHttp>(l, State::http)?;
    if kind == EngineKind::Async {
        wasmtime_wasi::p3::filesystem::add_to_linker(l)?;
        add_bounded_paths(l)?;
        p3_monotonic_clock::add_to_linker::<_, WasiClocks>(l, State::clocks)?;
    }
    refused::add_udp_to_linker(l, kind, State::recorder)?;
    add_lookups(l, kind, State::lookups)?;
    add_counted_tcp(l, kind)?;
    Ok(WorldLinker::new(linker))
}
