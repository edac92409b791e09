//! The host's side: starts a helper, waits for its end or brings it about, and judges what it left.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;
use rustix::param::clock_ticks_per_second;
use rustix::process::{Pid, PidfdFlags, Resource, Signal, getpid, getrlimit, pidfd_open, pidfd_send_signal};
use wait4::{ResUse, Wait4 as _};

use super::{CompileLimitExceeded, CompileLimits, Ending, Request, Verdict};
use crate::machine::address_space;
use crate::{EngineVariant, SandboxError};

/// How much is read of the end of what a helper says.
const SAID: u64 = 64 << 10;

/// The part of the memory limit that a process has touched which was refused more: a vector that doubles is refused
/// when it holds half of the limit, and the newest half of it may be untouched.
const NEAR_THE_LIMIT: u64 = 4;

/// How many times its time a helper may take that is held up by other processes.
const AT_MOST: u32 = 10;

/// A program that compiles, and what it may use.
#[derive(Debug, Clone)]
pub struct Helper {
    /// The program.
    pub program: PathBuf,
    /// Its arguments, before the one that says what is asked.
    pub arguments: Vec<OsString>,
    /// The bounds of the compilation.
    pub limits: CompileLimits,
}

/// How whoever asked for a compilation ends it early, from any thread.
#[derive(Debug, Default)]
pub struct Stop(Mutex<Stage>);

#[derive(Debug, Default)]
enum Stage {
    #[default]
    NotStarted,
    /// It means no other process even after its end.
    Started(OwnedFd),
    Stopped,
}

impl Stop {
    /// Kills the helper, or keeps it from being started.
    #[doc(hidden)]
    pub fn now(&self) {
        let mut stage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Stage::Started(process) = &*stage {
            kill(process);
        }
        *stage = Stage::Stopped;
    }
}

/// A helper that has ended.
struct Ended {
    status: ExitStatus,
    /// The greatest part of its memory that it had touched, in bytes, or `inherited` if that is more.
    resident: u64,
    /// What the system may count in for the process that started it: the greatest part of the host's own memory.
    inherited: u64,
    out_of_time: bool,
    /// The end of what it said on standard error.
    said: String,
}

impl Ended {
    /// Whether it died of memory that it was refused, and how much it had then, where that can be told.
    ///
    /// A refused allocation aborts the process, and so does a stack that overflows: that needs little. The system has
    /// one number for the process and for what it was before it became the helper, a copy of the host: where the host
    /// is large, it says nothing of the helper, and memory is the likelier cause of an abort.
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
}

impl Helper {
    /// Compiles `component` into `output`, an empty file. Call it on a thread for blocking work.
    ///
    /// When it fails, what is in the file is of no use.
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

    /// Returns whether the code may be larger than the system lets a file of this process be.
    #[doc(hidden)]
    pub fn may_outgrow_files(&self) -> bool {
        system_file_limit() < self.limits.code_bytes
    }

    /// As [`Helper::compile`], into memory: for a system on which no file may be as large as the code.
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

