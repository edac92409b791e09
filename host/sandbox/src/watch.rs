//! Watches over runs, which end a run from outside, on time.
//!
//! A run checks its [`Watch`] wherever it passes through the host: when a host function returns to the guest, when the
//! engine's own operations do (copies of streams, transcoding, growth), and when the runtime gives it a turn. One
//! thread of the process knows the deadlines of all runs and stops those whose time is up, so that no run needs to
//! read a clock. A caller that goes away stops its run.
//!
//! A single long operation is not interrupted, such as a `memory.fill` of gigabytes or a read of a dead disk. A run
//! that has not returned [`GRACE`] after its deadline is *lost*: its caller is told so, and its thread is left behind
//! until it returns by itself, with all that the run holds.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::bounds::Stopped;
use super::error::RunError;
use super::report::Report;
use larder_types::limits::{LimitExceeded, Limits};

/// Time that a run may take to return after its deadline.
pub(crate) const GRACE: Duration = Duration::from_secs(1);

/// The watch over one run. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<Watched>);

#[derive(Debug, Default)]
struct Watched {
    /// One of [`GOES_ON`], [`TIME_IS_UP`] and [`NOBODY_WAITS`]; it changes once.
    stop: AtomicU8,
    began: OnceLock<Instant>,
    /// Number of times that the runtime has polled the run.
    turns: AtomicU64,
    is_over: AtomicBool,
    is_lost: AtomicBool,
    lost: Notify,
    /// The key of its next alarm.
    alarm: Mutex<Option<AlarmKey>>,
}

const GOES_ON: u8 = 0;
const TIME_IS_UP: u8 = 1;
const NOBODY_WAITS: u8 = 2;

impl Watch {
    /// Starts the clock of a run that began at `began` and is stopped at `deadline`.
    #[doc(hidden)]
    pub fn begin(&self, began: Instant, deadline: Instant) {
        let _first = self.0.began.set(began);
        self.0.set_alarm(deadline, Alarm { watched: Arc::downgrade(&self.0), deadline, is_last: false });
    }

    /// Stops the clock when the run and all work for it are over, and returns true if they were in time.
    #[doc(hidden)]
    pub fn end(&self) -> bool {
        self.0.is_over.store(true, Ordering::Relaxed);
        self.0.drop_alarm();
        self.stopped() != Some(Stopped::TimeIsUp)
    }

    /// Stops the run, since its caller no longer waits for it.
    #[doc(hidden)]
    pub fn stop(&self) {
        self.0.stop(NOBODY_WAITS);
    }

    /// Returns the reason to stop, if any.
    pub(super) fn stopped(&self) -> Option<Stopped> {
        match self.0.stop.load(Ordering::Relaxed) {
            GOES_ON => None,
            TIME_IS_UP => Some(Stopped::TimeIsUp),
            _ => Some(Stopped::NobodyWaits),
        }
    }

