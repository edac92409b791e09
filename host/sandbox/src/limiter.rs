//! The limiter: resources that one run has used, kept apart from its limits.

use wasmtime::ResourceLimiter;

use larder_types::limits::{LimitExceeded, Limits};

use super::bounds::{ELEMENTS_OF_ONE_TABLE, MachineRefused};

/// Sums the size of all memories and tables of a store, and remembers the first refusal. A guest may survive a refusal
/// and answer differently than on a larger machine, so the run is tainted.
#[derive(Debug)]
pub(super) struct Limiter {
    limit_memory: u64,
    limit_tables: u64,
    instances: usize,
    memory_bytes: u64,
    table_elements: u64,
    refused: Option<LimitExceeded>,
}

impl Limiter {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limit_memory: limits.memory_bytes,
            limit_tables: limits.table_elements,
            instances: limits.instances,
            memory_bytes: 0,
            table_elements: 0,
            refused: None,
        }
    }

    /// Returns the size of all memories. Linear memory only grows, so its size at the end is the peak.
    pub(super) const fn peak_memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// Remembers a refusal, unless there was one before.
    pub(super) fn refuse(&mut self, limit: LimitExceeded) {
        self.refused.get_or_insert(limit);
    }

    pub(super) fn take_refusal(&mut self) -> Option<LimitExceeded> {
        self.refused.take()
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        // A memory cannot grow beyond its own declared maximum anywhere, so this has nothing to do with the run's
        // limits.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let asked = self.memory_bytes + (desired - current) as u64;
        if asked > self.limit_memory {
            self.refused.get_or_insert(LimitExceeded::Memory { limit: self.limit_memory, asked });
            return Ok(false);
        }
        self.memory_bytes = asked;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        // Checked first: in the pool, `maximum` is the smaller of the table's own and the pool's.
        if desired > ELEMENTS_OF_ONE_TABLE {
            let (limit, asked) = (ELEMENTS_OF_ONE_TABLE as u64, desired as u64);
            self.refused.get_or_insert(LimitExceeded::Tables { limit, asked });
            return Ok(false);
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let asked = self.table_elements + (desired - current) as u64;
        if asked > self.limit_tables {
            self.refused.get_or_insert(LimitExceeded::Tables { limit: self.limit_tables, asked });
            return Ok(false);
        }
        self.table_elements = asked;
        Ok(true)
    }

    // Only the limiter knows that growth was allowed. A refusal by the allocator itself is the machine's limit, and
    // taints the run as well.
    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(MachineRefused(format!("{error:#}")).into())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        self.instances
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(memory_bytes: u64) -> Limiter {
        Limiter::new(&Limits { memory_bytes, table_elements: 10, ..Limits::default() })
    }

    #[test]
    fn memories_are_summed() {
        let mut limiter = limiter(100);
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(!limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.memory_growing(0, 40, None).unwrap());
        assert_eq!(limiter.peak_memory_bytes(), 100);
        assert_eq!(limiter.take_refusal(), Some(LimitExceeded::Memory { limit: 100, asked: 120 }));
    }

    #[test]
    fn tables_are_summed() {
        let mut limiter = limiter(0);
        assert!(limiter.table_growing(0, 10, None).unwrap());
        assert!(!limiter.table_growing(10, 11, None).unwrap());
        assert_eq!(limiter.take_refusal(), Some(LimitExceeded::Tables { limit: 10, asked: 11 }));
    }

    #[test]
    fn one_table_is_limited_alike_in_the_pool_and_on_the_heap() {
        for maximum in [None, Some(ELEMENTS_OF_ONE_TABLE)] {
            let mut limiter = Limiter::new(&Limits::default());
            assert!(limiter.table_growing(1, ELEMENTS_OF_ONE_TABLE, maximum).unwrap());
            assert!(!limiter.table_growing(1, ELEMENTS_OF_ONE_TABLE + 1, maximum).unwrap());
            assert_eq!(limiter.take_refusal(), Some(LimitExceeded::Tables { limit: 100_000, asked: 100_001 }));
        }
    }

    #[test]
    fn a_memory_s_own_maximum_is_not_a_limit_of_the_run() {
        let mut limiter = limiter(100);
        assert!(!limiter.memory_growing(0, 60, Some(50)).unwrap());
        assert_eq!(limiter.take_refusal(), None);
    }
}
