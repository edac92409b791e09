//! Who may go next. Pure: no clock, no thread, no waiting, so that it can be tested by its rules alone.
//!
//! The rules:
//! - What runs never needs more, all together, than the budget has.
//! - Who comes first goes first. Where the first does not fit yet, one behind it that does may overtake it, so that
//!   room which is there is used; but nobody is overtaken more than [`OVERTAKEN`] times. From then on room that becomes
//!   free is left to gather for the one who has waited.
//!
//! So an endless stream of small ones cannot keep out a large one, and neither can large ones keep out a small one,
//! since it moves to the front as any other does. Between its coming and its going in, at most those go in who stood
//! before it, and [`OVERTAKEN`] others.
//!
//! First come, first served alone would be as fair, and leave half of a machine idle behind each large one; the
//! smallest first would use it best, and starve the large. A bound by time would need a clock, and mean little here:
//! runs of a millisecond and of an hour stand in one line.

use std::collections::BTreeMap;

/// How many may overtake one who waits.
pub(crate) const OVERTAKEN: u32 = 32;

/// How many are looked at behind the first to find one that fits: with thousands of equal calls in line, the next ones
/// are as good as all.
const LOOK_AHEAD: usize = 64;

/// What there is, or what one run needs of it.
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

/// A number that says who came before whom.
pub(crate) type Ticket = u64;

/// Those who wait, in the order in which they came, and what is free.
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

    /// Goes in at once, if nobody waits and there is room.
    pub(crate) fn enter(&mut self, need: Amount) -> bool {
        let enters = self.waiting.is_empty() && need.fits(self.free);
        if enters {
            self.free = self.free.less(need);
        }
        enters
    }

    /// Stands at the end. Whoever stands there may be one who can overtake: see [`Line::go_in`].
    pub(crate) fn stand(&mut self, need: Amount, who: T) -> Ticket {
        let ticket = self.next;
        self.next += 1;
        self.waiting.insert(ticket, Waiting { need, overtaken: 0, who });
        ticket
    }

    /// Goes away without having gone in. False: it has gone in, or away, before.
    pub(crate) fn leave(&mut self, ticket: Ticket) -> bool {
        self.waiting.remove(&ticket).is_some()
    }

    /// Gives back what a run had.
    pub(crate) fn give_back(&mut self, need: Amount) {
        self.free = self.free.more(need);
    }

    /// Lets the next go in, if there is one who may: call it until there is none, after each change.
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
