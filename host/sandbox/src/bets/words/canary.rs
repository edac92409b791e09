//! Canaries of the bet on words: each test fails when one of the points at the head of `words` no longer holds.

use std::collections::BTreeSet;

use wasmtime::component::{Component, Linker, Val};
use wasmtime::{Engine, Store};

use super::*;
use crate::tests::packages;

/// A component that exceeds its limits: `list` gives the host 1000 bytes, `make` makes handles without end, `lend`
/// makes one and lends it, `trap` traps.
const GREEDY: &str = r#"(component
  (component $owner
    (type $thing (resource (rep i32)))
    (export $exported "thing" (type $thing))
    (core func $new (canon resource.new $thing))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (result i32) (call $new (i32.const 0)))
      (func (export "look-at") (param i32)))
    (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
    (func (export "make") (result (own $exported)) (canon lift (core func $i "make")))
    (func (export "look-at") (param "it" (borrow $exported)) (canon lift (core func $i "look-at"))))
  (component $user
    (import "owner" (instance $owner
      (export "thing" (type $thing (sub resource)))
      (export "make" (func (result (own $thing))))
      (export "look-at" (func (param "it" (borrow $thing))))))
    (core func $make (canon lower (func $owner "make")))
    (core func $look-at (canon lower (func $owner "look-at")))
    (core module $m
      (import "" "make" (func $make (result i32)))
      (import "" "look-at" (func $look-at (param i32)))
      (memory (export "memory") 1)
      (func (export "list") (result i32)
        (i32.store (i32.const 0) (i32.const 8)) (i32.store (i32.const 4) (i32.const 1000)) (i32.const 0))
      (func (export "make") (loop (drop (call $make)) (br 0)))
      (func (export "lend") (call $look-at (call $make)))
      (func (export "trap") unreachable))
    (core instance $i (instantiate $m (with "" (instance
      (export "make" (func $make)) (export "look-at" (func $look-at))))))
    (func (export "list") (result (list u8)) (canon lift (core func $i "list") (memory (core memory $i "memory"))))
    (func (export "make") (canon lift (core func $i "make")))
    (func (export "lend") (canon lift (core func $i "lend")))
    (func (export "trap") (canon lift (core func $i "trap"))))
  (instance $owned (instantiate $owner))
  (instance $used (instantiate $user (with "owner" (instance $owned))))
  (export "greedy" (instance $used)))"#;

/// Calls a function without parameters, under limits on host allocations and on handles.
fn called(function: &str, bytes: usize, handles: usize) -> Result<(), Error> {
    let engine = Engine::default();
    let component = Component::from_binary(&engine, &wat::parse_str(GREEDY).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    store.set_hostcall_fuel(bytes);
    store.set_max_component_handles(handles);
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let greedy = instance.get_export_index(&mut store, None, "greedy").unwrap();
    let index = instance.get_export_index(&mut store, Some(&greedy), function).unwrap();
    let function = instance.get_func(&mut store, index).unwrap();
    let mut results = vec![Val::Bool(false); function.ty(&store).results().len()];
    function.call(&mut store, &[], &mut results)
}

/// Both verdicts on the end of a call.
fn verdicts(error: &Error) -> (bool, bool) {
    (is_host_call_exhausted(error), is_out_of_handles(error))
}

#[test]
fn a_call_that_takes_too_much_is_known_by_the_name_of_its_error() {
    called("list", 1 << 20, 10).unwrap();
    let error = called("list", 100, 10).unwrap_err();
    assert_eq!(verdicts(&error), (true, false), "{error:?}");
}

#[test]
fn a_handle_too_many_is_known_by_the_end_of_its_message() {
    called("lend", 1 << 20, 10).unwrap();
    let mut said = BTreeSet::new();
    // The engine has handles of its own; with a limit close to zero the component cannot even be instantiated.
    for (function, handles) in [("make", 10)].into_iter().chain((2..10).map(|handles| ("lend", handles))) {
        let Err(error) = called(function, 1 << 20, handles) else { continue };
        assert_eq!(verdicts(&error), (false, true), "{function}: {error:?}");
        said.insert(error.root_cause().to_string());
    }
    assert!(said.len() == 2 && said.iter().any(|said| said.contains("lend")), "{said:?}");
}

#[test]
fn a_trap_is_neither() {
    let error = called("trap", 1 << 20, 10).unwrap_err();
    assert_eq!(verdicts(&error), (false, false), "{error:?}");
}

/// A bug of the engine cannot be provoked, so its source is read: it has a panic and an error with the same words.
#[test]
fn a_bug_is_told_with_its_word_first() {
    let source = std::fs::read_to_string(packages::folder("wasmtime").join("src/runtime/bug.rs")).unwrap();
    assert!(source.contains(&format!("panic!(\"{BUG}{{message}}\")")), "the panic has other words");
    assert!(
        source.contains(&format!("write!(\n            f,\n            \"\\\n{BUG}{{}}\nlocation: ")),
        "the error has"
    );
    assert_eq!(bug("BUG: handle not found\nlocation: /build/src/x.rs:1\nversion: 48"), Some("handle not found"));
    for other in ["", "index out of bounds", "a BUG: x", "x\nBUG: y"] {
        assert_eq!(bug(other), None, "{other}");
    }
}
