//! The pace of a run: what happens each time that the engine goes back into the guest.
//!
//! The engine calls a hook when a function of the host returns to the guest, and when one of its own does that can fail:
//! a copy of a stream, a transcoding, a growth. There a run whose time is up is stopped, what the host did for it is
//! taken off its fuel, and a turn that has been long is brought to its end.
//!
//! A guest yields to others when its slice of fuel is used up. To set the fuel makes the slice whole again, so a run that
//! owes a little at each call would never yield: a debt is left until it is as large as a slice, and whoever pays it
//! yields at once.
//!
//! Compiled code keeps its fuel in a register. It writes it back before a call and reads it again behind it, but not around
//! an instruction that the engine does itself, such as `memory.grow`: what is changed there is lost, and how much depends
//! on the moment. So the fuel is touched only behind what was certainly a call: one that the host counted, or in which
//! the run gave up its turn.

use std::time::{Duration, Instant};

use wasmtime::{CallHook, StoreContextMut, Trap};

use super::state::State;
use super::watch::Watch;

/// Fuel between two points at which a running guest lets the host look at clocks and signals: a fraction of a
/// millisecond where it computes, and fifty thousand calls of the host where it does little else.
pub(super) const FUEL_SLICE: u64 = 500_000;

/// How long a turn may take before others have theirs, where it is spent in the host.
const LONG: Duration = Duration::from_millis(10);

/// How many returns from the host there are between two looks at the clock.
const RETURNS: u32 = 64;

/// What of the pace of a run is remembered from one return to the next.
struct Pace {
    watch: Watch,
    /// The turn that was cut short, until there is another.
    cut: Option<u64>,
    /// Whether others should have a turn.
    is_due: bool,
    returns: u32,
    /// The count of host calls and the turn when each call began that is under way. An instruction of the engine's ends
    /// before anything else happens, so that it always finds its own.
    under_way: Vec<(u64, u64)>,
    /// The turn that was seen last when the clock was looked at, and when that was first.
    turn: u64,
    since: Instant,
}

/// The bytes that one conversion across the border may take, each way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conversions {
    /// Of what the guest hands to a function of the host.
    pub(super) to_host: usize,
    /// Of what the guest returns.
    pub(super) to_lift: usize,
}

/// The hook of the store of a run.
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
        // A function of the guest reads its fuel when it begins. One that the host calls on its way is not made to yield.
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

    /// Whether this turn has been long.
    fn is_long(&mut self) -> bool {
        let turn = self.watch.turn();
        if turn == self.turn {
            return self.since.elapsed() > LONG;
        }
        (self.turn, self.since) = (turn, Instant::now());
        false
    }

    /// Has the guest yield where it looks at its fuel next.
    fn cut(&mut self, store: &mut StoreContextMut<'_, State>) -> wasmtime::Result<()> {
        self.is_due = false;
        if self.cut.is_none() {
            self.cut = Some(self.watch.turn());
            store.fuel_async_yield_interval(Some(1))?;
        }
        Ok(())
    }
}
