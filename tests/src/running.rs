//! A running command. Its output is collected, and it ends however a test fails.

use std::fs::Metadata;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open, pidfd_send_signal};

use crate::{PATIENCE, Ran};

/// A command that has been started. Dropping it kills the command.
pub struct Running {
    child: Child,
    /// Signals the end of the process, and never refers to another process.
    process: OwnedFd,
    command: String,
    stdout: Option<JoinHandle<Vec<u8>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
}

impl Running {
    /// Starts `command`, and collects its standard output unless that is redirected already.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        Self::start_with(command.stdout(Stdio::piped()))
    }

    /// Starts `command` like [`Running::start`], but leaves its standard output as it is.
    #[must_use]
    pub fn start_with(command: &mut Command) -> Self {
        // The command has its own process group, so that its children can be killed with it.
        let mut child = command.stderr(Stdio::piped()).process_group(0).spawn().unwrap();
        let process = pidfd_open(Pid::from_child(&child), PidfdFlags::empty()).unwrap();
        let stdout = child.stdout.take().map(collect);
        let stderr = child.stderr.take().map(collect);
        Self { child, process, command: format!("{command:?}"), stdout, stderr }
    }

    /// The id of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to the command alone, unless it has ended.
    pub fn signal(&self, signal: Signal) {
        match pidfd_send_signal(&self.process, signal) {
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => panic!("{error}"),
        }
    }

    /// Returns true if the command has a handler for `signal`.
    #[must_use]
    pub fn catches(&self, signal: Signal) -> bool {
        let caught = self.status("SigCgt:").and_then(|mask| u64::from_str_radix(&mask, 16).ok()).unwrap_or(0);
        caught & (1 << (signal.as_raw() - 1)) != 0
    }

    /// Waits until the command has a handler for `signal`.
    #[track_caller]
    pub fn until_it_catches(&self, signal: Signal) {
        crate::until_it_holds("a handler of the signal", || self.catches(signal));
    }

    /// Returns true if the command has a file open whose path in the system and metadata satisfy `is_it`.
    #[must_use]
    pub fn has_open(&self, is_it: impl Fn(&Path, &Metadata) -> bool) -> bool {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).into_iter().flatten().flatten();
        files.map(|file| file.path()).any(|file| {
            std::fs::read_link(&file).is_ok_and(|path| file.metadata().is_ok_and(|found| is_it(&path, &found)))
        })
    }

    /// Peak memory of the command itself so far, in MiB; `None` when it has ended.
    #[must_use]
    pub fn peak_memory(&self) -> Option<u64> {
        let peak = self.status("VmHWM:")?;
        peak.strip_suffix(" kB").and_then(|kib| kib.parse::<u64>().ok()).map(|kib| kib / 1024)
    }

    /// Peak address space of the command itself so far, in MiB; `None` when it has ended.
    #[must_use]
    pub fn peak_address_space(&self) -> Option<u64> {
        let peak = self.status("VmPeak:")?;
        peak.strip_suffix(" kB").and_then(|kib| kib.parse::<u64>().ok()).map(|kib| kib / 1024)
    }

    /// Returns the kernel's value for the command under this name.
    fn status(&self, name: &str) -> Option<String> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        status.lines().find_map(|line| line.strip_prefix(name)).map(|rest| rest.trim().to_owned())
    }

    /// Waits for the end, and returns the peak memory of the command itself, in MiB.
    #[track_caller]
    pub fn end_measured(self) -> (Ran, u64) {
        let mut peak = 0;
        while let Some(now) = self.peak_memory() {
            peak = now;
            std::thread::sleep(Duration::from_millis(2));
        }
        (self.end(), peak)
    }

    /// Waits for the end. A late end fails the test, and so does a panic.
    #[track_caller]
    pub fn end(self) -> Ran {
        self.end_within(PATIENCE)
    }

    /// Waits for the end like [`Running::end`], for at most `patience`.
    #[track_caller]
    pub fn end_within(mut self, patience: Duration) -> Ran {
        let ended = self.ends_within(patience);
        if !ended {
            kill_process_group(Pid::from_child(&self.child), Signal::KILL).unwrap();
        }
        let status = self.child.wait().unwrap();
        let text =
            |reader: Option<JoinHandle<Vec<u8>>>| reader.map(|reader| reader.join().unwrap()).unwrap_or_default();
        let (stdout, stderr) = (text(self.stdout.take()), text(self.stderr.take()));
        let ran = Ran {
            command: self.command.clone(),
            code: status.code().unwrap_or(-1),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        };
        assert!(ended, "not at its end after {patience:?}\n{ran}");
        // Panic messages of a guest are indented.
        let panicked = ran.stderr.lines().any(|line| line.starts_with("thread '") && line.contains("panicked at"));
        assert!(!panicked, "larder panicked\n{ran}");
        ran
    }

    fn ends_within(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
            match poll(&mut [PollFd::new(&self.process, PollFlags::IN)], Some(&left)) {
                Ok(ready) => return ready > 0,
                Err(Errno::INTR) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already in most cases.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(mut stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        bytes
    })
}
