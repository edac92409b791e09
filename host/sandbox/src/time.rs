//! Virtual time: both clocks, and everything that waits for one.
//!
//! A reading of a clock moves time on by one tick. Waiting moves it to the deadline, after really waiting that long: a
//! guest that sleeps sees that it slept, and everything that is due by then is ready together, in the order it was
//! asked for, however busy the machine is. Nothing else moves time, so the order of events is the same on every run.
//!
//! WASI 0.2 waits with `wasi:io/poll` for pollables of `wasi:clocks/monotonic-clock`; both are implemented here in the
//! place of wasmtime's, whose pollables follow the machine's clock. What is no timer is asked as wasmtime would: in
//! the sealed world all of it is ready at once.
//!
//! WASI 0.3 waits in asynchronous functions, several at a time: each moves time to its deadline when it has really
//! waited. Two whose deadlines are nearer than the machine's timer can tell apart may still end in either order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wasmtime::component::{Accessor, HasData, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};
use wasmtime_wasi::p3::bindings::clocks::monotonic_clock as p3;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, async_trait};
use wasmtime_wasi_io::bindings::wasi::io::poll;

/// 2000-01-01T00:00:00Z, in seconds since the Unix epoch.
const START_SECONDS: u64 = 946_684_800;

/// What each reading of a clock adds to it, in nanoseconds.
const TICK_NANOS: u64 = 1000;

/// Both clocks of one run, over one count of nanoseconds since its start.
#[derive(Clone, Default)]
pub(super) struct VirtualClock {
    nanos: Arc<AtomicU64>,
}

impl VirtualClock {
    /// Reads it, which moves it on.
    fn read(&self) -> u64 {
        self.nanos.fetch_add(TICK_NANOS, Ordering::Relaxed)
    }

    /// What the next reading will say.
    fn peek(&self) -> u64 {
        self.nanos.load(Ordering::Relaxed)
    }

    /// What the wall clock says, without moving it.
    pub(super) fn present(&self) -> Duration {
        Duration::from_secs(START_SECONDS) + Duration::from_nanos(self.peek())
    }

    /// Waits as long as it is until `deadline`, and is then there.
    async fn wait_until(&self, deadline: u64) {
        let ahead = deadline.saturating_sub(self.peek());
        if ahead > 0 {
            tokio::time::sleep(Duration::from_nanos(ahead)).await;
            self.nanos.fetch_max(deadline, Ordering::Relaxed);
        }
    }
}

impl HostWallClock for VirtualClock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(TICK_NANOS)
    }

    fn now(&self) -> Duration {
        Duration::from_secs(START_SECONDS) + Duration::from_nanos(self.read())
    }
}

impl HostMonotonicClock for VirtualClock {
    fn resolution(&self) -> u64 {
        TICK_NANOS
    }

    fn now(&self) -> u64 {
        self.read()
    }
}

/// The timers that a guest holds: the number of the pollable, and its deadline.
pub(super) type Timers = BTreeMap<u32, u64>;

/// What the functions of clocks and polling see of a run.
pub(super) struct TimeView<'a> {
    pub(super) clock: &'a VirtualClock,
    pub(super) timers: &'a mut Timers,
    pub(super) table: &'a mut ResourceTable,
}

/// Names [`TimeView`] to the linker.
pub(super) struct VirtualTime;

impl HasData for VirtualTime {
    type Data<'a> = TimeView<'a>;
}

/// What stands in the table for a timer; its deadline is in [`Timers`].
struct Timer;

#[async_trait]
impl Pollable for Timer {
    async fn ready(&mut self) {}
}

impl TimeView<'_> {
    fn timer(&mut self, deadline: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let timer = self.table.push(Timer)?;
        let pollable = subscribe(self.table, timer)?;
        self.timers.insert(pollable.rep(), deadline);
        Ok(pollable)
    }

    /// Whether one pollable is ready now.
    async fn is_ready(&mut self, pollable: &Resource<DynPollable>) -> wasmtime::Result<bool> {
        match self.timers.get(&pollable.rep()) {
            Some(deadline) => Ok(*deadline <= self.clock.peek()),
            None => {
                let asked = poll::HostPollable::ready(self.table, Resource::new_borrow(pollable.rep()));
                // Without this tokio says of a channel that it is not ready, now and then, to be fair to other tasks.
                tokio::task::coop::unconstrained(asked).await
            }
        }
    }

    /// The positions of those that are ready now.
    async fn ready_ones(&mut self, pollables: &[Resource<DynPollable>]) -> wasmtime::Result<Vec<u32>> {
        let mut ready = Vec::new();
        for (position, pollable) in (0..).zip(pollables) {
            if self.is_ready(pollable).await? {
                ready.push(position);
            }
        }
        Ok(ready)
    }
}

impl monotonic_clock::Host for TimeView<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.clock.read())
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(TICK_NANOS)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.timer(when)
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.timer(self.clock.peek().saturating_add(duration))
    }
}

impl p3::Host for TimeView<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.clock.read())
    }

    fn get_resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(TICK_NANOS)
    }
}

impl<T> p3::HostWithStore<T> for VirtualTime {
    async fn wait_until(store: &Accessor<T, Self>, when: u64) -> wasmtime::Result<()> {
        let clock = store.with(|mut view| view.get().clock.clone());
        clock.wait_until(when).await;
        Ok(())
    }

    async fn wait_for(store: &Accessor<T, Self>, duration: u64) -> wasmtime::Result<()> {
        let clock = store.with(|mut view| view.get().clock.clone());
        let deadline = clock.peek().saturating_add(duration);
        clock.wait_until(deadline).await;
        Ok(())
    }
}

impl poll::Host for TimeView<'_> {
    async fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        let ready = self.ready_ones(&pollables).await?;
        if !ready.is_empty() {
            return Ok(ready);
        }
        let earliest = pollables.iter().filter_map(|pollable| self.timers.get(&pollable.rep())).min().copied();
        match earliest {
            Some(deadline) => {
                self.clock.wait_until(deadline).await;
                self.ready_ones(&pollables).await
            }
            // Nothing to wait for but wasmtime's own pollables; it also refuses an empty list.
            None => poll::Host::poll(self.table, pollables).await,
        }
    }
}

impl poll::HostPollable for TimeView<'_> {
    async fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        match self.timers.get(&pollable.rep()) {
            Some(deadline) => {
                self.clock.wait_until(*deadline).await;
                Ok(())
            }
            None => poll::HostPollable::block(self.table, pollable).await,
        }
    }

    async fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        // Asking counts as a reading: a guest that asks until it is ready must get there.
        self.clock.read();
        self.is_ready(&pollable).await
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.timers.remove(&pollable.rep());
        poll::HostPollable::drop(self.table, pollable)
    }
}
