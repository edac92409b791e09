//! Admission by size: a run begins when the processors and the memory that its task declares are free.
//!
//! A run takes its share of the [`Budget`] of its host when it begins, and gives it back when it is over, while its
//! answer is still to be stored. Until then it waits in a line, whose rules are in [`super::line`]. Only runs wait
//! there: neither hits nor calls that share the run of another. Waiting does not count as time of the run. A cancelled
//! caller leaves the line at once.
//!
//! A host counts only its own runs. Several processes on one machine each have the whole of it, unless they are given
//! budgets that add up. A shared count would have to survive any of them being killed, and could only be kept by
//! everything that runs on the machine, which Larder is not.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;
use tracing::{Instrument as _, info_span};

use super::line::{Amount, Line, Ticket};
use super::turns::Turn;
use crate::counters::Counters;
use larder_sandbox::machine::Machine;

/// Resources that all runs of a host may use together.
///
/// ```
/// use larder::{Budget, machine::Machine};
///
/// let machine = Machine { cpus: 8, memory_bytes: 16 << 30, storage_bytes: 1 << 40, gpus: 0 };
/// let half = Budget { cpus: 4, memory_bytes: 8 << 30, ..Budget::of(&machine) };
/// assert_eq!(half.runs, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Processors.
    pub cpus: u32,
    /// Linear memory, in bytes.
    pub memory_bytes: u64,
    /// Greatest number of concurrent runs, whatever their sizes. `None` means as many as there is room for.
    pub runs: Option<usize>,
}

impl Budget {
    /// Returns the budget of a whole machine.
    #[must_use]
    pub const fn of(machine: &Machine) -> Self {
        let Machine { cpus, memory_bytes, storage_bytes: _, gpus: _ } = *machine;
        Self { cpus, memory_bytes, runs: None }
    }

    fn amount(self) -> Amount {
        let Self { cpus, memory_bytes, runs } = self;
        Amount { runs: runs.unwrap_or(usize::MAX).max(1), cpus, memory_bytes }
    }
}

/// The resource of a budget that is too small for a task, even if nothing else runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooLittle {
    /// Processors.
    Cpus {
        /// The need of a run.
        needed: u32,
        /// The amount that all runs may use together.
        budget: u32,
    },
    /// Memory, in bytes.
    Memory {
        /// The need of a run.
        needed: u64,
        /// The amount that all runs may use together.
        budget: u64,
    },
}

impl TooLittle {
    /// Returns a stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Cpus { .. } => "limit/budget-cpus",
            Self::Memory { .. } => "limit/budget-memory",
        }
    }
}

impl std::fmt::Display for TooLittle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cpus { needed, budget } => write!(f, "needs {needed} cpus, and all that runs here may use {budget}"),
            Self::Memory { needed, budget } => write!(
                f,
                "may use {} MiB of memory, and all that runs here may use {} MiB",
                needed.div_ceil(1 << 20),
                budget >> 20
            ),
        }
    }
}

/// The runs of a host, and the line of those that wait.
#[derive(Debug)]
pub(crate) struct Admission {
    budget: Budget,
    line: Mutex<Line<oneshot::Sender<()>>>,
}

/// A share of the budget, or a position in the line for it. Dropping it gives back the share or leaves the line.
#[derive(Debug)]
pub(crate) struct Place {
    admission: Arc<Admission>,
    need: Amount,
    /// The ticket, if it stood in the line.
    ticket: Option<Ticket>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.admission.change(|line| {
            // A caller that was admitted just now and is cancelled already has its share, which goes to the next.
            let still_stands = self.ticket.is_some_and(|ticket| line.leave(ticket));
            if !still_stands {
                line.give_back(self.need);
            }
        });
    }
}

impl Admission {
    pub(crate) fn new(budget: Budget) -> Arc<Self> {
        Arc::new(Self { budget, line: Mutex::new(Line::new(budget.amount())) })
    }

    fn lock(&self) -> MutexGuard<'_, Line<oneshot::Sender<()>>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the line, and admits everyone who fits now.
    fn change(&self, change: impl FnOnce(&mut Line<oneshot::Sender<()>>)) {
        let mut line = self.lock();
        change(&mut line);
        let called: Vec<_> = std::iter::from_fn(|| line.go_in()).collect();
        drop(line);
        for caller in called {
            // A caller that was cancelled meanwhile gives its share back: see [`Place`].
            let _ = caller.send(());
        }
    }

    /// Waits for a place. Once it is in the line, the turn to enter it is passed on.
    pub(crate) async fn enter(self: &Arc<Self>, need: Amount, counters: &Counters, turn: Option<Turn>) -> Place {
        if self.lock().enter(need) {
            return Place { admission: self.clone(), need, ticket: None };
        }
        let began = Instant::now();
        let (caller, called) = oneshot::channel();
        let ticket = self.lock().stand(need, caller);
        drop(turn);
        let place = Place { admission: self.clone(), need, ticket: Some(ticket) };
        // If the first in the line does not fit, this one may.
        self.change(|_| {});
        // The line drops no caller without calling it.
        let _ = called.instrument(info_span!("larder.wait")).await;
        counters.waits.add_one();
        counters.wait_micros.add_since(began);
        place
    }

    /// Refuses a need that would wait forever.
    pub(crate) fn check(&self, need: Amount) -> Result<(), TooLittle> {
        let Amount { runs: _, cpus, memory_bytes } = need;
        let Budget { cpus: all_cpus, memory_bytes: all_memory, runs: _ } = self.budget;
        if cpus > all_cpus {
            Err(TooLittle::Cpus { needed: cpus, budget: all_cpus })
        } else if memory_bytes > all_memory {
            Err(TooLittle::Memory { needed: memory_bytes, budget: all_memory })
        } else {
            Ok(())
        }
    }

    /// Returns the number of runs with this need that fit at the same time if nothing else runs.
    pub(crate) fn room_for(&self, need: Amount) -> usize {
        let Amount { runs, cpus, memory_bytes } = self.budget.amount();
        let times = |all: u64, one: u64| {
            all.checked_div(one).map_or(usize::MAX, |times| usize::try_from(times).unwrap_or(usize::MAX))
        };
        runs.min(times(cpus.into(), need.cpus.into())).min(times(memory_bytes, need.memory_bytes))
    }
}

#[cfg(test)]
mod tests;
