//! The line of waiting runs, and the rules of who goes next. Pure: it has no clock, thread or waiting, so that its
//! rules can be tested alone.
//!
//! The rules:
//! - Concurrent runs never need more than the budget in total.
//! - First come, first served. If the first does not fit yet, a later one that fits may overtake it, so that free room
//!   is used. But nobody is overtaken more than [`OVERTAKEN`] times. After that, free room is saved up for the one that
//!   has waited.
//!
//! So an endless stream of small runs cannot keep out a large one. Large ones cannot keep out a small one either, since
//! it moves to the front like any other. Between its arrival and its start, only those who were before it and at most
//! [`OVERTAKEN`] others start.
//!
//! First come, first served alone would be as fair, but leave half of a machine idle behind each large run. Smallest
//! first would use the machine best, but starve the large. A bound by time would need a clock and mean little here:
//! runs of a millisecond and of an hour wait in one line.

use std::collections::BTreeMap;

/// Greatest number of runs that may overtake a waiting one.
pub(crate) const OVERTAKEN: u32 = 32;

/// Number of runs that are examined from the front of the line to find one that fits: with thousands of equal calls in
/// line, the next ones are as good as all.
const LOOK_AHEAD: usize = 64;

/// Amount of resources: the free ones, or the need of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) runs: usize,
    pub(crate) cpus: u32,
    pub(crate) memory_bytes: u64,
}

impl Amount {
    pub(crate) const fn fits(self, free: Self) -> bool {
        self.runs <= free.runs && self.cpus <= free.cpus && self.memory_bytes <= free.memory_bytes
    }

    const fn less(self, taken: Self) -> Self {
        Self {
            runs: self.runs - taken.runs,
            cpus: self.cpus - taken.cpus,
            memory_bytes: self.memory_bytes - taken.memory_bytes,
        }
    }

    const fn more(self, given_back: Self) -> Self {
        Self {
            runs: self.runs + given_back.runs,
            cpus: self.cpus + given_back.cpus,
            memory_bytes: self.memory_bytes + given_back.memory_bytes,
        }
    }
}

/// A number that orders runs by their arrival.
pub(crate) type Ticket = u64;

/// The waiting runs in order of arrival, and the free resources.
#[derive(Debug)]
pub(crate) struct Line<T> {
    free: Amount,
    waiting: BTreeMap<Ticket, Waiting<T>>,
    next: Ticket,
}

#[derive(Debug)]
struct Waiting<T> {
    need: Amount,
    overtaken: u32,
    who: T,
}

impl<T> Line<T> {
    pub(crate) const fn new(budget: Amount) -> Self {
        Self { free: budget, waiting: BTreeMap::new(), next: 0 }
    }

    /// Takes the resources at once if nobody waits and there is room. Returns true if it did.
    pub(crate) fn enter(&mut self, need: Amount) -> bool {
        let enters = self.waiting.is_empty() && need.fits(self.free);
        if enters {
            self.free = self.free.less(need);
        }
        enters
    }

    /// Appends a run to the line. It may be able to overtake at once: see [`Line::go_in`].
    pub(crate) fn stand(&mut self, need: Amount, who: T) -> Ticket {
        let ticket = self.next;
        self.next += 1;
        self.waiting.insert(ticket, Waiting { need, overtaken: 0, who });
        ticket
    }

    /// Leaves the line. Returns false if the run had already started or left.
    pub(crate) fn leave(&mut self, ticket: Ticket) -> bool {
        self.waiting.remove(&ticket).is_some()
    }

    /// Gives back the resources of a run.
    pub(crate) fn give_back(&mut self, need: Amount) {
        self.free = self.free.more(need);
    }

    /// Admits the next run, if one may start. Call it after each change until it returns `None`.
    pub(crate) fn go_in(&mut self) -> Option<T> {
        let free = self.free;
        let mut ticket = None;
        for (at, waiting) in self.waiting.iter().take(LOOK_AHEAD) {
            if waiting.need.fits(free) {
                ticket = Some(*at);
                break;
            }
            if waiting.overtaken >= OVERTAKEN {
                break;
            }
        }
        let ticket = ticket?;
        for overtaken in self.waiting.range_mut(..ticket) {
            overtaken.1.overtaken += 1;
        }
        let Waiting { need, overtaken: _, who } = self.waiting.remove(&ticket)?;
        self.free = free.less(need);
        Some(who)
    }
}

#[cfg(test)]
mod tests;
