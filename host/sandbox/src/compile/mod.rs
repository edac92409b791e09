//! Compilation in a separate process, which can be killed and whose memory is bounded.
//!
//! A component is untrusted bytes, and a compiler is a large program that takes as much time and memory as they
//! demand: the engine documents that it bounds neither. A thread cannot be stopped and its memory cannot be counted,
//! but both are possible for a process. So the host starts a helper, passes it the bytes, and gets compiled code back:
//!
//! ```text
//! host    the request, one argument ─▶  helper
//!         the component, stdin      ─▶
//!         the compiled code, stdout ◀─
//!         a verdict, the last line of stderr ◀─
//! ```
//!
//! All three streams are unnamed files, so that neither side ever waits for the other to read. The host accepts code
//! only if the helper exited with success *and* its last line says how many bytes it wrote, with which engine. A
//! helper that died, or whose output was cut short, has no such line.
//!
//! Before it reads a byte of the component, a helper bounds its resources and gives up all access that a compiler does
//! not need, as far as the kernel supports it: see [`Confinement`].

mod bounds;
mod confine;
mod ended;
mod helper;
mod host;
mod request;
mod stop;
mod time;

pub use self::bounds::{CompileLimitExceeded, CompileLimits, Compiler, Ending};
pub use self::confine::Confinement;
pub use self::helper::compile_helper;
pub use self::host::{Helper, unnamed_file};
use self::request::{Request, Verdict};
pub use self::stop::Stop;
