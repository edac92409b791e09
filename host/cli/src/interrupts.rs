//! Signals. From the moment that a handler for Ctrl-C is installed, no signal is lost. A file size limit causes a write
//! error, and does not end the program.

use std::io;
use std::time::Duration;

use nix::sys::signal::{self, SaFlags, SigAction, SigHandler, SigSet, SigmaskHow};
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal as listen_to};

use super::failure;
use super::print::Printer;
use super::problem::Problem;

/// Starts listening to Ctrl-C. Call it before starting any thread that does not block the signal.
pub(super) fn listen() -> io::Result<Signal> {
    held_back(|| listen_to(SignalKind::interrupt()))
}

/// Starts a runtime whose threads block the signal, and listens to Ctrl-C in it.
pub(super) fn listen_in(start: impl FnOnce() -> io::Result<Runtime>) -> io::Result<(Runtime, Signal)> {
    held_back(|| {
        let runtime = start()?;
        let inside = runtime.enter();
        let listening = listen_to(SignalKind::interrupt())?;
        drop(inside);
        Ok((runtime, listening))
    })
}

/// Time for the program to end after Ctrl-C.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// Time for the program to report that it was cut off: the reader may not be reading.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// Ends the program if it has not ended by itself this long after Ctrl-C. The listening thread may be in work that
/// cannot be interrupted, or wait for the reader of the output.
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
    // If the guard cannot listen, Ctrl-C still works wherever the work can be interrupted.
    std::thread::Builder::new().name("interrupts".to_owned()).spawn(guard).map(drop)
}

/// Blocks the signal while a handler is installed. Installation has two steps: registering the handler, and then
/// setting its action. A signal between them would reach a handler that does nothing, so it is held back until both are
/// done.
fn held_back<T>(listen: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let interrupt = SigSet::from(signal::Signal::SIGINT);
    let before = interrupt.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    let listening = listen();
    before.thread_set_mask()?;
    listening
}

/// Makes a write beyond the file size limit (`ulimit -f`) fail with `EFBIG`, where the system would end the process.
/// Call it before starting any thread.
///
/// It is a handler that does nothing, not a mask: child programs do not inherit it, so the compile helper and build
/// commands end by the signal as they would without Larder.
pub(super) fn survive_large_writes() -> io::Result<()> {
    extern "C" fn nothing(_signal: i32) {}
    // The handler has its own stack, since a write may come from the stack of a guest.
    let flags = SaFlags::SA_RESTART | SaFlags::SA_ONSTACK;
    let action = SigAction::new(SigHandler::Handler(nothing), flags, SigSet::empty());
    #[expect(unsafe_code, reason = "what a handler does is nobody's to check but its author's")]
    // SAFETY: the handler does nothing, which is safe in a handler, and no other handler of this signal is lost.
    unsafe {
        signal::sigaction(signal::Signal::SIGXFSZ, &action)?;
    }
    Ok(())
}
