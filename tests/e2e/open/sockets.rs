//! TCP connections and look-ups of the open world.

use std::time::Duration;

use larder::capability::{Denied, Grants};
use larder_tests::bench::Bench;
use larder_tests::guests;
use larder_tests::server::Server;
use serde_json::json;

use super::tcp;

const REFUSED: &str = "Permission denied";

fn denied(address: &str, port: u16) -> Denied {
    Denied::Tcp { address: address.parse().unwrap(), port }
}

#[test]
fn a_connection_passes_that_is_granted_by_host_and_port() {
    let bench = Bench::with(guests::CONNECT);
    let (server, other) = (Server::tcp_echo("127.0.0.1"), Server::tcp_echo("127.0.0.1"));
    let port = server.port();
    let exchange =
        |grant: &str, host: &str, to: u16| bench.open("exchange", &json!([host, to, "hello"]), &tcp(grant, port));

    exchange("127.0.0.1", "127.0.0.1", port).is_ok(&json!("hello"));
    exchange("127.0.0.0/8", "127.0.0.1", port).is_ok(&json!("hello"));
    exchange("localhost", "localhost", port).is_ok(&json!("hello"));
    server.has_connections(3);

    exchange("127.0.0.1", "127.0.0.1", other.port()).is_denied(REFUSED, &[denied("127.0.0.1", other.port())]);
    exchange("127.0.0.1", "127.0.0.2", port).is_denied(REFUSED, &[denied("127.0.0.2", port)]);
    exchange("127.0.0.1", "::1", port).is_denied(REFUSED, &[denied("::1", port)]);
    exchange("*", "127.0.0.1", port).is_denied(REFUSED, &[denied("127.0.0.1", port)]);
    exchange("*", "169.254.169.254", port).is_denied(REFUSED, &[denied("169.254.169.254", port)]);
    // An IPv6 socket accepts no IPv4 address, whatever is granted.
    let mapped = exchange("127.0.0.1", "::ffff:127.0.0.1", port);
    assert!(mapped.result()["err"].is_string(), "{mapped:?}");
    server.has_connections(3);
    other.has_connections(0);
}

#[test]
fn ipv6_is_granted_like_the_rest() {
    let bench = Bench::with(guests::CONNECT);
    let server = Server::tcp_echo("::1");
    let exchange =
        |grant: &str| bench.open("exchange", &json!(["::1", server.port(), "six"]), &tcp(grant, server.port()));
    exchange("[::1]").is_ok(&json!("six"));
    exchange("127.0.0.1").is_denied(REFUSED, &[denied("::1", server.port())]);
}

#[test]
fn a_name_is_looked_up_when_a_connection_to_it_is_granted() {
    let bench = Bench::with(guests::CONNECT);
    let addresses = |name: &str, grants: &Grants| bench.open("addresses", &json!([name]), grants);
    let ended = addresses("localhost", &tcp("localhost", 80));
    let told = ended.result()["ok"].as_array().unwrap();
    assert!(!told.is_empty() && told.iter().all(|address| address == "127.0.0.1" || address == "::1"), "{told:?}");

    let refused = |name: &str, grants: &Grants, denied: Denied| {
        let ended = addresses(name, grants);
        assert!(ended.result()["err"].is_string(), "{ended:?}");
        assert_eq!(ended.report.denials.iter().cloned().collect::<Vec<_>>(), [denied]);
    };
    refused("localhost", &Grants::default(), Denied::Lookup("localhost".to_owned()));
    refused("localhost", &tcp("127.0.0.1", 80), Denied::Lookup("localhost".to_owned()));
    refused("LOCALHOST", &tcp("*.example.com", 80), Denied::Lookup("localhost".to_owned()));
    // The name may be looked up, but its address may not be reached.
    let ended = addresses("localhost", &tcp("*", 4321));
    assert!(ended.result()["err"].is_string(), "{ended:?}");
    let denials: Vec<_> = ended.report.denials.iter().cloned().collect();
    assert!(denials == [denied("127.0.0.1", 4321)] || denials == [denied("::1", 4321)], "{denials:?}");
    // Invalid host names are never looked up.
    for name in ["no name", "*", "10.0.0.0/8", &"a".repeat(300)] {
        let ended = addresses(name, &tcp("*", 80));
        assert!(ended.result()["err"].is_string() && ended.report.denials.is_empty(), "{ended:?}");
    }
}

#[test]
fn a_look_up_opens_the_way_to_its_own_addresses_only() {
    let bench = Bench::with(guests::CONNECT);
    let server = Server::tcp_echo("127.0.0.1");
    let port = server.port();
    let detour =
        |grant: &str, address: &str| bench.open("detour", &json!(["localhost", address, port]), &tcp(grant, port));
    detour("localhost", "127.0.0.1").is_ok(&json!(null));
    detour("localhost", "127.0.0.3").is_denied(REFUSED, &[denied("127.0.0.3", port)]);
    // Without the look-up, the owner of the address is unknown.
    bench
        .open("exchange", &json!(["127.0.0.1", port, "x"]), &tcp("localhost", port))
        .is_denied(REFUSED, &[denied("127.0.0.1", port)]);
    server.has_connections(1);
}

#[test]
fn nobody_waits_for_connections_or_datagrams() {
    let bench = Bench::with(guests::CONNECT);
    let grants = tcp("127.0.0.0/8", 4321);
    for address in ["127.0.0.1:4321", "127.0.0.1:0", "0.0.0.0:0", "0.0.0.0:4321", "[::]:0"] {
        bench.open("listen", &json!([address]), &grants).is_denied(REFUSED, &[Denied::Listen]);
        bench.open("datagrams", &json!([address]), &grants).is_denied(REFUSED, &[Denied::UdpSocket]);
    }
}

#[test]
fn a_run_has_so_many_sockets_and_no_more_and_leaves_none_behind() {
    let bench = Bench::with(guests::CONNECT);
    let server = Server::silent("127.0.0.1");
    let address = server.address.to_string();
    let ended = bench.open("hoard", &json!([address, 300]), &tcp("127.0.0.1", server.port()));
    assert_eq!(*ended.result(), 256);
    server.is_left_alone();
}

#[test]
fn a_connection_that_stalls_ends_at_the_time_limit() {
    let mut bench = Bench::with(guests::CONNECT);
    let server = Server::on("127.0.0.1", |stream| {
        std::thread::sleep(Duration::from_secs(3));
        drop(stream);
        Ok(())
    });
    bench.limits.timeout = Duration::from_millis(300);
    let ended = bench.open("exchange", &json!(["127.0.0.1", server.port(), "x"]), &tcp("127.0.0.1", server.port()));
    assert_eq!(ended.code(), "limit/time");
}
