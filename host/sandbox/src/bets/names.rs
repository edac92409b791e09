//! A bet on the names by which wasmtime links its functions: some of ours stand in their place.
//!
//! # What it relies on
//!
//! wasmtime's crates link each interface under the version of the WIT that they were built with, such as
//! `wasi:sockets/types@0.3.0` (`src/p3/wit` of wasmtime-wasi and of wasmtime-wasi-http 48.0.8), and a linker lets a later
//! definition of the same name take the place of an earlier one (`Linker::allow_shadowing`). Under another name, a
//! definition of ours would replace nothing: a socket could be made in the sealed world, and what a guest makes the host
//! keep would have no bound.
//!
//! # When wasmtime is updated
//!
//! No canary is needed: [`replace`] fails where there is nothing to replace, and then no engine starts.
//!
//! # When this file can go
//!
//! When wasmtime's own functions can be bounded and refused: a hook for each socket that is made, a limit on the texts of
//! a request, as there is one on fields, and one on the length of a path.

use wasmtime::component::{Linker, LinkerInstance};

/// Defines a function of an interface in the place of wasmtime's own.
///
/// # Errors
///
/// Fails if there is none under this name.
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
        // Nothing else can be defined twice by now.
        assert!(linker.instance("a:b/c@0.1.0").unwrap().func_wrap("f", |_, (): ()| Ok((3_u32,))).is_err());
    }
}
