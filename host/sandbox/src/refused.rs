//! Sockets that no task gets: UDP in either world, and in the sealed one TCP too.

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sockets::udp_create_socket;
use wasmtime_wasi::p2::{SocketResult, UdpSocket};
use wasmtime_wasi::p3::bindings::sockets::types as p3;

use super::bets::names::replace;
use super::denials::Recorder;
use super::engine::EngineKind;
use larder_types::capability::Denied;

/// The interface of WASI 0.3 that creates sockets, under the version by which wasmtime links it. Its functions of the
/// same name are replaced.
pub(super) const SOCKETS_0_3: &str = "wasi:sockets/types@0.3.0";

/// Its function that creates a TCP socket.
pub(super) const CREATE_TCP_0_3: &str = "[static]tcp-socket.create";

const CREATE_UDP_0_3: &str = "[static]udp-socket.create";

/// Lets a view of this crate answer with the errors of `wasi:sockets`. The functions of `network` itself are linked to
/// wasmtime's view; of the functions written here, the linker calls only the first.
macro_rules! socket_errors {
    ($view:ty) => {
        impl wasmtime_wasi::p2::bindings::sockets::network::Host for $view {
            fn convert_error_code(
                &mut self,
                error: wasmtime_wasi::p2::SocketError,
            ) -> wasmtime::Result<wasmtime_wasi::p2::bindings::sockets::network::ErrorCode> {
                error.downcast()
            }

            fn network_error_code(
                &mut self,
                _: wasmtime::component::Resource<wasmtime_wasi::p2::IoError>,
            ) -> wasmtime::Result<Option<wasmtime_wasi::p2::bindings::sockets::network::ErrorCode>> {
                Ok(None)
            }
        }

        impl wasmtime_wasi::p2::bindings::sockets::network::HostNetwork for $view {
            fn drop(&mut self, _: wasmtime::component::Resource<wasmtime_wasi::p2::Network>) -> wasmtime::Result<()> {
                Ok(())
            }
        }
    };
}
pub(super) use socket_errors;

/// Names the record of denials to the linker.
struct Refused;

impl HasData for Refused {
    type Data<'a> = &'a Recorder;
}

/// Function that returns the record of denials of a run.
type RecorderOf<T> = fn(&mut T) -> &Recorder;

/// Links the refusal of UDP sockets.
pub(super) fn add_udp_to_linker<T: Send + 'static>(
    l: &mut Linker<T>,
    kind: EngineKind,
    recorder: RecorderOf<T>,
) -> wasmtime::Result<()> {
    udp_create_socket::add_to_linker::<_, Refused>(l, recorder)?;
    if kind == EngineKind::Async {
        refuse_0_3::<T, p3::UdpSocket>(l, recorder, CREATE_UDP_0_3, Denied::UdpSocket)?;
    }
    Ok(())
}

/// Links the refusal of TCP sockets in WASI 0.3.
pub(super) fn add_tcp_to_linker<T: 'static>(l: &mut Linker<T>, recorder: RecorderOf<T>) -> wasmtime::Result<()> {
    refuse_0_3::<T, p3::TcpSocket>(l, recorder, CREATE_TCP_0_3, Denied::TcpSocket)
}

fn refuse_0_3<T: 'static, S: 'static>(
    l: &mut Linker<T>,
    recorder: RecorderOf<T>,
    function: &str,
    denied: Denied,
) -> wasmtime::Result<()> {
    replace(l, SOCKETS_0_3, function, |l, name| {
        l.func_wrap(name, move |mut store, (_,): (p3::IpAddressFamily,)| {
            recorder(store.data_mut()).add(denied.clone());
            Ok((Err::<Resource<S>, _>(p3::ErrorCode::AccessDenied),))
        })
    })
}

socket_errors!(&Recorder);

impl udp_create_socket::Host for &Recorder {
    async fn create_udp_socket(&mut self, _: IpAddressFamily) -> SocketResult<Resource<UdpSocket>> {
        self.add(Denied::UdpSocket);
        Err(ErrorCode::AccessDenied.into())
    }
}
