//! Errors of the sandbox, from preparing a component and from a run.

use std::borrow::Cow;
use std::path::PathBuf;

use super::bounds::MachineRefused;
use super::compile::{CompileLimitExceeded, Ending};
use larder_base::excerpt::passage;
use larder_content::ContentError;
use larder_types::capability::Denied;
use larder_types::limits::LimitExceeded;
use larder_types::value::FoundInteger;

/// A failure to prepare a component or to start the engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SandboxError {
    /// The engine refused its settings: a bug in Larder, or a machine it does not know.
    #[error("the engine cannot start: {}", passage(_0))]
    Engine(String),
    /// The engine cannot start in this process, whose address space is limited (`RLIMIT_AS`).
    #[error("the engine cannot start: {}", passage(_0))]
    AddressSpace(String),
    /// The engine cannot compile the component.
    #[error("the component cannot be compiled: {}", passage(_0))]
    Compile(String),
    /// Compiling the component exceeded a limit.
    #[error("compiling the component exceeded a limit: {0}")]
    CompileLimit(#[from] CompileLimitExceeded),
    /// The compiler crashed on the component: a fault of the compiler, which the component triggered.
    #[error("the component cannot be compiled: the compiler died of it ({ending}){}", last_words(said))]
    CompilerDied {
        /// The end of its process.
        ending: Ending,
        /// The end of its output on standard error.
        said: String,
    },
    /// The compile helper could not be started or watched.
    #[error("the compile helper `{}` cannot be started: {reason}", program.display(), reason = passage(reason))]
    CompilerNotStarted {
        /// The program of the helper.
        program: PathBuf,
        /// The system's message.
        reason: String,
    },
    /// The compile helper could not write the compiled code completely.
    #[error("the compiled code could not be written: {reason}", reason = passage(reason))]
    CompilerOutput {
        /// The system's message.
        reason: String,
    },
    /// The compile helper does not fit this host, or could not do its work; the component is not to blame.
    #[error("the compile helper failed: {detail}", detail = passage(detail))]
    CompilerFailed {
        /// The mismatch.
        detail: String,
    },
    /// The component declares more than there is room for beside the other calls.
    #[error("there is no room for the component: {}", passage(_0))]
    NoRoom(String),
    /// The system refused memory or files that loading the component needs.
    #[error("the component cannot be loaded: {0}")]
    System(String),
    /// The component has an import that cannot be linked, even as a refusal.
    #[error("the component cannot be linked: {}", passage(_0))]
    Link(String),
}

impl SandboxError {
    /// A stable code for programs, such as `component/compile`.
    #[must_use]
    pub fn code(&self) -> Cow<'static, str> {
        let code = match self {
            Self::Engine(_) => "engine",
            Self::AddressSpace(_) => return of_limit("address-space"),
            Self::Compile(_) | Self::Link(_) => "component/compile",
            Self::CompileLimit(limit) => return of_limit(limit.code()),
            Self::NoRoom(_) => return of_limit("instance"),
            Self::System(_) => "system/load",
            Self::CompilerDied { .. } => "component/compiler-died",
            Self::CompilerNotStarted { .. } | Self::CompilerOutput { .. } | Self::CompilerFailed { .. } => "compiler",
        };
        code.into()
    }
}

/// Returns the code of an error caused by a limit.
fn of_limit(limit: &'static str) -> Cow<'static, str> {
    format!("limit/{limit}").into()
}

/// Returns the compiler's last output for a message: one piece of bounded length.
fn last_words(said: &str) -> String {
    const ENOUGH: usize = 500;
    let words = said.trim();
    let words = &words[words.ceil_char_boundary(words.len().saturating_sub(ENOUGH))..];
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

/// A failure of a run, which gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The task trapped: it violated a rule of WebAssembly or the component model, or it panicked.
    #[error("the task trapped: {message}", message = passage(message))]
    Trapped {
        /// A stable code for programs, such as `unreachable` or `memory-out-of-bounds`.
        code: &'static str,
        /// The engine's message.
        message: String,
        /// The functions on the guest's stack, innermost first, as far as the component names them.
        backtrace: Vec<String>,
    },
    /// The task called `exit` instead of returning.
    #[error("the task ended itself with exit status {0} instead of returning a result")]
    Exited(i32),
    /// A limit was exceeded, or refused something during the run. The task's answer after that would depend on the
    /// machine.
    #[error("the task exceeded a limit: {0}")]
    LimitExceeded(LimitExceeded),
    /// The task called something that its world denies.
    #[error("the task was denied a capability: {0}")]
    Denied(Denied),
    /// No instance could be made: the component needs more instances, memories or tables than a run may have, or than
    /// there is room for beside the other calls.
    #[error("an instance of the component could not be made: {}", passage(_0))]
    NoInstance(String),
    /// The machine could not provide memory that the run's limits allow; on another machine it would have gone on.
    #[error("{0}")]
    NoMemory(MachineRefused),
    /// A directory granted to the task cannot be opened; nothing ran.
    #[error(
        "the directory {} cannot be given to the task as {guest}: {reason}", host.display(),
        reason = passage(reason)
    )]
    Directory {
        /// The directory on the host.
        host: PathBuf,
        /// Its path in the guest.
        guest: String,
        /// The system's message.
        reason: String,
    },
    /// A directory granted to the task overlaps a path that no task may reach; nothing ran.
    #[error(
        "cannot grant the directory {}: it {} {what} ({})",
        host.display(), if *contains { "contains" } else { "lies in" }, path.display()
    )]
    Protected {
        /// The directory on the host.
        host: PathBuf,
        /// Description of the protected path.
        what: &'static str,
        /// The protected path.
        path: PathBuf,
        /// True if the directory contains the protected path, false if it lies in it.
        contains: bool,
    },
    /// The content of an input changed after it was keyed, or could not be read. The task's result answers no call.
    #[error("the content of an input was lost: {0}")]
    Input(ContentError),
    /// The answer contains an integer that the component's language cannot hold, or cannot tell from another one. It
    /// may be wrong, so it is rejected.
    #[error(
        "the task returned the {integer}, which JavaScript on QuickJS cannot hold, so that it may be another one, cut or \
         rounded: use {}",
        instead_of(integer)
    )]
    NotRepresentable {
        /// The integer.
        integer: FoundInteger,
    },
    /// The task ran into a bug of the engine. Its results are discarded, and the engine is not used again.
    #[error("the task ran into a bug in {engine}: {0}", engine = super::version::ENGINE_VERSION)]
    EngineBug(String),
    /// The caller no longer waits for the run.
    #[error("the run was stopped: nobody waits for it")]
    Stopped,
    /// The engine broke a promise: a bug in Larder.
    #[error("internal error: {}", passage(_0))]
    Internal(String),
}

