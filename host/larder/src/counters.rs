//! Counters of a host's work: they prove that a hit was one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Counts since the host was opened.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) component_reads: Counter,
    pub(crate) compilations: Counter,
    pub(crate) compiled_loads: Counter,
    pub(crate) runs: Counter,
    pub(crate) waits: Counter,
    pub(crate) hits: Counter,
    pub(crate) misses: Counter,
    pub(crate) shared: Counter,
    pub(crate) commits: Counter,
    pub(crate) compile_micros: Counter,
    pub(crate) run_micros: Counter,
    pub(crate) wait_micros: Counter,
    pub(crate) commit_micros: Counter,
    pub(crate) result_bytes: Counter,
    pub(crate) under_compilation: UnderWay,
    pub(crate) under_run: UnderWay,
}

/// Work that a host has done since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Work {
    /// Components whose bytes were read.
    pub component_reads: u64,
    /// Components that were compiled.
    pub compilations: u64,
    /// Components whose compiled code was loaded instead.
    pub compiled_loads: u64,
    /// Instances made to run a task or to ask a manifest.
    pub runs: u64,
    /// Runs that had to wait until there was room for their size.
    pub waits: u64,
    /// Calls answered from the cache.
    pub hits: u64,
    /// Calls not answered from the cache.
    pub misses: u64,
    /// Calls that got the answer of another call of this process, which was already computing it.
    pub shared: u64,
    /// Results that were stored.
    pub commits: u64,
    /// Total time of compiling, in microseconds.
    pub compile_micros: u64,
    /// Total time of all runs, in microseconds.
    pub run_micros: u64,
    /// Total time that runs have waited for room, in microseconds. It is not part of the time of a run.
    pub wait_micros: u64,
    /// The time that calls have waited for commits, in microseconds. Many calls may share a wait.
    pub commit_micros: u64,
    /// Total size of the encoded results of runs, in bytes.
    pub result_bytes: u64,
    /// Transactions that stored results and everything else that was learnt. Results that are ready at the same time
    /// share a transaction.
    pub transactions: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

/// Number of operations under way.
#[derive(Debug, Default)]
pub(crate) struct UnderWay(AtomicU64);

impl UnderWay {
    /// Counts one more, until the returned guard is dropped.
    pub(crate) fn one(&self) -> impl Drop + '_ {
        struct One<'a>(&'a AtomicU64);
        impl Drop for One<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.0.fetch_add(1, Ordering::Relaxed);
        One(&self.0)
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn is_any(&self) -> bool {
        self.count() > 0
    }
}

impl Counter {
    pub(crate) fn add_one(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// Adds the microseconds since that moment.
    pub(crate) fn add_since(&self, began: Instant) {
        self.add(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
}

impl Counters {
    pub(crate) fn work(&self, transactions: u64) -> Work {
        let Self {
            component_reads,
            compilations,
            compiled_loads,
            runs,
            waits,
            hits,
            misses,
            shared,
            commits,
            compile_micros,
            run_micros,
            wait_micros,
            commit_micros,
            result_bytes,
            under_compilation: _,
            under_run: _,
        } = self;
        let read = |counter: &Counter| counter.0.load(Ordering::Relaxed);
        Work {
            component_reads: read(component_reads),
            compilations: read(compilations),
            compiled_loads: read(compiled_loads),
            runs: read(runs),
            waits: read(waits),
            hits: read(hits),
            misses: read(misses),
            shared: read(shared),
            commits: read(commits),
            compile_micros: read(compile_micros),
            run_micros: read(run_micros),
            wait_micros: read(wait_micros),
            commit_micros: read(commit_micros),
            result_bytes: read(result_bytes),
            transactions,
        }
    }
}
