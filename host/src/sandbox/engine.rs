//! The engines: one function decides every setting, with its reason.

use serde::{Deserialize, Serialize};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::SandboxError;
use super::limits::ELEMENTS_OF_ONE_TABLE;

/// Bump when [`config`] changes in a way that makes compiled code differ: it is part of its name in the cache.
const CODE_FORMAT: u32 = 1;

/// Calls that may hold an instance at the same time; the pool is sized by it.
pub(super) const CONCURRENT_CALLS: u32 = 64;

/// What one component may have of each.
const TABLES_A_COMPONENT: u32 = 64;
const MEMORIES_A_COMPONENT: u32 = 32;

/// The stack that WebAssembly code may use, and the whole fibre that also holds the host calls on top of it.
pub(super) const WASM_STACK_BYTES: usize = 1 << 20;
const FIBER_STACK_BYTES: usize = 2 << 20;

/// Which of the two engines a component needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineKind {
    /// For components that validate without the component model's async features: no bookkeeping for tasks.
    Sync,
    /// For those that need them, whatever the type of the export that is called.
    Async,
}

impl EngineKind {
    /// The kind for a component that needs the async features, or does not.
    #[must_use]
    pub const fn for_component(needs_async: bool) -> Self {
        if needs_async { Self::Async } else { Self::Sync }
    }

    /// A text that changes whenever compiled code of this kind may: engine, format, machine.
    #[must_use]
    pub fn fingerprint(self) -> String {
        let kind = match self {
            Self::Sync => "sync",
            Self::Async => "async",
        };
        format!("{}/{kind}/{CODE_FORMAT}/{}", ENGINE_VERSION, std::env::consts::ARCH)
    }
}

/// The engine and its version, for provenance and for the names of compiled code; a test holds it against the
/// lock file.
pub const ENGINE_VERSION: &str = "wasmtime 48.0.8";

/// An engine that takes its instances from a pool, or, where the address space for the pool cannot be had, from
/// the heap.
pub(super) fn engine(kind: EngineKind) -> Result<Engine, SandboxError> {
    let pooled = Engine::new(&config(kind, InstanceAllocationStrategy::Pooling(pool())));
    pooled.map_or_else(|_| without_pool(kind), Ok)
}

/// An engine that takes its instances from the heap.
pub(super) fn without_pool(kind: EngineKind) -> Result<Engine, SandboxError> {
    Engine::new(&config(kind, InstanceAllocationStrategy::OnDemand))
        .map_err(|error| SandboxError::Engine(format!("{error:#}")))
}

/// An engine that only compiles: it needs no room for instances, and where they would come from is no part of compiled
/// code.
pub(super) fn compile_only(kind: EngineKind) -> Result<Engine, SandboxError> {
    Engine::new(&config(kind, InstanceAllocationStrategy::OnDemand))
        .map_err(|error| SandboxError::Engine(format!("{error:#}")))
}

fn config(kind: EngineKind, allocation: InstanceAllocationStrategy) -> Config {
    let mut config = Config::new();
    let concurrent = kind == EngineKind::Async;
    config
        // Without it a store keeps no tables for concurrent tasks, which is most of the price of a small call.
        .concurrency_support(concurrent)
        .wasm_component_model_async(concurrent)
        // As in `declare::FEATURES`: what is declared is what can run.
        .wasm_memory64(false)
        .wasm_gc(false)
        // Fuel bounds a run in a way that is the same on every machine, and it is where a running guest yields, so
        // that the wall-clock limit, Ctrl-C and a dropped call reach it. An epoch would cost a second check a loop.
        .consume_fuel(true)
        // What a guest can see of a NaN's bits, and what relaxed SIMD may choose, differs between machines.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(FIBER_STACK_BYTES)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(32))
        .allocation_strategy(allocation);
    config
}

/// The pool: large enough for Python and C# guests, whose many small modules break wasmtime's defaults.
fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(CONCURRENT_CALLS)
        // These are only counted, and a run's own limit does that.
        .total_core_instances(u32::MAX)
        // Each memory reserves more than 4 GiB of address space, so there are not 32 for every call.
        .total_memories(4 * CONCURRENT_CALLS)
        .total_tables(CONCURRENT_CALLS * TABLES_A_COMPONENT)
        .total_stacks(CONCURRENT_CALLS)
        .max_core_instances_per_component(u32::MAX)
        .max_memories_per_component(MEMORIES_A_COMPONENT)
        .max_tables_per_component(TABLES_A_COMPONENT)
        .max_memories_per_module(2)
        .max_tables_per_module(2)
        .table_elements(ELEMENTS_OF_ONE_TABLE)
        .max_core_instance_size(10 << 20)
        .max_component_instance_size(10 << 20)
        // What a small guest touched is zeroed rather than given back and faulted in again by the next call.
        .linear_memory_keep_resident(128 << 10)
        .table_keep_resident(16 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_locked_one() {
        let lock = include_str!("../../../Cargo.lock");
        let locked = lock.split("[[package]]").find_map(|package| {
            let rest = package.strip_prefix("\nname = \"wasmtime\"\nversion = \"")?;
            rest.split('"').next()
        });
        assert_eq!(locked.map(|version| format!("wasmtime {version}")).as_deref(), Some(ENGINE_VERSION));
    }

    /// Compiled code holds what the engine that loads it compares: its version, target, settings and features.
    #[test]
    fn code_is_the_same_wherever_instances_come_from() {
        let component = wat::parse_str("(component (core module (func (loop (br 0))) (memory 1)))").unwrap();
        for kind in [EngineKind::Sync, EngineKind::Async] {
            let pooled = Engine::new(&config(kind, InstanceAllocationStrategy::Pooling(pool()))).unwrap();
            let [pooled, only] =
                [pooled, compile_only(kind).unwrap()].map(|engine| engine.precompile_component(&component).unwrap());
            assert!(pooled == only, "{kind:?}");
        }
    }

    #[test]
    fn the_pool_can_be_had_where_the_tests_run() {
        for kind in [EngineKind::Sync, EngineKind::Async] {
            Engine::new(&config(kind, InstanceAllocationStrategy::Pooling(pool()))).unwrap();
            engine(kind).unwrap();
        }
    }
}
