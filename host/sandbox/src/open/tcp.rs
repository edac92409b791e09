//! Creation of TCP sockets in the open world: wasmtime's own, up to the limit of a run. Addresses are checked when the
//! run connects: see [`Network::permits`](super::network::Network::permits).

use std::any::Any;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket::{self, Host};
use wasmtime_wasi::p2::{SocketResult, TcpSocket};
use wasmtime_wasi::p3::bindings::sockets::types as p3;
use wasmtime_wasi::p3::bindings::sockets::types::HostTcpSocket as _;
use wasmtime_wasi::sockets::{WasiSocketsCtxView, WasiSocketsView as _};

use super::network::SOCKETS_AT_ONCE;
use crate::bets::names::replace;
use crate::engine::EngineKind;
use crate::refused::{CREATE_TCP_0_3, SOCKETS_0_3, socket_errors};

/// Links the functions that create a TCP socket.
pub(crate) fn add_counted_tcp<T: WasiView + 'static>(l: &mut Linker<T>, kind: EngineKind) -> wasmtime::Result<()> {
    tcp_create_socket::add_to_linker::<T, CountedSockets>(l, |run| Counted(run.sockets()))?;
    if kind == EngineKind::Async {
        replace(l, SOCKETS_0_3, CREATE_TCP_0_3, |l, name| {
            l.func_wrap(name, |mut store, (family,): (p3::IpAddressFamily,)| {
                let created = create_0_3(store.data_mut().sockets(), family)?;
                Ok((created,))
            })
        })?;
    }
    Ok(())
}

struct CountedSockets;

impl HasData for CountedSockets {
    type Data<'a> = Counted<'a>;
}

struct Counted<'a>(WasiSocketsCtxView<'a>);

socket_errors!(Counted<'_>);

impl Host for Counted<'_> {
    fn create_tcp_socket(&mut self, family: IpAddressFamily) -> SocketResult<Resource<TcpSocket>> {
        if is_full(self.0.table) {
            return Err(ErrorCode::NewSocketLimit.into());
        }
        self.0.create_tcp_socket(family)
    }
}

fn create_0_3(
    mut sockets: WasiSocketsCtxView<'_>,
    family: p3::IpAddressFamily,
) -> wasmtime::Result<Result<Resource<p3::TcpSocket>, p3::ErrorCode>> {
    if is_full(sockets.table) {
        return Ok(Err(p3::ErrorCode::OutOfMemory));
    }
    match sockets.create(family) {
        Ok(socket) => Ok(Ok(socket)),
        Err(error) => error.downcast().map(Err),
    }
}

fn is_full(table: &mut ResourceTable) -> bool {
    let is_socket = |entry: &&mut (dyn Any + Send)| entry.is::<TcpSocket>() || entry.is::<p3::TcpSocket>();
    table.iter_mut().filter(is_socket).count() >= SOCKETS_AT_ONCE
}
