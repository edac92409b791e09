//! The library in another program: its builder, many calls, and the example of a service.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use larder::component::ComponentBytes;
use larder::config::Config;
use larder::machine::Machine;
use larder::sizes::Sizes;
use larder::{Budget, CallOptions, Error, Larder, Prepared, Settings, Status, TooLittle, Value};
use larder_tests::{PATIENCE, World, asked, guests, world};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Returns a host, and the task of `primes` that counts those below a number.
async fn count_below(world: &World) -> (Larder, Prepared) {
    let larder = Larder::builder().cache_dir(world.cache()).account("ann").open().unwrap();
    let component = Arc::new(larder.load(Path::new(guests::PRIMES), None).await.unwrap());
    let task = component.find("count-below").unwrap();
    let task = larder.prepare(component, task, CallOptions::default()).unwrap();
    (larder, task)
}

#[test]
fn many_calls_are_answered_as_they_finish_and_equal_ones_run_once() {
    let world = world!();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (larder, task) = count_below(&world).await;
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
        // Dropping the stream stops it.
        let mut endless = Box::pin(larder.call_many(&task, (0..).map(|n| vec![Value::U64(n)]), 4));
        assert!(endless.next().await.is_some());
    });
}

#[test]
fn hits_misses_and_what_is_no_call_are_each_answered_once() {
    fn sent<T: Send>(stream: T) -> T {
        stream
    }
    for mut runtime in [tokio::runtime::Builder::new_current_thread(), tokio::runtime::Builder::new_multi_thread()] {
        let world = world!();
        runtime.enable_all().build().unwrap().block_on(async {
            let (larder, task) = count_below(&world).await;
            for n in 0..50 {
                larder.call(&task, &[Value::U64(n)]).await.unwrap();
            }
            let before = larder.work();
            let input = |n: u64| if n % 5 == 4 { Value::Bool(true) } else { Value::U64(n % 100) };
            let many = sent(larder.call_many(&task, (0..1000).map(|n| vec![input(n)]), 300));
            let answers: Vec<_> = many.collect().await;
            let mut positions: Vec<usize> = answers.iter().map(|(position, _)| *position).collect();
            positions.sort_unstable();
            assert_eq!(positions, (0..1000).collect::<Vec<_>>());
            for (position, answer) in answers {
                let (n, is_call) = (position % 100, position % 5 != 4);
                let primes = (2..n).filter(|n| (2..*n).all(|divisor| n % divisor > 0)).count() as u64;
                let result = answer.ok().map(|outcome| outcome.result);
                assert_eq!(result, is_call.then_some(Some(Value::U64(primes))), "{position}");
            }
            let work = larder.work();
            assert_eq!((work.runs - before.runs, work.commits - before.commits), (40, 40));
            assert_eq!(work.hits - before.hits + work.misses - before.misses + work.shared, 800);
        });
    }
}

/// A caller that waits for a run is not delayed by any number of hits.
#[test]
fn an_answer_comes_out_between_hits_without_an_end() {
    let world = world!();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (larder, task) = count_below(&world).await;
        larder.call(&task, &[Value::U64(7)]).await.unwrap();
        let inputs = std::iter::once(20_000).chain(std::iter::repeat(7)).map(|n| vec![Value::U64(n)]);
        let answers = std::pin::pin!(larder.call_many(&task, inputs, 64));
        let first = answers.filter(|(position, _)| std::future::ready(*position == 0));
        let answer = tokio::time::timeout(PATIENCE, std::pin::pin!(first).next()).await;
        assert_eq!(answer.unwrap().unwrap().1.unwrap().result, Some(Value::U64(2262)));
    });
}

