//! Many calls through the library: rows of the caller's own type, looked up before they become calls, and ended after
//! a row.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::StreamExt as _;
use larder::{CallOptions, Called, Caller, Error, Larder, Look, ManyOptions, Outcome, Prepared, Status, Value};
use larder_tests::{World, guests, world};
use tokio::runtime::{Builder, Runtime};

fn runtimes() -> [Runtime; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.worker_threads(4).enable_all().build().unwrap())
}

/// Returns a host with room for one run, and the task of `primes` that counts those below a number.
async fn one_at_a_time(world: &World) -> (Larder, Prepared) {
    let larder = Larder::builder().cache_dir(world.cache()).runs(1).open().unwrap();
    let component = Arc::new(larder.load(Path::new(guests::PRIMES), None).await.unwrap());
    let task = component.find("count-below").unwrap();
    let task = larder.prepare(component, task, CallOptions::default()).unwrap();
    (larder, task)
}

/// A caller that numbers its rows, has answers for some of them, and panics for one.
#[derive(Default)]
struct Numbering {
    known: Option<u64>,
    panics: Option<u64>,
    looked_at: AtomicU64,
}

#[derive(Debug, PartialEq)]
enum Answer {
    NoCall,
    Known,
    Value(Option<Value>),
    Failed,
}

impl Caller for Numbering {
    type Row = (u64, Option<Value>);
    type Answer = (u64, Answer);

    fn inputs(&self, (number, input): &mut Self::Row) -> Result<Vec<Value>, Self::Answer> {
        input.take().map(|input| vec![input]).ok_or((*number, Answer::NoCall))
    }

    fn look(&self, (number, _): &mut Self::Row, look: &Look<'_>) -> Option<Self::Answer> {
        self.looked_at.fetch_add(1, Ordering::Relaxed);
        assert!(look.key().unwrap().to_string().ends_with(&look.inputs_digest().to_string()));
        let is_miss = matches!(look.peek().unwrap().status, Status::Miss(_));
        (is_miss && Some(*number) == self.known).then_some((*number, Answer::Known))
    }

    fn settles(&self) -> bool {
        self.known.is_some()
    }

    async fn settle(&self, (number, _): &mut Self::Row, outcome: Outcome) -> Result<Outcome, Self::Answer> {
        tokio::task::yield_now().await;
        // The caller treats this one as a failure.
        if outcome.result == Some(Value::U64(25)) { Err((*number, Answer::Failed)) } else { Ok(outcome) }
    }

    fn answer(&self, (number, _): Self::Row, called: Called) -> Self::Answer {
        assert_ne!(Some(number), self.panics, "as asked");
        let answer = called.outcome.map_or(Answer::Failed, |outcome| Answer::Value(outcome.result));
        (number, answer)
    }
}

async fn all(mut many: larder::Many<Numbering>) -> Vec<(u64, (u64, Answer))> {
    let mut answers = Vec::new();
    while let Some(ready) = many.ready().await {
        answers.extend(ready.unwrap());
    }
    assert!(many.is_empty());
    answers
}

#[test]
fn runs_start_in_the_order_of_the_rows() {
    for runtime in runtimes() {
        let world = world!();
        runtime.block_on(async {
            let (larder, task) = one_at_a_time(&world).await;
            // The sixth never ends, so no later call runs, whichever was looked up first.
            let input = |n: u64| if n == 5 { u64::MAX } else { n };
            let answers = larder.call_many(&task, (0..).map(|n| vec![Value::U64(input(n))]), 64);
            let answers: Vec<_> = std::pin::pin!(answers).take(5).collect().await;
            let mut positions: Vec<_> = answers.iter().map(|(at, answer)| (*at, answer.is_ok())).collect();
            positions.sort_unstable();
            assert_eq!(positions, [(0, true), (1, true), (2, true), (3, true), (4, true)]);
        });
    }
}

