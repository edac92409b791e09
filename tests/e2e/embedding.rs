//! The library in another program: its builder, many calls, and the example of a service.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use futures_util::StreamExt as _;
use larder::{CallOptions, Larder, Status, Value};
use larder_tests::{guests, world};

#[test]
fn many_calls_are_answered_as_they_finish_and_equal_ones_run_once() {
    let world = world!();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let larder = Larder::builder().cache_dir(world.cache()).account("ann").open().unwrap();
        let component = Arc::new(larder.load(Path::new(guests::PRIMES), None).await.unwrap());
        let task = component.find("count-below").unwrap();
        let task = larder.prepare(component, task, CallOptions::default()).unwrap();
        let before = larder.work();
        let inputs = || (0..60_u64).map(|n| vec![Value::U64(n % 20)]);
        let answers: Vec<_> = larder.call_many(&task, inputs(), 8).collect().await;
        let mut positions: Vec<usize> = answers.iter().map(|(position, _)| *position).collect();
        positions.sort_unstable();
        assert_eq!(positions, (0..60).collect::<Vec<_>>());
        for (position, answer) in answers {
            let primes = [2, 3, 5, 7, 11, 13, 17, 19].iter().filter(|prime| **prime < position as u64 % 20).count();
            assert_eq!(answer.unwrap().result, Some(Value::U64(primes as u64)));
        }
        let work = larder.work();
        assert_eq!((work.runs - before.runs, work.commits), (20, 20));
        assert_eq!(work.hits + work.misses + work.shared, 60);
        assert!(work.run_micros > 0 && work.commit_micros > 0 && work.result_bytes >= 20);
        let again: Vec<_> = larder.call_many(&task, inputs(), 8).collect().await;
        assert!(again.iter().all(|(_, answer)| matches!(answer.as_ref().unwrap().status, Status::Hit(_))));
        // Dropped, it stops.
        let mut endless = Box::pin(larder.call_many(&task, (0..).map(|n| vec![Value::U64(n)]), 4));
        assert!(endless.next().await.is_some());
    });
}

/// Sends a request, and gives back what came.
fn post(address: &str, task: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("POST /{task} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_example_of_a_service_serves() {
    let world = world!();
    let program = Path::new(env!("CARGO_BIN_EXE_larder-under-test")).parent().unwrap().join("examples/serve");
    let mut service = Command::new(program)
        .arg(guests::FILES)
        .arg(world.cache())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(service.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
    let made = post(&address, "from-bytes", r#"{"name": "x", "bytes": "aGVsbG8="}"#);
    assert!(made.starts_with("HTTP/1.1 200") && made.contains("\"digest\":\"sha256:2cf24dba"), "{made}");
    let digest = larder::Digest::of(b"hello");
    let read = post(&address, "by-path", &format!(r#"{{"f": "sha256:{digest}"}}"#));
    assert!(read.ends_with("\"hello\""), "{read}");
    for (task, body, status) in [
        ("by-path", r#"{"f": "/etc/hostname"}"#, "400"),
        ("by-path", "{}", "400"),
        ("by-path", "[]", "422"),
        ("nothing", "{}", "422"),
    ] {
        let refused = post(&address, task, body);
        assert!(refused.starts_with(&format!("HTTP/1.1 {status}")), "{task} {body}: {refused}");
    }
    service.kill().unwrap();
    service.wait().unwrap();
}
