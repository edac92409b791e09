//! Waiting callers: admitted, cancelled, and both at once.

use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use super::*;

const BUDGET: Budget = Budget { cpus: 2, memory_bytes: 100, runs: None };

const fn need(cpus: u32) -> Amount {
    Amount { runs: 1, cpus, memory_bytes: 0 }
}

impl Admission {
    fn is_all_free(&self) -> bool {
        self.lock().enter(need(2))
    }
}

/// Returns true if it waits, after entering the line.
fn waits(entering: &mut Pin<Box<impl Future<Output = Place>>>) -> bool {
    entering.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

#[test]
fn who_waits_is_called_and_counted() {
    block_on(async {
        let (admission, counters) = (Admission::new(BUDGET), Counters::default());
        let first = admission.enter(need(2), &counters, None).await;
        assert_eq!(counters.work(0).waits, 0);
        let mut second = Box::pin(admission.enter(need(1), &counters, None));
        assert!(waits(&mut second), "there is no room");
        // It waits at least from here to the end of the sleep.
        let began = Instant::now();
        tokio::time::sleep(Duration::from_millis(30)).await;
        let waited = began.elapsed();
        drop(first);
        let second = second.await;
        let work = counters.work(0);
        assert!(work.waits == 1 && u128::from(work.wait_micros) >= waited.as_micros(), "{work:?}");
        drop(second);
        assert!(admission.is_all_free());
    });
}

/// The second caller is admitted by the first and cancelled before it has noticed: its share must not be lost.
#[test]
fn who_goes_away_gives_back_what_they_were_given() {
    block_on(async {
        let (admission, counters) = (Admission::new(BUDGET), Counters::default());
        let first = admission.enter(need(2), &counters, None).await;
        let mut second = Box::pin(admission.enter(need(2), &counters, None));
        let mut third = Box::pin(admission.enter(need(2), &counters, None));
        assert!(waits(&mut second) && waits(&mut third));
        drop(first);
        drop(second);
        drop(third.await);
        assert!(admission.is_all_free());
    });
}

#[test]
fn one_that_keeps_out_others_and_goes_away_lets_them_in() {
    block_on(async {
        let budget = Budget { runs: Some(2), ..BUDGET };
        let (admission, counters) = (Admission::new(budget), Counters::default());
        let _first = admission.enter(need(1), &counters, None).await;
        let mut large = Box::pin(admission.enter(need(2), &counters, None));
        assert!(waits(&mut large));
        for _ in 0..crate::schedule::line::OVERTAKEN {
            drop(admission.enter(need(1), &counters, None).await);
        }
        let mut small = Box::pin(admission.enter(need(1), &counters, None));
        assert!(waits(&mut small));
        drop(large);
        drop(small.await);
    });
}

/// Many tasks run on two threads, and many of them are cancelled at any moment: at the end everything is free.
#[test]
fn nothing_is_lost_whoever_goes_away_when() {
    block_on(async {
        let admission = Admission::new(BUDGET);
        let mut random = fastrand::Rng::with_seed(5);
        let mut tasks = Vec::new();
        for _ in 0..2000 {
            let (admission, need) = (admission.clone(), need(random.u32(1..=2)));
            let (work, patience) = (random.u64(0..200), random.u64(0..400));
            tasks.push(tokio::spawn(async move {
                let counters = Counters::default();
                let run = async {
                    let _place = admission.enter(need, &counters, None).await;
                    tokio::time::sleep(Duration::from_micros(work)).await;
                };
                let _ = tokio::time::timeout(Duration::from_millis(patience), run).await;
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert!(admission.is_all_free());
    });
}
