//! The helper's side: bounds itself, then reads, compiles and writes.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::num::NonZero;
use std::process::ExitCode;

use rustix::process::{Pid, Resource, Rlimit, Signal, getppid, getrlimit, set_parent_process_death_signal, setrlimit};
use wasmtime::error::OutOfMemory;

use super::confine::confine;
use super::{Request, Verdict};
use crate::{SandboxError, engine};
use larder_content::threads::in_parallel;

/// Maximum length of an engine's error, which quotes the component, in bytes.
const WORDS: usize = 8 << 10;

/// Minimum file size limit: room for the verdict, even if compiled code may have less.
const LEAST_FILE: u64 = 64 << 10;

/// Runs the program as a [`Compiler::Helper`](super::Compiler::Helper): compiles one component, and ends.
///
/// `request` is the last argument that it was started with. Call this before anything else in the process and before
/// any other thread is started. It permanently bounds memory, processor time and files for the whole process, keeps it
/// from opening files, running programs and reaching the network, and has it killed when the host ends.
///
/// ```no_run
/// use std::env::args_os;
/// use std::io::{stderr, stdin, stdout};
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     let arguments: Vec<_> = args_os().skip(1).collect();
///     match arguments.as_slice() {
///         // Compiler::Helper { program: "/proc/self/exe".into(), arguments: vec!["compile".into()] }
///         [word, request] if word == "compile" => {
///             larder_sandbox::compile_helper(request, stdin().lock(), stdout().lock(), stderr().lock())
///         }
///         _ => the_program_itself(),
///     }
/// }
/// # fn the_program_itself() -> ExitCode { ExitCode::SUCCESS }
/// ```
#[must_use]
pub fn compile_helper(request: &OsStr, input: impl Read, output: impl Write, mut report: impl Write) -> ExitCode {
    let verdict = match read_request(request) {
        Ok(request) => compile(&request, input, output),
        Err(message) => Verdict::Failed { message },
    };
    let exit = match verdict {
        Verdict::Compiled { .. } => ExitCode::SUCCESS,
        Verdict::Refused { .. }
        | Verdict::OutOfMemory
        | Verdict::TooMuchCode { .. }
        | Verdict::NotWritten { .. }
        | Verdict::Failed { .. } => ExitCode::FAILURE,
    };
    let said = serde_json::to_string(&verdict).map_err(std::io::Error::from);
    match said.and_then(|line| writeln!(report, "{line}")).and_then(|()| report.flush()) {
        Ok(()) => exit,
        Err(_) => ExitCode::FAILURE,
    }
}

fn read_request(request: &OsStr) -> Result<Request, String> {
    let text = request.to_str().ok_or("the request is not UTF-8")?;
    serde_json::from_str(text).map_err(|error| format!("this is no request of this version of larder: {error}"))
}

fn compile(request: &Request, mut input: impl Read, mut output: impl Write) -> Verdict {
    // The system reports the number in files, which cannot be opened any more when the engine asks.
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    if let Err(message) = bound(request) {
        return Verdict::Failed { message };
    }
    confine();
    // An existing pool keeps its number of threads.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    let mut component = Vec::new();
    if let Err(error) = input.read_to_end(&mut component) {
        return Verdict::Failed { message: format!("the component cannot be read: {error}") };
    }
    let code = in_parallel(|parallel| {
        let engine = engine::compile_only(request.variant, parallel)?;
        Ok::<_, SandboxError>(engine.precompile_component(&component))
    });
    let code = match code {
        Ok(code) => code,
        Err(error) => return Verdict::Failed { message: error.to_string() },
    };
    let code = match code {
        Ok(code) => code,
        Err(error) if error.is::<OutOfMemory>() => return Verdict::OutOfMemory,
        Err(error) => return Verdict::Refused { message: shortened(format!("{error:#}")) },
    };
    let bytes = code.len() as u64;
    if bytes > request.code_bytes {
        return Verdict::TooMuchCode { bytes };
    }
    match output.write_all(&code).and_then(|()| output.flush()) {
        Ok(()) => Verdict::Compiled { bytes, engine: request.variant.fingerprint() },
        Err(error) => Verdict::NotWritten { message: error.to_string() },
    }
}

/// Bounds this process, before it has read a byte of the component.
fn bound(request: &Request) -> Result<(), String> {
    let told = |what: &'static str| move |error: rustix::io::Errno| format!("{what} cannot be set: {error}");
    // A helper dies with its host …
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(told("the end with the host"))?;
    // … even if the host was killed while starting it.
    if getppid().map(Pid::as_raw_pid) != Some(request.parent) {
        return Err("the host has ended, or did not start this process itself".to_owned());
    }
    limit(Resource::Core, 0, 0).map_err(told("the limit on core dumps"))?;
    // Address space is the wrong measure: the engine and the allocator reserve far more than they use.
    limit(Resource::Data, request.memory_bytes, 0).map_err(told("the limit on memory"))?;
    // The first limit ends the process with a signal of its own, the second with an ambiguous one.
    limit(Resource::Cpu, request.cpu_seconds, 5).map_err(told("the limit on processor time"))?;
    limit(Resource::Fsize, request.code_bytes.max(LEAST_FILE), 0).map_err(told("the limit on the size of files"))
}

/// Sets a limit, without raising the system's own if that is lower.
fn limit(resource: Resource, wanted: u64, margin: u64) -> rustix::io::Result<()> {
    let allowed = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let (current, maximum) = (wanted.min(allowed), wanted.saturating_add(margin).min(allowed));
    setrlimit(resource, Rlimit { current: Some(current), maximum: Some(maximum) })
}

fn shortened(mut message: String) -> String {
    message.truncate(message.floor_char_boundary(WORDS));
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_request_is_answered() {
        for request in ["", "{}", "--help", r#"{"variant":"sync"}"#] {
            let (mut output, mut report) = (Vec::new(), Vec::new());
            let exit = compile_helper(OsStr::new(request), &b"component"[..], &mut output, &mut report);
            assert_eq!(exit, ExitCode::FAILURE);
            assert!(output.is_empty());
            let verdict: Verdict = serde_json::from_slice(&report).unwrap();
            assert!(matches!(verdict, Verdict::Failed { .. }), "{verdict:?}");
        }
    }
}
