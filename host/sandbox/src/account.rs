//! The account of a run: host memory kept for the guest, and host work done for it.
//!
//! The limiter counts linear memory. This account counts, in bytes and against one limit, everything else that a guest
//! can make the host allocate. It has two parts:
//!
//! - Things with an owner that can carry a [`Hold`] (nodes and names of the scratch folder, directory listings,
//!   requests being sent) are *held*. Dropping the hold gives the bytes back.
//! - Entries of the table of resources, most of them of types of the engine's crates, are *weighed*: see
//!   [`super::weight`]. Between two weighings, each host call counts for the most that it can add to the table, and
//!   each text that a resource keeps counts for its length. So the table is weighed before it can be too large.
//!
//! Host work that a guest can request by the byte (hashing, copying, random numbers) is *owed* as fuel. Host functions
//! see only their view of the state and cannot reach the store's fuel, so the call hook subtracts the debt on the way
//! back into the guest.
//!
//! The account never decides a run's answer. It remembers a refusal, and the call hook ends the run with it, whatever
//! the guest would have answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use larder_types::limits::LimitExceeded;

/// The most that one host call adds to the table, in bytes, besides the noted texts: a set of HTTP fields, and the
/// buffers of a request's body.
const A_CALL: u64 = 96 << 10;

/// The account of one run. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Account(Arc<Balance>);

#[derive(Debug)]
struct Balance {
    limit: u64,
    held: AtomicU64,
    /// Bytes of the table of resources when it was last weighed.
    weighed: AtomicU64,
    /// Bytes of the texts noted since then.
    noted: AtomicU64,
    peak: AtomicU64,
    debt: AtomicU64,
    /// The total requested by the first refused allocation; zero if none was refused.
    refused: AtomicU64,
}

/// Bytes that the host keeps for a guest. Dropping the hold gives them back.
#[derive(Debug)]
pub(super) struct Hold {
    account: Account,
    bytes: u64,
}

impl Account {
    pub(super) fn new(limit: u64) -> Self {
        let zero = || AtomicU64::new(0);
        Self(Arc::new(Balance {
            limit,
            held: zero(),
            weighed: zero(),
            noted: zero(),
            peak: zero(),
            debt: zero(),
            refused: zero(),
        }))
    }

    /// Creates an account without a limit, for use outside a run.
    #[cfg(test)]
    pub(super) fn unlimited() -> Self {
        Self::new(u64::MAX)
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

    /// Creates an empty hold, to be extended.
    pub(super) fn nothing(&self) -> Hold {
        Hold { account: self.clone(), bytes: 0 }
    }

    fn grow(&self, bytes: u64) -> Result<(), LimitExceeded> {
        let held = self.0.held.fetch_add(bytes, Ordering::Relaxed);
        let asked = held.saturating_add(bytes);
        if asked > self.0.limit {
            self.0.held.fetch_sub(bytes, Ordering::Relaxed);
            return Err(self.refuse(asked));
        }
        self.0.peak.fetch_max(asked, Ordering::Relaxed);
        Ok(())
    }

    fn refuse(&self, asked: u64) -> LimitExceeded {
        let _first = self.0.refused.compare_exchange(0, asked, Ordering::Relaxed, Ordering::Relaxed);
        LimitExceeded::HostMemory { limit: self.0.limit, asked }
    }

    /// Notes the length of a text that a resource in the table keeps from now on.
    pub(super) fn note(&self, bytes: usize) {
        let add = |noted: u64| Some(noted.saturating_add(bytes as u64));
        let _before = self.0.noted.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// Returns true if the table must be weighed again, since it may be too large `calls` calls after the last
    /// weighing.
    pub(super) fn is_due(&self, calls: u64) -> bool {
        let load = |part: &AtomicU64| part.load(Ordering::Relaxed);
        let known = load(&self.0.held).saturating_add(load(&self.0.weighed)).saturating_add(load(&self.0.noted));
        known.saturating_add(calls.saturating_mul(A_CALL)) > self.0.limit
    }

    /// Records the weight of the table.
    ///
    /// # Errors
    ///
    /// [`LimitExceeded::HostMemory`] if the table and the held bytes together exceed the limit.
    pub(super) fn weighed(&self, table: u64) -> Result<(), LimitExceeded> {
        self.0.weighed.store(table, Ordering::Relaxed);
        self.0.noted.store(0, Ordering::Relaxed);
        let all = self.0.held.load(Ordering::Relaxed).saturating_add(table);
        self.0.peak.fetch_max(all.min(self.0.limit), Ordering::Relaxed);
        if all > self.0.limit { Err(self.refuse(all)) } else { Ok(()) }
    }

    /// Adds host work to the debt, in units of fuel: one per byte hashed, copied or generated.
    pub(super) fn owe(&self, fuel: u64) {
        let add = |debt: u64| Some(debt.saturating_add(fuel));
        let _before = self.0.debt.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// Debt in units of fuel.
    pub(super) fn debt(&self) -> u64 {
        self.0.debt.load(Ordering::Relaxed)
    }

    /// Takes the debt, in units of fuel. It is zero most of the time, and then nothing is written.
    pub(super) fn take_debt(&self) -> u64 {
        if self.0.debt.load(Ordering::Relaxed) == 0 { 0 } else { self.0.debt.swap(0, Ordering::Relaxed) }
    }

    /// Peak of the held and weighed bytes together.
    pub(super) fn peak_bytes(&self) -> u64 {
        self.0.peak.load(Ordering::Relaxed)
    }

    /// The first refusal, if any.
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
    /// Same as [`Account::hold`]. Bytes held before stay held.
    pub(super) fn extend(&mut self, bytes: u64) -> Result<(), LimitExceeded> {
        self.account.grow(bytes)?;
        self.bytes += bytes;
        Ok(())
    }

    /// Gives back some of the bytes.
    pub(super) fn shrink(&mut self, bytes: u64) {
        let bytes = bytes.min(self.bytes);
        self.account.0.held.fetch_sub(bytes, Ordering::Relaxed);
        self.bytes -= bytes;
    }

    /// Account that this hold is charged to.
    pub(super) const fn account(&self) -> &Account {
        &self.account
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

    #[test]
    fn what_lies_in_the_table_is_weighed_before_it_can_be_too_much() {
        let account = Account::new(3 * A_CALL);
        assert!(!account.is_due(3));
        assert!(account.is_due(4));
        account.note(1);
        assert!(account.is_due(3));
        account.weighed(2 * A_CALL).unwrap();
        assert!(!account.is_due(1));
        let hold = account.hold(A_CALL + 1).unwrap();
        assert!(account.is_due(0));
        let refused = account.weighed(2 * A_CALL).unwrap_err();
        assert_eq!(account.refusal(), Some(refused));
        drop(hold);
        account.weighed(2 * A_CALL).unwrap();
    }

    #[test]
    fn a_part_of_a_hold_can_be_given_back() {
        let account = Account::new(100);
        let mut hold = account.nothing();
        hold.extend(100).unwrap();
        hold.shrink(70);
        let other = account.hold(70).unwrap();
        hold.shrink(1000);
        drop((hold, other));
        drop(account.hold(100).unwrap());
    }
}
