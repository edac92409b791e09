//! Waits for events. A test that guesses a duration fails on a machine of another speed.

use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Far longer than any step of a healthy test, even on a busy machine. A test that expects a command to be stopped
/// must make it last longer than this, so that no verdict depends on the speed of the machine.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// Time between two checks.
const PAUSE: Duration = Duration::from_millis(1);

/// Waits until `found` returns a value.
///
/// # Panics
///
/// Panics if there is no value within [`PATIENCE`].
#[track_caller]
pub fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(PAUSE);
    }
}

/// Waits until `condition` holds.
///
/// # Panics
///
/// Panics if it does not hold within [`PATIENCE`].
#[track_caller]
pub fn until_it_holds(what: &str, mut condition: impl FnMut() -> bool) {
    until(what, || condition().then_some(()));
}

/// Returns true if any process holds a lock on the file at `path`.
#[must_use]
pub fn is_locked(path: &Path) -> bool {
    let Ok(file) = path.metadata() else { return false };
    let inode = format!(":{} ", file.ino());
    std::fs::read_to_string("/proc/locks").unwrap().lines().any(|lock| lock.contains(&inode))
}

/// Returns true if a write to this pipe would wait for its reader.
#[must_use]
pub fn is_full(pipe: &impl AsFd) -> bool {
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut [PollFd::new(pipe, PollFlags::OUT)], Some(&at_once)).unwrap() == 0
}