/// Large runs and an endless stream of small ones share a host: neither excludes the other.
#[test]
fn large_and_small_runs_are_admitted_side_by_side() {
    let world = world!();
    let config = "[tasks.count-below]\nsize = { cpus = 4, memory-mib = 64, storage-mib = 1 }\n";
    let config = Config::parse(&world.folder().join("larder.toml"), config).unwrap();
    let machine = Machine { cpus: 4, memory_bytes: 16 << 30, storage_bytes: 1 << 30, gpus: 0 };
    let settings = Settings {
        machine,
        sizes: Sizes::on(&machine),
        budget: Budget::of(&machine),
        ..Settings::new(Some(world.cache()))
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(async {
        let larder = Larder::open(settings).unwrap();
        let mut tasks = Vec::new();
        for config in [None, Some(&config)] {
            let component = Arc::new(larder.load(Path::new(guests::PRIMES), config).await.unwrap());
            let task = component.find("count-below").unwrap();
            tasks.push(larder.prepare(component, task, CallOptions::default()).unwrap());
        }
        let (small, large) = (&tasks[0], &tasks[1]);
        assert_eq!((larder.room_for(small), larder.room_for(large)), (4, 1));
        // Compiled before the order of arrivals is counted.
        larder.call(small, &[Value::U64(1)]).await.unwrap();
        let (mut smalls, mut larges) = (0, 0);
        // Each takes milliseconds of work.
        let mut small = Box::pin(larder.call_many(small, (200_000..).map(|n| vec![Value::U64(n)]), 16));
        let mut large = Box::pin(larder.call_many(large, (100_000..100_020).map(|n| vec![Value::U64(n)]), 3));
        // The small ones never end, so this ends only if the large ones are not excluded.
        while larges < 20 {
            tokio::select! {
                Some((_, answer)) = small.next() => smalls += u64::from(answer.is_ok()),
                Some((_, answer)) = large.next() => larges += u64::from(answer.is_ok()),
            }
        }
        assert!(smalls >= 20, "{smalls} small ones were admitted beside {larges} large ones");
        assert!(larder.work().waits > 0, "{:?}", larder.work());
    });
}

#[test]
fn a_host_refuses_what_can_never_fit() {
    let world = world!();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let open = || Larder::builder().cache_dir(world.cache()).cpus(2).runs(1);
        for (larder, expected) in [
            (open().cpus(0).open().unwrap(), TooLittle::Cpus { needed: 1, budget: 0 }),
            (open().memory(1 << 20).open().unwrap(), TooLittle::Memory { needed: 64 << 20, budget: 1 << 20 }),
        ] {
            let config = "[tasks.count-below.limits]\nmemory-mib = 64\n";
            let config = Config::parse(&world.folder().join("larder.toml"), config).unwrap();
            let component = Arc::new(larder.load(Path::new(guests::PRIMES), Some(&config)).await.unwrap());
            let task = component.find("count-below").unwrap();
            let task = larder.prepare(component, task, CallOptions::default()).unwrap();
            assert_eq!(larder.room_for(&task), 0);
            let before = larder.work().runs;
            match larder.call(&task, &[Value::U64(10)]).await {
                Err(Error::TooLarge { too_little, .. }) => assert_eq!(too_little, expected),
                other => panic!("{other:?}"),
            }
            assert_eq!(larder.work().runs, before);
        }
    });
}

