//! HTTP requests of the open world.

use std::io::Write as _;
use std::time::Duration;

use larder::capability::{Denied, Grants, HttpRule};
use larder_tests::bench::{Bench, Ended};
use larder_tests::server::{Server, head, ok};
use larder_tests::{PATIENCE, guests};
use serde_json::json;

use super::{http, resident_bytes};

fn denied(method: &str, host: &str, port: u16, address: Option<&str>) -> Denied {
    let address = address.map(|address| address.parse().unwrap());
    Denied::Http { method: method.to_owned(), host: host.to_owned(), port, address }
}

#[track_caller]
fn answers(ended: &Ended, body: &str) {
    assert_eq!(ended.result()["ok"]["body"], body, "{ended:?}");
    assert!(ended.report.denials.is_empty(), "{ended:?}");
}

#[test]
fn a_request_passes_that_is_granted_by_host_port_and_method() {
    let bench = Bench::with(guests::FETCH);
    let (server, other) = (Server::echo("127.0.0.1"), Server::echo("127.0.0.1"));
    let port = server.port();
    let get_only = Grants {
        http: vec![HttpRule { host: "localhost".parse().unwrap(), port: Some(port), methods: vec!["GET".to_owned()] }],
        ..Grants::default()
    };
    let fetch = |method: &str, url: String| bench.open("fetch", &json!([method, url, 0]), &get_only);

    let body = format!("GET /a?b HTTP/1.1 localhost:{port}");
    answers(&fetch("GET", server.url("localhost", "/a?b")), &body);
    server.has_connections(1);

    let refused = "HttpRequestDenied";
    fetch("POST", server.url("localhost", "/")).is_denied(refused, &[denied("POST", "localhost", port, None)]);
    fetch("PURGE", server.url("localhost", "/")).is_denied(refused, &[denied("PURGE", "localhost", port, None)]);
    fetch("GET", server.url("127.0.0.1", "/")).is_denied(refused, &[denied("GET", "127.0.0.1", port, None)]);
    fetch("GET", server.url("example.com", "/")).is_denied(refused, &[denied("GET", "example.com", port, None)]);
    fetch("GET", other.url("localhost", "/")).is_denied(refused, &[denied("GET", "localhost", other.port(), None)]);
    fetch("GET", "http://localhost/".to_owned()).is_denied(refused, &[denied("GET", "localhost", 80, None)]);
    fetch("GET", "https://localhost/".to_owned()).is_denied(refused, &[denied("GET", "localhost", 443, None)]);
    // The part before an `@` is not a host.
    let disguised = fetch("GET", format!("http://localhost:{port}@evil.test/"));
    assert_eq!(disguised.result()["err"], "HttpRequestUriInvalid");
    server.has_connections(1);
    other.has_connections(0);
}

#[test]
fn a_login_before_the_host_is_refused() {
    let bench = Bench::with(guests::FETCH);
    let server = Server::echo("127.0.0.1");
    let port = server.port();
    let granted = http("localhost", port);
    for login in ["user:password@", "@", "localhost:80@"] {
        let ended = bench.open("fetch", &json!(["GET", format!("http://{login}localhost:{port}/"), 0]), &granted);
        assert_eq!(ended.result()["err"], "HttpRequestUriInvalid", "{login}");
        assert!(ended.report.denials.is_empty(), "{ended:?}");
    }
    server.has_connections(0);
}

