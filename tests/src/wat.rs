//! Components written by hand, to vary what a compiler would not: names, types and order, one at a time.

pub mod work;

/// A component whose one interface exports one function of `u32`s, which answers with its first argument plus
/// `added`.
#[derive(Debug, Clone)]
pub struct Sum {
    /// The exported interface, such as `test:sum/sum@0.1.0`; if `None`, the world exports the function itself.
    pub interface: Option<String>,
    /// The name of the function.
    pub function: String,
    /// The names and types of its parameters; a type is written as in WAT, and flattens to one `i32`.
    pub params: Vec<(String, String)>,
    /// The type of its result, as in WAT, which flattens to one `i32`.
    pub result: String,
    /// Number that the body adds.
    pub added: u32,
    /// A body in place of the addition, as in WAT.
    pub body: Option<String>,
    /// Content of the core module's name section, which is no part of the code.
    pub name: String,
    /// Sections of the core module that are no part of the code either, as in WAT.
    pub custom: String,
    /// Types that the interface defines, by name; `params` and `result` refer to one as `$name`.
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

/// A component that returns its argument, in `test:echo/echo`: a text, a list of them, numbers, an option, a word, and
/// the second of three texts.
pub const ECHO: &str = r#"(component
  (core module $m
    (memory (export "memory") 2)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $p) (local.get 3)))
      (local.get $p))
    (func $give (export "text") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
    (func (export "second") (param i32 i32 i32 i32 i32 i32) (result i32)
      (call $give (local.get 2) (local.get 3)))
    (func (export "is-some") (param i32 i32) (result i32) (local.get 0))
    (func (export "i32") (param i32) (result i32) (local.get 0))
    (func (export "i64") (param i64) (result i64) (local.get 0))
    (func (export "f32") (param f32) (result f32) (local.get 0)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (func $text (param "v" string) (result string)
    (canon lift (core func $i "text") (memory $memory) (realloc $realloc)))
  (func $second (param "foo" string) (param "bar" string) (param "baz" string) (result string)
    (canon lift (core func $i "second") (memory $memory) (realloc $realloc)))
  (func $texts (param "v" (list string)) (result (list string))
    (canon lift (core func $i "text") (memory $memory) (realloc $realloc)))
  (func $floats (param "v" (list f64)) (result (list f64))
    (canon lift (core func $i "text") (memory $memory) (realloc $realloc)))
  (func $numbers (param "v" (list u32)) (result (list u32))
    (canon lift (core func $i "text") (memory $memory) (realloc $realloc)))
  (func $is-some (param "v" (option u8)) (result bool) (canon lift (core func $i "is-some")))
  (func $letter (param "v" char) (result char) (canon lift (core func $i "i32")))
  (func $number (param "v" u32) (result u32) (canon lift (core func $i "i32")))
  (func $unsigned (param "v" u64) (result u64) (canon lift (core func $i "i64")))
  (func $signed (param "v" s64) (result s64) (canon lift (core func $i "i64")))
  (func $single (param "v" f32) (result f32) (canon lift (core func $i "f32")))
  (instance $e
    (export "text" (func $text)) (export "second" (func $second)) (export "texts" (func $texts))
    (export "floats" (func $floats)) (export "numbers" (func $numbers)) (export "is-some" (func $is-some))
    (export "letter" (func $letter)) (export "number" (func $number)) (export "unsigned" (func $unsigned))
    (export "signed" (func $signed)) (export "single" (func $single)))
  (export "test:echo/echo" (instance $e))
)"#;

/// A component whose task `when` takes a file and answers with the time of the wall clock, in nanoseconds.
pub const WHEN: &str = r#"(component
  (import "larder:task/files@0.1.0" (instance $files (export "file" (type $f (sub resource)))))
  (alias export $files "file" (type $file))
  (import "wasi:clocks/wall-clock@0.2.0" (instance $clock
    (type $at (record (field "seconds" u64) (field "nanoseconds" u32)))
    (export "datetime" (type $datetime (eq $at)))
    (export "now" (func (result $datetime)))))
  (core module $storage (memory (export "memory") 1))
  (core instance $storage (instantiate $storage))
  (alias core export $storage "memory" (core memory $memory))
  (core func $now (canon lower (func $clock "now") (memory $memory)))
  (core module $m
    (import "storage" "memory" (memory 1))
    (import "clock" "now" (func $now (param i32)))
    (func (export "when") (param i32) (result i64)
      (call $now (i32.const 8))
      (i64.add
        (i64.mul (i64.load (i32.const 8)) (i64.const 1000000000))
        (i64.extend_i32_u (i32.load (i32.const 16))))))
  (core instance $i (instantiate $m
    (with "storage" (instance $storage)) (with "clock" (instance (export "now" (func $now))))))
  (func $when (param "f" (own $file)) (result u64) (canon lift (core func $i "when")))
  (instance $e (export "when" (func $when)))
  (export "test:when/when" (instance $e))
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

/// Builds a component that exports `test:grow/grow#grow: func(by: u32) -> s32`: requests `by` pages of 64 KiB or
/// elements of the table, and still answers if it is refused, with -1. `storage` and `grow` are core WAT: a memory or
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

/// Builds `grow: func(by: u32) -> s32` for a memory of one page, with this maximum if not empty.
#[must_use]
pub fn growing_memory(maximum: &str) -> String {
    growing(&format!("(memory 1 {maximum})"), "(memory.grow (local.get 0))")
}

/// Builds `grow: func(by: u32) -> s32` for a table of one element, with this maximum if not empty.
#[must_use]
pub fn growing_table(maximum: &str) -> String {
    growing(&format!("(table 1 {maximum} funcref)"), "(table.grow (ref.null func) (local.get 0))")
}

/// A component that imports `foo:bar/baz#ask`, which no host has: its task `calls` calls it, its task `plain` does
/// not.
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
