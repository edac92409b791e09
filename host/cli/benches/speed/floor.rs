//! The floors: what the parts cost that no host could do without.

use std::path::{Path, PathBuf};

use redb::{Builder, ConcurrencyMode, Database, ReadableDatabase, TableDefinition};
use sha2::{Digest, Sha256};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentNamedList, InstancePre, Lift, Linker, Lower, Resource, ResourceType};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};
use wasmtime_wasi::{FsPerms, WasiCtx};

use super::wasi::State;

/// Where a store has its entries.
pub(crate) const ENTRIES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("entries-v2");

/// The store of a cache, opened by redb alone, in the mode that lets other processes write.
pub(crate) fn open_store(path: &Path) -> Database {
    Builder::new().set_concurrency_mode(ConcurrencyMode::MultiWriter).open(path).unwrap()
}

/// A database of redb alone, made in the same mode.
pub(crate) fn create_store(path: &Path) -> Database {
    Builder::new().set_concurrency_mode(ConcurrencyMode::MultiWriter).create(path).unwrap()
}

/// One read of one record, and its SHA-256.
pub(crate) fn read_and_digest(database: &Database, key: &[u8]) -> [u8; 32] {
    let transaction = database.begin_read().unwrap();
    let table = transaction.open_table(ENTRIES).unwrap();
    let record = redb::ReadableTable::get(&table, key).unwrap().unwrap();
    Sha256::digest(record.value()).into()
}

/// The SHA-256 of so many bytes, a piece at a time, none of which has to be read.
pub(crate) fn digest_in_memory(length: u64) -> [u8; 32] {
    let piece = vec![7; 256 << 10];
    let mut hasher = Sha256::new();
    (0..length / piece.len() as u64).for_each(|_| hasher.update(&piece));
    hasher.finalize().into()
}

/// Wasmtime with its pooling allocator and nothing set.
pub(crate) struct Bare {
    engine: Engine,
    instance: wasmtime::component::InstancePre<()>,
}

fn engine() -> Engine {
    let mut config = Config::new();
    config.concurrency_support(false);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(PoolingAllocationConfig::default()));
    Engine::new(&config).unwrap()
}

impl Bare {
    pub(crate) fn new(wat: &str) -> Self {
        let engine = engine();
        let component = Component::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
        let instance = Linker::new(&engine).instantiate_pre(&component).unwrap();
        Self { engine, instance }
    }

    /// A fresh store, an instance, and one call of `refuse`.
    pub(crate) fn refuse(&self, n: u32) -> u32 {
        self.call::<_, (Result<u32, u32>,)>("bench:trivial/refuse", "refuse", (n,)).0.unwrap_err()
    }

    /// A fresh store, an instance, and one call of `sum`.
    pub(crate) fn sum(&self, a: u32, b: u32) -> u32 {
        self.call::<_, (u32,)>("bench:trivial/sum", "sum", (a, b)).0
    }

    fn call<P, R>(&self, interface: &str, function: &str, inputs: P) -> R
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift + 'static,
    {
        let mut store = Store::new(&self.engine, ());
        let instance = self.instance.instantiate(&mut store).unwrap();
        let interface = instance.get_export_index(&mut store, None, interface).unwrap();
        let function = instance.get_export_index(&mut store, Some(&interface), function).unwrap();
        let function = instance.get_typed_func::<P, R>(&mut store, function).unwrap();
        function.call(&mut store, inputs).unwrap()
    }
}

/// The testing guest `files` in the same, with wasmtime's WASI and a folder of the machine that it may read.
pub(crate) struct Reading {
    engine: Engine,
    instance: InstancePre<State>,
    folder: PathBuf,
    on_this_thread: bool,
}

/// Where the guest finds the file.
const PATH: &str = "/in/read";

/// A file as the guest has it; its path is all that is asked of it.
struct Given;

impl Reading {
    /// With wasmtime's WASI as it is, each read is done on a thread for it; or all are done on the thread of the run.
    pub(crate) fn new(component: &Path, folder: &Path, on_this_thread: bool) -> Self {
        let engine = engine();
        let component = Component::from_file(&engine, component).unwrap();
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
        link_files(&engine, &component, &mut linker);
        let instance = linker.instantiate_pre(&component).unwrap();
        Self { engine, instance, folder: folder.to_owned(), on_this_thread }
    }

    /// A fresh store, an instance, and one call of `sum`.
    pub(crate) async fn sum(&self) -> u64 {
        let mut wasi = WasiCtx::builder();
        wasi.allow_blocking_current_thread(self.on_this_thread);
        wasi.preopened_dir(&self.folder, "/in", FsPerms::ReadOnly).unwrap();
        let mut store = Store::new(&self.engine, State::new(wasi.build()));
        let instance = self.instance.instantiate_async(&mut store).await.unwrap();
        let interface = instance.get_export_index(&mut store, None, "testing:files/files@0.1.0").unwrap();
        let function = instance.get_export_index(&mut store, Some(&interface), "sum").unwrap();
        let function = instance.get_typed_func::<(Vec<Resource<Given>>,), (u64,)>(&mut store, function).unwrap();
        function.call_async(&mut store, (vec![Resource::new_own(0)],)).await.unwrap().0
    }
}

/// The interface `larder:task/files`, as far as `sum` asks for it.
fn link_files(engine: &Engine, component: &Component, linker: &mut Linker<State>) {
    const FILES: &str = "larder:task/files@0.1.0";
    let ty = component.component_type();
    let imported = ty.get_import(engine, FILES).map(|import| import.ty);
    let Some(ComponentItem::ComponentInstance(imported)) = imported else { panic!("the guest needs no files") };
    let mut files = linker.instance(FILES).unwrap();
    for (name, item) in imported.exports(engine) {
        match (name, item.ty) {
            ("[method]file.path", _) => {
                files.func_wrap(name, |_, (_,): (Resource<Given>,)| Ok((PATH.to_owned(),))).unwrap();
            }
            (_, ComponentItem::ComponentFunc(_)) => {
                files.func_new(name, |_, _, _, _| Err(wasmtime::Error::msg("not asked by `sum`"))).unwrap();
            }
            (_, ComponentItem::Resource(_)) => {
                files.resource(name, ResourceType::host::<Given>(), |_, _| Ok(())).unwrap();
            }
            (_, _) => {}
        }
    }
}