#[test]
fn a_name_does_not_lead_to_this_machine_unless_the_machine_is_named() {
    let bench = Bench::with(guests::FETCH);
    let server = Server::echo("127.0.0.1");
    let port = server.port();
    let fetch =
        |grant: &str, host: &str| bench.open("fetch", &json!(["GET", server.url(host, "/"), 0]), &http(grant, port));

    let ended = fetch("*", "localhost");
    assert_eq!(ended.result()["err"], "HttpRequestDenied");
    let denials: Vec<_> = ended.report.denials.iter().cloned().collect();
    let of = |address| denied("GET", "localhost", port, Some(address));
    assert!(denials == [of("127.0.0.1")] || denials == [of("::1")], "{denials:?}");

    // Other spellings of an address are the same address.
    for host in ["127.1", "2130706433", "0x7f000001"] {
        let ended = fetch("*", host);
        let denials: Vec<_> = ended.report.denials.iter().cloned().collect();
        assert_eq!(denials, [denied("GET", host, port, Some("127.0.0.1"))], "{ended:?}");
    }
    let body = |host: &str| format!("GET / HTTP/1.1 {host}:{port}");
    answers(&fetch("127.0.0.1", "127.0.0.1"), &body("127.0.0.1"));
    answers(&fetch("127.0.0.0/8", "127.0.0.1"), &body("127.0.0.1"));
    answers(&fetch("127.0.0.1", "[::ffff:127.0.0.1]"), &body("[::ffff:127.0.0.1]"));
    server.has_connections(3);

    let refused = |grant: &str, host: &str| {
        fetch(grant, host).is_denied("HttpRequestDenied", &[denied("GET", host, port, None)]);
    };
    refused("*", "127.0.0.1");
    refused("*", "[::1]");
    refused("*", "[::ffff:127.0.0.1]");
    refused("*", "169.254.169.254");
    refused("10.0.0.0/8", "127.0.0.1");
    refused("*.localhost", "localhost");
    server.has_connections(3);
}

#[test]
fn ipv6_is_granted_like_the_rest() {
    let bench = Bench::with(guests::FETCH);
    let server = Server::echo("::1");
    let port = server.port();
    let fetch = |grant: &str| bench.open("fetch", &json!(["GET", server.url("[::1]", "/"), 0]), &http(grant, port));
    answers(&fetch("[::1]"), &format!("GET / HTTP/1.1 [::1]:{port}"));
    fetch("127.0.0.1").is_denied("HttpRequestDenied", &[denied("GET", "[::1]", port, None)]);
    server.has_connections(1);
}

#[test]
fn a_redirect_is_a_request_of_its_own() {
    let bench = Bench::with(guests::FETCH);
    let target = Server::echo("127.0.0.1");
    let location = target.url("localhost", "/secret");
    let redirect = format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
    let server = Server::http("127.0.0.1", move |_| redirect.clone());
    let url = server.url("localhost", "/");
    let first = http("localhost", server.port());

    // The host itself follows no redirect.
    let ended = bench.open("fetch", &json!(["GET", url, 0]), &first);
    assert_eq!(ended.result()["ok"]["status"], 302);
    bench
        .open("fetch", &json!(["GET", url, 3]), &first)
        .is_denied("HttpRequestDenied", &[denied("GET", "localhost", target.port(), None)]);
    target.has_connections(0);

    let both = Grants { http: [first.http, http("localhost", target.port()).http].concat(), ..Grants::default() };
    let ended = bench.open("fetch", &json!(["GET", url, 3]), &both);
    assert_eq!(ended.result()["ok"]["urls"], json!([url, location]));
    target.has_connections(1);
}

#[test]
fn a_server_that_never_answers_is_left_at_the_time_limit() {
    let mut bench = Bench::with(guests::FETCH);
    let server = Server::silent("127.0.0.1");
    // A machine that does not connect in this time gets more.
    bench.limits.timeout = Duration::from_millis(500);
    while server.connections() == 0 {
        let ended =
            bench.open("fetch", &json!(["GET", server.url("localhost", "/"), 0]), &http("localhost", server.port()));
        assert_eq!(ended.code(), "limit/time");
        bench.limits.timeout *= 2;
        assert!(bench.limits.timeout < 2 * PATIENCE, "it never connects");
    }
    server.is_left_alone();
}

