//! Loading of compiled code into this process: the only unsafe calls of the library, and why they are sound.

use rustix::io::Errno;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::compile::unnamed_file;
use crate::engine::{self, EngineVariant};
use crate::error::SandboxError;

/// Compiles without the threads that the engine would otherwise start and take for granted.
pub(crate) fn compile_on_one_thread(
    engine: &Engine,
    variant: EngineVariant,
    bytes: &[u8],
) -> wasmtime::Result<Component> {
    use std::io::Write as _;

    let code = engine::compile_only(variant, false)?.precompile_component(bytes)?;
    let mut file = unnamed_file("larder-code")?;
    file.write_all(&code)?;
    load(engine, &file)
}

/// Returns the error for code that could not be loaded: it is for another engine, or the pool has no room for what it
/// declares.
pub(crate) fn no_room(error: &wasmtime::Error, file: &std::fs::File, variant: EngineVariant) -> SandboxError {
    let by_the_system = |cause: &(dyn std::error::Error + 'static)| cause.is::<std::io::Error>() || cause.is::<Errno>();
    if error.chain().any(by_the_system) {
        return SandboxError::System(format!("{error:#}"));
    }
    let fits_the_heap = engine::without_pool(variant).is_ok_and(|engine| load(&engine, file).is_ok());
    let words = format!("{error:#}");
    if fits_the_heap { SandboxError::NoRoom(words) } else { SandboxError::Compile(words) }
}

/// Maps compiled code from an open file.
pub(crate) fn load(engine: &Engine, file: &std::fs::File) -> wasmtime::Result<Component> {
    use std::os::fd::AsRawFd as _;
    // This path leads to the very file that was verified, even if its name now belongs to another.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    #[expect(unsafe_code, reason = "compiled code can only be loaded on trust; the proof stands below")]
    // SAFETY: this program or its compile helper compiled and wrote the code. Either a helper that has just ended
    // wrote all of it, to a file that nobody else had open; or its digest was recorded when it was written and checked
    // on this open file, in a folder that only this user can write. The engine itself checks that the code is for its
    // version, settings and machine. A process of the same user that changes the file while it is mapped could break
    // this; such a process could as well change this program.
    unsafe {
        Component::deserialize_file(engine, path)
    }
}

pub(crate) fn load_bytes(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    #[expect(unsafe_code, reason = "compiled code can only be loaded on trust; the proof stands below")]
    // SAFETY: the compile helper of this program has just written these bytes into a pipe of this process, which
    // nobody else could write to. The engine itself checks that the code is for its version, settings and machine.
    unsafe {
        Component::deserialize(engine, code)
    }
}
