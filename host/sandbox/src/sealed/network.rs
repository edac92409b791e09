//! The network of the sealed world, which has none. Every use of it is refused at once with the interface's own error,
//! and recorded.

use wasmtime::component::{Accessor, HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{IpAddress, Network, ResolveAddressStream};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sockets::{ip_name_lookup, tcp_create_socket};
use wasmtime_wasi::p2::{DynPollable, SocketResult, TcpSocket};
use wasmtime_wasi::p3::bindings::sockets::ip_name_lookup as p3_ip_name_lookup;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode as HttpErrorCode, RequestOptions};
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{Error, RequestOptions as Options, WasiBody, WasiHttpHooks};

use crate::denials::Recorder;
use crate::engine::EngineKind;
use crate::http::{Destination, Sending};
use crate::refused::socket_errors;
use larder_types::capability::Denied;

/// The interface by which WASI 0.2 sends requests. The linker finds it for a guest of any version of 0.2.
const OUTGOING_HANDLER: &str = "wasi:http/outgoing-handler@0.2.12";

/// Links the functions that make a WASI 0.2 socket, look a name up or send a request.
pub(crate) fn add_no_network<T: Send + 'static>(
    l: &mut Linker<T>,
    kind: EngineKind,
    view: fn(&mut T) -> NoNetworkView<'_>,
) -> wasmtime::Result<()> {
    tcp_create_socket::add_to_linker::<_, NoNetwork>(l, view)?;
    ip_name_lookup::add_to_linker::<_, NoNetwork>(l, view)?;
    l.instance(OUTGOING_HANDLER)?.func_wrap(
        "handle",
        move |mut store, (request, _): (_, Option<Resource<RequestOptions>>)| {
            let refused = view(store.data_mut()).refuse(request)?;
            Ok((Err::<Resource<HostFutureIncomingResponse>, _>(refused),))
        },
    )?;
    if kind == EngineKind::Async {
        p3_ip_name_lookup::add_to_linker::<_, NoNetwork>(l, view)?;
    }
    Ok(())
}

/// Names [`NoNetworkView`] to the linker.
struct NoNetwork;

impl HasData for NoNetwork {
    type Data<'a> = NoNetworkView<'a>;
}

/// The part of a run that the functions of the network see.
pub(crate) struct NoNetworkView<'a> {
    pub(crate) denials: &'a Recorder,
    pub(crate) table: &'a mut ResourceTable,
}

socket_errors!(NoNetworkView<'_>);

impl tcp_create_socket::Host for NoNetworkView<'_> {
    fn create_tcp_socket(&mut self, _: IpAddressFamily) -> SocketResult<Resource<TcpSocket>> {
        self.denials.add(Denied::TcpSocket);
        Err(ErrorCode::AccessDenied.into())
    }
}

impl ip_name_lookup::Host for NoNetworkView<'_> {
    fn resolve_addresses(
        &mut self,
        _: Resource<Network>,
        name: String,
    ) -> SocketResult<Resource<ResolveAddressStream>> {
        self.denials.add(Denied::Lookup(name));
        Err(ErrorCode::AccessDenied.into())
    }
}

// No guest has such a stream, since nothing creates one.
impl ip_name_lookup::HostResolveAddressStream for NoNetworkView<'_> {
    fn resolve_next_address(&mut self, _: Resource<ResolveAddressStream>) -> SocketResult<Option<IpAddress>> {
        Err(ErrorCode::InvalidState.into())
    }

    fn subscribe(&mut self, _: Resource<ResolveAddressStream>) -> wasmtime::Result<Resource<DynPollable>> {
        Err(wasmtime::format_err!("there are no look-ups in the sealed world"))
    }

    fn drop(&mut self, _: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl p3_ip_name_lookup::Host for NoNetworkView<'_> {}

impl<T> p3_ip_name_lookup::HostWithStore<T> for NoNetwork {
    async fn resolve_addresses(
        store: &Accessor<T, Self>,
        name: String,
    ) -> wasmtime::Result<Result<Vec<p3_ip_name_lookup::IpAddress>, p3_ip_name_lookup::ErrorCode>> {
        store.with(|mut view| view.get().denials.add(Denied::Lookup(name)));
        Ok(Err(p3_ip_name_lookup::ErrorCode::AccessDenied))
    }
}

impl NoNetworkView<'_> {
    /// Refuses a request in the call itself. If the hook below did so, the guest would wait for a task of the host,
    /// and could measure how long that took.
    fn refuse(&mut self, request: Resource<HostOutgoingRequest>) -> wasmtime::Result<HttpErrorCode> {
        let request = self.table.delete(request)?;
        self.denials.add(Destination::of_outgoing(&request).denied(None));
        Ok(HttpErrorCode::HttpRequestDenied)
    }
}

/// Refuses all requests: WASI 0.3 calls it in place of a client.
pub(super) struct NoClient(pub(super) Recorder);

impl WasiHttpHooks for NoClient {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _: Option<Options>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Sending {
        self.0.add(Destination::of(&request).denied(None));
        Box::new(std::future::ready(Err(Error::HttpRequestDenied)))
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        crate::http::CHUNK_BYTES
    }

    fn p3_outgoing_body_chunk_size(&mut self) -> usize {
        crate::http::CHUNK_BYTES
    }
}
