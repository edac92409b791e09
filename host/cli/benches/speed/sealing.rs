//! The price of sealing: the example guests at work, in bare wasmtime with one thing set at a time, and in Larder
//! with all of them.

use std::path::Path;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, SamplingMode};
use larder::policy::Asked;
use larder::{CallOptions, Larder, Settings, Value};
use tokio::runtime::Runtime;
use wasmtime::component::{Component, InstancePre, Linker, Val};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasmtime_wasi::WasiCtx;

use super::guest;
use super::wasi::State;

/// What is set beside nothing.
pub(crate) const SETTINGS: [&str; 4] = ["bare", "epoch", "fuel", "nan"];

/// The guests, with what they are asked.
pub(crate) const GUESTS: [&str; 2] = ["primes", "align"];

pub(crate) fn sealing(criterion: &mut Criterion, runtime: &Runtime) {
    let packages: Vec<&str> = GUESTS.iter().flat_map(|guest| ["--package", guest]).chain(["--lib"]).collect();
    guest::build(&packages);
    let mut group = criterion.benchmark_group("sealing");
    group.sampling_mode(SamplingMode::Flat).sample_size(30);
    for name in GUESTS {
        let path = guest::built(name);
        let (interface, function, inputs) = call_of(name);
        for setting in SETTINGS {
            let set = Set::new(setting, &path);
            let vals: Vec<Val> = inputs.iter().map(val).collect();
            group.bench_function(BenchmarkId::new(name, setting), |bencher| {
                bencher.iter(|| runtime.block_on(set.call(interface, function, &vals)));
            });
        }
        let larder = Larder::open(Settings::new(None)).unwrap();
        let component = Arc::new(runtime.block_on(larder.load(&path, None)).unwrap());
        let task = component.find(function).unwrap();
        let asked = Asked { uncached: true, ..Asked::default() };
        let task = larder.prepare(component, task, CallOptions { asked, ..CallOptions::default() }).unwrap();
        group.bench_function(BenchmarkId::new(name, "sealed"), |bencher| {
            bencher.iter(|| runtime.block_on(larder.call(&task, &inputs)).unwrap());
        });
    }
    group.finish();
}

fn call_of(guest: &str) -> (&'static str, &'static str, Vec<Value>) {
    if guest == "primes" {
        return ("examples:primes/primes@0.1.0", "count-below", vec![Value::U64(100_000)]);
    }
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest-examples/align/data");
    let text = |name: &str| Value::String(std::fs::read_to_string(data.join(name)).unwrap());
    ("examples:align/pairwise@0.1.0", "global", vec![text("P69905.fasta"), text("P68871.fasta")])
}

fn val(value: &Value) -> Val {
    if let Value::U64(number) = value {
        return Val::U64(*number);
    }
    let Value::String(text) = value else { panic!("no guest is asked this: {value:?}") };
    Val::String(text.clone())
}

/// Wasmtime with its pooling allocator, real WASI, and one thing set.
struct Set {
    setting: &'static str,
    engine: Engine,
    instance: InstancePre<State>,
}

impl Set {
    fn new(setting: &'static str, component: &Path) -> Self {
        let mut config = Config::new();
        config
            .concurrency_support(false)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(PoolingAllocationConfig::default()))
            .epoch_interruption(setting == "epoch")
            .consume_fuel(setting == "fuel")
            .cranelift_nan_canonicalization(setting == "nan");
        let engine = Engine::new(&config).unwrap();
        let component = Component::from_file(&engine, component).unwrap();
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
        let instance = linker.instantiate_pre(&component).unwrap();
        Self { setting, engine, instance }
    }

    async fn call(&self, interface: &str, function: &str, inputs: &[Val]) -> Val {
        let state = State::new(WasiCtx::builder().build());
        let mut store = Store::new(&self.engine, state);
        match self.setting {
            "epoch" => store.set_epoch_deadline(u64::MAX / 2),
            "fuel" => {
                store.set_fuel(u64::MAX).unwrap();
                store.fuel_async_yield_interval(Some(5_000_000)).unwrap();
            }
            _ => {}
        }
        let instance = self.instance.instantiate_async(&mut store).await.unwrap();
        let interface = instance.get_export_index(&mut store, None, interface).unwrap();
        let function = instance.get_export_index(&mut store, Some(&interface), function).unwrap();
        let function = instance.get_func(&mut store, function).unwrap();
        let mut results = [Val::Bool(false)];
        function.call_async(&mut store, inputs, &mut results).await.unwrap();
        let [result] = results;
        result
    }
}
