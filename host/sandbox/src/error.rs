//! How a run can fail, typed: the engine's errors are told apart by type, never by their text.

use std::path::PathBuf;

use wasmtime::component::ResourceTableError;
use wasmtime::{Trap, WasmBacktrace, WasmtimeBug};

use super::bounds::{MachineRefused, Stopped, WASM_STACK_BYTES};
use super::compile::{CompileLimitExceeded, Ending};
use larder_base::excerpt::{beginning, passage};
use larder_content::ContentError;
use larder_types::capability::Denied;
use larder_types::limits::{LimitExceeded, Limits};
use larder_types::value::FoundInteger;

/// Why a component could not be made ready, or the engine not be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SandboxError {
    /// The engine refused its settings: a bug in Larder, or a machine it does not know.
    #[error("the engine cannot start: {}", passage(_0))]
    Engine(String),
    /// The engine cannot compile the component.
    #[error("the component cannot be compiled: {}", passage(_0))]
    Compile(String),
    /// Compiling the component exceeded a limit.
    #[error("compiling the component exceeded a limit: {0}")]
    CompileLimit(#[from] CompileLimitExceeded),
    /// The compiler died of the component: its own fault, which the component brought out.
    #[error("the component cannot be compiled: the compiler died of it ({ending}){}", last_words(said))]
    CompilerDied {
        /// How it ended.
        ending: Ending,
        /// The end of what it wrote to standard error.
        said: String,
    },
    /// The compile helper could not be started or watched.
    #[error("the compile helper `{}` cannot be started: {reason}", program.display(), reason = passage(reason))]
    CompilerNotStarted {
        /// The program that was to be the helper.
        program: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The compile helper could not write the compiled code, or not all of it.
    #[error("the compiled code could not be written: {reason}", reason = passage(reason))]
    CompilerOutput {
        /// What the system said.
        reason: String,
    },
    /// The compile helper is none for this host, or could not do its work; the component is not to blame.
    #[error("the compile helper failed: {detail}", detail = passage(detail))]
    CompilerFailed {
        /// What does not fit.
        detail: String,
    },
    /// The component declares more than there is room for beside the other calls.
    #[error("there is no room for the component: {}", passage(_0))]
    NoRoom(String),
    /// The system refused memory or files that loading the component takes.
    #[error("the component cannot be loaded: {0}")]
    System(String),
    /// The component imports what cannot be linked, not even as a refusal.
    #[error("the component cannot be linked: {}", passage(_0))]
    Link(String),
}

/// The last thing that a compiler said, as it is told: in one piece, and not too much of it.
fn last_words(said: &str) -> String {
    const ENOUGH: usize = 500;
    let words = said.trim();
    let words = &words[words.ceil_char_boundary(words.len().saturating_sub(ENOUGH))..];
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

/// Why a run gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The task trapped: it did what WebAssembly or the component model forbids, or it panicked.
    #[error("the task trapped: {message}", message = passage(message))]
    Trapped {
        /// A stable code for programs, such as `unreachable` or `memory-out-of-bounds`.
        code: &'static str,
        /// What happened, in the engine's words.
        message: String,
        /// The functions on the guest's stack, innermost first, as far as the component names them.
        backtrace: Vec<String>,
    },
    /// The task called `exit` instead of returning.
    #[error("the task ended itself with exit status {0} instead of returning a result")]
    Exited(i32),
    /// A limit was exceeded, or refused something during the run: what the task answers after that depends on the
    /// machine.
    #[error("the task exceeded a limit: {0}")]
    LimitExceeded(LimitExceeded),
    /// The task called something that it cannot have.
    #[error("the task was denied a capability: {0}")]
    Denied(Denied),
    /// No instance could be made: the component wants more instances, memories or tables than a run may have, or than
    /// there is room for beside the other calls.
    #[error("an instance of the component could not be made: {}", passage(_0))]
    NoInstance(String),
    /// The machine could not provide memory that the run may have: on another one it would have gone on.
    #[error("{0}")]
    NoMemory(MachineRefused),
    /// A directory that the task is allowed cannot be opened; nothing ran.
    #[error(
        "the directory {} cannot be given to the task as {guest}: {reason}", host.display(),
        reason = passage(reason)
    )]
    Directory {
        /// The directory on the host.
        host: PathBuf,
        /// Its path in the guest.
        guest: String,
        /// Why not.
        reason: String,
    },
    /// A directory that the task is allowed covers what no task may reach; nothing ran.
    #[error(
        "cannot grant the directory {}: it {} {what} ({})",
        host.display(), if *contains { "contains" } else { "lies in" }, path.display()
    )]
    Protected {
        /// The directory on the host.
        host: PathBuf,
        /// What it covers.
        what: &'static str,
        /// Where that is.
        path: PathBuf,
        /// Whether it contains that, or lies in it.
        contains: bool,
    },
    /// The content of an input was not what it was when it was keyed, or could not be read: what the task made of it is
    /// the answer to no call.
    #[error("the content of an input was lost: {0}")]
    Input(ContentError),
    /// The answer has an integer that the component's language cannot hold, or cannot tell from another one: it may be
    /// wrong, so it is no answer.
    #[error(
        "the task returned the {integer}, which JavaScript on QuickJS cannot hold, so that it may be another one, cut or \
         rounded: use {}",
        instead_of(integer)
    )]
    NotRepresentable {
        /// The integer.
        integer: FoundInteger,
    },
    /// The task ran into a bug of the engine: nothing that came of the run is used, nor is that engine.
    #[error("the task ran into a bug in {engine}: {0}", engine = super::version::ENGINE_VERSION)]
    EngineBug(String),
    /// Nobody waits for the run any more.
    #[error("the run was stopped: nobody waits for it")]
    Stopped,
    /// The engine broke a promise: a bug in Larder.
    #[error("internal error: {}", passage(_0))]
    Internal(String),
}

