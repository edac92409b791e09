//! Ctrl-C: from the moment that a handler is there, no signal is lost.

use std::io;

use nix::sys::signal::{SigSet, SigmaskHow};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens to Ctrl-C. Call it before any thread is started that does not block the signal.
pub(super) fn listen() -> io::Result<Signal> {
    held_back(|| signal(SignalKind::interrupt()))
}

/// Starts a runtime with threads of its own, which block the signal, and listens to Ctrl-C in it.
pub(super) fn listen_in(start: impl FnOnce() -> io::Result<Runtime>) -> io::Result<(Runtime, Signal)> {
    held_back(|| {
        let runtime = start()?;
        let inside = runtime.enter();
        let listening = signal(SignalKind::interrupt())?;
        drop(inside);
        Ok((runtime, listening))
    })
}

/// A handler goes in by two steps: the system is told of it, and then it is told what to do. A signal between them
/// would find a handler that does nothing, so it is held back until both are done.
fn held_back<T>(listen: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let interrupt = SigSet::from(nix::sys::signal::Signal::SIGINT);
    let before = interrupt.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let listening = listen();
    before.thread_set_mask()?;
    listening
}
