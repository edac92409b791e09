//! The host's side: starts a helper, and waits for its end or ends it early.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read as _, Seek as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::getpid;
use wait4::{ResUse, Wait4 as _};

use super::ended::{Ended, last_words, may_outgrow_files, own_peak};
use super::stop::{Stop, kill};
use super::time::ends_in_time;
use super::{CompileLimits, Request};
use crate::{EngineVariant, SandboxError};

/// A compile helper program and its limits.
#[derive(Debug, Clone)]
pub struct Helper {
    /// The program.
    pub program: PathBuf,
    /// Its arguments before the request.
    pub arguments: Vec<OsString>,
    /// The bounds of the compilation.
    pub limits: CompileLimits,
}

impl Helper {
    /// Compiles `component` into `output`, an empty file. Call it on a thread for blocking work.
    ///
    /// The content of the file is meaningless if this fails.
    #[doc(hidden)]
    pub fn compile(
        &self,
        component: &[u8],
        variant: EngineVariant,
        output: &File,
        stop: &Stop,
    ) -> Result<(), SandboxError> {
        let failed = |error: io::Error| self.not_started(&error);
        let output_stream = output.try_clone().map_err(failed)?.into();
        let written = self.compile_to(component, variant, output_stream, None, stop)?;
        match output.metadata() {
            Ok(metadata) => arrived(metadata.len(), written),
            Err(error) => Err(failed(error)),
        }
    }

    /// Returns true if the code may exceed the maximum file size of this process.
    #[doc(hidden)]
    pub fn may_outgrow_files(&self) -> bool {
        may_outgrow_files(self.limits.code_bytes)
    }

    /// Compiles into memory, for a system whose maximum file size is too small for the code: see [`Helper::compile`].
    #[doc(hidden)]
    pub fn compile_to_memory(
        &self,
        component: &[u8],
        variant: EngineVariant,
        stop: &Stop,
    ) -> Result<Vec<u8>, SandboxError> {
        let (reader, writer) = io::pipe().map_err(|error| self.not_started(&error))?;
        let mut code = Vec::new();
        let read = Collect { from: reader, at_most: self.limits.code_bytes, into: &mut code };
        let written = self.compile_to(component, variant, writer.into(), Some(read), stop)?;
        arrived(code.len() as u64, written)?;
        Ok(code)
    }

    /// Runs a helper to its end and returns the size of the code in `output`. Pipes are read meanwhile.
    fn compile_to(
        &self,
        component: &[u8],
        variant: EngineVariant,
        output: OwnedFd,
        read: Option<Collect<'_>>,
        stop: &Stop,
    ) -> Result<u64, SandboxError> {
        let failed = |error: io::Error| self.not_started(&error);
        let (input, feed) = input(component).map_err(failed)?;
        let mut report = unnamed_file("larder-verdict").map_err(failed)?;
        let started = Instant::now();
        let streams = [input, output, report.try_clone().map_err(failed)?.into()];
        let ended = thread::scope(|scope| {
            let (child, process) = self.start(variant, streams, stop)?;
            let inherited = own_peak().unwrap_or(u64::MAX);
            // A helper that ends early stops reading and writing.
            let feeding = feed
                .map(|mut feed| thread::Builder::new().spawn_scoped(scope, move || drop(feed.write_all(component))));
            let reading = read.map(|read| {
                let Collect { from, at_most, into } = read;
                thread::Builder::new()
                    .spawn_scoped(scope, move || drop(from.take(at_most.saturating_add(1)).read_to_end(into)))
            });
            let started_both = feeding.into_iter().chain(reading).try_for_each(|thread| thread.map(drop));
            let in_time = started_both.and_then(|()| ends_in_time(&process, child.id(), started, self.limits.time));
            if !matches!(in_time, Ok(true)) {
                kill(&process);
            }
            let ResUse { status, rusage } = child.wait4().map_err(failed)?;
            let out_of_time = !in_time.map_err(failed)?;
            Ok::<_, SandboxError>((status, rusage.maxrss, inherited, out_of_time))
        });
        let (status, resident, inherited, out_of_time) = ended?;
        let said = last_words(&mut report).map_err(failed)?;
        Ended { status, resident, inherited, out_of_time, said }.written(self.limits, variant)
    }

    /// Starts the program. The starting thread must wait for it, since the helper dies with that thread.
    fn start(
        &self,
        variant: EngineVariant,
        [input, output, report]: [OwnedFd; 3],
        stop: &Stop,
    ) -> Result<(Child, OwnedFd), SandboxError> {
        let failed = |error: io::Error| self.not_started(&error);
        if !self.program.is_absolute() {
            return Err(failed(io::Error::other("its path is not absolute")));
        }
        let request = serde_json::to_string(&self.request(variant)).map_err(|error| failed(error.into()))?;
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .arg(request)
            .env_clear()
            .current_dir("/")
            // Ctrl-C goes to the host, which then stops the helper. If the helper got it first, that would be reported
            // as an error.
            .process_group(0)
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(output))
            .stderr(Stdio::from(report));
        stop.start(&mut command).map_err(failed)
    }

    fn request(&self, variant: EngineVariant) -> Request {
        let CompileLimits { time, memory_bytes, code_bytes } = self.limits;
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        // The wall-clock limit applies first, unless the host or the helper is slowed down.
        let cpu_seconds = time.as_secs().saturating_add(1).saturating_mul(cores).saturating_add(5);
        Request { variant, parent: getpid().as_raw_pid(), memory_bytes, cpu_seconds, code_bytes }
    }

    fn not_started(&self, error: &io::Error) -> SandboxError {
        SandboxError::CompilerNotStarted { program: self.program.clone(), reason: error.to_string() }
    }
}

/// The read end of a pipe that a helper writes into, and the buffer for its output.
struct Collect<'r> {
    from: PipeReader,
    at_most: u64,
    into: &'r mut Vec<u8>,
}

/// Creates a helper's standard input for the component: a file in memory, or, where the maximum file size is too
/// small, a pipe and its write end.
fn input(component: &[u8]) -> io::Result<(OwnedFd, Option<PipeWriter>)> {
    let mut file = unnamed_file("larder-component")?;
    match file.write_all(component).and_then(|()| file.rewind()) {
        Ok(()) => Ok((file.into(), None)),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            let (reader, writer) = io::pipe()?;
            Ok((reader.into(), Some(writer)))
        }
        Err(error) => Err(error),
    }
}

/// Checks that all the code which a helper claims to have written arrived.
fn arrived(found: u64, written: u64) -> Result<(), SandboxError> {
    if found == written {
        return Ok(());
    }
    Err(SandboxError::CompilerOutput { reason: format!("of {written} bytes, {found} arrived") })
}

/// Creates a file in memory that has no path. It is gone when its last descriptor is closed.
pub fn unnamed_file(name: &str) -> io::Result<File> {
    Ok(memfd_create(name, MemfdFlags::CLOEXEC)?.into())
}
