//! Compilers, and the bounds of a compilation.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// The place where components are compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compiler {
    /// In this process, for trusted components. Only the maximum size of a component bounds time and memory;
    /// [`CompileLimits`] do not apply.
    InProcess,
    /// In a process of its own for each component, bounded by [`CompileLimits`].
    ///
    /// The program must call [`compile_helper`](crate::compile_helper) when it is started with these arguments and one
    /// more, and must not write to standard output otherwise. It must be built from the same version of this library.
    /// It is started with an empty environment, in the folder `/`. A script in between must `exec` it, since it dies
    /// with its parent. Once it has bounded itself, it cannot open files, run programs or reach the network.
    Helper {
        /// Absolute path of the program. `/proc/self/exe` is the running program, even if its file has been replaced.
        program: PathBuf,
        /// Arguments before the request.
        arguments: Vec<OsString>,
    },
}

/// Limits on compiling one component in a [`Compiler::Helper`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileLimits {
    /// Wall-clock time, from the start of the process to its end. If other processes slow it down, it may take up to
    /// ten times that, as long as it has used less processor time than this.
    pub time: Duration,
    /// Memory that the process allocates, in bytes (`RLIMIT_DATA`); the program itself does not count.
    pub memory_bytes: u64,
    /// The compiled code, in bytes: five to ten times the component in most cases.
    pub code_bytes: u64,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(120), memory_bytes: 4 << 30, code_bytes: 1 << 30 }
    }
}

/// A compile limit that a component exceeded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileLimitExceeded {
    /// Wall-clock time, or the processor time that goes with it.
    #[error("it takes more than {} s to compile", limit.as_secs_f64())]
    Time {
        /// The limit.
        limit: Duration,
    },
    /// Memory.
    #[error("it takes more than {} of memory to compile{}", mib(*limit), reached(*resident))]
    Memory {
        /// The limit, in bytes.
        limit: u64,
        /// Memory in use at the end, in bytes, if the system reported it; the refused allocation is not included.
        resident: Option<u64>,
    },
    /// The compiled code.
    #[error("its compiled code is larger than {}{}", mib(*limit), of(*asked))]
    Code {
        /// The limit, in bytes.
        limit: u64,
        /// Size of the code in bytes, if known.
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

/// The end of a helper that gave no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Killed by the signal with this number.
    Signal(i32),
    /// Exited with this status.
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
