//! Compilers, and the bounds of a compilation.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Where components are compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compiler {
    /// In this process, with no bound on time and memory but what the greatest size of a component implies: for
    /// components that one trusts. [`CompileLimits`] do not hold.
    InProcess,
    /// In a process of its own for each component, bounded by [`CompileLimits`].
    ///
    /// The program must call [`compile_helper`](crate::compile_helper) when it is started with these arguments and one more, and write
    /// nothing to standard output itself. It must be built from the same version of this library. It is started with an
    /// empty environment, in the folder `/`. A script in between must `exec` it: it dies with its parent. Once it has
    /// bounded itself it can open no file, run no program and reach no network.
    Helper {
        /// The absolute path of the program. `/proc/self/exe` is the program that runs, even where the file that it
        /// was started from has been replaced.
        program: PathBuf,
        /// What comes before the request.
        arguments: Vec<OsString>,
    },
}

/// What compiling one component may use, in a [`Compiler::Helper`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileLimits {
    /// Wall-clock time, from the start of the process to its end. Where other processes hold it up, it may take up to
    /// ten times that, as long as it has had less than this time of the processors.
    pub time: Duration,
    /// Memory of the process, in bytes: what it allocates (`RLIMIT_DATA`), not the program itself.
    pub memory_bytes: u64,
    /// The compiled code, in bytes: five to ten times the component in most cases.
    pub code_bytes: u64,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(120), memory_bytes: 4 << 30, code_bytes: 1 << 30 }
    }
}

/// A bound on compiling that a component exceeded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileLimitExceeded {
    /// Wall-clock time, or the processor time that goes with it.
    #[error("it takes more than {} s to compile", limit.as_secs_f64())]
    Time {
        /// What the limit allows.
        limit: Duration,
    },
    /// Memory.
    #[error("it takes more than {} of memory to compile{}", mib(*limit), reached(*resident))]
    Memory {
        /// What the limit allows, in bytes.
        limit: u64,
        /// What was in use at the end, in bytes, where the system told; the allocation that was refused is not in it.
        resident: Option<u64>,
    },
    /// The compiled code.
    #[error("its compiled code is larger than {}{}", mib(*limit), of(*asked))]
    Code {
        /// What the limit allows, in bytes.
        limit: u64,
        /// How large the code is, in bytes, where it is known.
        asked: Option<u64>,
    },
}

impl CompileLimitExceeded {
    /// A stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Time { .. } => "compile-time",
            Self::Memory { .. } => "compile-memory",
            Self::Code { .. } => "compile-code",
        }
    }
}

/// How a helper ended that gave no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A signal ended it, by its number.
    Signal(i32),
    /// It exited, with this status.
    Exit(i32),
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Exit(status) => write!(f, "exit status {status}"),
        }
    }
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

fn reached(resident: Option<u64>) -> String {
    resident.map_or_else(String::new, |bytes| format!(" (it had {} in use when it was refused more)", mib(bytes)))
}

fn of(asked: Option<u64>) -> String {
    asked.map_or_else(String::new, |bytes| format!(": it has {} MiB", bytes.div_ceil(1 << 20)))
}
