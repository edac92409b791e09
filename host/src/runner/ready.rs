//! A component ready to run: from memory, from compiled code on disk, or compiled now.

use std::sync::{Arc, PoisonError};

use super::load::{LoadedComponent, Source, look};
use super::{Error, Larder, Warning, blocking};
use crate::component::ComponentBytes;
use crate::digest::Digest;
use crate::sandbox::{EngineKind, Ready, Sandbox, SandboxError};
use crate::store::{Commit, CompiledFile, Store};

impl Larder {
    /// Makes the component ready; its bytes are read only if it must be compiled.
    pub(super) async fn ready(&self, component: &LoadedComponent, warnings: &mut Vec<Warning>) -> Result<Ready, Error> {
        if let Some(ready) = self.ready_without_bytes(&component.digest, component.kind, warnings) {
            return Ok(ready);
        }
        match &component.source {
            Source::Memory(bytes) => self.compile(bytes.clone(), component.kind, warnings).await,
            Source::File(path) => {
                let (bytes, _) = self.read(path).await?;
                if bytes.digest() != component.digest {
                    return Err(Error::Changed);
                }
                self.compile(Arc::new(bytes), component.kind, warnings).await
            }
        }
    }

    /// As [`Larder::ready`], for bytes whose declarations are not known yet.
    pub(super) async fn ready_from_bytes(
        &self,
        bytes: &Arc<ComponentBytes>,
        kind: EngineKind,
        warnings: &mut Vec<Warning>,
    ) -> Result<Ready, Error> {
        match self.ready_without_bytes(&bytes.digest(), kind, warnings) {
            Some(ready) => Ok(ready),
            None => self.compile(bytes.clone(), kind, warnings).await,
        }
    }

    fn ready_without_bytes(&self, digest: &Digest, kind: EngineKind, warnings: &mut Vec<Warning>) -> Option<Ready> {
        let in_memory = self.ready.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned();
        in_memory.or_else(|| self.ready_from_disk(digest, kind, warnings))
    }

    fn keep(&self, digest: Digest, ready: &Ready) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, ready.clone());
    }

    fn ready_from_disk(&self, digest: &Digest, kind: EngineKind, warnings: &mut Vec<Warning>) -> Option<Ready> {
        let store = self.store.as_ref()?;
        let record = look(store.get_compiled(&compiled_key(digest, kind)), warnings)?;
        let mut refused = |reason: String| {
            warnings.push(Warning::CompiledRefused(reason));
            None
        };
        let file = match store.compiled_folder().open_verified(&record) {
            Ok(CompiledFile::Verified(file)) => file,
            Ok(CompiledFile::Refused(refusal)) => return refused(refusal.to_string()),
            Err(error) => return refused(error.to_string()),
        };
        match self.sandbox.load(&file, kind) {
            Ok(ready) => {
                self.counters.compiled_loads.add_one();
                self.keep(*digest, &ready);
                Some(ready)
            }
            Err(error) => refused(error.to_string()),
        }
    }

    /// Compiles on a thread for blocking work: it takes seconds for a script engine.
    async fn compile(
        &self,
        bytes: Arc<ComponentBytes>,
        kind: EngineKind,
        warnings: &mut Vec<Warning>,
    ) -> Result<Ready, Error> {
        let digest = bytes.digest();
        let (sandbox, store) = (self.sandbox.clone(), self.store.clone());
        let work = move || compile_and_keep(&sandbox, store.as_deref(), &bytes, kind);
        let (ready, kept) = blocking(work).await??;
        self.counters.compilations.add_one();
        self.keep(digest, &ready);
        if let Err(reason) = kept {
            warnings.push(Warning::NotRemembered(reason));
        }
        Ok(ready)
    }
}

fn compile_and_keep(
    sandbox: &Sandbox,
    store: Option<&Store>,
    bytes: &ComponentBytes,
    kind: EngineKind,
) -> Result<(Ready, Result<(), String>), SandboxError> {
    let ready = sandbox.compile(bytes, kind)?;
    let kept = match store {
        Some(store) => keep_compiled(store, &bytes.digest(), &ready),
        None => Ok(()),
    };
    Ok((ready, kept))
}

fn keep_compiled(store: &Store, digest: &Digest, ready: &Ready) -> Result<(), String> {
    let code = ready.serialize().map_err(|error| error.to_string())?;
    let key = compiled_key(digest, ready.kind());
    let name = format!("{key}.cwasm");
    let record = store.compiled_folder().write(&name, &code).map_err(|error| error.to_string())?;
    store.commit(Commit::new().put_compiled(&key, &record)).map_err(|error| error.to_string())
}

/// Compiled code is named after the component and everything of the engine that it depends on.
fn compiled_key(component: &Digest, kind: EngineKind) -> Digest {
    Digest::of(format!("{component}/{}", kind.fingerprint()).as_bytes())
}
