//! Runs, and the components that are kept in memory for them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::kept_ready::KeptReady;
use super::making::BeingMade;
use crate::cache::Cache;
use crate::counters::Counters;
use crate::settings::Settings;
use crate::source::Reader;
use larder_base::Digest;
use larder_sandbox::{Call, CompileLimits, Compiler, Ready, Report, Returned, RunError, Sandbox};

/// The engine of a host.
pub(crate) struct Engine {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) compiler: Compiler,
    pub(super) compile_limits: CompileLimits,
    pub(super) reader: Arc<Reader>,
    pub(super) cache: Arc<Cache>,
    pub(super) counters: Arc<Counters>,
    pub(super) being_made: BeingMade,
    kept: Mutex<KeptReady>,
}

impl Engine {
    pub(crate) fn new(settings: &Settings, reader: Arc<Reader>, cache: Arc<Cache>, counters: Arc<Counters>) -> Self {
        Self {
            sandbox: Arc::default(),
            compiler: settings.compiler.clone(),
            compile_limits: settings.compile,
            reader,
            cache,
            counters,
            being_made: BeingMade::default(),
            kept: Mutex::default(),
        }
    }

    /// Runs a call, and drops ready components of an engine that has shown a bug.
    pub(crate) async fn run(&self, ready: &Ready, call: Call<'_>) -> (Result<Returned, RunError>, Report) {
        self.counters.runs.add_one();
        let ended = Box::pin(self.sandbox.call(ready, call)).await;
        if matches!(ended.0, Err(RunError::EngineBug(_))) {
            self.kept().forget_retired();
        }
        ended
    }

    /// Returns the number of components that are kept ready, and the bytes of their code.
    pub(crate) fn size(&self) -> (usize, u64) {
        self.kept().size()
    }

    pub(super) fn ready_in_memory(&self, digest: &Digest) -> Option<Ready> {
        self.kept().get(digest)
    }

    pub(super) fn keep(&self, digest: Digest, ready: &Ready) {
        self.kept().put(digest, ready.clone());
    }

    fn kept(&self) -> MutexGuard<'_, KeptReady> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
