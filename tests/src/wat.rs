//! Components written by hand, for what a compiler would not vary: names, types and order, one at a time.

/// A component whose one interface exports one function of `u32`s, which answers with its first argument plus
/// `added`.
#[derive(Debug, Clone)]
pub struct Sum {
    /// The exported interface: `test:sum/sum@0.1.0`; none: the world exports the function itself.
    pub interface: Option<String>,
    /// The name of the function.
    pub function: String,
    /// The names and types of its parameters; a type is written as in WAT.
    pub params: Vec<(String, String)>,
    /// The type of its result, as in WAT.
    pub result: String,
    /// What the body adds.
    pub added: u32,
    /// What stands in the core module's name section: no part of the code.
    pub name: String,
    /// Type definitions that `params` and `result` may name, as in WAT.
    pub types: String,
}

impl Default for Sum {
    fn default() -> Self {
        Self {
            interface: Some("test:sum/sum@0.1.0".to_owned()),
            function: "sum".to_owned(),
            params: vec![("a".to_owned(), "u32".to_owned()), ("b".to_owned(), "u32".to_owned())],
            result: "u32".to_owned(),
            added: 0,
            name: "sum".to_owned(),
            types: String::new(),
        }
    }
}

impl Sum {
    /// The component's text.
    #[must_use]
    pub fn wat(&self) -> String {
        let Self { interface, function, params, result, added, name, types } = self;
        let core = params.iter().map(|_| "i32").collect::<Vec<_>>().join(" ");
        let named = params.iter().map(|(name, ty)| format!("(param \"{name}\" {ty})")).collect::<Vec<_>>().join(" ");
        let export = match interface {
            Some(interface) => {
                format!("(instance $i (export \"{function}\" (func $f)))\n  (export \"{interface}\" (instance $i))")
            }
            None => format!("(export \"{function}\" (func $f))"),
        };
        format!(
            r#"(component
  (core module $m
    (func ${name} (export "f") (param {core}) (result i32) (i32.add (local.get 0) (i32.const {added}))))
  (core instance $c (instantiate $m))
  {types}
  (func $f {named} (result {result}) (canon lift (core func $c "f")))
  {export}
)"#
        )
    }
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