    /// Runs a helper to its end: how much code it wrote to `output`. What goes through a pipe is read meanwhile.
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
            // A helper that ends early reads no more, and writes no more.
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
        self.judge(&Ended { status, resident, inherited, out_of_time, said }, variant)
    }

    /// Starts the program. The thread that does so must wait for it: the helper dies with the thread.
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
            // Ctrl-C is for the host, which then stops the helper: the other way round, it would be an error first.
            .process_group(0)
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(output))
            .stderr(Stdio::from(report));
        // Held while it starts, so that a stop comes before or after, and never in between.
        let mut stage = stop.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*stage, Stage::Stopped) {
            return Err(failed(io::Error::other("nobody waits for it any more")));
        }
        let mut child = command.spawn().map_err(failed)?;
        let opened = pidfd_open(Pid::from_child(&child), PidfdFlags::empty())
            .map_err(io::Error::from)
            .and_then(|process| Ok((process.try_clone()?, process)));
        match opened {
            Ok((process, ours)) => {
                *stage = Stage::Started(process);
                Ok((child, ours))
            }
            Err(error) => {
                // A process that cannot be waited for in time must not go on.
                let _ = child.kill();
                let _ = child.wait();
                Err(failed(error))
            }
        }
    }

    fn request(&self, variant: EngineVariant) -> Request {
        let CompileLimits { time, memory_bytes, code_bytes } = self.limits;
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        // The clock on the wall comes first, unless it is the host or the helper that is held up.
        let cpu_seconds = time.as_secs().saturating_add(1).saturating_mul(cores).saturating_add(5);
        Request { variant, parent: getpid().as_raw_pid(), memory_bytes, cpu_seconds, code_bytes }
    }

    /// How much code was written, if the helper says so.
    fn judge(&self, ended: &Ended, variant: EngineVariant) -> Result<u64, SandboxError> {
        let CompileLimits { time, memory_bytes, code_bytes } = self.limits;
        let memory_bytes = memory_bytes.min(address_space().unwrap_or(u64::MAX));
        let memory = |resident| CompileLimitExceeded::Memory { limit: memory_bytes, resident };
        if ended.out_of_time {
            return Err(CompileLimitExceeded::Time { limit: time }.into());
        }
        if let Some(signal) = ended.status.signal() {
            let is = |expected: Signal| signal == expected.as_raw();
            return Err(if is(Signal::XCPU) {
                CompileLimitExceeded::Time { limit: time }.into()
            } else if is(Signal::XFSZ) && self.may_outgrow_files() {
                // Not the component's limit, but one of this process, which the helper has too.
                SandboxError::CompilerOutput { reason: io::Error::from(Errno::FBIG).to_string() }
            } else if is(Signal::XFSZ) {
                CompileLimitExceeded::Code { limit: code_bytes, asked: None }.into()
            } else if let Some(resident) = ended.out_of_memory(memory_bytes) {
                memory(resident).into()
            } else {
                SandboxError::CompilerDied { ending: Ending::Signal(signal), said: ended.said.clone() }
            });
        }
        let last_line = ended.said.lines().next_back().unwrap_or_default();
        let Ok(verdict) = serde_json::from_str::<Verdict>(last_line) else { return Err(no_verdict(ended)) };
        match verdict {
            Verdict::Compiled { .. } if !ended.status.success() => Err(no_verdict(ended)),
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

    fn not_started(&self, error: &io::Error) -> SandboxError {
        SandboxError::CompilerNotStarted { program: self.program.clone(), reason: error.to_string() }
    }
}

/// What a helper writes into a pipe, and where it is kept.
struct Collect<'r> {
    from: PipeReader,
    at_most: u64,
    into: &'r mut Vec<u8>,
}

/// The component as a helper's standard input: a file in memory, or a pipe and its other end, which is to be fed, where
/// no file may be as large.
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

/// Expects that all of the code arrived which a helper says it wrote.
fn arrived(found: u64, written: u64) -> Result<(), SandboxError> {
    if found == written {
        return Ok(());
    }
    Err(SandboxError::CompilerOutput { reason: format!("of {written} bytes, {found} arrived") })
}

/// A helper that panicked is the compiler's fault; one that ended well without a verdict is no helper.
fn no_verdict(ended: &Ended) -> SandboxError {
    let said = ended.said.clone();
    match ended.status.code() {
        Some(0) | None => SandboxError::CompilerFailed { detail: "it ended without a verdict".to_owned() },
        Some(status) => SandboxError::CompilerDied { ending: Ending::Exit(status), said },
    }
}

/// A file in memory that no path leads to: when the last that has it open closes it, it is gone.
pub fn unnamed_file(name: &str) -> io::Result<File> {
    Ok(memfd_create(name, MemfdFlags::CLOEXEC)?.into())
}

/// The size that the system lets a file of this process have, in bytes.
fn system_file_limit() -> u64 {
    getrlimit(Resource::Fsize).current.unwrap_or(u64::MAX)
}

fn kill(process: &OwnedFd) {
    // It may have ended already, and nothing else can go wrong: it is a child of ours.
    let _ = pidfd_send_signal(process, Signal::KILL);
}

/// Whether a helper ends within its time.
fn ends_in_time(process: &OwnedFd, id: u32, started: Instant, time: Duration) -> io::Result<bool> {
    // A time without end is one that no clock can tell.
    let ends_by = |moment| ends_before(process, started.checked_add(moment));
    is_done_in_time(time, ends_by, || processor_time(id).unwrap_or(Duration::MAX))
}

/// Returns whether a process ends in `time`. `ends_by` waits for its end until a moment after its start;
/// `processor_time` is what it has had of the processors by then.
///
/// On a busy machine it may have had next to nothing of that: it is no fault of the component's. So it may go on for as
/// long as it works and has not had that much of the processors, though not for ever.
fn is_done_in_time(
    time: Duration,
    mut ends_by: impl FnMut(Duration) -> io::Result<bool>,
    mut processor_time: impl FnMut() -> Duration,
) -> io::Result<bool> {
    let quarter = time / 4;
    let mut worked = Duration::ZERO;
    for quarters in 3..=4 * AT_MOST {
        if ends_by(quarter.saturating_mul(quarters))? {
            return Ok(true);
        }
        let before = std::mem::replace(&mut worked, processor_time());
        let is_held_up = before < worked && worked < time;
        if quarters > 3 && !is_held_up {
            return Ok(false);
        }
    }
    Ok(false)
}

