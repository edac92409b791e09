//! Compiling in a process of its own, which can be killed and whose memory has a bound.
//!
//! A component is bytes of a stranger, and a compiler is a large program that takes as long and as much memory as they
//! ask for: the engine bounds neither, and says so. A thread cannot be stopped and its memory cannot be counted; a
//! process can be and has. So the host starts a helper, hands it the bytes, and gets compiled code back:
//!
//! ```text
//! host    the request, one argument ─▶  helper
//!         the component, stdin      ─▶
//!         the compiled code, stdout ◀─
//!         a verdict, the last line of stderr ◀─
//! ```
//!
//! All three streams are files that have no name, so that neither side ever waits for the other to read. Code is taken
//! only if the helper ended with success *and* its last line says how many bytes it wrote, with which engine: a helper
//! that died, or whose output was cut short, has no such line.
//!
//! Before it reads a byte of the component, a helper bounds what it may use, and gives up all that a compiler does not
//! need, as far as the kernel lets it: see [`Confinement`].

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
