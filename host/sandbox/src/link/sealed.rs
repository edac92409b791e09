//! The linker of the sealed world.

use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p3::bindings::clocks::monotonic_clock as p3_monotonic_clock;
use wasmtime_wasi_io::bindings::wasi::io::poll;

use super::both_worlds::add_both_worlds;
use super::world::WorldLinker;
use crate::engine::EngineKind;
use crate::files::{self, FilesView};
use crate::refused;
use crate::sealed::{NoNetworkView, Sealed, add_no_network};
use crate::state::State;
use crate::time::{TimeView, VirtualTime};

impl State {
    fn time(&mut self) -> TimeView<'_> {
        let Self { surroundings, table, .. } = self.counted();
        let Sealed { clock, timers, .. } = surroundings.sealed();
        TimeView { clock, timers, table }
    }

    fn scratch_folder(&mut self) -> FilesView<'_> {
        let Self { surroundings, table, .. } = self.counted();
        FilesView { scratch: surroundings.sealed().scratch(), table }
    }

    const fn no_network(&mut self) -> NoNetworkView<'_> {
        let Self { denials, table, .. } = self.counted();
        NoNetworkView { denials, table }
    }
}

/// Makes a linker with everything that a sealed component is linked to.
pub(crate) fn sealed_linker(engine: &Engine, kind: EngineKind) -> wasmtime::Result<WorldLinker<Sealed>> {
    let mut linker = Linker::new(engine);
    let l = &mut linker;
    add_both_worlds(l, kind)?;
    refused::add_udp_to_linker(l, kind, State::recorder)?;
    add_no_network(l, kind, State::no_network)?;
    files::add_to_linker(l, kind, State::scratch_folder)?;
    monotonic_clock::add_to_linker::<_, VirtualTime>(l, State::time)?;
    poll::add_to_linker::<_, VirtualTime>(l, State::time)?;
    if kind == EngineKind::Async {
        refused::add_tcp_to_linker(l, State::recorder)?;
        p3_monotonic_clock::add_to_linker::<_, VirtualTime>(l, State::time)?;
    }
    Ok(WorldLinker::new(linker))
}
