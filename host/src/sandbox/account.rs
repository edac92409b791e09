//! The account of a run: what the host keeps for its guest, and the work that the host did for it.
//!
//! Linear memory is the limiter's business. Everything else that a guest can make the host allocate (texts of requests,
//! trees of handles, buffers) is *held* here by the byte, against one limit, and given back when its [`Hold`] is dropped.
//! Host work that a guest can ask for by the byte (hashing, copying, random numbers) is *owed* here as fuel; host functions
//! see only their view of the state and cannot reach the store's fuel, so the call hook takes the debt off on the way back
//! into the guest.
//!
//! The account never decides what a run answers: a refusal is remembered, and taints the run like one of the limiter.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::limits::LimitExceeded;

/// The account of one run. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Account(Arc<Balance>);

#[derive(Debug)]
struct Balance {
    limit: u64,
    held: AtomicU64,
    peak: AtomicU64,
    debt: AtomicU64,
    /// The total that was asked for when something was first refused; zero if nothing was.
    refused: AtomicU64,
}

/// Bytes that the host keeps for a guest, given back when this is dropped.
#[derive(Debug)]
pub(super) struct Hold {
    account: Account,
    bytes: u64,
}

impl Account {
    pub(super) fn new(limit: u64) -> Self {
        let zero = || AtomicU64::new(0);
        Self(Arc::new(Balance { limit, held: zero(), peak: zero(), debt: zero(), refused: zero() }))
    }

    /// Charges `bytes` until the [`Hold`] is dropped.
    ///
    /// # Errors
    ///
    /// [`LimitExceeded::HostMemory`] when the limit does not allow it; the account remembers the first such refusal.
    pub(super) fn hold(&self, bytes: u64) -> Result<Hold, LimitExceeded> {
        self.grow(bytes)?;
        Ok(Hold { account: self.clone(), bytes })
    }

    fn grow(&self, bytes: u64) -> Result<(), LimitExceeded> {
        let held = self.0.held.fetch_add(bytes, Ordering::Relaxed);
        let asked = held.saturating_add(bytes);
        if asked > self.0.limit {
            self.0.held.fetch_sub(bytes, Ordering::Relaxed);
            let _first = self.0.refused.compare_exchange(0, asked, Ordering::Relaxed, Ordering::Relaxed);
            return Err(LimitExceeded::HostMemory { limit: self.0.limit, asked });
        }
        self.0.peak.fetch_max(asked, Ordering::Relaxed);
        Ok(())
    }

    /// Adds host work to the debt, in units of fuel: one for a byte that is hashed, copied or made up.
    pub(super) fn owe(&self, fuel: u64) {
        let _before =
            self.0.debt.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |debt| Some(debt.saturating_add(fuel)));
    }

    /// What is owed, in units of fuel.
    pub(super) fn debt(&self) -> u64 {
        self.0.debt.load(Ordering::Relaxed)
    }

    /// Takes what is owed, in units of fuel: zero most of the time, and then nothing is written.
    pub(super) fn take_debt(&self) -> u64 {
        if self.0.debt.load(Ordering::Relaxed) == 0 { 0 } else { self.0.debt.swap(0, Ordering::Relaxed) }
    }

    /// The most that was held at one time, in bytes.
    pub(super) fn peak_bytes(&self) -> u64 {
        self.0.peak.load(Ordering::Relaxed)
    }

    /// The first refusal, if something was refused.
    pub(super) fn refusal(&self) -> Option<LimitExceeded> {
        let asked = self.0.refused.load(Ordering::Relaxed);
        (asked != 0).then_some(LimitExceeded::HostMemory { limit: self.0.limit, asked })
    }
}

impl Hold {
    /// Charges `bytes` more to the same hold.
    ///
    /// # Errors
    ///
    /// As [`Account::hold`]; what was held before stays held.
    pub(super) fn extend(&mut self, bytes: u64) -> Result<(), LimitExceeded> {
        self.account.grow(bytes)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.account.0.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_is_given_back_when_it_is_dropped() {
        let account = Account::new(100);
        let first = account.hold(60).unwrap();
        assert_eq!(account.hold(60).unwrap_err(), LimitExceeded::HostMemory { limit: 100, asked: 120 });
        drop(first);
        let mut second = account.hold(60).unwrap();
        second.extend(40).unwrap();
        second.extend(1).unwrap_err();
        assert_eq!(account.peak_bytes(), 100);
    }

    #[test]
    fn the_first_refusal_is_remembered() {
        let account = Account::new(10);
        assert_eq!(account.refusal(), None);
        drop(account.hold(10).unwrap());
        assert_eq!(account.refusal(), None);
        account.hold(11).unwrap_err();
        account.hold(99).unwrap_err();
        assert_eq!(account.refusal(), Some(LimitExceeded::HostMemory { limit: 10, asked: 11 }));
    }

    #[test]
    fn amounts_beyond_all_bounds_are_refused() {
        let account = Account::new(u64::MAX / 2);
        let _held = account.hold(1).unwrap();
        account.hold(u64::MAX - 1).unwrap_err();
        drop(account.hold(5).unwrap());
    }

    #[test]
    fn a_debt_is_taken_once() {
        let account = Account::new(0);
        assert_eq!(account.take_debt(), 0);
        account.owe(5);
        account.clone().owe(7);
        account.owe(u64::MAX);
        assert_eq!(account.take_debt(), u64::MAX);
        assert_eq!(account.take_debt(), 0);
    }
}