#[test]
fn a_guest_s_own_timeouts_are_kept() {
    /// Milliseconds in which any machine connects and answers.
    const LONG: u64 = 50_000;
    let bench = Bench::with(guests::FETCH);
    let hurry = |server: &Server, first_byte: u64, between: u64| {
        let inputs = json!([server.url("localhost", "/"), LONG, first_byte, between]);
        bench.open("hurry", &inputs, &http("localhost", server.port()))
    };
    let silent = Server::silent("127.0.0.1");
    assert_eq!(hurry(&silent, 200, LONG).result()["err"], "ConnectionReadTimeout");
    silent.is_left_alone();

    let stalling = Server::on("127.0.0.1", |mut stream| {
        head(&stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfirst")?;
        std::io::copy(&mut stream, &mut std::io::sink()).map(drop)
    });
    // Wasmtime gives the errors of a body to the guest as errors of its stream, without their code.
    assert_eq!(hurry(&stalling, LONG, 200).result()["err"], "io");
    stalling.is_left_alone();

    let prompt = Server::echo("127.0.0.1");
    assert_eq!(hurry(&prompt, LONG, LONG).result()["ok"]["status"], 200);
}

/// Sends an endless body, as fast as it is read.
fn endless() -> Server {
    Server::on("127.0.0.1", |mut stream| {
        head(&stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        let chunk = vec![b'x'; 1 << 20];
        loop {
            stream.write_all(&chunk)?;
        }
    })
}

#[test]
fn a_body_of_any_length_takes_no_memory_of_the_host() {
    let server = endless();
    for (function, inputs) in [
        ("drain", json!([server.url("localhost", "/")])),
        // The host does not read ahead of a guest that does not read.
        ("dawdle", json!([server.url("localhost", "/"), 60_000])),
    ] {
        let mut bench = Bench::with(guests::FETCH);
        bench.limits.timeout = Duration::from_secs(2);
        let before = resident_bytes();
        let ended = bench.open(function, &inputs, &http("localhost", server.port()));
        let grown = resident_bytes().saturating_sub(before);
        assert_eq!(ended.code(), "limit/time");
        // Other tests of this process run meanwhile: the check is for the gigabytes of a body.
        assert!(grown < 500 << 20, "{function}: {grown} bytes");
        server.is_left_alone();
    }
}

#[test]
fn a_head_without_end_is_an_error_and_no_memory() {
    let bench = Bench::with(guests::FETCH);
    let server = Server::on("127.0.0.1", |mut stream| {
        head(&stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
        loop {
            stream.write_all(format!("x-header: {}\r\n", "y".repeat(1000)).as_bytes())?;
        }
    });
    let ended =
        bench.open("fetch", &json!(["GET", server.url("localhost", "/"), 0]), &http("localhost", server.port()));
    assert_eq!(ended.result()["err"], "HttpProtocolError");
    server.is_left_alone();
}

#[test]
fn a_crowd_of_requests_waits_for_its_turn() {
    let bench = Bench::with(guests::FETCH);
    let server = Server::http("127.0.0.1", |_| {
        std::thread::sleep(Duration::from_millis(5));
        ok("x")
    });
    let ended = bench.open("crowd", &json!([server.url("localhost", "/"), 150]), &http("localhost", server.port()));
    assert_eq!(*ended.result(), 150);
}

#[test]
fn what_is_no_https_server_is_not_talked_to() {
    let bench = Bench::with(guests::FETCH);
    let server = Server::http("127.0.0.1", |_| ok("in the clear"));
    let url = format!("https://localhost:{}/", server.port());
    let ended = bench.open("fetch", &json!(["GET", url, 0]), &http("localhost", server.port()));
    assert_eq!(ended.result()["err"], "TlsProtocolError");
}

#[test]
fn a_name_that_does_not_exist_and_a_port_that_is_closed_are_the_network_s_errors() {
    let bench = Bench::with(guests::FETCH);
    let ended = bench.open("fetch", &json!(["GET", "http://name.invalid/", 0]), &http("*", 80));
    assert!(ended.result()["err"].as_str().unwrap().starts_with("DnsError"), "{ended:?}");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{closed}/");
    let ended = bench.open("fetch", &json!(["GET", url, 0]), &http("127.0.0.1", closed));
    assert_eq!(ended.result()["err"], "ConnectionRefused");
    assert!(ended.report.denials.is_empty());
}
