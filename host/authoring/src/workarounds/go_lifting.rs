//! Release of the host's answers in the Go bindings.
//!
//! - **Behaviour**: the host writes its answers to memory that it got from `cabi_realloc`. The runtime of
//!   `wit-bindgen-go` 0.60.0 pins that memory, and only `Unpin` releases it. The generated code calls `Unpin` before an
//!   export's implementation (`Instruction::CallInterface` in the generator's `src/lib.rs`) but never after an import,
//!   so answers pile up until the task ends.
//! - **Change**: `defer witRuntime.Lifting()()` after each call of a synchronous import. `Lifting` is a function of the
//!   changed [`go_runtime`](super::go_runtime). An async import is not changed.
//! - **Relies on**: a declaration `func wasm_import_NAME(` after a line `//go:wasmimport` for each imported function,
//!   in the file of its package; one line that calls it, `wasm_import_NAME(…)` or `result := wasm_import_NAME(…)`; and
//!   the import of the runtime as `witRuntime` in each file with functions that return more than plain numbers.
//! - **Canary**: `the_generator_does_not_release_answers`.
//! - **Delete when**: the generated code releases an answer after making Go values of it.

use std::collections::BTreeMap;

use wit_bindgen_core::abi::guest_export_needs_post_return;
use wit_bindgen_core::wit_parser::{Function, Resolve, WorldId, WorldItem};

use super::go_names;
use crate::patch::{PatchError, SourceText};

/// The import of the runtime, in every file that shares memory with the host.
const RUNTIME: &str = "witRuntime \"go.bytecodealliance.org/pkg/wit/runtime\"";
const DECLARATION: &str = "func wasm_import_";
const RELEASE: &str = "\tdefer witRuntime.Lifting()()";

/// The imported functions that a generated file must have.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Imports {
    /// Number of synchronous functions.
    functions: usize,
    /// True if the host returns the result of one of them in memory that it allocates in the guest.
    has_answers: bool,
}

/// Returns the imported functions of a world, by the file of the generator that contains them.
pub(crate) fn imports(resolve: &Resolve, world: WorldId) -> BTreeMap<String, Imports> {
    let mut files: BTreeMap<String, Imports> = BTreeMap::new();
    let mut add = |package: &str, function: &Function| {
        if function.kind.is_async() {
            return;
        }
        let imports = files.entry(go_names::imports_file(package)).or_default();
        imports.functions += 1;
        // The result of an import uses memory like the result of an export.
        imports.has_answers |= guest_export_needs_post_return(resolve, function);
    };
    for (key, item) in &resolve.worlds[world].imports {
        match item {
            WorldItem::Function(function) => add(go_names::WORLD, function),
            WorldItem::Interface { id, .. } => {
                let package = go_names::package(resolve, key);
                resolve.interfaces[*id].functions.values().for_each(|function| add(&package, function));
            }
            WorldItem::Type { .. } => {}
        }
    }
    files
}

/// Changes a generated Go file so that it releases the host's answer after each call.
pub(crate) fn release_answers(source: &mut SourceText<'_>, imports: Imports) -> Result<(), PatchError> {
    let names = declared(source.lines());
    source.expect(DECLARATION, imports.functions, names.len())?;
    let runtimes = source.count(RUNTIME);
    if runtimes == 0 && !imports.has_answers {
        return Ok(());
    }
    source.expect(RUNTIME, 1, runtimes)?;
    for name in names {
        let call = format!("wasm_import_{name}(…)");
        source.insert_after(&call, |line| calls(line, &name), RELEASE)?;
    }
    Ok(())
}

/// Returns the names of the synchronous imports that the lines declare.
fn declared(lines: &[String]) -> Vec<String> {
    let declarations = lines.windows(2).filter(|lines| {
        let directive = lines[0].trim();
        directive.starts_with("//go:wasmimport ") && !directive.contains(" [async-lower]")
    });
    let names = declarations.filter_map(|lines| lines[1].trim().strip_prefix(DECLARATION)?.split_once('('));
    names.map(|(name, _)| name.to_owned()).collect()
}

/// Returns true for a line that calls an import, with or without a result.
fn calls(line: &str, name: &str) -> bool {
    let call = line.split_once(" := ").map_or(line, |(_, call)| call);
    let arguments = call.strip_prefix("wasm_import_").and_then(|call| call.strip_prefix(name));
    arguments.is_some_and(|arguments| arguments.starts_with('(') && arguments.ends_with(')'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "\
import (
        witRuntime \"go.bytecodealliance.org/pkg/wit/runtime\"
\"unsafe\"
)

//go:wasmimport a:b/host ask
func wasm_import_ask(arg0 uintptr, arg1 uint32, arg2 uintptr) 

func Ask(text string) string {
        wasm_import_ask(uintptr(utf8), uint32(len(text)), returnArea)
return value
}

//go:wasmimport a:b/host ask-more
func wasm_import_ask_more(arg0 int32) int32

func AskMore(x uint32) uint32 {
        result := wasm_import_ask_more(int32(x))
return uint32(result)
}

//go:wasmimport a:b/host [async-lower]wait
func wasm_import_wait(arg0 int32) int32

func Wait(a uint32) {
        witAsync.SubtaskWait(uint32(wasm_import_wait(int32(a))))
}
";
    const IMPORTS: Imports = Imports { functions: 2, has_answers: true };

    fn released(source: &str, imports: Imports) -> Result<String, PatchError> {
        let mut source = SourceText::new("a_b_host/wit_bindings.go", source);
        release_answers(&mut source, imports)?;
        Ok(source.into_text())
    }

    #[test]
    fn each_synchronous_call_is_followed_by_a_release() {
        let text = released(WRITTEN, IMPORTS).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let before: Vec<&str> = lines.windows(2).filter(|two| two[1] == RELEASE).map(|two| two[0].trim()).collect();
        assert_eq!(
            before,
            [
                "wasm_import_ask(uintptr(utf8), uint32(len(text)), returnArea)",
                "result := wasm_import_ask_more(int32(x))"
            ]
        );
        assert_eq!(text.replace(&format!("{RELEASE}\n"), ""), WRITTEN);
    }

    #[test]
    fn a_file_that_shares_no_memory_stays() {
        let source = WRITTEN.replace(RUNTIME, "");
        let imports = Imports { has_answers: false, ..IMPORTS };
        assert_eq!(released(&source, imports).unwrap(), source);
        assert_eq!(released("package p\n", Imports::default()).unwrap(), "package p\n");
    }

    #[test]
    fn another_number_of_functions_is_refused() {
        for functions in [0, 1, 3] {
            released(WRITTEN, Imports { functions, ..IMPORTS }).unwrap_err();
        }
    }

    #[test]
    fn a_call_or_declaration_written_in_another_way_is_refused() {
        for (part, other) in [
            ("wasm_import_ask", "wasmImportAsk"),
            ("//go:wasmimport a:b/host ask\n", "//go:wasmimport a:b/host ask\n\n"),
            ("        wasm_import_ask(", "        return wasm_import_ask("),
            ("returnArea)\n", "returnArea);\n"),
            ("result := wasm", "result = wasm"),
            ("result := wasm_import_ask_more(int32(x))", "result := 1"),
            ("return value\n", "wasm_import_ask(0, 0, 0)\n"),
            ("witRuntime \"", "runtime \""),
            ("\"unsafe\"", RUNTIME),
        ] {
            let source = WRITTEN.replace(part, other);
            assert_ne!(source, WRITTEN);
            assert!(released(&source, IMPORTS).is_err(), "{other}");
        }
    }
}
