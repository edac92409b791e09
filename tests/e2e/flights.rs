//! Single flight: of all concurrent requests for one key, in all threads of all processes, one runs.
//!
//! A child is this test program again, which runs only the test `a_child` and gets its task in variables.

use std::future::poll_fn;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use larder::declare::DeclaredVersion;
use larder::policy::Asked;
use larder::{CallOptions, Error, Larder, Prepared, Settings, Status, Value};
use larder_tests::{World, guests, wat::Sum, world};
use serde_json::{Value as Json, json};

const KEYS: u32 = 100;
const ALL_KEYS: u64 = KEYS as u64;
const PROCESSES: u64 = 8;
const THREADS: u64 = 64;

const FOLDER: &str = "LARDER_FLIGHTS_FOLDER";
const SEED: &str = "LARDER_FLIGHTS_SEED";

/// Prepares one task of the component in a file, cached for its code.
async fn prepared(larder: &Larder, component: &Path, task: &str) -> Prepared {
    let component = Arc::new(larder.load(component, None).await.unwrap());
    let task = component.find(task).unwrap();
    let asked = Asked { version: Some(DeclaredVersion::Pinned), ..Asked::default() };
    larder.prepare(component, task, CallOptions { asked, ..CallOptions::default() }).unwrap()
}

/// Not a test by itself, but the work of a child process. It requests every key, in 64 tasks, each in its own order.
#[test]
#[ignore = "a child of the tests beside it"]
#[expect(
    clippy::disallowed_methods,
    reason = "the test harness hands no arguments on, so a child is told by variables"
)]
fn a_child() {
    let (Ok(folder), Ok(seed)) = (std::env::var(FOLDER), std::env::var(SEED)) else { return };
    let (folder, seed): (_, u64) = (Path::new(&folder), seed.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(async {
        let larder = Larder::open(Settings::new(Some(folder.join("cache")))).unwrap();
        let task = prepared(&larder, &folder.join("sum.wat"), "sum").await;
        let asking = (0..THREADS).map(|thread| {
            let (larder, task) = (larder.clone(), task.clone());
            tokio::spawn(async move {
                let mut keys: Vec<u32> = (0..KEYS).collect();
                fastrand::Rng::with_seed(seed * THREADS + thread).shuffle(&mut keys);
                for key in keys {
                    let outcome = larder.call(&task, &[Value::U32(key), Value::U32(1)]).await.unwrap();
                    assert_eq!(outcome.result, Some(Value::U32(key + 1)));
                    assert!(outcome.stored, "{outcome:?}");
                }
            })
        });
        for asked in asking.collect::<Vec<_>>() {
            asked.await.unwrap();
        }
        println!("\nworked {}", serde_json::to_string(&larder.work()).unwrap());
    });
}

fn child(world: &World, seed: u64) -> Child {
    let name = module_path!().split_once("::").unwrap().1;
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "--test-threads=1", &format!("{name}::a_child")])
        .env(FOLDER, world.folder())
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Returns the work of a child, after its end.
fn worked(child: Child) -> Json {
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let told = text.lines().find_map(|line| line.strip_prefix("worked ")).unwrap_or_else(|| panic!("{text}"));
    serde_json::from_str(told).unwrap()
}

fn sum(worked: &[Json], counter: &str) -> u64 {
    worked.iter().map(|work| work[counter].as_u64().unwrap()).sum()
}

fn world_with_sum() -> World {
    let world = world!();
    world.write("sum.wat", Sum { added: 1, ..Sum::default() }.wat());
    world
}

#[test]
fn each_key_runs_once_in_all_threads_of_all_processes() {
    let world = world_with_sum();
    let children: Vec<_> = (0..PROCESSES).map(|seed| child(&world, seed)).collect();
    let worked: Vec<Json> = children.into_iter().map(worked).collect();
    assert_eq!((sum(&worked, "runs"), sum(&worked, "commits")), (ALL_KEYS, ALL_KEYS), "{worked:#?}");
    let answers = ["hits", "misses", "shared"].map(|counter| sum(&worked, counter));
    assert_eq!(answers.iter().sum::<u64>(), PROCESSES * THREADS * ALL_KEYS, "{worked:#?}");
    assert_eq!(sum(&worked, "misses"), ALL_KEYS);
}

/// The current run of a killed process must be repeated by another, but nothing that was committed.
#[test]
fn leaders_that_are_killed_strand_nobody() {
    let world = world_with_sum();
    let mut random = fastrand::Rng::with_seed(5);
    let mut children: Vec<_> = (0..PROCESSES).map(|seed| child(&world, seed)).collect();
    for seed in PROCESSES..PROCESSES + 12 {
        std::thread::sleep(Duration::from_millis(random.u64(20..150)));
        let victim = random.usize(0..children.len());
        let mut victim = children.swap_remove(victim);
        let _ = victim.kill();
        victim.wait().unwrap();
        children.push(child(&world, seed));
    }
    let worked: Vec<Json> = children.into_iter().map(worked).collect();
    assert!(sum(&worked, "runs") <= ALL_KEYS, "{worked:#?}");
    // All entries exist, once.
    let last = self::worked(child(&world, 99));
    assert_eq!((&last["runs"], &last["misses"]), (&json!(0), &json!(0)), "{last:#}");
}

