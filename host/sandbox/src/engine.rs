//! The engines: one function decides every setting, with its reason.

use serde::{Deserialize, Serialize};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, Memory, MemoryType, PoolingAllocationConfig, Store,
};

use super::SandboxError;
use super::bounds::{ELEMENTS_OF_ONE_TABLE, WASM_STACK_BYTES};
use super::version::ENGINE_VERSION;
use crate::machine::address_space;

/// Bump when [`config`] changes in a way that makes compiled code differ: it is part of its name in the cache.
const CODE_FORMAT: u32 = 1;

/// Calls that may hold an instance at the same time; the pool is sized by it.
pub(super) const CONCURRENT_CALLS: u32 = 64;

/// What one component may have of each.
const TABLES_A_COMPONENT: u32 = 64;
const MEMORIES_A_COMPONENT: u32 = 32;

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
}

/// How much address space a linear memory reserves, which is part of compiled code: what is reserved need not be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reservation {
    /// All that it can grow to, and guard pages behind.
    Whole,
    /// What it has, and a little to grow by: for a process whose address space is limited. Each access is checked, and a
    /// memory that grows may move; results and fuel are the same.
    Small,
}

/// One of the engines: compiled code of one is for no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EngineVariant {
    /// The features it has.
    pub kind: EngineKind,
    /// What its memories reserve.
    pub reservation: Reservation,
}

impl EngineVariant {
    /// A text that changes whenever compiled code of this variant may: engine, format, machine.
    #[must_use]
    pub fn fingerprint(self) -> String {
        let kind = match self.kind {
            EngineKind::Sync => "sync",
            EngineKind::Async => "async",
        };
        let reservation = match self.reservation {
            Reservation::Whole => "",
            Reservation::Small => "-small",
        };
        format!("{}/{kind}{reservation}/{CODE_FORMAT}/{}", ENGINE_VERSION, std::env::consts::ARCH)
    }
}

/// Address space that the pools of both engines fit into.
const POOLS: u64 = 1 << 42;

/// What a memory of [`Reservation::Small`] can grow by before it has to move.
const GROWTH: u64 = 16 << 20;

/// The engine of a kind for this process: one that takes its instances from a pool; or, where the address space for the
/// pool cannot be had, from the heap; or one whose memories reserve little, where not even one memory can be had.
pub(super) fn engine(kind: EngineKind) -> Result<(Engine, EngineVariant), SandboxError> {
    let [whole, small] =
        [Reservation::Whole, Reservation::Small].map(|reservation| EngineVariant { kind, reservation });
    if address_space().is_none_or(|limit| limit >= POOLS) {
        if let Ok(pooled) = Engine::new(&config(whole, InstanceAllocationStrategy::Pooling(pool()))) {
            return Ok((pooled, whole));
        }
        let engine = without_pool(whole)?;
        if has_room_for_a_memory(&engine) {
            return Ok((engine, whole));
        }
    }
    Ok((without_pool(small)?, small))
}

/// Whether a memory can be made with its reservation.
fn has_room_for_a_memory(engine: &Engine) -> bool {
    Memory::new(Store::new(engine, ()), MemoryType::new(1, None)).is_ok()
}

/// An engine that takes its instances from the heap.
pub(super) fn without_pool(variant: EngineVariant) -> Result<Engine, SandboxError> {
    Engine::new(&config(variant, InstanceAllocationStrategy::OnDemand)).map_err(|error| not_started(&error))
}

/// The error of an engine that cannot be made, or not be made ready for components.
pub(super) fn not_started(error: &wasmtime::Error) -> SandboxError {
    let reason = format!("{error:#}");
    if address_space().is_some() { SandboxError::AddressSpace(reason) } else { SandboxError::Engine(reason) }
}

/// An engine that only compiles: it needs no room for instances, and where they would come from is no part of compiled
/// code.
pub(super) fn compile_only(variant: EngineVariant, parallel: bool) -> Result<Engine, SandboxError> {
    let mut config = config(variant, InstanceAllocationStrategy::OnDemand);
    config.parallel_compilation(parallel);
    Engine::new(&config).map_err(|error| not_started(&error))
}

fn config(variant: EngineVariant, allocation: InstanceAllocationStrategy) -> Config {
    let EngineVariant { kind, reservation } = variant;
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
    match reservation {
        // The engine's own measure: 4 GiB and guards.
        Reservation::Whole => {}
        Reservation::Small => {
            config
                .memory_reservation(0)
                .memory_reservation_for_growth(GROWTH)
                .memory_guard_size(0)
                .guard_before_linear_memory(false)
                .memory_may_move(true);
        }
    }
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

    fn variants() -> impl Iterator<Item = EngineVariant> {
        let kinds = [EngineKind::Sync, EngineKind::Async].into_iter();
        kinds.flat_map(|kind| {
            [Reservation::Whole, Reservation::Small].map(|reservation| EngineVariant { kind, reservation })
        })
    }

    /// Compiled code holds what the engine that loads it compares: its version, target, settings and features.
    #[test]
    fn code_is_the_same_wherever_instances_come_from() {
        let component = wat::parse_str("(component (core module (func (loop (br 0))) (memory 1)))").unwrap();
        for variant in variants().filter(|variant| variant.reservation == Reservation::Whole) {
            let pooled = Engine::new(&config(variant, InstanceAllocationStrategy::Pooling(pool()))).unwrap();
            let [pooled, only] = [pooled, compile_only(variant, false).unwrap()]
                .map(|engine| engine.precompile_component(&component).unwrap());
            assert!(pooled == only, "{variant:?}");
        }
    }

    #[test]
    fn no_variant_has_the_fingerprint_or_the_code_of_another() {
        let component = wat::parse_str("(component (core module (memory 1) (func (drop (i32.load (i32.const 0))))))");
        let component = component.unwrap();
        let mut seen = std::collections::HashSet::new();
        for variant in variants() {
            assert!(seen.insert(variant.fingerprint()), "{variant:?}");
            let code = compile_only(variant, true).unwrap().precompile_component(&component).unwrap();
            assert!(seen.insert(larder_base::Digest::of(&code).to_string()), "{variant:?}");
        }
    }

    #[test]
    fn the_pool_can_be_had_where_the_tests_run() {
        for kind in [EngineKind::Sync, EngineKind::Async] {
            let (_, EngineVariant { kind: _, reservation }) = engine(kind).unwrap();
            assert_eq!(reservation, Reservation::Whole);
            let variant = EngineVariant { kind, reservation };
            Engine::new(&config(variant, InstanceAllocationStrategy::Pooling(pool()))).unwrap();
            assert!(has_room_for_a_memory(&without_pool(variant).unwrap()));
        }
    }
}