/// What a process and its threads have had of the processors.
fn processor_time(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // proc_pid_stat(5): the program's name, in parentheses, may have anything in it. Its own time and the system's for
    // it are the 14th and 15th field, and the name is the 2nd.
    let mut fields = stat[stat.rfind(')')?..].split_ascii_whitespace().skip(12);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let total = ticks()?.checked_add(ticks()?)?;
    let nanos = total.checked_mul(1_000_000_000)? / clock_ticks_per_second();
    Some(Duration::from_nanos(nanos))
}

fn ends_before(process: &OwnedFd, deadline: Option<Instant>) -> io::Result<bool> {
    loop {
        let left = deadline.map(|deadline| timespec(deadline.saturating_duration_since(Instant::now())));
        match poll(&mut [PollFd::new(process, PollFlags::IN)], left.as_ref()) {
            Err(Errno::INTR) => {}
            ended => return Ok(ended? > 0),
        }
    }
}

fn timespec(duration: Duration) -> Timespec {
    let tv_sec = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    Timespec { tv_sec, tv_nsec: duration.subsec_nanos().into() }
}

/// The greatest part of its memory that this process has ever touched, in bytes.
fn own_peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
    kib.checked_mul(1 << 10)
}

fn last_words(report: &mut File) -> io::Result<String> {
    let length = report.metadata()?.len();
    report.seek(SeekFrom::Start(length.saturating_sub(SAID)))?;
    let mut said = Vec::new();
    // The helper is gone, but what it started could still write.
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
            // A host with more than that: nothing is known of the helper, which had no more.
            (Signal::ABORT, 2 * GIB, 2 * GIB, Some(None)),
            (Signal::KILL, 2 * GIB, 2 * GIB, None),
            (Signal::ABORT, GIB / 2, GIB / 2, None),
        ] {
            assert_eq!(ended(signal, resident, inherited).out_of_memory(4 * GIB), verdict, "{signal:?} {resident}");
        }
    }

    const TIME: Duration = Duration::from_secs(40);

    /// The verdict on a process that ends at `end` and works this part of the time, in percent; and when it was given.
    fn verdict(end: Duration, percent: u32) -> (bool, Duration) {
        let now = std::cell::Cell::new(Duration::ZERO);
        let ends_by = |moment: Duration| {
            now.set(moment.min(end));
            Ok(end <= moment)
        };
        (is_done_in_time(TIME, ends_by, || now.get() * percent / 100).unwrap(), now.get())
    }

    #[test]
    fn a_helper_that_ends_in_time_is_not_stopped() {
        for percent in [0, 1, 100, 200] {
            for end in [Duration::ZERO, TIME / 2, TIME] {
                assert_eq!(verdict(end, percent), (true, end), "{percent} {end:?}");
            }
        }
    }

    #[test]
    fn a_helper_that_works_is_not_stopped_for_being_held_up() {
        // A tenth of a processor for ten times as long is as much as it may have.
        for (percent, end) in [(10, TIME * 2), (10, TIME * 10), (1, TIME * 10), (50, TIME * 2)] {
            assert_eq!(verdict(end, percent), (true, end), "{percent} {end:?}");
        }
    }

    #[test]
    fn a_helper_that_has_had_its_time_or_does_not_work_is_stopped() {
        for percent in [0, 100, 400] {
            assert_eq!(verdict(Duration::MAX, percent), (false, TIME), "{percent}");
        }
        assert_eq!(verdict(Duration::MAX, 50), (false, TIME * 2));
        assert_eq!(verdict(Duration::MAX, 1), (false, TIME * AT_MOST), "not for ever");
    }

    #[test]
    fn a_time_without_end_never_is_over() {
        let mut asked = 0;
        let ends_by = |moment| {
            asked += 1;
            assert!(moment >= Duration::MAX / 2);
            Ok(asked == 3)
        };
        let mut worked = Duration::ZERO;
        let works = || {
            worked += Duration::from_secs(1);
            worked
        };
        assert!(is_done_in_time(Duration::MAX, ends_by, works).unwrap());
    }

    #[test]
    fn the_time_that_a_process_had_is_known() {
        let own = std::process::id();
        let before = processor_time(own).unwrap();
        let begun = Instant::now();
        while processor_time(own).unwrap() == before {
            assert!(begun.elapsed() < Duration::from_secs(60), "it never grows");
        }
        assert_eq!(processor_time(0), None);
    }

    #[test]
    fn the_peak_of_this_process_is_known() {
        assert!(own_peak().is_some_and(|peak| (1 << 20..1 << 40).contains(&peak)));
    }
}
