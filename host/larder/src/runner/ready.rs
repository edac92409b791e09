//! A component ready to run: from memory, from compiled code on disk, or compiled now.

use std::collections::HashMap;
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use tracing::{Instrument as _, info_span};

use super::load::{LoadedComponent, Source, look};
use super::{Error, Larder, Warning, blocking};
use crate::config::LimitsConfig;
use larder_base::Digest;
use larder_component::ComponentBytes;
use larder_sandbox::{Compiler, EngineKind, EngineVariant, Helper, Ready, RunError, SandboxError, Stop, unnamed_file};
use larder_store::{COMPILED, Commit, CompiledFile, Draft, Store};

/// The components that are being made ready. Many calls may miss at the same moment, and only one of them need
/// compile: that takes seconds, and memory by the gigabyte.
#[derive(Debug, Default)]
pub(super) struct MadeReady(Mutex<HashMap<Digest, Weak<Turn>>>);

type Turn = tokio::sync::Mutex<()>;

impl MadeReady {
    /// The turn to make the component with this digest ready.
    fn turn(&self, digest: Digest) -> Arc<Turn> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&digest).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Turn::default());
        turns.insert(digest, Arc::downgrade(&turn));
        turn
    }
}

impl Larder {
    /// Makes the component ready; its bytes are read only if it must be compiled.
    pub(super) async fn ready(&self, component: &LoadedComponent, warnings: &mut Vec<Warning>) -> Result<Ready, Error> {
        if let Some(ready) = self.ready_in_memory(&component.digest) {
            return Ok(ready);
        }
        Box::pin(self.make_ready(component, warnings)).await
    }

    async fn make_ready(&self, component: &LoadedComponent, warnings: &mut Vec<Warning>) -> Result<Ready, Error> {
        let turn = self.host.being_made_ready.turn(component.digest);
        let _turn = turn.lock().await;
        let variant = self.host.sandbox.variant(component.kind)?;
        if let Some(ready) = self.ready_without_bytes(&component.digest, variant, warnings) {
            return Ok(ready);
        }
        match &component.source {
            Source::Memory(bytes) => self.compile(bytes.clone(), variant, &component.limits, warnings).await,
            Source::File(path) => {
                let (bytes, _) = self.read(path, &component.limits).await?;
                if bytes.digest() != component.digest {
                    return Err(Error::Changed);
                }
                self.compile(Arc::new(bytes), variant, &component.limits, warnings).await
            }
        }
    }

    /// As [`Larder::ready`], for bytes whose declarations are not known yet.
    pub(super) async fn ready_from_bytes(
        &self,
        bytes: &Arc<ComponentBytes>,
        kind: EngineKind,
        limits: &LimitsConfig,
        warnings: &mut Vec<Warning>,
    ) -> Result<Ready, Error> {
        let variant = self.host.sandbox.variant(kind)?;
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

    fn ready_in_memory(&self, digest: &Digest) -> Option<Ready> {
        self.host.ready.lock().unwrap_or_else(PoisonError::into_inner).get(digest)
    }

    /// Drops what is ready on an engine that has shown a bug.
    pub(super) fn forget_what_is_retired<T>(&self, ended: &Result<T, RunError>) {
        if matches!(ended, Err(RunError::EngineBug(_))) {
            self.host.ready.lock().unwrap_or_else(PoisonError::into_inner).forget_retired();
        }
    }

    fn keep(&self, digest: Digest, ready: &Ready) {
        self.host.ready.lock().unwrap_or_else(PoisonError::into_inner).put(digest, ready.clone());
    }

    fn ready_from_disk(&self, digest: &Digest, variant: EngineVariant, warnings: &mut Vec<Warning>) -> Option<Ready> {
        let store = self.host.store.as_ref()?;
        let record = look(store.get(&COMPILED, &compiled_key(digest, variant)), warnings)?;
        let mut refused = |reason: String| {
            warnings.push(Warning::CompiledRefused(reason));
            None
        };
        let file = match store.compiled_folder().open_verified(&record) {
            Ok(CompiledFile::Verified(file)) => file,
            Ok(CompiledFile::Refused(refusal)) => return refused(refusal.to_string()),
            Err(error) => return refused(error.to_string()),
        };
        match self.host.sandbox.load(&file, variant.kind) {
            Ok(ready) => {
                self.host.counters.compiled_loads.add_one();
                self.keep(*digest, &ready);
                Some(ready)
            }
            Err(error) => refused(error.to_string()),
        }
    }

    async fn compile(
        &self,
        bytes: Arc<ComponentBytes>,
        variant: EngineVariant,
        limits: &LimitsConfig,
        warnings: &mut Vec<Warning>,
    ) -> Result<Ready, Error> {
        let digest = bytes.digest();
        let _under_way = self.host.counters.under_compilation.one();
        let started = Instant::now();
        let span = info_span!("larder.compile", component = %digest.short());
        let compiled = match &self.host.settings.compiler {
            Compiler::InProcess => self.compile_here(bytes, variant.kind).instrument(span).await?,
            Compiler::Helper { program, arguments } => {
                let (program, arguments) = (program.clone(), arguments.clone());
                let helper = Helper { program, arguments, limits: limits.over_compiling(self.host.settings.compile) };
                self.compile_outside(helper, bytes, variant).instrument(span).await?
            }
        };
        self.host.counters.compilations.add_one();
        self.host.counters.compile_micros.add(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX));
        self.keep(digest, &compiled.ready);
        if let Err(reason) = compiled.kept {
            warnings.push(Warning::NotRemembered(reason));
        }
        Ok(compiled.ready)
    }