/// The names of all spans that begin.
#[derive(Default)]
struct Spans(Mutex<BTreeSet<&'static str>>);

impl Subscriber for Spans {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.lock().unwrap().insert(span.metadata().name());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Operators' tools depend on these names.
#[test]
fn what_a_host_does_is_told_in_spans() {
    let world = world!();
    let spans = Arc::new(Spans::default());
    let calls = async {
        let larder = Larder::builder().cache_dir(world.cache()).cpus(1).open().unwrap();
        let component = Arc::new(larder.load(Path::new(guests::OUTCOMES), None).await.unwrap());
        let task = component.find("sleep").unwrap();
        let task = larder.prepare(component, task, CallOptions::default()).unwrap();
        for inputs in [vec![], vec![1, 0], vec![1, 0]] {
            let inputs = inputs.into_iter().map(|seconds| vec![Value::U32(seconds)]);
            let answers: Vec<_> = larder.call_many(&task, inputs, 2).collect().await;
            assert!(answers.iter().all(|(_, answer)| answer.is_ok()));
        }
        let work = larder.work();
        assert_eq!((work.hits, work.misses, work.commits, work.waits), (2, 2, 2, 1));
        assert!(work.wait_micros > 0 && work.run_micros >= 1_000_000, "{work:?}");
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // With a single subscriber, `tracing` treats the first thread that reaches a span as all of them, and that may
    // belong to another test.
    let [watching, _another] = [(), ()].map(|()| tracing::Dispatch::new(spans.clone()));
    tracing::dispatcher::with_default(&watching, || runtime.block_on(calls));
    let spans = spans.0.lock().unwrap();
    let larder: Vec<_> = spans.iter().filter(|name| name.starts_with("larder.")).copied().collect();
    assert_eq!(larder, ["larder.commit", "larder.compile", "larder.miss", "larder.run", "larder.wait"]);
}

/// Larger than the engine's own values have room for, which take 40 bytes for each.
#[test]
fn a_list_of_bytes_may_be_as_large_as_a_result() {
    const LENGTH: u32 = 30_000_000;
    let world = world!();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let larder = Larder::builder().cache_dir(world.cache()).open().unwrap();
        let component = Arc::new(larder.load(Path::new(guests::OUTCOMES), None).await.unwrap());
        let task = component.find("bytes").unwrap();
        let task = larder.prepare(component, task, CallOptions::default()).unwrap();
        for hit in [false, true] {
            let outcome = larder.call(&task, &[Value::U32(LENGTH)]).await.unwrap();
            assert_eq!((matches!(outcome.status, Status::Hit(_)), outcome.stored), (hit, true));
            let Some(Value::Bytes(bytes)) = outcome.result else { panic!("no bytes") };
            assert_eq!(bytes.len(), LENGTH as usize);
            let round: Vec<u8> = (0..=255).collect();
            assert!(bytes.chunks(round.len()).all(|piece| *piece == round[..piece.len()]));
        }
    });
}

/// Sends a request like `curl -d`, and returns the response.
fn post(address: &str, task: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let form = "application/x-www-form-urlencoded";
    let head = format!("POST /{task} HTTP/1.1\r\nHost: x\r\nContent-Type: {form}\r\nConnection: close\r\n");
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Starts the example, and returns its address.
fn serve(world: &World, component: &str) -> (Child, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_larder-under-test")).parent().unwrap().join("examples/serve");
    let mut service = Command::new(program)
        .arg(component)
        .arg(world.cache())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(service.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
    (service, address)
}

/// Each class of error has its own status, and an `err` is an answer.
#[test]
fn a_service_says_whose_fault_it_is() {
    let world = world!();
    let (mut service, address) = serve(&world, guests::OUTCOMES);
    for (task, body, status) in [
        ("succeed", r#"{"n": 1}"#, "200"),
        ("fail", r#"{"n": 1}"#, "200"),
        ("succeed", r#"{"n": -1}"#, "400"),
        ("succeed", r#"{"n": 1, "m": 1}"#, "400"),
        ("succeeed", r#"{"n": 1}"#, "404"),
        ("trap", r#"{"n": 1}"#, "422"),
        ("recurse", r#"{"depth": 100000000}"#, "422"),
        ("per-workflow", r#"{"n": 1}"#, "409"),
    ] {
        let answer = post(&address, task, body);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{task} {body}: {answer}");
    }
    service.kill().unwrap();
    service.wait().unwrap();
}

#[test]
fn the_example_of_a_service_serves() {
    let world = world!();
    let (mut service, address) = serve(&world, guests::FILES);
    let made = post(&address, "from-bytes", r#"{"name": "x", "bytes": "aGVsbG8="}"#);
    assert!(made.starts_with("HTTP/1.1 200") && made.contains("\"digest\":\"sha256:2cf24dba"), "{made}");
    let digest = larder::Digest::of(b"hello");
    let read = post(&address, "by-path", &format!(r#"{{"f": "sha256:{digest}"}}"#));
    assert!(read.ends_with("\"hello\""), "{read}");
    for (task, body, status) in [
        ("by-path", r#"{"f": "/etc/hostname"}"#, "400"),
        ("by-path", "{}", "400"),
        ("by-path", "[]", "400"),
        ("by-path", "nonsense", "400"),
        ("nothing", "{}", "404"),
    ] {
        let refused = post(&address, task, body);
        assert!(refused.starts_with(&format!("HTTP/1.1 {status}")), "{task} {body}: {refused}");
    }
    service.kill().unwrap();
    service.wait().unwrap();
}

/// Returns a component whose task `run` answers with `number`.
fn component_of(number: u32) -> ComponentBytes {
    let text = format!(
        r#"(component
            (core module $m (func (export "run") (result i32) i32.const {number}))
            (core instance $i (instantiate $m))
            (func (export "run") (result u32) (canon lift (core func $i "run"))))"#
    );
    ComponentBytes::new(text.into_bytes()).unwrap()
}

#[test]
fn however_many_components_are_called_few_are_kept_ready() {
    /// Maximum number of kept components: see `runner::kept_ready`.
    const KEPT: usize = 1024;
    let components = u32::try_from(asked("LARDER_SOAK_COMPONENTS", 1200)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let larder = Larder::open(Settings::new(None)).unwrap();
        let answer = async |number: u32| {
            let component = Arc::new(larder.load_bytes(component_of(number), None).await.unwrap());
            let prepared = larder.prepare(component, 0, CallOptions::default()).unwrap();
            let answer = larder.call(&prepared, &[]).await.unwrap().result;
            assert_eq!(answer, Some(Value::U32(number)));
        };
        for number in 0..components {
            answer(number).await;
        }
        let (kept, code_bytes) = larder.ready_components();
        assert_eq!((kept, larder.work().compilations), (KEPT, u64::from(components)));
        assert!(code_bytes > 0);
        // The last one is kept, and the first is not.
        answer(components - 1).await;
        assert_eq!(larder.work().compilations, u64::from(components));
        answer(0).await;
        assert_eq!(larder.work().compilations, u64::from(components) + 1);
    });
}
