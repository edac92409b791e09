//! Starting the runtime of a command: the event loop, and threads for calls that run in parallel.
//!
//! The libraries behind it panic if the system refuses them a descriptor or a thread. So a few of each are allocated
//! and released first, and a refusal is an error.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::io::Errno;
use tokio::runtime::{Builder, Runtime};

use super::problem::Problem;
use larder::Larder;
use larder::machine::address_space;

/// Number of descriptor pairs: more than an event loop and its signals need.
const PAIRS: usize = 5;

/// Number of threads besides those of the calls: a reader, a writer, and one for the disk.
const BESIDE: usize = 3;

/// The minimum address space of a command, in bytes: with less, some allocation fails that no program survives.
const LEAST_ADDRESS_SPACE: u64 = 80 << 20;

/// Creates an event loop on this thread.
pub(super) fn on_this_thread() -> Result<Runtime, Problem> {
    let build = || {
        expect_address_space()?;
        expect_descriptors()?;
        Builder::new_current_thread().enable_all().build()
    };
    build().map_err(Problem::NotStarted)
}

/// Creates an event loop with `threads` threads.
pub(super) fn on_threads(threads: usize) -> io::Result<Runtime> {
    expect_address_space()?;
    expect_descriptors()?;
    expect_threads(threads + BESIDE)?;
    Builder::new_multi_thread().worker_threads(threads).enable_all().build()
}

/// Time that the end of a command waits for running threads.
const CLOSING: Duration = Duration::from_secs(1);

/// Ends the event loop of a command, with or without an answer.
///
/// With an answer, the threads that ran and stored it may still hold the database, which needs a repair at its next
/// opening if it is not closed. Without one, the remaining work, such as a compilation, is of no use.
pub(super) fn end(runtime: Runtime, larder: &Larder, is_answered: bool) {
    if !is_answered {
        return runtime.shutdown_background();
    }
    runtime.shutdown_timeout(CLOSING);
    for _ in 0..CLOSING.as_millis() {
        if larder.is_alone() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn expect_address_space() -> io::Result<()> {
    match address_space() {
        Some(bytes) if bytes < LEAST_ADDRESS_SPACE => Err(Errno::NOMEM.into()),
        Some(_) | None => Ok(()),
    }
}

fn expect_descriptors() -> io::Result<()> {
    (0..PAIRS).map(|_| UnixStream::pair()).collect::<io::Result<Vec<_>>>().map(drop)
}

fn expect_threads(count: usize) -> io::Result<()> {
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
    // All start at the same time: each waits until the last has started or failed to start.
    let start = |_| {
        let gate = gate.clone();
        std::thread::Builder::new().spawn(move || drop(gate.lock()))
    };
    let started = (0..count).map(start).collect::<io::Result<Vec<_>>>();
    drop(closed);
    for thread in started? {
        // The thread cannot panic.
        let _ = thread.join();
    }
    Ok(())
}
