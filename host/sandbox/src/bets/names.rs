//! A bet on the names by which wasmtime links its functions: some functions here replace them.
//!
//! # What it relies on
//!
//! wasmtime's crates link each interface under the version of the WIT that they were built with, such as
//! `wasi:sockets/types@0.3.0` (`src/p3/wit` of wasmtime-wasi and of wasmtime-wasi-http 48.0.8). A linker lets a later
//! definition of the same name replace an earlier one (`Linker::allow_shadowing`). A definition under another name
//! would replace nothing: a task could make a socket in the sealed world, and the memory that a guest makes the host
//! keep would have no bound.
//!
//! # When wasmtime is updated
//!
//! No canary is needed: if there is nothing to replace, [`replace`] fails and no engine starts.
//!
//! # When this file can go
//!
//! It can go when wasmtime's own functions can be bounded and refused: with a hook for each new socket, and limits on
//! the texts of a request (as there is one on fields) and on the length of a path.

use wasmtime::component::{Linker, LinkerInstance};

/// Replaces wasmtime's own definition of a function of an interface.
///
/// # Errors
///
/// Fails if there is no definition under this name.
pub(crate) fn replace<T: 'static>(
    linker: &mut Linker<T>,
    interface: &str,
    function: &str,
    define: impl FnOnce(&mut LinkerInstance<'_, T>, &str) -> wasmtime::Result<()>,
) -> wasmtime::Result<()> {
    let is_new = linker.instance(interface)?.func_new(function, |_, _, _, _| Ok(())).is_ok();
    if is_new {
        return Err(wasmtime::format_err!("the engine links no `{function}` of {interface} that could be replaced"));
    }
    linker.allow_shadowing(true);
    let defined = linker.instance(interface).and_then(|mut instance| define(&mut instance, function));
    linker.allow_shadowing(false);
    defined
}

#[cfg(test)]
mod tests {
    use wasmtime::Engine;

    use super::*;

    #[test]
    fn only_what_is_there_is_replaced() {
        let engine = Engine::default();
        let mut linker = Linker::<()>::new(&engine);
        linker.instance("a:b/c@0.1.0").unwrap().func_wrap("f", |_, (): ()| Ok((1_u32,))).unwrap();
        let mut replace = |interface, function| {
            replace(&mut linker, interface, function, |l, name| l.func_wrap(name, |_, (): ()| Ok((2_u32,))))
        };
        replace("a:b/c@0.1.0", "f").unwrap();
        for (interface, function) in [("a:b/c@0.1.0", "g"), ("a:b/c@0.1.1", "f"), ("a:b/d@0.1.0", "f")] {
            let refused = replace(interface, function).unwrap_err().to_string();
            assert!(refused.contains(interface) && refused.contains(function), "{refused}");
        }
        // By now nothing else can be defined twice.
        assert!(linker.instance("a:b/c@0.1.0").unwrap().func_wrap("f", |_, (): ()| Ok((3_u32,))).is_err());
    }
}
