//! The pace of a run: the work done each time that the engine returns to the guest.
//!
//! The engine calls a hook when a host function returns to the guest, and when one of its own operations that can fail
//! does: a copy of a stream, a transcoding, a growth. The hook stops a run whose time is up, subtracts host work from
//! its fuel, and ends a turn that has been long.
//!
//! A guest yields to others when its slice of fuel is used up. Setting the fuel renews the slice, so a run that owes a
//! little at each call would never yield. So a debt is left until it is as large as a slice, and a guest that pays it
//! yields at once.
//!
//! Compiled code keeps its fuel in a register. It writes the register back before a call and reloads it afterwards,
//! but not around an instruction that the engine does itself, such as `memory.grow`: a change made there is lost, by
//! an amount that depends on the moment. So the fuel is changed only after what was certainly a call: one that the
//! host counted, or in which the run gave up its turn.

use std::time::{Duration, Instant};

use wasmtime::{CallHook, StoreContextMut, Trap};

use super::state::State;
use super::watch::Watch;

/// Fuel between two points at which a running guest lets the host check clocks and signals: a fraction of a
/// millisecond of computing, or fifty thousand calls of the host by a guest that does little else.
pub(super) const FUEL_SLICE: u64 = 500_000;

/// Maximum length of a turn spent in the host, before others have theirs.
const LONG: Duration = Duration::from_millis(10);

/// Number of returns from the host between two looks at the clock.
const RETURNS: u32 = 64;

/// State of a run's pace between two returns.
struct Pace {
    watch: Watch,
    /// The turn that was cut short, until the next one begins.
    cut: Option<u64>,
    /// True if others should have a turn.
    is_due: bool,
    returns: u32,
    /// For each call under way, the count of host calls and the turn when it began. An instruction of the engine ends
    /// before anything else happens, so it always finds its own entry.
    under_way: Vec<(u64, u64)>,
    /// The last turn seen when the clock was read, and the time when it was first seen.
    turn: u64,
    since: Instant,
}

/// Maximum bytes of one conversion across the border, each way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conversions {
    /// For arguments that the guest passes to a host function.
    pub(super) to_host: usize,
    /// For the guest's result.
    pub(super) to_lift: usize,
}

/// Returns the hook of a run's store.
pub(super) fn hook(
    watch: Watch,
    conversions: Conversions,
) -> impl FnMut(StoreContextMut<'_, State>, CallHook) -> wasmtime::Result<()> + Send + Sync + 'static {
    let mut pace =
        Pace { watch, cut: None, is_due: false, returns: 0, under_way: Vec::new(), turn: 0, since: Instant::now() };
    move |mut store, hook| match hook {
        CallHook::CallingHost => {
            store.set_hostcall_fuel(conversions.to_host);
            pace.under_way.push((store.data().host_calls, pace.watch.turn()));
            Ok(())
        }
        CallHook::ReturningFromHost => {
            store.set_hostcall_fuel(conversions.to_lift);
            store.data_mut().settle()?;
            let now = (store.data().host_calls, pace.watch.turn());
            let was_a_call = pace.under_way.pop().is_some_and(|before| before != now);
            pace.back_to_the_guest(store, was_a_call, was_a_call)
        }
        // A guest function reads its fuel when it begins. One that the host calls meanwhile is not made to yield.
        CallHook::CallingWasm => pace.back_to_the_guest(store, true, false),
        CallHook::ReturningFromWasm => Ok(()),
    }
}

impl Pace {
    fn back_to_the_guest(
        &mut self,
        mut store: StoreContextMut<'_, State>,
        may_touch_fuel: bool,
        may_yield: bool,
    ) -> wasmtime::Result<()> {
        if let Some(stopped) = self.watch.stopped() {
            return Err(stopped.into());
        }
        if !may_touch_fuel {
            return Ok(());
        }
        if self.cut.is_some_and(|turn| turn != self.watch.turn()) {
            self.cut = None;
            store.fuel_async_yield_interval(Some(FUEL_SLICE))?;
        }
        if store.data().account.debt() >= FUEL_SLICE {
            let debt = store.data().account.take_debt();
            let left = store.get_fuel()?.checked_sub(debt);
            store.set_fuel(left.unwrap_or(0))?;
            if left.is_none() {
                return Err(Trap::OutOfFuel.into());
            }
            self.is_due = true;
        }
        self.returns = self.returns.wrapping_add(1);
        self.is_due |= self.returns.is_multiple_of(RETURNS) && self.is_long();
        if self.is_due && may_yield { self.cut(&mut store) } else { Ok(()) }
    }

    /// Returns true if this turn has been long.
    fn is_long(&mut self) -> bool {
        let turn = self.watch.turn();
        if turn == self.turn {
            return self.since.elapsed() > LONG;
        }
        (self.turn, self.since) = (turn, Instant::now());
        false
    }

    /// Makes the guest yield at its next fuel check.
    fn cut(&mut self, store: &mut StoreContextMut<'_, State>) -> wasmtime::Result<()> {
        self.is_due = false;
        if self.cut.is_none() {
            self.cut = Some(self.watch.turn());
            store.fuel_async_yield_interval(Some(1))?;
        }
        Ok(())
    }
}
