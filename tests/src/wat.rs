//! Components written by hand, for what a compiler would not vary: names, types and order, one at a time.

pub mod work;

/// A component whose one interface exports one function of `u32`s, which answers with its first argument plus
/// `added`.
#[derive(Debug, Clone)]
pub struct Sum {
    /// The exported interface: `test:sum/sum@0.1.0`; none: the world exports the function itself.
    pub interface: Option<String>,
    /// The name of the function.
    pub function: String,
    /// The names and types of its parameters; a type is written as in WAT, and flattens to one `i32`.
    pub params: Vec<(String, String)>,
    /// The type of its result, as in WAT, which flattens to one `i32`.
    pub result: String,
    /// What the body adds.
    pub added: u32,
    /// A body in place of the addition, as in WAT.
    pub body: Option<String>,
    /// What stands in the core module's name section: no part of the code.
    pub name: String,
    /// Sections of the core module that are no part of the code either, as in WAT.
    pub custom: String,
    /// Types that the interface defines, by name; `params` and `result` mean one as `$name`.
    pub types: Vec<(String, String)>,
}

impl Default for Sum {
    fn default() -> Self {
        Self {
            interface: Some("test:sum/sum@0.1.0".to_owned()),
            function: "sum".to_owned(),
            params: vec![("a".to_owned(), "u32".to_owned()), ("b".to_owned(), "u32".to_owned())],
            result: "u32".to_owned(),
            added: 0,
            body: None,
            name: "sum".to_owned(),
            custom: String::new(),
            types: Vec::new(),
        }
    }
}

impl Sum {
    /// The component's text.
    #[must_use]
    pub fn wat(&self) -> String {
        let Self { interface, function, params, result, added, body, name, custom, types } = self;
        let core = params.iter().map(|_| "i32").collect::<Vec<_>>().join(" ");
        let body = body.clone().unwrap_or_else(|| format!("(i32.add (local.get 0) (i32.const {added}))"));
        let named = params.iter().map(|(name, ty)| format!("(param \"{name}\" {ty})")).collect::<Vec<_>>().join(" ");
        let defined = types.iter().map(|(name, ty)| format!("(type ${name} {ty})")).collect::<String>();
        let exported = types.iter().map(|(name, _)| format!("(export \"{name}\" (type ${name}))")).collect::<String>();
        let export = match interface {
            Some(interface) => format!(
                "(instance $i {exported} (export \"{function}\" (func $f)))\n  (export \"{interface}\" (instance $i))"
            ),
            None => format!("(export \"{function}\" (func $f))"),
        };
        format!(
            r#"(component
  (core module $m
    (func ${name} (export "f") (param {core}) (result i32) {body})
    {custom})
  (core instance $c (instantiate $m))
  {defined}
  (func $f {named} (result {result}) (canon lift (core func $c "f")))
  {export}
)"#
        )
    }
}

/// A component that exports `test:texts/texts#length: func(a: string, b: string) -> u32`, the length of `a` in bytes.
pub const TEXTS: &str = r#"(component
  (core module $m
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 8))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $free)
      (global.set $free (i32.add (global.get $free) (local.get 3))))
    (func (export "length") (param i32 i32 i32 i32) (result i32) (local.get 1)))
  (core instance $c (instantiate $m))
  (func $f (param "a" string) (param "b" string) (result u32)
    (canon lift (core func $c "length") (memory (core memory $c "memory")) (realloc (core func $c "realloc"))))
  (instance $i (export "length" (func $f)))
  (export "test:texts/texts" (instance $i))
)"#;

/// A component that exports `test:floats/floats`: `nan: func() -> f64` answers with a NaN that carries a payload, and
/// `bits: func(x: f64) -> u64` with the bits of its argument.
pub const FLOATS: &str = r#"(component
  (core module $m
    (func (export "nan") (result f64) (f64.const -nan:0xdeadbeef))
    (func (export "bits") (param f64) (result i64) (i64.reinterpret_f64 (local.get 0))))
  (core instance $c (instantiate $m))
  (func $nan (result f64) (canon lift (core func $c "nan")))
  (func $bits (param "x" f64) (result u64) (canon lift (core func $c "bits")))
  (instance $i (export "nan" (func $nan)) (export "bits" (func $bits)))
  (export "test:floats/floats" (instance $i))
)"#;

/// A component that exports `test:grow/grow#grow: func(by: u32) -> s32`: asks for so many pages of 64 KiB or elements
/// of the table, and answers all the same when it is refused, with -1. `storage` and `grow` are core WAT: a memory or
/// a table, and the instruction for it.
fn growing(storage: &str, grow: &str) -> String {
    format!(
        r#"(component
  (core module $m
    {storage}
    (func (export "grow") (param i32) (result i32) {grow}))
  (core instance $c (instantiate $m))
  (func $f (param "by" u32) (result s32) (canon lift (core func $c "grow")))
  (instance $i (export "grow" (func $f)))
  (export "test:grow/grow" (instance $i))
)"#
    )
}

/// `grow: func(by: u32) -> s32` for a memory of one page, and this maximum if it has one.
#[must_use]
pub fn growing_memory(maximum: &str) -> String {
    growing(&format!("(memory 1 {maximum})"), "(memory.grow (local.get 0))")
}

/// `grow: func(by: u32) -> s32` for a table of one element, and this maximum if it has one.
#[must_use]
pub fn growing_table(maximum: &str) -> String {
    growing(&format!("(table 1 {maximum} funcref)"), "(table.grow (ref.null func) (local.get 0))")
}

/// A component that imports `foo:bar/baz#ask`, which no host has: its task `calls` calls it, its task `plain` does not.
pub const IMPORTING: &str = r#"(component
  (import "foo:bar/baz@1.0.0" (instance $baz (export "ask" (func (param "n" u32) (result u32)))))
  (alias export $baz "ask" (func $ask))
  (core func $lowered (canon lower (func $ask)))
  (core module $m
    (import "baz" "ask" (func $ask (param i32) (result i32)))
    (func (export "calls") (param i32) (result i32) (call $ask (local.get 0)))
    (func (export "plain") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
  (core instance $c (instantiate $m (with "baz" (instance (export "ask" (func $lowered))))))
  (func $calls (param "n" u32) (result u32) (canon lift (core func $c "calls")))
  (func $plain (param "n" u32) (result u32) (canon lift (core func $c "plain")))
  (instance $i (export "calls" (func $calls)) (export "plain" (func $plain)))
  (export "test:importing/tasks@0.1.0" (instance $i))
)"#;

/// A component whose task `heavy` answers with `n`, and which takes long to compile: it has this many large functions.
#[must_use]
pub fn heavy(functions: usize) -> String {
    let body = "(local.set 0 (i64.mul (i64.add (local.get 0) (i64.const 7)) (i64.rotl (local.get 0) (i64.const 3))))\n";
    let function = format!("(func (param i64) (result i64)\n{}(local.get 0))\n", body.repeat(100));
    format!(
        r#"(component
  (core module $m
    {}
    (func (export "heavy") (param i32) (result i32) (local.get 0)))
  (core instance $c (instantiate $m))
  (func $heavy (param "n" u32) (result u32) (canon lift (core func $c "heavy")))
  (export "heavy" (func $heavy))
)"#,
        function.repeat(functions)
    )
}
