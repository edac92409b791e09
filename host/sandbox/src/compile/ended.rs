//! The end of a helper, and its meaning for the component.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use rustix::io::Errno;
use rustix::process::{Resource, Signal, getrlimit};

use super::{CompileLimitExceeded, CompileLimits, Ending, Verdict};
use crate::machine::address_space;
use crate::{EngineVariant, SandboxError};

/// Bytes that are read from the end of a helper's output.
const SAID: u64 = 64 << 10;

/// Fraction of the memory limit that a process must have touched to count as out of memory. A vector that doubles is
/// refused when it holds half of the limit, and the newest half of it may be untouched.
const NEAR_THE_LIMIT: u64 = 4;

/// A helper that has ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// Peak of the memory that it had touched, in bytes, or `inherited` if that is greater.
    pub(super) resident: u64,
    /// Peak of the host's own memory, which the system may count for the process that the host started.
    pub(super) inherited: u64,
    pub(super) out_of_time: bool,
    /// The end of its output on standard error.
    pub(super) said: String,
}

impl Ended {
    /// Returns the memory that it had, if known, if it died because it was refused more.
    ///
    /// A refused allocation aborts the process, and so does a stack overflow, which needs little memory. The system
    /// has one number for the process and for the copy of the host that it was before it became the helper. If the
    /// host is large, the number says nothing about the helper, and memory is the likelier cause of an abort.
    fn out_of_memory(&self, limit: u64) -> Option<Option<u64>> {
        let is = |signal: Signal| self.status.signal() == Some(signal.as_raw());
        let near = limit / NEAR_THE_LIMIT;
        let its_own = (self.resident > self.inherited).then_some(self.resident);
        let died = match its_own {
            Some(resident) => (is(Signal::ABORT) || is(Signal::KILL)) && resident >= near,
            None => is(Signal::ABORT) && self.inherited >= near,
        };
        died.then_some(its_own)
    }

    /// Returns the number of code bytes that it claims to have written, under these limits and for this engine.
    pub(super) fn written(&self, limits: CompileLimits, variant: EngineVariant) -> Result<u64, SandboxError> {
        let CompileLimits { time, memory_bytes, code_bytes } = limits;
        let memory_bytes = memory_bytes.min(address_space().unwrap_or(u64::MAX));
        let memory = |resident| CompileLimitExceeded::Memory { limit: memory_bytes, resident };
        if self.out_of_time {
            return Err(CompileLimitExceeded::Time { limit: time }.into());
        }
        if let Some(signal) = self.status.signal() {
            let is = |expected: Signal| signal == expected.as_raw();
            return Err(if is(Signal::XCPU) {
                CompileLimitExceeded::Time { limit: time }.into()
            } else if is(Signal::XFSZ) && may_outgrow_files(code_bytes) {
                // Not the component's limit, but one of this process, which the helper inherits.
                SandboxError::CompilerOutput { reason: io::Error::from(Errno::FBIG).to_string() }
            } else if is(Signal::XFSZ) {
                CompileLimitExceeded::Code { limit: code_bytes, asked: None }.into()
            } else if let Some(resident) = self.out_of_memory(memory_bytes) {
                memory(resident).into()
            } else {
                SandboxError::CompilerDied { ending: Ending::Signal(signal), said: self.said.clone() }
            });
        }
        let last_line = self.said.lines().next_back().unwrap_or_default();
        let Ok(verdict) = serde_json::from_str::<Verdict>(last_line) else { return Err(self.no_verdict()) };
        match verdict {
            Verdict::Compiled { .. } if !self.status.success() => Err(self.no_verdict()),
            Verdict::Compiled { bytes, engine } if engine == variant.fingerprint() => Ok(bytes),
            Verdict::Compiled { bytes: _, engine } => {
                let detail = format!("it compiles for `{engine}`, and `{}` is needed", variant.fingerprint());
                Err(SandboxError::CompilerFailed { detail })
            }
            Verdict::Refused { message } => Err(SandboxError::Compile(message)),
            Verdict::OutOfMemory => Err(memory(None).into()),
            Verdict::TooMuchCode { bytes } => {
                Err(CompileLimitExceeded::Code { limit: code_bytes, asked: Some(bytes) }.into())
            }
            Verdict::NotWritten { message } => Err(SandboxError::CompilerOutput { reason: message }),
            Verdict::Failed { message } => Err(SandboxError::CompilerFailed { detail: message }),
        }
    }

    /// Classifies an end without a verdict. A panic is the compiler's fault; a helper that ended well without a
    /// verdict is not a helper of this version.
    fn no_verdict(&self) -> SandboxError {
        let said = self.said.clone();
        match self.status.code() {
            Some(0) | None => SandboxError::CompilerFailed { detail: "it ended without a verdict".to_owned() },
            Some(status) => SandboxError::CompilerDied { ending: Ending::Exit(status), said },
        }
    }
}

/// Returns true if the code may exceed the maximum file size of this process.
pub(super) fn may_outgrow_files(code_bytes: u64) -> bool {
    getrlimit(Resource::Fsize).current.unwrap_or(u64::MAX) < code_bytes
}

/// Peak of the memory that this process has ever touched, in bytes.
pub(super) fn own_peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
    kib.checked_mul(1 << 10)
}

/// Reads the end of a helper's output.
pub(super) fn last_words(report: &mut File) -> io::Result<String> {
    let length = report.metadata()?.len();
    report.seek(SeekFrom::Start(length.saturating_sub(SAID)))?;
    let mut said = Vec::new();
    // The helper is gone, but its child processes could still write.
    report.take(SAID).read_to_end(&mut said)?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn ended(signal: Signal, resident: u64, inherited: u64) -> Ended {
        let status = ExitStatus::from_raw(signal.as_raw());
        Ended { status, resident, inherited, out_of_time: false, said: String::new() }
    }

    #[test]
    fn memory_is_told_from_other_ends() {
        for (signal, resident, inherited, verdict) in [
            (Signal::ABORT, 3 * GIB, GIB / 10, Some(Some(3 * GIB))),
            (Signal::KILL, 3 * GIB, GIB / 10, Some(Some(3 * GIB))),
            (Signal::SEGV, 3 * GIB, GIB / 10, None),
            (Signal::ABORT, GIB / 2, GIB / 10, None),
            // A larger host: nothing is known of the helper, which used less.
            (Signal::ABORT, 2 * GIB, 2 * GIB, Some(None)),
            (Signal::KILL, 2 * GIB, 2 * GIB, None),
            (Signal::ABORT, GIB / 2, GIB / 2, None),
        ] {
            assert_eq!(ended(signal, resident, inherited).out_of_memory(4 * GIB), verdict, "{signal:?} {resident}");
        }
    }

    #[test]
    fn the_peak_of_this_process_is_known() {
        assert!(own_peak().is_some_and(|peak| (1 << 20..1 << 40).contains(&peak)));
    }
}
