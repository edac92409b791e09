//! HTTP support for both worlds: the destination of a request, in the terms of a rule.

use std::net::IpAddr;

use http::uri::{Authority, Scheme};
use wasmtime_wasi_http::p2::bindings::http::types::{Method, Scheme as WasiScheme};
use wasmtime_wasi_http::p2::types::HostOutgoingRequest;
use wasmtime_wasi_http::{Error, WasiBody};

use larder_types::capability::Denied;

/// Maximum size of one write to a request's body, in bytes. The host holds two such pieces of each body that a guest
/// made, sent or not.
pub(super) const CHUNK_BYTES: usize = 16 << 10;

/// Maximum host memory of one set of HTTP fields that a guest makes, in bytes.
pub(super) const FIELDS_BYTES: usize = 32 << 10;

/// Answer of a hook for sending requests: a response, and the future that drives its connection.
pub(super) type Sending = Box<dyn Future<Output = Result<(http::Response<WasiBody>, Driving), Error>> + Send>;

/// Drives a connection until the response is complete.
pub(super) type Driving = Box<dyn Future<Output = Result<(), Error>> + Send>;

/// Destination of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    pub(super) method: String,
    /// A name, or an address, with brackets if it is an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
}

impl Destination {
    /// Returns the destination of a request that is about to be sent.
    pub(super) fn of<B>(request: &http::Request<B>) -> Self {
        let uri = request.uri();
        Self::new(request.method().to_string(), uri.scheme() != Some(&Scheme::HTTP), uri.authority())
    }

    /// Returns the destination of a WASI 0.2 request.
    pub(super) fn of_outgoing(request: &HostOutgoingRequest) -> Self {
        // The scheme is `https` unless the guest says otherwise, as everywhere in WASI.
        let tls = !matches!(request.scheme, Some(WasiScheme::Http));
        let written = request.authority.as_deref().unwrap_or_default();
        let authority = written.parse::<Authority>().ok();
        let destination = Self::new(method(&request.method), tls, authority.as_ref());
        match authority {
            Some(_) => destination,
            None => Self { host: written.to_owned(), ..destination },
        }
    }

    fn new(method: String, tls: bool, authority: Option<&Authority>) -> Self {
        let host = authority.map_or("", Authority::host).to_owned();
        let port = authority.and_then(Authority::port_u16).unwrap_or(if tls { 443 } else { 80 });
        Self { method, host, port, tls }
    }

    /// Returns the denial of the request: of its host as written, or of the address that the host resolved to.
    pub(super) fn denied(self, address: Option<IpAddr>) -> Denied {
        let Self { method, host, port, tls: _ } = self;
        Denied::Http { method, host, port, address }
    }
}

fn method(method: &Method) -> String {
    let name = match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(name) => name,
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn goes_to(uri: &str, host: &str, port: u16, tls: bool) {
        let request = http::Request::post(uri).body(()).unwrap();
        let expected = Destination { method: "POST".to_owned(), host: host.to_owned(), port, tls };
        assert_eq!(Destination::of(&request), expected);
    }

    #[test]
    fn the_destination_is_the_host_that_is_connected_to_not_what_is_written_before_it() {
        goes_to("http://example.com/a", "example.com", 80, false);
        goes_to("https://example.com/a", "example.com", 443, true);
        goes_to("https://example.com:8443", "example.com", 8443, true);
        goes_to("http://example.com@evil.test/", "evil.test", 80, false);
        goes_to("http://example.com:80@evil.test:81/", "evil.test", 81, false);
        goes_to("http://[::1]:8080/", "[::1]", 8080, false);
        goes_to("https://10.0.0.1/@example.com", "10.0.0.1", 443, true);
    }
}
