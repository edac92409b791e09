//! The network in the sealed world: each part refuses with its interface's own error, the same on every run, and the
//! task's answer is stored like any result.

use larder::capability::Denied;
use larder_tests::bench::Bench;
use larder_tests::server::Server;
use larder_tests::{guests, world};
use serde_json::{Value as Json, json};

/// Calls twice, and expects the same refusal and the same fuel each time.
#[track_caller]
fn is_refused(bench: &Bench, function: &str, inputs: &Json, error: &str, denied: &[Denied]) {
    let (first, second) = (bench.sealed(function, inputs), bench.sealed(function, inputs));
    first.is_denied(error, denied);
    second.is_denied(error, denied);
    assert_eq!(first.result(), second.result());
    assert_eq!(first.report.fuel_used, second.report.fuel_used);
}

fn http(method: &str, host: &str, port: u16) -> Denied {
    Denied::Http { method: method.to_owned(), host: host.to_owned(), port, address: None }
}

#[test]
fn sockets_and_look_ups() {
    let bench = Bench::with(guests::CONNECT);
    let server = Server::tcp_echo("127.0.0.1");
    let exchange = |host: &str| json!([host, server.port(), "x"]);
    is_refused(&bench, "exchange", &exchange("127.0.0.1"), "Permission denied", &[Denied::TcpSocket]);
    is_refused(&bench, "exchange", &exchange("::1"), "Permission denied", &[Denied::TcpSocket]);
    let lookup = || Denied::Lookup("localhost".to_owned());
    is_refused(&bench, "exchange", &exchange("localhost"), "Permission denied", &[lookup()]);
    is_refused(&bench, "addresses", &json!(["localhost"]), "Permission denied", &[lookup()]);
    is_refused(&bench, "listen", &json!(["127.0.0.1:0"]), "Permission denied", &[Denied::TcpSocket]);
    is_refused(&bench, "datagrams", &json!(["127.0.0.1:0"]), "Permission denied", &[Denied::UdpSocket]);
    server.has_connections(0);
}

#[test]
fn http_requests() {
    let bench = Bench::with(guests::FETCH);
    let server = Server::echo("127.0.0.1");
    let refused = |method: &str, url: &str, denied: Denied| {
        is_refused(&bench, "fetch", &json!([method, url, 0]), "HttpRequestDenied", &[denied]);
    };
    refused("GET", &server.url("127.0.0.1", "/"), http("GET", "127.0.0.1", server.port()));
    refused("POST", "https://example.com/a", http("POST", "example.com", 443));
    refused("PURGE", "http://user@example.com/a", http("PURGE", "example.com", 80));
    refused("GET", "http://[::1]/", http("GET", "[::1]", 80));
    server.has_connections(0);
}

#[test]
fn a_request_can_be_made_up_as_long_as_it_is_not_sent() {
    let bench = Bench::with(guests::FETCH);
    let first = bench.sealed("prepare", &json!([]));
    assert_eq!(*first.result(), json!([["user-agent"], 16384]));
    assert!(first.report.denials.is_empty());
    assert_eq!(first.result(), bench.sealed("prepare", &json!([])).result());
}

#[test]
fn the_interfaces_of_0_3() {
    let bench = Bench::with(guests::NETWORK_0_3);
    let server = Server::echo("127.0.0.1");
    let denied = "AccessDenied";
    is_refused(&bench, "receive", &json!([[127, 0, 0, 1], server.port()]), denied, &[Denied::TcpSocket]);
    is_refused(&bench, "listen", &json!([0]), denied, &[Denied::TcpSocket]);
    is_refused(&bench, "datagrams", &json!([]), denied, &[Denied::UdpSocket]);
    is_refused(&bench, "addresses", &json!(["localhost"]), denied, &[Denied::Lookup("localhost".to_owned())]);
    let authority = format!("127.0.0.1:{}", server.port());
    is_refused(&bench, "fetch", &json!([authority]), "HttpRequestDenied", &[http("GET", "127.0.0.1", server.port())]);
    server.has_connections(0);
}

#[test]
fn what_a_task_makes_of_a_refusal_is_stored() {
    let world = world!();
    let calls: [(&str, &str, &[&str]); 5] = [
        (guests::FETCH, "fetch", &["method=GET", "url=http://127.0.0.1:9/", "redirects=0"]),
        (guests::CONNECT, "exchange", &["host=127.0.0.1", "port=9", "text=x"]),
        (guests::CONNECT, "addresses", &["name=localhost"]),
        (guests::CONNECT, "datagrams", &["address=127.0.0.1:0"]),
        (guests::NETWORK_0_3, "fetch", &["authority=127.0.0.1:9"]),
    ];
    for (guest, task, inputs) in calls {
        let first = world.ends(1, guest, task, inputs);
        assert_eq!(first.status(), "miss", "{:#}", first.0);
        let second = world.ends(1, guest, task, inputs);
        assert_eq!(second.hits().result(), first.result());
    }
    // A guest tries every access and is refused, and still answers `ok`.
    let first = world.run(guests::AMBIENT, "look", &[]);
    assert_eq!(world.run(guests::AMBIENT, "look", &[]).is_a_hit().result(), first.result());
}