/// What to use instead of an integer of this type where JavaScript on QuickJS cannot hold it.
pub fn instead_of(integer: &FoundInteger) -> &'static str {
    match integer.ty {
        "u32" => "a u64, since a u32 ends at 2147483646 there, or another engine, such as StarlingMonkey",
        _ => "a string, since integers end at 9007199254740991 there, or another engine, such as StarlingMonkey",
    }
}

impl RunError {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Trapped { code, .. } => format!("trap/{code}"),
            Self::Exited(_) => "trap/exit".to_owned(),
            Self::LimitExceeded(limit) => format!("limit/{}", limit.code()),
            Self::Denied(_) => "denied".to_owned(),
            Self::NoInstance(_) => "limit/instance".to_owned(),
            Self::NoMemory(_) => "limit/machine-memory".to_owned(),
            Self::Directory { .. } => "grant/directory".to_owned(),
            Self::Protected { .. } => "grant/protected".to_owned(),
            Self::Input(ContentError::Changed { .. }) => "input/changed".to_owned(),
            Self::Input(_) => "input/lost".to_owned(),
            Self::NotRepresentable { .. } => "result/not-representable".to_owned(),
            Self::EngineBug(_) => "engine/bug".to_owned(),
            Self::Stopped => "stopped".to_owned(),
            Self::Internal(_) => "internal".to_owned(),
        }
    }
}

/// The code of an error that is no trap of WebAssembly: a call across the component's border went wrong.
const HOST_CALL: &str = "host-call";

/// How the engine names the error of a call that makes the host allocate more than it may. The type is private to the
/// engine; its name is what `Debug` shows of it, and a test with a guest that causes it holds the two together.
const HOST_CALL_EXHAUSTED: &str = "HostcallFuelExhausted";

/// How the engine's message ends when a run has all the handles that it may: that error has no type at all. A test with
/// a guest holds it.
const HANDLES_EXHAUSTED: &str = "store handle limit exceeded";

/// Reads the engine's error; `limits` are those that the run had.
pub(super) fn classify(error: &wasmtime::Error, limits: &Limits) -> RunError {
    if let Some(denied) = error.downcast_ref::<Denied>() {
        return RunError::Denied(denied.clone());
    }
    if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        return RunError::Exited(exit.0);
    }
    if let Some(refused) = error.downcast_ref::<MachineRefused>() {
        return RunError::NoMemory(refused.clone());
    }
    if let Some(stopped) = error.downcast_ref::<Stopped>() {
        return match stopped {
            Stopped::TimeIsUp => {
                RunError::LimitExceeded(LimitExceeded::Time { limit: limits.timeout, reached: limits.timeout })
            }
            Stopped::NobodyWaits => RunError::Stopped,
        };
    }
    if let Some(bug) = error.downcast_ref::<WasmtimeBug>() {
        return RunError::EngineBug(first_words(&bug.to_string()));
    }
    let trap = error.downcast_ref::<Trap>();
    if let Some(limit) = error.downcast_ref::<LimitExceeded>() {
        return RunError::LimitExceeded(limit.clone());
    }
    if let Some(limit) = limit_exceeded(error, trap, limits) {
        return RunError::LimitExceeded(limit);
    }
    RunError::Trapped {
        code: trap.map_or(HOST_CALL, trap_code),
        message: trap.map_or_else(|| error.root_cause().to_string(), ToString::to_string),
        backtrace: error.downcast_ref::<WasmBacktrace>().map(frames).unwrap_or_default(),
    }
}