    /// Counts a turn that the runtime gives the run.
    pub(super) fn take_turn(&self) {
        self.0.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number of the run's current turn.
    pub(super) fn turn(&self) -> u64 {
        self.0.turns.load(Ordering::Relaxed)
    }

    /// Returns the error of a run that did not answer in time.
    #[doc(hidden)]
    pub fn time_is_up(&self, limits: &Limits) -> RunError {
        let reached = self.0.began.get().map_or(limits.timeout, Instant::elapsed);
        RunError::LimitExceeded(LimitExceeded::Time { limit: limits.timeout, reached })
    }

    /// Returns the report of a lost run, of which only the duration is known.
    #[doc(hidden)]
    pub fn report(&self) -> Report {
        let micros = self.0.began.get().map_or(0, |began| began.elapsed().as_micros());
        Report { wall_micros: u64::try_from(micros).unwrap_or(u64::MAX), ..Report::default() }
    }

    /// Waits until the run is lost.
    #[doc(hidden)]
    pub async fn lost(&self) {
        let mut lost = pin!(self.0.lost.notified());
        // The waiter is registered here, so that no event is missed between the check and the wait.
        lost.as_mut().enable();
        if !self.0.is_lost.load(Ordering::Acquire) {
            lost.await;
        }
    }
}

impl Watched {
    fn stop(&self, why: u8) {
        let _before = self.stop.compare_exchange(GOES_ON, why, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn set_alarm(&self, at: Instant, alarm: Alarm) {
        let key = ALARMS.set(at, alarm);
        *self.alarm.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    fn drop_alarm(&self) {
        if let Some(key) = self.alarm.lock().unwrap_or_else(PoisonError::into_inner).take() {
            ALARMS.lock().set.remove(&key);
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.drop_alarm();
    }
}

/// The time of an alarm, and a number to distinguish alarms of the same moment.
type AlarmKey = (Instant, u64);

/// An alarm of a run: at the first its time is up, at the last it is lost.
struct Alarm {
    watched: Weak<Watched>,
    deadline: Instant,
    is_last: bool,
}

impl Alarm {
    fn go_off(self) {
        let Some(watched) = self.watched.upgrade() else { return };
        if watched.is_over.load(Ordering::Relaxed) {
            return;
        }
        watched.stop(TIME_IS_UP);
        if self.is_last {
            watched.is_lost.store(true, Ordering::Release);
            watched.lost.notify_waiters();
        } else {
            watched.set_alarm(self.deadline + GRACE, Self { is_last: true, ..self });
        }
    }
}

/// The alarms of all runs of this process, and the thread that they wake.
static ALARMS: LazyLock<Alarms> = LazyLock::new(Alarms::default);

#[derive(Default)]
struct Alarms {
    clock: Mutex<Clock>,
    changed: Condvar,
}

#[derive(Default)]
struct Clock {
    set: BTreeMap<AlarmKey, Alarm>,
    last_number: u64,
    /// True if the thread exists.
    runs: bool,
    /// Time of the thread's next look; `None` if it waits to be woken.
    looks_at: Option<Instant>,
}

impl Alarms {
    fn lock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&'static self, at: Instant, alarm: Alarm) -> AlarmKey {
        let mut clock = self.lock();
        clock.last_number += 1;
        let key = (at, clock.last_number);
        clock.set.insert(key, alarm);
        if !clock.runs {
            // Without the thread, a run is still stopped when it yields its turn, and refused when it ends.
            let thread = std::thread::Builder::new().name("larder-watch".to_owned());
            clock.runs = thread.spawn(|| self.run()).is_ok();
        } else if clock.looks_at.is_none_or(|looks_at| at < looks_at) {
            clock.looks_at = Some(at);
            self.changed.notify_one();
        }
        key
    }

    fn run(&self) {
        let mut clock = self.lock();
        loop {
            let now = Instant::now();
            while let Some(first) = clock.set.first_entry()
                && first.key().0 <= now
            {
                let alarm = first.remove();
                drop(clock);
                alarm.go_off();
                clock = self.lock();
            }
            clock.looks_at = clock.set.first_key_value().map(|((at, _), _)| *at);
            clock = match clock.looks_at {
                Some(at) => {
                    let wait = at.saturating_duration_since(now);
                    self.changed.wait_timeout(clock, wait).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(clock).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(what: &str, condition: impl Fn() -> bool) {
        let began = Instant::now();
        while !condition() {
            assert!(began.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_run_is_stopped_at_its_deadline_and_then_lost() {
        let watch = Watch::default();
        assert_eq!(watch.stopped(), None);
        let now = Instant::now();
        let far = Watch::default();
        far.begin(now, now + Duration::from_secs(3600));
        watch.begin(now, now + Duration::from_millis(1));
        until("it is stopped", || watch.stopped() == Some(Stopped::TimeIsUp));
        futures_util::FutureExt::now_or_never(far.lost()).ok_or(()).unwrap_err();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(watch.lost());
        assert!(now.elapsed() >= GRACE);
        assert_eq!(far.stopped(), None);
    }

    #[test]
    fn the_first_reason_counts() {
        let watch = Watch::default();
        watch.stop();
        watch.begin(Instant::now(), Instant::now());
        let other = Watch::default();
        other.begin(Instant::now(), Instant::now());
        until("the time of the other is up", || other.stopped().is_some());
        assert_eq!(watch.stopped(), Some(Stopped::NobodyWaits));
    }

    #[test]
    fn a_run_that_is_over_leaves_no_alarm() {
        let count = |watch: &Watch| {
            let is_it = |alarm: &&Alarm| alarm.watched.ptr_eq(&Arc::downgrade(&watch.0));
            ALARMS.lock().set.values().filter(is_it).count()
        };
        let watch = Watch::default();
        watch.begin(Instant::now(), Instant::now() + Duration::from_secs(3600));
        assert_eq!(count(&watch), 1);
        assert!(watch.end());
        assert_eq!(count(&watch), 0);
        watch.begin(Instant::now(), Instant::now() + Duration::from_secs(3600));
        let alarm = watch.0.alarm.lock().unwrap().unwrap();
        drop(watch);
        assert!(!ALARMS.lock().set.contains_key(&alarm));
    }
}
