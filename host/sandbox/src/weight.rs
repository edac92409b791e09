//! The weight of the table of resources: the host memory that each kind of resource keeps, in bytes.
//!
//! Most of these types are the engine's and made by its own functions. So they are not charged when they are made, but
//! weighed in the table. A type that is not named here keeps nothing that a guest could make large, and weighs
//! [`ENTRY`]. The table of host functions in `docs/host-functions.md` lists the bound of each.

use std::any::Any;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::bindings::filesystem::types::DirectoryEntryStream;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, TcpSocket, UdpSocket};
use wasmtime_wasi::p3::bindings::sockets::types as p3_sockets;
use wasmtime_wasi_http::FieldMap;
use wasmtime_wasi_http::p2::bindings::http::types::{Method, Scheme};
use wasmtime_wasi_http::p2::body::{HostFutureTrailers, HostIncomingBody};
use wasmtime_wasi_http::p2::types::{
    HostFutureIncomingResponse, HostIncomingRequest, HostIncomingResponse, HostOutgoingRequest, HostOutgoingResponse,
};
use wasmtime_wasi_http::p3::{Request, Response};

use super::http::{CHUNK_BYTES, FIELDS_BYTES};
use super::task_files;

/// Any entry: its slot in the table, its box, and the data of a small resource.
const ENTRY: u64 = 512;

/// The body of a request or a response that the guest writes: two pieces in the channel, and trailers.
const BODY: u64 = 2 * CHUNK_BYTES as u64 + FIELDS_BYTES as u64;

/// A response that is on its way or complete: its head, and the part of its body that was read from the network.
const ANSWER: u64 = 128 << 10;

/// A socket: its bytes in flight in either direction.
const SOCKET: u64 = 64 << 10;

/// An error, which may contain the engine's backtrace.
const ERROR: u64 = 4 << 10;

/// Each slot of a set of fields: a bucket and its index.
const FIELD_SLOT: u64 = 128;

/// Returns the weight of the table, if a stream of WASI 0.2 takes `stream` bytes, and the number of its entries.
pub(super) fn of_table(table: &mut ResourceTable, stream: u64) -> (u64, u64) {
    table.iter_mut().fold((0, 0), |(weight, entries), entry| {
        (weight.saturating_add(ENTRY).saturating_add(beyond(entry, stream)), entries + 1)
    })
}

/// Returns the weight of an entry beyond [`ENTRY`].
fn beyond(entry: &(dyn Any + Send), stream: u64) -> u64 {
    if let Some(request) = entry.downcast_ref::<HostOutgoingRequest>() {
        outgoing(request)
    } else if let Some(map) = entry.downcast_ref::<FieldMap>() {
        fields(map)
    } else if let Some(response) = entry.downcast_ref::<HostOutgoingResponse>() {
        fields(&response.headers) + body(response.body.is_some())
    } else if let Some(request) = entry.downcast_ref::<Request>() {
        incoming_or_outgoing(request)
    } else if let Some(response) = entry.downcast_ref::<Response>() {
        fields(&response.headers) + BODY
    } else if let Some(response) = entry.downcast_ref::<HostIncomingResponse>() {
        fields(&response.headers) + ANSWER
    } else if entry.is::<HostFutureIncomingResponse>()
        || entry.is::<HostIncomingRequest>()
        || entry.is::<HostIncomingBody>()
        || entry.is::<HostFutureTrailers>()
    {
        ANSWER
    } else if entry.is::<DynInputStream>() || entry.is::<DynOutputStream>() || entry.is::<DirectoryEntryStream>() {
        stream
    } else if entry.is::<TcpSocket>() || entry.is::<UdpSocket>() || is_p3_socket(entry) {
        SOCKET
    } else if entry.is::<wasmtime::Error>() {
        ERROR
    } else {
        task_files::weight(entry)
    }
}

fn is_p3_socket(entry: &(dyn Any + Send)) -> bool {
    entry.is::<p3_sockets::TcpSocket>() || entry.is::<p3_sockets::UdpSocket>()
}

fn outgoing(request: &HostOutgoingRequest) -> u64 {
    let HostOutgoingRequest { method, scheme, authority, path_with_query, headers, body: written } = request;
    let method = if let Method::Other(name) = method { length(name) } else { 0 };
    let scheme = if let Some(Scheme::Other(name)) = scheme { length(name) } else { 0 };
    let optional = |text: &Option<String>| text.as_deref().map_or(0, length);
    method + scheme + optional(authority) + optional(path_with_query) + fields(headers) + body(written.is_some())
}

fn incoming_or_outgoing(request: &Request) -> u64 {
    let Request { method, scheme, authority, path_with_query, headers, .. } = request;
    let scheme = scheme.as_ref().map_or(0, |scheme| length(scheme.as_str()));
    let authority = authority.as_ref().map_or(0, |authority| length(authority.as_str()));
    let path = path_with_query.as_ref().map_or(0, |path| length(path.as_str()));
    length(method.as_str()) + scheme + authority + path + fields(headers) + BODY
}

const fn body(is_there: bool) -> u64 {
    if is_there { BODY } else { 0 }
}

fn length(text: &str) -> u64 {
    text.len() as u64
}

/// Weighs the names and values of a set of fields. A shared set counts once for each holder.
fn fields(map: &http::HeaderMap) -> u64 {
    let names = map.keys().map(|name| name.as_str().len()).sum::<usize>();
    let values = map.values().map(|value| value.len() + size_of_val(value)).sum::<usize>();
    (map.capacity() as u64 * FIELD_SLOT).saturating_add((names + values) as u64)
}

/// Returns the host memory of a request while it is sent and no longer in the table.
pub(super) fn of_request<B>(request: &http::Request<B>) -> u64 {
    let uri = request.uri();
    let authority = uri.authority().map_or(0, |authority| length(authority.as_str()));
    let path = uri.path_and_query().map_or(0, |path| length(path.as_str()));
    length(request.method().as_str()) + authority + path + fields(request.headers()) + BODY + ANSWER
}
