//! Compiling, in this process or in a helper, and storing the code.

use std::fs::File;
use std::sync::Arc;
use std::time::Instant;

use tracing::{Instrument as _, info_span};

use super::runs::Engine;
use crate::blocking::blocking;
use crate::cache::CodeFolder;
use crate::config::LimitsConfig;
use crate::error::Error;
use crate::outcome::Warning;
use larder_base::Digest;
use larder_component::ComponentBytes;
use larder_sandbox::{Compiler, EngineKind, EngineVariant, Helper, Ready, SandboxError, Stop, unnamed_file};

impl Engine {
    /// Compiles a component, and keeps its code in memory and in the cache.
    pub(super) async fn compile(
        &self,
        bytes: Arc<ComponentBytes>,
        variant: EngineVariant,
        limits: &LimitsConfig,
        warnings: &mut Vec<Warning>,
    ) -> Result<Ready, Error> {
        let digest = bytes.digest();
        let _under_way = self.counters.under_compilation.one();
        let started = Instant::now();
        let span = info_span!("larder.compile", component = %digest.short());
        let compiled = match &self.compiler {
            Compiler::InProcess => self.compile_here(bytes, variant.kind).instrument(span).await?,
            Compiler::Helper { program, arguments } => {
                let (program, arguments) = (program.clone(), arguments.clone());
                let helper = Helper { program, arguments, limits: limits.over_compiling(self.compile_limits) };
                self.compile_outside(helper, bytes, variant).instrument(span).await?
            }
        };
        self.counters.compilations.add_one();
        self.counters.compile_micros.add_since(started);
        self.keep(digest, &compiled.ready);
        if let Err(reason) = compiled.kept {
            warnings.push(Warning::NotRemembered(reason));
        }
        Ok(compiled.ready)
    }

    /// Compiles on a thread for blocking work: it takes seconds for a script engine.
    async fn compile_here(&self, bytes: Arc<ComponentBytes>, kind: EngineKind) -> Result<Compiled, Error> {
        let (sandbox, folder) = (self.sandbox.clone(), self.cache.code_to_write());
        let work = move || {
            let ready = sandbox.compile(&bytes, kind)?;
            let kept = folder.map_or(Ok(()), |folder| keep_code(&folder, &bytes.digest(), &ready));
            Ok::<_, Error>(Compiled { ready, kept })
        };
        blocking(work).await?
    }

    /// Has a helper compile. Dropping the future stops the helper.
    async fn compile_outside(
        &self,
        helper: Helper,
        bytes: Arc<ComponentBytes>,
        variant: EngineVariant,
    ) -> Result<Compiled, Error> {
        let stop = StopOnDrop(Arc::new(Stop::default()));
        let (sandbox, folder) = (self.sandbox.clone(), self.cache.code_to_write());
        let stopped = stop.0.clone();
        let work = move || {
            let key = compiled_key(&bytes.digest(), variant);
            let (code, kept) = code_from(&helper, folder.as_ref(), &bytes, variant, &key, &stopped)?;
            // The bytes are no longer needed, and may be large.
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

/// Maps the error of loading code that was just compiled. Code for another engine is the helper's fault; wrong imports
/// or declarations are the component's.
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

/// A component that has just been compiled, and the reason if its code could not be stored.
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

/// Has the helper write compiled code to the cache folder, where naming it is enough to store it. Without a writable
/// cache, the helper writes to memory.
fn code_from(
    helper: &Helper,
    folder: Option<&CodeFolder>,
    bytes: &ComponentBytes,
    variant: EngineVariant,
    key: &Digest,
    stop: &Stop,
) -> Result<(Code, Result<(), String>), Error> {
    let compile = |output: &File| helper.compile(bytes.bytes(), variant, output, stop);
    let kept = match folder.map(|folder| (folder, folder.draft())) {
        Some((folder, Ok(mut draft))) => match compile(draft.file()) {
            Ok(()) => {
                let kept = folder.keep(&mut draft, key);
                return Ok((Code::File(draft.into_file()), kept));
            }
            // A full disk is a fault of the cache and does not fail the call.
            Err(SandboxError::CompilerOutput { reason }) => Err(reason),
            Err(error) => return Err(error.into()),
        },
        Some((_, Err(error))) => Err(error.to_string()),
        None => Ok(()),
    };
    let code = unnamed_file("larder-code").map_err(|error| SandboxError::System(error.to_string()))?;
    match compile(&code) {
        Ok(()) => Ok((Code::File(code), kept)),
        // A file in memory is also subject to the limit on file sizes.
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

fn keep_code(folder: &CodeFolder, digest: &Digest, ready: &Ready) -> Result<(), String> {
    let code = ready.serialize().map_err(|error| error.to_string())?;
    folder.write(&compiled_key(digest, ready.variant()), &code)
}

/// Returns the key of compiled code: the component, and everything of the engine that the code depends on.
pub(super) fn compiled_key(component: &Digest, variant: EngineVariant) -> Digest {
    Digest::of(format!("{component}/{}", variant.fingerprint()).as_bytes())
}
