//! The engines: one function decides every setting, with its reason.

use serde::{Deserialize, Serialize};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, Memory, MemoryType, PoolingAllocationConfig, Store,
};

use super::SandboxError;
use super::bounds::{ELEMENTS_OF_ONE_TABLE, WASM_STACK_BYTES};
use super::version::ENGINE_VERSION;
use crate::machine::address_space;

/// Version of the compiled code's format, which is part of its name in the cache. Bump it when [`config`] changes in a
/// way that makes compiled code differ.
const CODE_FORMAT: u32 = 1;

/// Calls that may hold an instance at the same time; the pool is sized for them.
pub(super) const CONCURRENT_CALLS: u32 = 64;

/// Maximum number of each in one component.
const TABLES_A_COMPONENT: u32 = 64;
const MEMORIES_A_COMPONENT: u32 = 32;

const FIBER_STACK_BYTES: usize = 2 << 20;

/// The kind of engine that a component needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EngineKind {
    /// For components that validate without the component model's async features; it does no bookkeeping for tasks.
    Sync,
    /// For components that need the async features, whatever the type of the called export.
    Async,
}

impl EngineKind {
    /// Returns the kind for a component that needs the async features, or does not.
    #[must_use]
    pub const fn for_component(needs_async: bool) -> Self {
        if needs_async { Self::Async } else { Self::Sync }
    }
}

/// Address space that a linear memory reserves. It is part of compiled code: accesses within the reservation need no
/// check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reservation {
    /// All that it can grow to, and guard pages after it.
    Whole,
    /// Its current size and a little room to grow, for a process with limited address space. Each access is checked,
    /// and a memory that grows may move; results and fuel are the same.
    Small,
}

/// One of the engines. Compiled code of one does not fit another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EngineVariant {
    /// Features of the engine.
    pub kind: EngineKind,
    /// Reservation of its memories.
    pub reservation: Reservation,
}

impl EngineVariant {
    /// Returns a text that changes whenever compiled code of this variant may: engine, format, machine.
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

/// Address space that both engines' pools fit into.
const POOLS: u64 = 1 << 42;

/// Growth that a memory of [`Reservation::Small`] can take before it has to move.
const GROWTH: u64 = 16 << 20;

/// Creates the engine of a kind for this process. It takes its instances from a pool; or from the heap, if the address
/// space for the pool is unavailable; or its memories reserve little, if not even one memory fits.
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

/// Returns true if a memory can be made with its reservation.
fn has_room_for_a_memory(engine: &Engine) -> bool {
    Memory::new(Store::new(engine, ()), MemoryType::new(1, None)).is_ok()
}

/// Creates an engine that takes its instances from the heap.
pub(super) fn without_pool(variant: EngineVariant) -> Result<Engine, SandboxError> {
    Engine::new(&config(variant, InstanceAllocationStrategy::OnDemand)).map_err(|error| not_started(&error))
}

/// Returns the error of an engine that cannot be created or prepared for components.
pub(super) fn not_started(error: &wasmtime::Error) -> SandboxError {
    let reason = format!("{error:#}");
    if address_space().is_some() { SandboxError::AddressSpace(reason) } else { SandboxError::Engine(reason) }
}

/// Creates an engine that only compiles. It needs no room for instances, and their source is no part of compiled code.
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
        // Without it a store keeps no tables for concurrent tasks, which are most of the cost of a small call.
        .concurrency_support(concurrent)
        .wasm_component_model_async(concurrent)
        // The same as `declare::FEATURES`: what can be declared can run.
        .wasm_memory64(false)
        .wasm_gc(false)
        // Fuel bounds a run in a way that is the same on every machine. A running guest yields when it checks its
        // fuel, so the wall-clock limit, Ctrl-C and a dropped call reach it. An epoch would cost a second check per
        // loop.
        .consume_fuel(true)
        // The NaN bits that a guest can see, and the choices of relaxed SIMD, differ between machines.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(FIBER_STACK_BYTES)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(32))
        .allocation_strategy(allocation);
    match reservation {
        // The engine's default: 4 GiB and guards.
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

/// Returns the settings of the pool: large enough for Python and C# guests, whose many small modules exceed wasmtime's
/// defaults.
fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(CONCURRENT_CALLS)
        // These are only counted, and a run's own limit does that.
        .total_core_instances(u32::MAX)
        // Each memory reserves more than 4 GiB of address space, so there are fewer than 32 for every call.
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
        // Memory touched by a small guest is zeroed, rather than given back and faulted in again by the next call.
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

    /// Compiled code records what the loading engine compares: version, target, settings and features.
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
