//! Turns: calls taken one after the other start in that order, however long each takes to get ready.
//!
//! ```text
//! turn 0  hashing ─────────────▶ start
//! turn 1  hashing ─▶ waits for turn 0 ─▶ start
//! ```
//!
//! A call passes its turn on by dropping it, whatever the outcome of the call, so that nobody waits for a call that is
//! over or was cancelled. Nobody waits for a turn while holding something that an earlier turn may wait for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// A sequence of turns, numbered from 0.
#[derive(Debug)]
pub(crate) struct Turns {
    /// Number of turns that may start beside the first that was not passed on.
    ahead: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The first that was not passed on.
    first: u64,
    /// Later turns that were passed on.
    passed: BTreeSet<u64>,
    waiting: BTreeMap<u64, Waker>,
}

/// One turn of the sequence.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Arc<Turns>,
    at: u64,
}

impl Turns {
    pub(crate) fn new(ahead: u64) -> Arc<Self> {
        Arc::new(Self { ahead, state: Mutex::default() })
    }

    /// Returns the turn with this number, which nobody else has had.
    pub(crate) fn turn(self: &Arc<Self>, at: u64) -> Turn {
        Turn { turns: self.clone(), at }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Waits until all earlier turns were passed on, except for as many as may start together.
    pub(crate) async fn comes(&self) {
        std::future::poll_fn(|context| {
            let mut state = self.turns.lock();
            if self.at <= state.first.saturating_add(self.turns.ahead) {
                return Poll::Ready(());
            }
            state.waiting.insert(self.at, context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.turns.lock();
        state.waiting.remove(&self.at);
        if self.at != state.first {
            state.passed.insert(self.at);
            return;
        }
        state.first += 1;
        while state.passed.first() == Some(&state.first) {
            state.passed.pop_first();
            state.first += 1;
        }
        let still = state.first.saturating_add(self.turns.ahead).saturating_add(1);
        let later = state.waiting.split_off(&still);
        let woken = std::mem::replace(&mut state.waiting, later);
        drop(state);
        woken.into_values().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::pin::pin;
    use std::task::Context;

    use super::*;

    fn has_come(turn: &Turn) -> bool {
        pin!(turn.comes()).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn turns_come_in_order_whoever_is_ready_first() {
        let turns = Turns::new(0);
        let [zero, one, two, three] = [0, 1, 2, 3].map(|at| turns.turn(at));
        assert!(has_come(&zero) && !has_come(&one) && !has_come(&two));
        // A turn that is dropped before it comes delays nobody.
        drop(one);
        assert!(!has_come(&two));
        drop(zero);
        assert!(has_come(&two) && !has_come(&three));
        drop(two);
        assert!(has_come(&three));
    }

    #[test]
    fn some_may_come_together() {
        let turns = Turns::new(2);
        let [zero, one, two, three] = [0, 1, 2, 3].map(|at| turns.turn(at));
        assert!(has_come(&zero) && has_come(&two) && !has_come(&three));
        drop((one, two));
        assert!(!has_come(&three));
        drop(zero);
        assert!(has_come(&three));
    }

    #[test]
    fn who_waits_is_woken() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let turns = Turns::new(0);
            let order = Arc::new(Mutex::new(Vec::new()));
            let going = (0..10).rev().map(|at| {
                let (turn, order) = (turns.turn(at), order.clone());
                tokio::spawn(async move {
                    turn.comes().await;
                    order.lock().unwrap().push(at);
                })
            });
            for going in going.collect::<Vec<_>>() {
                going.await.unwrap();
            }
            assert_eq!(*order.lock().unwrap(), (0..10).collect::<Vec<_>>());
        });
    }
}
