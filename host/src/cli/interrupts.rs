//! Ctrl-C: from the moment that a handler is there, no signal is lost.

use std::io;

use nix::sys::signal::{SigSet, SigmaskHow};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens to Ctrl-C. Call it before any thread is started that does not block the signal.
///
/// A handler goes in by two steps: the system is told of it, and then it is told what to do. A signal between them
/// would find a handler that does nothing, so it is held back until both are done.
pub(super) fn listen() -> io::Result<Signal> {
    let interrupt = SigSet::from(nix::sys::signal::Signal::SIGINT);
    let before = interrupt.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let listening = signal(SignalKind::interrupt());
    before.thread_set_mask()?;
    listening
}