/// Returns a type to use instead of an integer's where JavaScript on QuickJS cannot hold it.
pub fn instead_of(integer: &FoundInteger) -> &'static str {
    match integer.ty {
        "u32" => "a u64, since a u32 ends at 2147483646 there, or another engine, such as StarlingMonkey",
        _ => "a string, since integers end at 9007199254740991 there, or another engine, such as StarlingMonkey",
    }
}

impl RunError {
    /// A stable code for programs, such as `trap/unreachable` or `limit/memory`.
    #[must_use]
    pub fn code(&self) -> Cow<'static, str> {
        let code = match self {
            Self::Trapped { code, .. } => return format!("trap/{code}").into(),
            Self::Exited(_) => "trap/exit",
            Self::LimitExceeded(limit) => return of_limit(limit.code()),
            Self::Denied(_) => "denied",
            Self::NoInstance(_) => return of_limit("instance"),
            Self::NoMemory(refused) => return of_limit(refused.code()),
            Self::Directory { .. } => "grant/directory",
            Self::Protected { .. } => "grant/protected",
            Self::Input(ContentError::Changed { .. }) => "input/changed",
            Self::Input(_) => "input/lost",
            Self::NotRepresentable { .. } => "result/not-representable",
            Self::EngineBug(_) => "engine/bug",
            Self::Stopped => "stopped",
            Self::Internal(_) => "internal",
        };
        code.into()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use larder_types::value::Place;

    fn text() -> String {
        "why".to_owned()
    }

    #[test]
    fn codes_of_a_component_that_is_made_ready_stay() {
        let died = SandboxError::CompilerDied { ending: Ending::Signal(11), said: text() };
        let not_started = SandboxError::CompilerNotStarted { program: PathBuf::new(), reason: text() };
        let limit = Duration::ZERO;
        for (error, code) in [
            (SandboxError::Engine(text()), "engine"),
            (SandboxError::AddressSpace(text()), "limit/address-space"),
            (SandboxError::Compile(text()), "component/compile"),
            (SandboxError::Link(text()), "component/compile"),
            (CompileLimitExceeded::Time { limit }.into(), "limit/compile-time"),
            (CompileLimitExceeded::Memory { limit: 0, resident: None }.into(), "limit/compile-memory"),
            (CompileLimitExceeded::Code { limit: 0, asked: None }.into(), "limit/compile-code"),
            (SandboxError::NoRoom(text()), "limit/instance"),
            (SandboxError::System(text()), "system/load"),
            (died, "component/compiler-died"),
            (not_started, "compiler"),
            (SandboxError::CompilerOutput { reason: text() }, "compiler"),
            (SandboxError::CompilerFailed { detail: text() }, "compiler"),
        ] {
            assert_eq!(error.code(), code, "{error:?}");
        }
    }

    #[test]
    fn codes_of_a_run_stay() {
        let directory = RunError::Directory { host: PathBuf::new(), guest: text(), reason: text() };
        let protected =
            RunError::Protected { host: PathBuf::new(), what: "the cache", path: PathBuf::new(), contains: true };
        let integer = FoundInteger { place: Place(text()), ty: "u64", number: 1 << 60 };
        for (error, code) in [
            (RunError::Trapped { code: "unreachable", message: text(), backtrace: Vec::new() }, "trap/unreachable"),
            (RunError::Exited(1), "trap/exit"),
            (RunError::LimitExceeded(LimitExceeded::Fuel { limit: 1 }), "limit/fuel"),
            (RunError::Denied(Denied::TcpSocket), "denied"),
            (RunError::NoInstance(text()), "limit/instance"),
            (RunError::NoMemory(MachineRefused(text())), "limit/machine-memory"),
            (directory, "grant/directory"),
            (protected, "grant/protected"),
            (RunError::Input(ContentError::Changed { path: PathBuf::new() }), "input/changed"),
            (RunError::Input(ContentError::Stopped), "input/lost"),
            (RunError::NotRepresentable { integer }, "result/not-representable"),
            (RunError::EngineBug(text()), "engine/bug"),
            (RunError::Stopped, "stopped"),
            (RunError::Internal(text()), "internal"),
        ] {
            assert_eq!(error.code(), code, "{error:?}");
        }
    }
}
