//! The process of a helper, and its early end.

use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// Handle with which the caller ends a compilation early, from any thread.
#[derive(Debug, Default)]
pub struct Stop(Mutex<Stage>);

#[derive(Debug, Default)]
enum Stage {
    #[default]
    NotStarted,
    /// It never refers to another process, even after this one ends.
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

    /// Starts the program of a helper. A stop happens before or after that, and never in between.
    pub(super) fn start(&self, command: &mut Command) -> io::Result<(Child, OwnedFd)> {
        let mut stage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*stage, Stage::Stopped) {
            return Err(io::Error::other("nobody waits for it any more"));
        }
        let mut child = command.spawn()?;
        let opened = pidfd_open(Pid::from_child(&child), PidfdFlags::empty())
            .map_err(io::Error::from)
            .and_then(|process| Ok((process.try_clone()?, process)));
        match opened {
            Ok((process, ours)) => {
                *stage = Stage::Started(process);
                Ok((child, ours))
            }
            Err(error) => {
                // A process that cannot be waited for must be killed.
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }
}

/// Kills a process.
pub(super) fn kill(process: &OwnedFd) {
    // It may have ended already. Nothing else can fail: it is a child of this process.
    let _ = pidfd_send_signal(process, Signal::KILL);
}
