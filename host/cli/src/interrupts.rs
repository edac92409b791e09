//! Signals: from the moment that a handler for Ctrl-C is there, none is lost; and a limit on the size of files is an error
//! of whoever writes, not the end of the program.

use std::io;
use std::time::Duration;

use nix::sys::signal::{self, SaFlags, SigAction, SigHandler, SigSet, SigmaskHow};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal as listen_to};

use super::failure;
use super::print::Printer;
use super::problem::Problem;

/// Listens to Ctrl-C. Call it before any thread is started that does not block the signal.
pub(super) fn listen() -> io::Result<Signal> {
    held_back(|| listen_to(SignalKind::interrupt()))
}

/// Starts a runtime with threads of its own, which block the signal, and listens to Ctrl-C in it.
pub(super) fn listen_in(start: impl FnOnce() -> io::Result<Runtime>) -> io::Result<(Runtime, Signal)> {
    held_back(|| {
        let runtime = start()?;
        let inside = runtime.enter();
        let listening = listen_to(SignalKind::interrupt())?;
        drop(inside);
        Ok((runtime, listening))
    })
}

/// Time that the program may take to come to its end after Ctrl-C.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// Time that it may take to say that it was cut off: whoever it is said to may not listen.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Ends the program where it has not come to its own end so long after Ctrl-C: whatever thread listens may be at work
/// that cannot be interrupted, or wait for whoever reads what it prints.
pub(super) fn guard(patience: Duration, printer: &Printer) -> io::Result<()> {
    let printer = *printer;
    let guard = move || -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let inside = runtime.enter();
        let mut interrupts = listen()?;
        drop(inside);
        runtime.block_on(interrupts.recv());
        std::thread::sleep(patience);
        let last_words = move || failure::report(&Problem::CutOff.into(), &printer);
        std::thread::Builder::new().name("last words".to_owned()).spawn(last_words)?;
        std::thread::sleep(LAST_WORDS);
        #[expect(clippy::exit, reason = "the main thread cannot return")]
        std::process::exit(failure::Exit::Interrupted as i32)
    };
    // A guard that cannot listen is none, and Ctrl-C works where the work is interrupted.
    std::thread::Builder::new().name("interrupts".to_owned()).spawn(guard).map(drop)
}

/// A handler goes in by two steps: the system is told of it, and then it is told what to do. A signal between them
/// would find a handler that does nothing, so it is held back until both are done.
fn held_back<T>(listen: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let interrupt = SigSet::from(signal::Signal::SIGINT);
    let before = interrupt.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let listening = listen();
    before.thread_set_mask()?;
    listening
}

/// Has a write beyond the limit on the size of files (`ulimit -f`) fail with `EFBIG`, where the system would end the
/// process. Call it before any thread is started.
///
/// It is a handler that does nothing, not a mask: the programs that this one starts do not inherit it, so that the
/// compile helper and build commands end by the signal as they would without Larder.
pub(super) fn survive_large_writes() -> io::Result<()> {
    extern "C" fn nothing(_signal: i32) {}
    // On a stack of its own, since a write may come from the stack of a guest.
    let flags = SaFlags::SA_RESTART | SaFlags::SA_ONSTACK;
    let action = SigAction::new(SigHandler::Handler(nothing), flags, SigSet::empty());
    #[expect(unsafe_code, reason = "what a handler does is nobody's to check but its author's")]
    // SAFETY: the handler does nothing at all, which is safe in a handler, and no other handler of this signal is lost.
    unsafe {
        signal::sigaction(signal::Signal::SIGXFSZ, &action)?;
    }
    Ok(())
}