/// How the engine begins what it says of its bugs, in an error or in a panic.
const BUG: &str = "BUG: ";

/// What the engine says of a bug, without the place in its sources and the plea for a report.
fn first_words(said: &str) -> String {
    let words = said.lines().next().unwrap_or(said);
    words.strip_prefix(BUG).unwrap_or(words).to_owned()
}

/// Reads a panic that a run ended in. An engine that is built with debug assertions panics over what is an error
/// otherwise, and says so in its first word; any other panic may as well be one of Larder.
pub(super) fn classify_panic(said: &str) -> RunError {
    if said.starts_with(BUG) {
        RunError::EngineBug(first_words(said))
    } else {
        RunError::Internal(format!("the host panicked during the run: {said}"))
    }
}

fn limit_exceeded(error: &wasmtime::Error, trap: Option<&Trap>, limits: &Limits) -> Option<LimitExceeded> {
    if trap == Some(&Trap::OutOfFuel) {
        return Some(LimitExceeded::Fuel { limit: limits.fuel });
    }
    if trap == Some(&Trap::StackOverflow) {
        return Some(LimitExceeded::Stack { limit: WASM_STACK_BYTES as u64 });
    }
    let no_handle = || trap.is_none() && error.root_cause().to_string().ends_with(HANDLES_EXHAUSTED);
    if matches!(error.downcast_ref(), Some(ResourceTableError::Full)) || no_handle() {
        return Some(LimitExceeded::Handles { limit: limits.handles as u64 });
    }
    let is_exhausted = trap.is_none() && format!("{:?}", error.root_cause()) == HOST_CALL_EXHAUSTED;
    is_exhausted.then_some(LimitExceeded::HostCall { limit: limits.host_call_bytes as u64 })
}

/// As [`classify`], for an error while the instance was made: what is no trap there was no act of the guest.
pub(super) fn classify_instantiation(error: &wasmtime::Error, limits: &Limits) -> RunError {
    match classify(error, limits) {
        RunError::Trapped { code: HOST_CALL, message, backtrace: _ } => RunError::NoInstance(message),
        other @ (RunError::Trapped { .. }
        | RunError::Exited(_)
        | RunError::LimitExceeded(_)
        | RunError::Denied(_)
        | RunError::NoInstance(_)
        | RunError::NoMemory(_)
        | RunError::Directory { .. }
        | RunError::Protected { .. }
        | RunError::Input(_)
        | RunError::NotRepresentable { .. }
        | RunError::EngineBug(_)
        | RunError::Stopped
        | RunError::Internal(_)) => other,
    }
}

fn frames(backtrace: &WasmBacktrace) -> Vec<String> {
    let name = |frame: &wasmtime::FrameInfo| match frame.func_name() {
        Some(name) => beginning(format_args!("{:#}", rustc_demangle::demangle(name))),
        None => format!("function {}", frame.func_index()),
    };
    backtrace.frames().iter().map(name).collect()
}

/// The codes of the traps that a guest can cause with the features this host has on; the others are one kind.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the engine adds traps with every feature, and they are told in its words"
)]
fn trap_code(trap: &Trap) -> &'static str {
    match trap {
        Trap::UnreachableCodeReached => "unreachable",
        Trap::MemoryOutOfBounds => "memory-out-of-bounds",
        Trap::TableOutOfBounds => "table-out-of-bounds",
        Trap::IndirectCallToNull => "indirect-call-to-null",
        Trap::BadSignature => "bad-signature",
        Trap::IntegerOverflow => "integer-overflow",
        Trap::IntegerDivisionByZero => "integer-division-by-zero",
        Trap::BadConversionToInteger => "bad-conversion-to-integer",
        Trap::CannotEnterComponent => "cannot-enter-component",
        Trap::CannotLeaveComponent => "cannot-leave-component",
        Trap::NoAsyncResult => "no-async-result",
        Trap::AsyncDeadlock => "async-deadlock",
        _ => "component-model",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_of_the_engine_is_told_without_its_place() {
        let said = "BUG: handle not found\nlocation: /build/src/x.rs:1\nversion: 48";
        let told = classify_panic(said);
        assert_eq!(told, RunError::EngineBug("handle not found".to_owned()));
        assert_eq!(told.code(), "engine/bug");
        assert_eq!(classify_panic("index out of bounds").code(), "internal");
    }

    #[test]
    fn a_stop_is_told_by_its_reason() {
        let limits = Limits::default();
        let told = |stopped: Stopped| classify(&wasmtime::Error::new(stopped).context("in a call"), &limits);
        assert_eq!(told(Stopped::TimeIsUp).code(), "limit/time");
        assert_eq!(told(Stopped::NobodyWaits), RunError::Stopped);
    }
}
