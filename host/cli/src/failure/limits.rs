//! Hints about limits: the line of `larder.toml`, the flag or the system setting that raises a limit.

use crate::surroundings::APPROVAL;
use larder::TooLittle;
use larder::config::FILE_NAME;
use larder::machine::address_space;
use larder::sandbox::{CompileLimitExceeded, LimitExceeded};

/// Returns the hint for a process whose address space may be too small.
pub(super) fn address_space_hint() -> Option<String> {
    let mib = address_space()? >> 20;
    Some(format!("this process may have {mib} MiB of address space: raise the limit (`ulimit -v`)"))
}

/// Returns the hint for a process that gets no more memory from the system.
pub(super) fn no_memory_hint(error: &std::io::Error) -> Option<&'static str> {
    (error.raw_os_error()? == rustix::io::Errno::NOMEM.raw_os_error())
        .then_some("the system gives this process no more memory: raise the limit, if there is one (`ulimit -v`)")
}

/// Returns the hints for a component that needs too many resources to compile.
pub(super) fn compile_hints(limit: &CompileLimitExceeded) -> Vec<String> {
    let key = match limit {
        CompileLimitExceeded::Time { .. } => "compile-seconds",
        CompileLimitExceeded::Memory { .. } => "compile-memory-mib",
        CompileLimitExceeded::Code { .. } => "compile-code-mib",
    };
    let hint = format!("if you trust it, raise `{key}` under [limits] in {FILE_NAME}, and have that count: {APPROVAL}");
    let of_memory = matches!(limit, CompileLimitExceeded::Memory { .. });
    std::iter::once(hint).chain(address_space_hint().filter(|_| of_memory)).collect()
}

/// Returns the hint for a task that needs more than all runs may use together: how to allow more, and how to need less.
pub(super) fn budget_hint(task: &str, too_little: TooLittle) -> String {
    let (allow, less) = match too_little {
        TooLittle::Cpus { needed, budget: _ } => {
            (format!("--cpus {needed}"), format!("[tasks.\"{task}\"] size = \"small\""))
        }
        TooLittle::Memory { needed, budget } => (
            format!("--memory-mib {}", needed.div_ceil(1 << 20)),
            format!("[tasks.\"{task}\".limits] memory-mib = {}", budget >> 20),
        ),
    };
    format!("{allow} lets it in; or, in {FILE_NAME}, {less} has it need less")
}

/// Returns the line of `larder.toml` that raises a limit on runs; `None` for the limit that is the same for all.
pub(super) fn run_limit_hint(limit: &LimitExceeded, task: &str) -> Option<String> {
    let key = match limit {
        LimitExceeded::Memory { .. } => "memory-mib",
        LimitExceeded::Tables { .. } => "table-elements",
        LimitExceeded::Fuel { .. } => "fuel",
        LimitExceeded::Time { .. } => "timeout-seconds",
        LimitExceeded::HostCall { .. } => "host-call-mib",
        LimitExceeded::HostMemory { .. } => "host-memory-mib",
        LimitExceeded::Handles { .. } => "handles",
        LimitExceeded::Scratch { .. } => "scratch-mib",
        LimitExceeded::ScratchFiles { .. } => "scratch-files",
        LimitExceeded::Random { .. } => "random-kib",
        LimitExceeded::Result { .. } => "result-mib",
        LimitExceeded::Stack { .. } => return None,
    };
    Some(format!(
        "in {FILE_NAME}, [tasks.\"{task}\".limits] {key} = … sets it for this task, and [limits] for all; above the \
         default it counts by {APPROVAL}"
    ))
}
