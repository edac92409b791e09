//! Uses the network with the interfaces of WASI 0.3, as far as it needs them: sockets, look-ups and HTTP requests.

#![expect(clippy::unwrap_used, reason = "a guest that cannot ask has nothing to say")]

use std::any::Any;
use std::fmt::Debug;

use testing_guests::{Numbers, declared};

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        inline: r#"
            package testing:network@0.1.0;

            /// An `err` is the name of the interface's error.
            interface network {
                /// Connects, and answers with the first bytes that come.
                receive: async func(ipv4: tuple<u8, u8, u8, u8>, port: u16) -> result<string, string>;
                listen: async func(port: u16) -> result<_, string>;
                datagrams: async func() -> result<_, string>;
                addresses: async func(name: string) -> result<list<string>, string>;
                /// Sends a GET request, and answers with status and body.
                fetch: async func(authority: string) -> result<tuple<u16, string>, string>;
                /// So many calls, chosen by the seed, each as large as it likes; answers with how many there were.
                wild: async func(seed: u64, calls: u32) -> u32;
            }

            world networking {
                include larder:task/task@0.1.0;
                import wasi:sockets/types@0.3.0;
                import wasi:sockets/ip-name-lookup@0.3.0;
                import wasi:http/types@0.3.0;
                import wasi:http/client@0.3.0;
                export network;
            }

            package wasi:sockets@0.3.0 {
                interface types {
                    variant error-code {
                        access-denied,
                        not-supported,
                        invalid-argument,
                        out-of-memory,
                        timeout,
                        invalid-state,
                        address-not-bindable,
                        address-in-use,
                        remote-unreachable,
                        connection-refused,
                        connection-broken,
                        connection-reset,
                        connection-aborted,
                        datagram-too-large,
                        other(option<string>),
                    }
                    enum ip-address-family { ipv4, ipv6 }
                    type ipv4-address = tuple<u8, u8, u8, u8>;
                    type ipv6-address = tuple<u16, u16, u16, u16, u16, u16, u16, u16>;
                    variant ip-address { ipv4(ipv4-address), ipv6(ipv6-address) }
                    record ipv4-socket-address { port: u16, address: ipv4-address }
                    record ipv6-socket-address { port: u16, flow-info: u32, address: ipv6-address, scope-id: u32 }
                    variant ip-socket-address { ipv4(ipv4-socket-address), ipv6(ipv6-socket-address) }
                    resource tcp-socket {
                        create: static func(address-family: ip-address-family) -> result<tcp-socket, error-code>;
                        bind: func(local-address: ip-socket-address) -> result<_, error-code>;
                        connect: async func(remote-address: ip-socket-address) -> result<_, error-code>;
                        listen: func() -> result<stream<tcp-socket>, error-code>;
                        receive: func() -> tuple<stream<u8>, future<result<_, error-code>>>;
                    }
                    resource udp-socket {
                        create: static func(address-family: ip-address-family) -> result<udp-socket, error-code>;
                    }
                }

                interface ip-name-lookup {
                    use types.{ip-address};
                    variant error-code {
                        access-denied,
                        invalid-argument,
                        name-unresolvable,
                        temporary-resolver-failure,
                        permanent-resolver-failure,
                        other(option<string>),
                    }
                    resolve-addresses: async func(name: string) -> result<list<ip-address>, error-code>;
                }
            }

            package wasi:http@0.3.0 {
                interface types {
                    variant method { get, head, post, put, delete, connect, options, trace, patch, other(string) }
                    variant scheme { HTTP, HTTPS, other(string) }
                    variant header-error { invalid-syntax, forbidden, immutable, size-exceeded, other(option<string>) }
                    record DNS-error-payload { rcode: option<string>, info-code: option<u16> }
                    record TLS-alert-received-payload { alert-id: option<u8>, alert-message: option<string> }
                    record field-size-payload { field-name: option<string>, field-size: option<u32> }
                    variant error-code {
                        DNS-timeout,
                        DNS-error(DNS-error-payload),
                        destination-not-found,
                        destination-unavailable,
                        destination-IP-prohibited,
                        destination-IP-unroutable,
                        connection-refused,
                        connection-terminated,
                        connection-timeout,
                        connection-read-timeout,
                        connection-write-timeout,
                        connection-limit-reached,
                        TLS-protocol-error,
                        TLS-certificate-error,
                        TLS-alert-received(TLS-alert-received-payload),
                        HTTP-request-denied,
                        HTTP-request-length-required,
                        HTTP-request-body-size(option<u64>),
                        HTTP-request-method-invalid,
                        HTTP-request-URI-invalid,
                        HTTP-request-URI-too-long,
                        HTTP-request-header-section-size(option<u32>),
                        HTTP-request-header-size(option<field-size-payload>),
                        HTTP-request-trailer-section-size(option<u32>),
                        HTTP-request-trailer-size(field-size-payload),
                        HTTP-response-incomplete,
                        HTTP-response-header-section-size(option<u32>),
                        HTTP-response-header-size(field-size-payload),
                        HTTP-response-body-size(option<u64>),
                        HTTP-response-trailer-section-size(option<u32>),
                        HTTP-response-trailer-size(field-size-payload),
                        HTTP-response-transfer-coding(option<string>),
                        HTTP-response-content-coding(option<string>),
                        HTTP-response-timeout,
                        HTTP-upgrade-failed,
                        HTTP-protocol-error,
                        loop-detected,
                        configuration-error,
                        internal-error(option<string>),
                    }
                    resource fields {
                        constructor();
                        append: func(name: string, value: list<u8>) -> result<_, header-error>;
                    }
                    type headers = fields;
                    type trailers = fields;
                    resource request-options {
                        constructor();
                    }
                    resource request {
                        new: static func(headers: headers, contents: option<stream<u8>>, trailers: future<result<option<trailers>, error-code>>, options: option<request-options>) -> tuple<request, future<result<_, error-code>>>;
                        set-method: func(method: method) -> result;
                        set-scheme: func(scheme: option<scheme>) -> result;
                        set-authority: func(authority: option<string>) -> result;
                        set-path-with-query: func(path-with-query: option<string>) -> result;
                    }
                    resource response {
                        get-status-code: func() -> u16;
                        consume-body: static func(this: response, res: future<result<_, error-code>>) -> tuple<stream<u8>, future<result<option<trailers>, error-code>>>;
                    }
                }

                interface client {
                    use types.{request, response, error-code};
                    send: async func(request: request) -> result<response, error-code>;
                }
            }
        "#,
        world: "testing:network/networking",
        generate_all,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::network::network::Guest;