#[test]
fn the_first_failure_can_be_the_end() {
    for runtime in runtimes() {
        let world = world!();
        runtime.block_on(async {
            let (larder, task) = one_at_a_time(&world).await;
            let options = ManyOptions { at_once: 16, fail_fast: true };
            // The inputs never end, and no call after the failure would finish.
            let input =
                |n: u64| if n == 30 { Value::Bool(true) } else { Value::U64(if n < 30 { n } else { u64::MAX }) };
            let answers: Vec<_> = larder.call_many(&task, (0..).map(|n| vec![input(n)]), options).collect().await;
            let (failed, answered): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(_, answer)| answer.is_err());
            assert!(matches!(failed[..], [(30, Err(Error::Input(_)))]), "{failed:?}");
            let mut positions: Vec<_> = answered.iter().map(|(at, _)| *at).collect();
            positions.sort_unstable();
            assert_eq!(positions, (0..30).collect::<Vec<_>>());
            // The stopped stream leaves room for other calls.
            larder.call(&task, &[Value::U64(40)]).await.unwrap();
        });
    }
}

#[test]
fn rows_are_the_callers_own_and_are_looked_at_before_they_are_calls() {
    for runtime in runtimes() {
        let world = world!();
        runtime.block_on(async {
            let (larder, task) = one_at_a_time(&world).await;
            let caller = Arc::new(Numbering { known: Some(7), ..Numbering::default() });
            let mut many = larder.many(&task, caller.clone());
            let input = |n: u64| match n {
                3 => None,
                4 => Some(Value::Bool(true)),
                n => Some(Value::U64(n * 10)),
            };
            many.push((0..11).map(|n| (n, input(n))));
            let mut answers = all(many).await;
            answers.sort_by_key(|(at, _)| *at);
            let primes = |n: u64| (2..n).filter(|n| (2..*n).all(|divisor| n % divisor > 0)).count() as u64;
            for (at, (number, answer)) in answers.iter().zip(0..).map(|((at, answer), n)| (*at, (n, answer))) {
                let expected = match number {
                    3 => Answer::NoCall,
                    7 => Answer::Known,
                    4 | 10 => Answer::Failed,
                    number => Answer::Value(Some(Value::U64(primes(number * 10)))),
                };
                assert_eq!((at, answer), (number, &(number, expected)));
            }
            assert_eq!((answers.len(), caller.looked_at.load(Ordering::Relaxed)), (11, 9));
            let work = larder.work();
            // One instance reads the manifest.
            assert_eq!((work.runs, work.misses, work.hits), (9, 8, 0));
        });
    }
}

#[test]
fn calls_behind_the_end_are_stopped() {
    for runtime in runtimes() {
        let world = world!();
        runtime.block_on(async {
            let (larder, task) = one_at_a_time(&world).await;
            let mut many = larder.many(&task, Arc::<Numbering>::default());
            many.push((0..20).map(|n| (n, Some(Value::U64(if n < 5 { n } else { u64::MAX })))));
            many.end_at(9);
            many.end_at(4);
            many.end_at(6_000);
            let mut answers = all(many).await;
            answers.sort_by_key(|(at, _)| *at);
            assert_eq!(answers.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
            larder.call(&task, &[Value::U64(40)]).await.unwrap();
        });
    }
}

#[test]
fn a_caller_that_panics_is_an_error() {
    for runtime in runtimes() {
        let world = world!();
        runtime.block_on(async {
            let (larder, task) = one_at_a_time(&world).await;
            let mut many = larder.many(&task, Arc::new(Numbering { panics: Some(1), ..Numbering::default() }));
            many.push((0..8).map(|n| (n, Some(Value::U64(n)))));
            let mut is_told = false;
            while let Some(ready) = many.ready().await {
                is_told |= matches!(ready, Err(Error::Internal(_)));
                if is_told {
                    break;
                }
            }
            assert!(is_told);
        });
    }
}
