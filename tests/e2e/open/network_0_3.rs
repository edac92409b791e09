//! The same rules, for the interfaces of WASI 0.3.

use std::io::Write as _;

use larder::capability::{Denied, Grants};
use larder_tests::bench::Bench;
use larder_tests::guests;
use larder_tests::server::{Server, head};
use serde_json::json;

use super::{http, tcp};

#[test]
fn connections_are_granted_by_host_and_port() {
    let bench = Bench::with(guests::NETWORK_0_3);
    let server = Server::on("127.0.0.1", |mut stream| stream.write_all(b"welcome"));
    let port = server.port();
    let receive = |grants: &Grants| bench.open("receive", &json!([[127, 0, 0, 1], port]), grants);
    receive(&tcp("127.0.0.1", port)).is_ok(&json!("welcome"));
    let denied = Denied::Tcp { address: "127.0.0.1".parse().unwrap(), port };
    receive(&tcp("127.0.0.1", port + 1)).is_denied("AccessDenied", std::slice::from_ref(&denied));
    receive(&Grants::default()).is_denied("AccessDenied", &[denied]);
    server.has_connections(1);
}

#[test]
fn nobody_waits_for_connections_or_datagrams() {
    let bench = Bench::with(guests::NETWORK_0_3);
    let grants = tcp("127.0.0.1", 4321);
    bench.open("listen", &json!([4321]), &grants).is_denied("AccessDenied", &[Denied::Listen]);
    bench.open("datagrams", &json!([]), &grants).is_denied("AccessDenied", &[Denied::UdpSocket]);
}

#[test]
fn names_are_looked_up_when_a_connection_to_them_is_granted() {
    let bench = Bench::with(guests::NETWORK_0_3);
    let addresses = |grants: &Grants| bench.open("addresses", &json!(["localhost"]), grants);
    assert!(!addresses(&tcp("localhost", 80)).result()["ok"].as_array().unwrap().is_empty());
    addresses(&Grants::default()).is_denied("AccessDenied", &[Denied::Lookup("localhost".to_owned())]);
}

#[test]
fn requests_are_granted_by_host_and_port() {
    let bench = Bench::with(guests::NETWORK_0_3);
    let server = Server::echo("127.0.0.1");
    let authority = format!("localhost:{}", server.port());
    let fetch = |grants: &Grants| bench.open("fetch", &json!([authority]), grants);
    let body = format!("GET / HTTP/1.1 {authority}");
    fetch(&http("localhost", server.port())).is_ok(&json!([200, body]));
    let (method, host, port, address) = ("GET".to_owned(), "localhost".to_owned(), server.port(), None);
    fetch(&Grants::default()).is_denied("HttpRequestDenied", &[Denied::Http { method, host, port, address }]);
    server.has_connections(1);
}

#[test]
fn a_login_before_the_host_is_refused() {
    let bench = Bench::with(guests::NETWORK_0_3);
    let server = Server::echo("127.0.0.1");
    let authority = format!("user:password@localhost:{}", server.port());
    let ended = bench.open("fetch", &json!([authority]), &http("localhost", server.port()));
    assert_eq!(ended.result()["err"], "HttpRequestUriInvalid", "{ended:?}");
    server.has_connections(0);
}

#[test]
fn a_long_body_arrives_whole() {
    let bench = Bench::with(guests::NETWORK_0_3);
    let server = Server::on("127.0.0.1", |mut stream| {
        head(&stream)?;
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 3000000\r\n\r\n")?;
        stream.write_all(&vec![b'x'; 3_000_000])
    });
    let ended =
        bench.open("fetch", &json!([format!("localhost:{}", server.port())]), &http("localhost", server.port()));
    assert_eq!(ended.result()["ok"][1].as_str().unwrap().len(), 3_000_000);
    server.is_left_alone();
}
