//! A component ready to run: from memory, from compiled code on disk, or compiled now.

use std::sync::Arc;

use super::compile::compiled_key;
use super::runs::Engine;
use crate::config::LimitsConfig;
use crate::error::Error;
use crate::loaded::LoadedComponent;
use crate::outcome::Warning;
use crate::source::Source;
use larder_base::Digest;
use larder_component::ComponentBytes;
use larder_sandbox::{EngineKind, EngineVariant, Ready};

impl Engine {
    /// Makes a component ready. Its bytes are read only if it must be compiled.
    pub(crate) async fn ready(&self, component: &LoadedComponent, warnings: &mut Vec<Warning>) -> Result<Ready, Error> {
        if let Some(ready) = self.ready_in_memory(&component.digest) {
            return Ok(ready);
        }
        Box::pin(self.make_ready(component, warnings)).await
    }

    async fn make_ready(&self, component: &LoadedComponent, warnings: &mut Vec<Warning>) -> Result<Ready, Error> {
        let turn = self.being_made.turn(component.digest);
        let _turn = turn.lock().await;
        let variant = self.sandbox.variant(component.kind)?;
        if let Some(ready) = self.ready_without_bytes(&component.digest, variant, warnings) {
            return Ok(ready);
        }
        match &component.source {
            Source::Memory(bytes) => self.compile(bytes.clone(), variant, &component.limits, warnings).await,
            Source::File(path) => {
                let (bytes, _) = self.reader.read(path, &component.limits).await?;
                if bytes.digest() != component.digest {
                    return Err(Error::Changed);
                }
                self.compile(Arc::new(bytes), variant, &component.limits, warnings).await
            }
        }
    }

    /// Makes a component ready from its bytes, before its declarations are known.
    pub(crate) async fn ready_from_bytes(
        &self,
        bytes: &Arc<ComponentBytes>,
        kind: EngineKind,
        limits: &LimitsConfig,
        warnings: &mut Vec<Warning>,
    ) -> Result<Ready, Error> {
        let variant = self.sandbox.variant(kind)?;
        match self.ready_without_bytes(&bytes.digest(), variant, warnings) {
            Some(ready) => Ok(ready),
            None => self.compile(bytes.clone(), variant, limits, warnings).await,
        }
    }

    fn ready_without_bytes(
        &self,
        digest: &Digest,
        variant: EngineVariant,
        warnings: &mut Vec<Warning>,
    ) -> Option<Ready> {
        self.ready_in_memory(digest).or_else(|| self.ready_from_disk(digest, variant, warnings))
    }

    fn ready_from_disk(&self, digest: &Digest, variant: EngineVariant, warnings: &mut Vec<Warning>) -> Option<Ready> {
        let file = self.cache.open_code(&compiled_key(digest, variant), warnings)?;
        match self.sandbox.load(&file, variant.kind) {
            Ok(ready) => {
                self.counters.compiled_loads.add_one();
                self.keep(*digest, &ready);
                Some(ready)
            }
            Err(error) => {
                warnings.push(Warning::CompiledRefused(error.to_string()));
                None
            }
        }
    }
}