use bindings::wasi::http::client::send;
use bindings::wasi::http::types::{Fields, Method, Request, Response, Scheme};
use bindings::wasi::sockets::ip_name_lookup::resolve_addresses;
use bindings::wasi::sockets::types::{
    IpAddressFamily, IpSocketAddress, Ipv4Address, Ipv4SocketAddress, TcpSocket, UdpSocket,
};
use bindings::{wit_future, wit_stream};

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        let kept = |task: Task| Task { cache: task.cache.map(|cache| Cache { cache_errors: true, ..cache }), ..task };
        vec![
            kept(declared!("network#receive")),
            kept(declared!("network#datagrams")),
            kept(declared!("network#addresses")),
            kept(declared!("network#fetch")),
        ]
    }
}

impl Guest for Component {
    async fn receive(address: Ipv4Address, port: u16) -> Result<String, String> {
        let socket = TcpSocket::create(IpAddressFamily::Ipv4).map_err(name)?;
        socket.connect(IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address })).await.map_err(name)?;
        let (mut stream, _end) = socket.receive();
        let (_, bytes) = stream.read(Vec::with_capacity(100)).await;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn listen(port: u16) -> Result<(), String> {
        let socket = TcpSocket::create(IpAddressFamily::Ipv4).map_err(name)?;
        let address = (127, 0, 0, 1);
        socket.bind(IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address })).map_err(name)?;
        socket.listen().map(drop).map_err(name)
    }

    async fn datagrams() -> Result<(), String> {
        UdpSocket::create(IpAddressFamily::Ipv4).map(drop).map_err(name)
    }

    async fn addresses(host: String) -> Result<Vec<String>, String> {
        let addresses = resolve_addresses(host).await.map_err(name)?;
        Ok(addresses.iter().map(|address| format!("{address:?}")).collect())
    }

    async fn wild(seed: u64, calls: u32) -> u32 {
        let mut numbers = Numbers(seed);
        let mut kept = Vec::<Box<dyn Any>>::new();
        for _ in 0..calls {
            let (kind, bytes) = (numbers.below(9), numbers.size());
            let letters = || "m".repeat(bytes);
            let fields = Fields::new();
            if kind == 0 {
                for number in 0..bytes % 200 {
                    let _ = fields.append(&format!("x-{number}"), &letters().as_bytes()[..bytes.min(20)]);
                }
            }
            let (_, no_trailers) = wit_future::new(|| Ok(None));
            let (writer, contents) = wit_stream::new();
            let (request, sent) = Request::new(fields, Some(contents), no_trailers, None);
            match kind {
                0 => {}
                1 => drop(request.set_method(&Method::Other(letters()))),
                2 => drop(request.set_authority(Some(&letters()))),
                3 => drop(request.set_path_with_query(Some(&format!("/{}", letters())))),
                4 => drop(request.set_scheme(Some(&Scheme::Other(letters())))),
                5 => {
                    kept.push(Box::new(send(request).await));
                    continue;
                }
                6 => drop(resolve_addresses(letters()).await),
                7 => kept.push(Box::new(TcpSocket::create(IpAddressFamily::Ipv4))),
                _ => kept.clear(),
            }
            kept.push(Box::new((request, sent)));
            if bytes.is_multiple_of(2) {
                drop(writer);
            } else {
                kept.push(Box::new(writer));
            }
        }
        calls
    }

    async fn fetch(authority: String) -> Result<(u16, String), String> {
        let (_, no_trailers) = wit_future::new(|| Ok(None));
        let (request, _sent) = Request::new(Fields::new(), None, no_trailers, None);
        request.set_scheme(Some(&Scheme::Http)).unwrap();
        request.set_authority(Some(&authority)).unwrap();
        request.set_path_with_query(Some("/")).unwrap();
        let response = send(request).await.map_err(name)?;
        let status = response.get_status_code();
        let (_, done) = wit_future::new(|| Ok(()));
        let (body, _trailers) = Response::consume_body(response, done);
        Ok((status, String::from_utf8_lossy(&body.collect().await).into_owned()))
    }
}

fn name(error: impl Debug) -> String {
    let text = format!("{error:?}");
    text.strip_prefix("ErrorCode::").unwrap_or(&text).to_owned()
}