    /// Compiles on a thread for blocking work: it takes seconds for a script engine.
    async fn compile_here(&self, bytes: Arc<ComponentBytes>, kind: EngineKind) -> Result<Compiled, Error> {
        let (sandbox, store) = (self.host.sandbox.clone(), self.host.store_to_write().cloned());
        let work = move || {
            let ready = sandbox.compile(&bytes, kind)?;
            let kept = store.map_or(Ok(()), |store| keep_compiled(&store, &bytes.digest(), &ready));
            Ok::<_, Error>(Compiled { ready, kept })
        };
        blocking(work).await?
    }

    /// Has a helper compile; whoever goes away takes the helper along.
    async fn compile_outside(
        &self,
        helper: Helper,
        bytes: Arc<ComponentBytes>,
        variant: EngineVariant,
    ) -> Result<Compiled, Error> {
        let stop = StopOnDrop(Arc::new(Stop::default()));
        let (sandbox, store) = (self.host.sandbox.clone(), self.host.store_to_write().cloned());
        let stopped = stop.0.clone();
        let work = move || {
            let key = compiled_key(&bytes.digest(), variant);
            let (code, kept) = code_from(&helper, store.as_deref(), &bytes, variant, &key, &stopped)?;
            // Its bytes are of no more use, and may be many.
            drop(bytes);
            let ready = match &code {
                Code::File(file) => sandbox.load(file, variant.kind),
                Code::Memory(bytes) => sandbox.load_bytes(bytes, variant.kind),
            };
            let ready = ready.map_err(of_fresh_code)?;
            Ok::<_, Error>(Compiled { ready, kept })
        };
        blocking(work).await?
    }
}

/// Why code that was just compiled cannot be loaded. That it is none for this engine is the helper's fault; what it
/// imports, and what it declares, is the component's.
fn of_fresh_code(error: SandboxError) -> SandboxError {
    match error {
        SandboxError::Compile(detail) => SandboxError::CompilerFailed { detail },
        SandboxError::NoRoom(_)
        | SandboxError::System(_)
        | SandboxError::Link(_)
        | SandboxError::Engine(_)
        | SandboxError::AddressSpace(_)
        | SandboxError::CompileLimit(_)
        | SandboxError::CompilerDied { .. }
        | SandboxError::CompilerNotStarted { .. }
        | SandboxError::CompilerOutput { .. }
        | SandboxError::CompilerFailed { .. } => error,
    }
}

/// A component that has just been compiled, and why its code is not kept, where it should be.
struct Compiled {
    ready: Ready,
    kept: Result<(), String>,
}

/// Stops a compilation that nobody waits for any more.
struct StopOnDrop(Arc<Stop>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.now();
    }
}

/// Has the helper write compiled code in the cache folder, where it need only be named to be kept; or to memory, where
/// there is no cache, or none that can be written.
fn code_from(
    helper: &Helper,
    store: Option<&Store>,
    bytes: &ComponentBytes,
    variant: EngineVariant,
    key: &Digest,
    stop: &Stop,
) -> Result<(Code, Result<(), String>), Error> {
    let compile = |output: &File| helper.compile(bytes.bytes(), variant, output, stop);
    let kept = match store.map(|store| (store, store.compiled_folder().draft())) {
        Some((store, Ok(mut draft))) => match compile(draft.file()) {
            Ok(()) => {
                let kept = keep_draft(store, &mut draft, key);
                return Ok((Code::File(draft.into_file()), kept));
            }
            // A full disk is the cache's trouble, not the call's.
            Err(SandboxError::CompilerOutput { reason }) => Err(reason),
            Err(error) => return Err(error.into()),
        },
        Some((_, Err(error))) => Err(error.to_string()),
        None => Ok(()),
    };
    let code = unnamed_file("larder-code").map_err(|error| SandboxError::System(error.to_string()))?;
    match compile(&code) {
        Ok(()) => Ok((Code::File(code), kept)),
        // A file in memory is a file, of which there can be a greatest size.
        Err(SandboxError::CompilerOutput { .. }) if helper.may_outgrow_files() => {
            Ok((Code::Memory(helper.compile_to_memory(bytes.bytes(), variant, stop)?), kept))
        }
        Err(error) => Err(error.into()),
    }
}

/// Code that a helper has just compiled.
enum Code {
    File(File),
    Memory(Vec<u8>),
}

fn keep_draft(store: &Store, draft: &mut Draft, key: &Digest) -> Result<(), String> {
    let record = draft.keep(&file_name(key)).map_err(|error| error.to_string())?;
    store.commit(Commit::new().put(&COMPILED, key, &record)).map_err(|error| error.to_string())
}

fn keep_compiled(store: &Store, digest: &Digest, ready: &Ready) -> Result<(), String> {
    let code = ready.serialize().map_err(|error| error.to_string())?;
    let key = compiled_key(digest, ready.variant());
    let record = store.compiled_folder().write(&file_name(&key), &code).map_err(|error| error.to_string())?;
    store.commit(Commit::new().put(&COMPILED, &key, &record)).map_err(|error| error.to_string())
}

fn file_name(key: &Digest) -> String {
    format!("{key}.cwasm")
}

/// Compiled code is named after the component and everything of the engine that it depends on.
fn compiled_key(component: &Digest, variant: EngineVariant) -> Digest {
    Digest::of(format!("{component}/{}", variant.fingerprint()).as_bytes())
}