/// Calls a task `times` times at once.
async fn at_once(larder: &Larder, task: &Prepared, times: usize) -> Vec<Result<Status, Error>> {
    // In one task, so that all have asked before any can be answered.
    let calls = (0..times).map(|_| async { larder.call(task, &[]).await.map(|outcome| outcome.status) });
    futures_util::future::join_all(calls).await
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn if_the_run_fails_all_who_waited_get_the_error_and_the_next_call_runs() {
    let world = world!();
    runtime().block_on(async {
        let larder = Larder::open(Settings::new(Some(world.cache()))).unwrap();
        let task = prepared(&larder, Path::new(guests::OUTCOMES), "spin").await;
        let before = larder.work().runs;
        for run in 1..=2 {
            let answers = at_once(&larder, &task, 10).await;
            for answer in answers {
                let mut error = &answer.unwrap_err();
                while let Error::Shared(inner) = error {
                    error = inner;
                }
                assert!(matches!(error, Error::Run(_)), "{error}");
            }
            assert_eq!(larder.work().runs - before, run);
        }
        assert_eq!(larder.work().commits, 0);
    });
}

#[test]
fn a_caller_that_goes_away_strands_nobody_and_the_last_stops_the_run() {
    let world = world!();
    runtime().block_on(async {
        let larder = Larder::open(Settings::new(Some(world.cache()))).unwrap();
        let task = prepared(&larder, Path::new(guests::OUTCOMES), "sleep").await;
        let before = larder.work().runs;
        let calling = |seconds| {
            let (larder, task) = (larder.clone(), task.clone());
            Box::pin(async move { larder.call(&task, &[Value::U32(seconds)]).await })
        };
        let call = |seconds| tokio::spawn(calling(seconds));
        // After one poll, a call waits for the current run of its key.
        #[expect(clippy::async_yields_async, reason = "the call goes on by itself")]
        let joined = async |seconds| {
            let mut call = calling(seconds);
            assert!(poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_pending())).await);
            tokio::spawn(call)
        };
        let has_begun = async |runs| {
            while larder.work().runs - before < runs {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let first = call(1);
        has_begun(1).await;
        let second = joined(1).await;
        first.abort();
        let outcome = second.await.unwrap().unwrap();
        assert!(outcome.stored && larder.work().commits == 1, "{outcome:?}");

        let first = call(2);
        has_begun(2).await;
        let second = joined(2).await;
        for gone in [first, second] {
            gone.abort();
            assert!(gone.await.unwrap_err().is_cancelled());
        }
        // Nothing remains for a new call to wait for or join: it runs by itself.
        assert!(call(2).await.unwrap().unwrap().stored);
        assert_eq!(
            (larder.work().runs - before, larder.work().commits),
            (3, 2),
            "nothing was stored of what was stopped"
        );
    });
}

/// Starts a process that has begun `call` and holds the lock of its key.
fn at_work(world: &World, call: &[&str]) -> larder_tests::Running {
    let running = larder_tests::Running::start(&mut world.command(call));
    let lock = world.cache().join("larder.lock");
    larder_tests::until_it_holds("the lock of the key", || larder_tests::waiting::is_locked(&lock));
    running
}

/// A process waits for the one at work, and then for its lock.
#[test]
fn a_process_waits_for_another_and_has_its_answer() {
    let world = world!();
    world.run(guests::OUTCOMES, "succeed", &["n=1"]);
    let call = ["run", guests::OUTCOMES, "sleep", "seconds=2", "--cache-version", "1", "--json"];
    let first = at_work(&world, &call);
    let second = larder_tests::Running::start(&mut world.command(call));
    let statuses = [first, second].map(|running| {
        let ran = running.end();
        ran.exits(0);
        serde_json::from_str::<Json>(&ran.stdout).unwrap()["status"].as_str().unwrap().to_owned()
    });
    assert_eq!(statuses, ["miss", "hit"]);
    // The other process runs if the one at work dies.
    let call = ["run", guests::OUTCOMES, "sleep", "seconds=3", "--cache-version", "1", "--json"];
    let first = at_work(&world, &call);
    // Stopped, it stays at work until the other has come to wait for it.
    first.signal(rustix::process::Signal::STOP);
    let second = larder_tests::Running::start(&mut world.command(call));
    larder_tests::until_it_holds("the other to try the lock", || {
        second.has_open(|path, _| path.ends_with("larder.lock"))
    });
    first.signal(rustix::process::Signal::KILL);
    first.end();
    let ran = second.end();
    ran.exits(0);
    assert_eq!(serde_json::from_str::<Json>(&ran.stdout).unwrap()["status"], "miss");
}

/// The next process runs if the one at work fails, since nothing is stored: one after the other.
#[test]
fn if_the_run_of_a_process_fails_the_next_process_runs() {
    let world = world!();
    world.run(guests::OUTCOMES, "succeed", &["n=1"]);
    let call = ["run", guests::OUTCOMES, "spin", "--json"];
    let began = Instant::now();
    let both = [(), ()].map(|()| larder_tests::Running::start(&mut world.command(call)));
    for running in both {
        let ran = running.end();
        ran.exits(4);
        let said: Json = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!((&said["error"]["code"], &said["run"]["miss"]["code"]), (&json!("limit/time"), &json!("no-entry")));
        assert!(said["run"]["run_us"].as_u64().unwrap() >= 1_000_000, "{said:#}");
    }
    assert!(began.elapsed() >= Duration::from_secs(2), "both ran at the same time");
}
