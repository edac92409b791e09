//! The parts of a host, each of which owns the state that it works on.

use std::sync::Arc;

use crate::cache::Cache;
use crate::counters::Counters;
use crate::engine::Engine;
use crate::inputs::Inputs;
use crate::loading::Loader;
use crate::schedule::{Admission, Flights};
use crate::settings::Settings;
use crate::source::Reader;
use larder_store::StoreError;

/// A host: its settings, and its parts.
pub(crate) struct Host {
    pub(crate) settings: Settings,
    pub(crate) cache: Arc<Cache>,
    pub(crate) inputs: Inputs,
    pub(crate) loader: Loader,
    pub(crate) engine: Arc<Engine>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) flights: Arc<Flights>,
    pub(crate) counters: Arc<Counters>,
}

impl Host {
    pub(crate) fn open(settings: Settings) -> Result<Self, StoreError> {
        let counters = Arc::<Counters>::default();
        let reader = Arc::new(Reader { max_bytes: settings.max_component_bytes, counters: counters.clone() });
        let cache = Arc::new(Cache::open(&settings, counters.clone())?);
        let engine = Arc::new(Engine::new(&settings, reader.clone(), cache.clone(), counters.clone()));
        Ok(Self {
            inputs: Inputs::new(cache.clone()),
            loader: Loader::new(settings.compile, reader, cache.clone(), engine.clone()),
            admission: Admission::new(settings.budget),
            flights: Arc::default(),
            settings,
            cache,
            engine,
            counters,
        })
    }
}
