//! The floors: what the parts cost that no host could do without.

use std::path::Path;

use redb::{Builder, ConcurrencyMode, Database, ReadableDatabase, TableDefinition};
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};

const ENTRIES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("entries-v1");

/// The store of a cache, opened by redb alone, in the mode that lets other processes write.
pub(crate) fn open_store(path: &Path) -> Database {
    Builder::new().set_concurrency_mode(ConcurrencyMode::MultiWriter).open(path).unwrap()
}

/// One read of one record, and its SHA-256.
pub(crate) fn read_and_digest(database: &Database, key: &[u8]) -> [u8; 32] {
    let transaction = database.begin_read().unwrap();
    let table = transaction.open_table(ENTRIES).unwrap();
    let record = redb::ReadableTable::get(&table, key).unwrap().unwrap();
    Sha256::digest(record.value()).into()
}

/// Wasmtime with its pooling allocator and nothing set.
pub(crate) struct Bare {
    engine: Engine,
    instance: wasmtime::component::InstancePre<()>,
}

impl Bare {
    pub(crate) fn new(wat: &str) -> Self {
        let mut config = Config::new();
        config.concurrency_support(false);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(PoolingAllocationConfig::default()));
        let engine = Engine::new(&config).unwrap();
        let component = Component::new(&engine, wat::parse_str(wat).unwrap()).unwrap();
        let instance = Linker::new(&engine).instantiate_pre(&component).unwrap();
        Self { engine, instance }
    }

    /// A fresh store, an instance, and one call of `refuse`.
    pub(crate) fn call(&self, n: u32) -> u32 {
        let mut store = Store::new(&self.engine, ());
        let instance = self.instance.instantiate(&mut store).unwrap();
        let interface = instance.get_export_index(&mut store, None, "bench:trivial/refuse").unwrap();
        let function = instance.get_export_index(&mut store, Some(&interface), "refuse").unwrap();
        let function = instance.get_typed_func::<(u32,), (Result<u32, u32>,)>(&mut store, function).unwrap();
        function.call(&mut store, (n,)).unwrap().0.unwrap_err()
    }
}
