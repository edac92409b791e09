//! Tests of reading, recognising and digesting components.

mod code_digest;
mod forms;
mod reading;

/// A component with a core module that has a name section, a nested component, and a function of its own.
const WAT: &str = r#"(component $outer
    (core module $m
        (func $named (export "f") (result i32) i32.const 42)
        (func (result i64) i64.const 7)
        (memory (export "memory") 1)
        (data (i32.const 8) "hello"))
    (core instance $i (instantiate $m))
    (func $f (result u32) (canon lift (core func $i "f")))
    (component $inner
        (core module $deep (func $deeper (export "g") nop))
        (core instance (instantiate $deep)))
    (instance (instantiate $inner))
    (export "run" (func $f)))"#;

/// Returns the binary form of [`WAT`].
fn binary() -> Vec<u8> {
    wat::parse_str(WAT).expect("the text is a component")
}
