//! Components written byte by byte, which no toolchain makes and which would be too large as text.

use larder::component::ComponentBytes;

/// The type `func() -> u32` of core WebAssembly, and the body of a function that returns 7.
const ANSWERS: [u8; 4] = [0x60, 0, 1, 0x7f];
const SEVEN: [u8; 3] = [0x41, 7, 0x0b];

/// No operands and an `i32`.
const I32_CONST: u8 = 0x41;
const BLOCK: u8 = 0x02;
const BR_TABLE: u8 = 0x0e;
const DROP: u8 = 0x1a;
const END: u8 = 0x0b;

/// Maximum operands of a branch, and maximum locals of a function, in wasmparser.
const MOST_OPERANDS: usize = 1000;
const MOST_LOCALS: usize = 50_000;

/// Encodes a number in LEB128, as all lengths are written.
#[must_use]
pub fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Encodes a section, or anything else that starts with an id and its length.
#[must_use]
pub fn section(id: u8, payload: &[u8]) -> Vec<u8> {
    [&[id], leb(payload.len()).as_slice(), payload].concat()
}

/// Returns the binary of a component in text form.
#[must_use]
pub fn binary(wat: &str) -> Vec<u8> {
    ComponentBytes::new(wat.as_bytes().to_vec()).unwrap().into_bytes()
}

/// Builds a component whose task `f: func() -> u32` answers with 7, and which also has these types and functions, each
/// a body with its type.
fn with_functions(types: &[Vec<u8>], functions: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let count = leb(functions.len() + 1);
    let types = [leb(types.len() + 1), ANSWERS.to_vec(), types.concat()].concat();
    let declared = [count.clone(), vec![0], functions.iter().map(|(ty, _)| *ty).collect()].concat();
    let mut code = [count, body(&[], &SEVEN)].concat();
    for (_, body) in functions {
        code.extend_from_slice(body);
    }
    let export = [1, 1, b'f', 0, 0];
    let sections = [section(1, &types), section(3, &declared), section(7, &export), section(10, &code)].concat();
    with_module(&[b"\0asm\x01\0\0\0", sections.as_slice()].concat())
}

/// Builds the component around a core module that exports `f`.
fn with_module(module: &[u8]) -> Vec<u8> {
    let shell = binary(
        r#"(component
            (core module $m (func (export "f") (result i32) (i32.const 7)))
            (core instance $c (instantiate $m))
            (func $f (result u32) (canon lift (core func $c "f")))
            (instance $i (export "f" (func $f)))
            (export "test:hostile/tasks" (instance $i)))"#,
    );
    // The module is the first section, and small.
    let after = 8 + 2 + usize::from(shell[9]);
    [&shell[..8], &section(1, module), &shell[after..]].concat()
}

fn body(locals: &[(usize, u8)], code: &[u8]) -> Vec<u8> {
    let mut body = leb(locals.len());
    for (count, ty) in locals {
        body.extend(leb(*count));
        body.push(*ty);
    }
    body.extend_from_slice(code);
    [leb(body.len()), body].concat()
}

/// Builds `functions` functions of eight bytes, each with as many vectors for locals as a function may have.
#[must_use]
pub fn locals(functions: usize) -> Vec<u8> {
    let v128 = 0x7b;
    with_functions(&[], &vec![(0, body(&[(MOST_LOCALS, v128)], &SEVEN)); functions])
}

/// Builds a function with `branches` branches in a row, each to any of `depth` blocks around it and with the maximum
/// number of operands. For each possible target of a branch, a compiler writes down all operands.
#[must_use]
pub fn branches(depth: usize, branches: usize) -> Vec<u8> {
    let many = [vec![0x60, 0], leb(MOST_OPERANDS), vec![0x7f; MOST_OPERANDS]].concat();
    let operands = [I32_CONST, 0].repeat(MOST_OPERANDS);
    let drops = vec![DROP; MOST_OPERANDS];
    let targets: Vec<u8> = (0..depth).flat_map(leb).collect();
    let table = [vec![I32_CONST, 0, BR_TABLE], leb(depth - 1), targets].concat();
    let branch = [&[BLOCK, 1], operands.as_slice(), &table, &[END], &drops].concat();
    let code = [[BLOCK, 1].repeat(depth), branch.repeat(branches), operands, vec![END; depth], drops, SEVEN.to_vec()];
    with_functions(&[many], &[(0, body(&[], &code.concat()))])
}

/// Builds a function that consists of nested blocks.
#[must_use]
pub fn blocks(depth: usize) -> Vec<u8> {
    let nothing = 0x40;
    let code = [[BLOCK, nothing].repeat(depth), vec![END; depth], SEVEN.to_vec()].concat();
    with_functions(&[], &[(0, body(&[], &code))])
}

/// Builds a function with one branch to `count` targets, all the same block.
#[must_use]
pub fn targets(count: usize) -> Vec<u8> {
    let nothing = 0x40;
    let code =
        [vec![BLOCK, nothing, I32_CONST, 0, BR_TABLE], leb(count), vec![0; count + 1], vec![END], SEVEN.to_vec()];
    with_functions(&[], &[(0, body(&[], &code.concat()))])
}

/// Builds a function whose body is invalid code.
#[must_use]
pub fn invalid_body() -> Vec<u8> {
    with_functions(&[], &[(0, body(&[], &[0xff, END]))])
}

/// Builds a component that answers with 7, and has a custom section of `zeros` zeros.
#[must_use]
pub fn padded(zeros: usize) -> Vec<u8> {
    let padding = [vec![1, b'p'], vec![0; zeros]].concat();
    [blocks(1), section(0, &padding)].concat()
}

/// Builds component types nested `depth` deep.
#[must_use]
pub fn types_in_types(depth: usize) -> Vec<u8> {
    let types = [vec![1], [0x41, 1, 1].repeat(depth), vec![0x41, 0]].concat();
    [b"\0asm\x0d\0\x01\0".to_vec(), section(7, &types)].concat()
}

/// Builds a component that exports `f: func(x: T)`, where `T` is lists nested `depth` deep.
#[must_use]
pub fn lists_in_lists(depth: usize) -> Vec<u8> {
    use std::fmt::Write as _;
    let mut types = "(type $t0 (list u8))".to_owned();
    for level in 1..depth {
        write!(types, "(type $t{level} (list $t{}))", level - 1).unwrap();
    }
    let last = depth - 1;
    binary(&format!("(component {types} (import \"i\" (func $f (param \"x\" $t{last}))) (export \"f\" (func $f)))"))
}

/// Builds a component that exports one function `count` times.
#[must_use]
pub fn exports(count: usize) -> Vec<u8> {
    let exports: String = (0..count).map(|number| format!("(export \"f{number}\" (func $f))")).collect();
    binary(&format!(
        r#"(component
            (core module $m
                (memory (export "memory") 1)
                (func (export "f") (param i32 i32) (result i32) (i32.const 0))
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0)))
            (core instance $m (instantiate $m))
            (func $f (param "x" string) (result u32)
                (canon lift (core func $m "f") (memory $m "memory") (realloc (func $m "realloc"))))
            {exports})"#
    ))
}
