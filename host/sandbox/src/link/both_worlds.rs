//! The interfaces that both worlds have.

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::WasiView as _;
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::p2::bindings as p2;
use wasmtime_wasi::p3::bindings as p3;
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};
use wasmtime_wasi_http::{WasiHttp, WasiHttpCtxView, WasiHttpView as _};
use wasmtime_wasi_io::bindings::wasi::io;

use crate::denials::Recorder;
use crate::engine::EngineKind;
use crate::random::{BoundedRandom, RandomView};
use crate::state::State;
use crate::task_files::{self, TaskFilesView};
use crate::texts::{self, TextsView};

/// Names the table of resources to the linker.
pub(super) struct Resources;

impl HasData for Resources {
    type Data<'a> = &'a mut ResourceTable;
}

impl State {
    /// For interfaces that need only the resources.
    pub(super) const fn table(&mut self) -> &mut ResourceTable {
        &mut self.counted().table
    }

    /// For random numbers.
    fn bounded_random(&mut self) -> RandomView<'_> {
        let (limit, account) = (self.random_bytes, self.account.clone());
        RandomView { random: self.ctx().ctx.random(), limit, account }
    }

    /// For refusals.
    pub(super) const fn recorder(&mut self) -> &Recorder {
        &self.counted().denials
    }

    /// For files and directories that are arguments and results.
    const fn task_files(&mut self) -> TaskFilesView<'_> {
        let Self { surroundings, table, limiter, account, files, .. } = self.counted();
        TaskFilesView { files, surroundings, table, account, limiter }
    }

    /// For the texts of requests.
    fn texts(&mut self) -> TextsView<'_> {
        let Self { surroundings, table, account, http, .. } = self.counted();
        TextsView { http: WasiHttpCtxView { hooks: surroundings.http_hooks(), table, ctx: http }, account }
    }
}

/// Links the interfaces that both worlds have. The guest gets from them what its world put into the context:
/// variables, streams, clocks and random numbers. Each world links its own files, streams' errors (which may be errors
/// of files), and everything that waits.
pub(super) fn add_both_worlds(l: &mut Linker<State>, kind: EngineKind) -> wasmtime::Result<()> {
    task_files::add_to_linker(l, State::task_files)?;
    io::streams::add_to_linker::<_, Resources>(l, State::table)?;
    p2::clocks::wall_clock::add_to_linker::<_, WasiClocks>(l, State::clocks)?;
    p2::random::random::add_to_linker::<_, BoundedRandom>(l, State::bounded_random)?;
    p2::random::insecure::add_to_linker::<_, BoundedRandom>(l, State::bounded_random)?;
    p2::random::insecure_seed::add_to_linker::<_, WasiRandom>(l, State::random)?;
    p2::cli::environment::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::exit::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::stdin::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::stdout::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::stderr::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::terminal_input::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::terminal_output::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::terminal_stdin::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::terminal_stdout::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::terminal_stderr::add_to_linker::<_, WasiCli>(l, State::cli)?;
    // Operations on a socket; each world links its own way to create one.
    p2::sockets::network::add_to_linker::<_, WasiSockets>(l, &Default::default(), State::sockets)?;
    p2::sockets::instance_network::add_to_linker::<_, WasiSockets>(l, State::sockets)?;
    p2::sockets::tcp::add_to_linker::<_, WasiSockets>(l, State::sockets)?;
    p2::sockets::udp::add_to_linker::<_, WasiSockets>(l, State::sockets)?;
    // Operations on a request; each world links its own way to send one.
    let options = Default::default();
    wasmtime_wasi_http::p2::bindings::http::types::add_to_linker::<_, WasiHttp>(l, &options, State::http)?;
    if kind == EngineKind::Async {
        add_both_worlds_in_0_3(l)?;
    }
    texts::add_to_linker(l, kind, State::texts)
}

fn add_both_worlds_in_0_3(l: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p3::cli::add_to_linker(l)?;
    p3::random::random::add_to_linker::<_, BoundedRandom>(l, State::bounded_random)?;
    p3::random::insecure::add_to_linker::<_, BoundedRandom>(l, State::bounded_random)?;
    p3::random::insecure_seed::add_to_linker::<_, WasiRandom>(l, State::random)?;
    p3::clocks::types::add_to_linker::<_, WasiClocks>(l, State::clocks)?;
    p3::clocks::system_clock::add_to_linker::<_, WasiClocks>(l, State::clocks)?;
    // Each world links its own version of the two functions that create a socket.
    p3::sockets::types::add_to_linker::<_, WasiSockets>(l, State::sockets)?;
    // A request to be sent goes to the world's hook.
    wasmtime_wasi_http::p3::add_to_linker(l)
}
