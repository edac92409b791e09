//! Virtual time: both clocks, and everything that waits for one.
//!
//! Reading a clock advances time by one tick. Waiting advances it to the deadline, after really waiting that long. A
//! guest that sleeps sees that it slept, and everything due by then is ready together, in the order of the requests,
//! however busy the machine is. Nothing else advances time, so the order of events is the same on every run.
//!
//! WASI 0.2 waits with `wasi:io/poll` for pollables of `wasi:clocks/monotonic-clock`. Both are implemented here in
//! place of wasmtime's, whose pollables follow the machine's clock. Pollables that are not timers are polled as
//! wasmtime would; in the sealed world they are all ready at once.
//!
//! WASI 0.3 waits in asynchronous functions, several at a time: each advances time to its deadline after really
//! waiting. Two whose deadlines are nearer than the machine's timer can tell apart may still end in either order.

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

/// Time that each reading of a clock adds, in nanoseconds.
const TICK_NANOS: u64 = 1000;

/// Both clocks of one run, over one count of nanoseconds since its start.
#[derive(Clone, Default)]
pub(super) struct VirtualClock {
    nanos: Arc<AtomicU64>,
}

impl VirtualClock {
    /// Reads the clock, which advances it.
    fn read(&self) -> u64 {
        self.nanos.fetch_add(TICK_NANOS, Ordering::Relaxed)
    }

    /// Returns the value of the next reading.
    fn peek(&self) -> u64 {
        self.nanos.load(Ordering::Relaxed)
    }

    /// Returns the wall clock's time without advancing it.
    pub(super) fn present(&self) -> Duration {
        Duration::from_secs(START_SECONDS) + Duration::from_nanos(self.peek())
    }

    /// Waits in real time until `deadline`, and sets the clock to it.
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

/// The timers that a guest holds: pollable number and deadline.
pub(super) type Timers = BTreeMap<u32, u64>;

/// The part of a run that the functions of clocks and polling see.
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

/// Entry of the table for a timer; its deadline is in [`Timers`].
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

    /// Returns true if a pollable is ready now.
    async fn is_ready(&mut self, pollable: &Resource<DynPollable>) -> wasmtime::Result<bool> {
        match self.timers.get(&pollable.rep()) {
            Some(deadline) => Ok(*deadline <= self.clock.peek()),
            None => {
                let asked = poll::HostPollable::ready(self.table, Resource::new_borrow(pollable.rep()));
                // Otherwise tokio now and then reports a channel as not ready, to be fair to other tasks.
                tokio::task::coop::unconstrained(asked).await
            }
        }
    }

    /// Returns the positions of the ready pollables.
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
            // There are only wasmtime's own pollables to wait for; wasmtime also refuses an empty list.
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
        // Polling counts as a reading, so that a guest that polls in a loop makes progress.
        self.clock.read();
        self.is_ready(&pollable).await
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.timers.remove(&pollable.rep());
        poll::HostPollable::drop(self.table, pollable)
    }
}
