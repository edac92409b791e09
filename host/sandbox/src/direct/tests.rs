//! A function gives the same result, and fails with the same words, called directly and with the engine's own values.

use std::time::Instant;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use wasmtime::component::{Component, Linker, Val};
use wasmtime::{Config, Engine};

use super::super::convert::{from_val, to_val};
use super::*;
use larder_types::{Field, WitType};

/// A component that returns its argument, in every shape that is called directly.
const ECHO: &str = r#"(component
  (core module $m
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (global.get $free))
      (global.set $free (i32.add (local.get $at) (local.get 3)))
      (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
        (then (drop (memory.grow (i32.add (i32.div_u (local.get 3) (i32.const 65536)) (i32.const 1))))))
      (local.get $at))
    (func (export "i32") (param i32) (result i32) (local.get 0))
    (func (export "i64") (param i64) (result i64) (local.get 0))
    (func (export "f32") (param f32) (result f32) (local.get 0))
    (func (export "f64") (param f64) (result f64) (local.get 0))
    (func (export "nothing") (param i32))
    (func (export "sequence") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0))
    (func (export "case") (param i32 i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 2))
      (i32.store (i32.const 4) (local.get 0)) (i32.store (i32.const 8) (local.get 1)) (i32.const 0))
    (func (export "unit") (param i32) (result i32) (local.get 0))
    (func (export "last") (param i32 i32 i32 i64 f32 f64 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 14)) (i32.store (i32.const 4) (local.get 15)) (i32.const 0))
    (func (export "trap") (param i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $m))
  EXPORTS)"#;

/// Name, function of the module, parameters, result.
const FUNCTIONS: [(&str, &str, &[&str], &str); 29] = [
    ("bool", "i32", &["bool"], "bool"),
    ("s8", "i32", &["s8"], "s8"),
    ("u8", "i32", &["u8"], "u8"),
    ("s16", "i32", &["s16"], "s16"),
    ("u16", "i32", &["u16"], "u16"),
    ("s32", "i32", &["s32"], "s32"),
    ("u32", "i32", &["u32"], "u32"),
    ("s64", "i64", &["s64"], "s64"),
    ("u64", "i64", &["u64"], "u64"),
    ("f32", "f32", &["f32"], "f32"),
    ("f64", "f64", &["f64"], "f64"),
    ("char", "i32", &["char"], "char"),
    ("not-a-char", "i32", &["u32"], "char"),
    ("any-bool", "i32", &["u32"], "bool"),
    ("wide", "i32", &["u32"], "u8"),
    ("wide-signed", "i32", &["u32"], "s16"),
    ("nothing", "nothing", &["u32"], ""),
    ("string", "sequence", &["string"], "string"),
    ("bytes", "sequence", &["(list u8)"], "(list u8)"),
    ("not-utf8", "sequence", &["(list u8)"], "string"),
    ("anywhere", "sequence", &["u32", "u32"], "(list u8)"),
    ("anywhere-text", "sequence", &["u32", "u32"], "string"),
    ("option", "case", &["(list u8)", "u32"], "(option (list u8))"),
    ("result", "case", &["(list u8)", "u32"], "(result (list u8) (error string))"),
    ("result-ok", "case", &["string", "u32"], "(result string)"),
    ("result-err", "case", &["(list u8)", "u32"], "(result (error (list u8)))"),
    ("result-unit", "unit", &["u32"], "(result)"),
    (
        "last",
        "last",
        &["bool", "u8", "s16", "u64", "f32", "f64", "char", "string", "(list u8)", "string", "u16", "(list u8)"],
        "(list u8)",
    ),
    ("trap", "trap", &["string"], "string"),
];

fn ty(text: &str) -> Option<WitType> {
    let some = |ty| Some(Box::new(ty));
    Some(match text {
        "" => return None,
        "bool" => WitType::Bool,
        "s8" => WitType::S8,
        "u8" => WitType::U8,
        "s16" => WitType::S16,
        "u16" => WitType::U16,
        "s32" => WitType::S32,
        "u32" => WitType::U32,
        "s64" => WitType::S64,
        "u64" => WitType::U64,
        "f32" => WitType::F32,
        "f64" => WitType::F64,
        "char" => WitType::Char,
        "string" => WitType::String,
        "(list u8)" => WitType::bytes(),
        "(option (list u8))" => WitType::Option(Box::new(WitType::bytes())),
        "(result (list u8) (error string))" => {
            WitType::Result { ok: some(WitType::bytes()), err: some(WitType::String) }
        }
        "(result string)" => WitType::Result { ok: some(WitType::String), err: None },
        "(result (error (list u8)))" => WitType::Result { ok: None, err: some(WitType::bytes()) },
        "(result)" => WitType::Result { ok: None, err: None },
        other => panic!("{other}"),
    })
}

fn signature(params: &[&str], result: &str) -> Signature {
    let param = |(at, text): (usize, &&str)| Field { name: format!("p{at}"), ty: ty(text).unwrap() };
    Signature { params: params.iter().enumerate().map(param).collect(), result: ty(result) }
}

/// The component, in both kinds of engine.
struct Echo {
    engine: Engine,
    component: Component,
}

impl Echo {
    fn new(concurrency: bool) -> Self {
        let exports: String = FUNCTIONS
            .iter()
            .map(|(name, function, params, result)| {
                let params: String =
                    params.iter().enumerate().map(|(at, ty)| format!("(param \"p{at}\" {ty})")).collect();
                let result = if result.is_empty() { String::new() } else { format!("(result {result})") };
                format!(
                    "(func (export \"{name}\") {params} {result} (canon lift (core func $i \"{function}\") \
                     (memory (core memory $i \"memory\")) (realloc (core func $i \"realloc\"))))\n"
                )
            })
            .collect();
        let mut config = Config::new();
        config.concurrency_support(concurrency);
        let engine = Engine::new(&config).unwrap();
        let bytes = wat::parse_str(ECHO.replace("EXPORTS", &exports)).unwrap();
        let component = Component::from_binary(&engine, &bytes).unwrap();
        Self { engine, component }
    }

    fn store(&self, fuel: usize) -> (Store<()>, wasmtime::component::Instance) {
        let mut store = Store::new(&self.engine, ());
        store.set_hostcall_fuel(fuel);
        let linker = Linker::new(&self.engine);
        let instance = block_on(linker.instantiate_async(&mut store, &self.component)).unwrap();
        (store, instance)
    }

    fn direct(&self, name: &str, signature: &Signature, inputs: Vec<Value>, fuel: usize) -> Answer {
        told(self.call_directly(name, signature, inputs, fuel))
    }

    fn with_vals(&self, name: &str, signature: &Signature, inputs: Vec<Value>, fuel: usize) -> Answer {
        told(self.call_with_vals(name, signature, inputs, fuel))
    }

    fn call_directly(&self, name: &str, signature: &Signature, inputs: Vec<Value>, fuel: usize) -> Called {
        let (mut store, instance) = self.store(fuel);
        let function = instance.get_func(&mut store, name).unwrap();
        let direct = Direct::of(signature).unwrap_or_else(|| panic!("{name} is not called directly"));
        block_on(direct.call(&mut store, function, inputs))
    }

    fn call_with_vals(&self, name: &str, signature: &Signature, inputs: Vec<Value>, fuel: usize) -> Called {
        let (mut store, instance) = self.store(fuel);
        let function = instance.get_func(&mut store, name).unwrap();
        let params = inputs.into_iter().zip(&signature.params);
        let params: Vec<Val> =
            params.map(|(value, param)| to_val(value, &param.ty, &mut |_, _| unreachable!()).unwrap()).collect();
        let mut results = vec![Val::Bool(false); usize::from(signature.result.is_some())];
        let called = block_on(function.call_async(&mut store, &params, &mut results));
        called.map(|()| {
            let result = results.pop().zip(signature.result.as_ref());
            result.map(|(val, ty)| from_val(val, ty, &mut |_, _| unreachable!()).unwrap())
        })
    }
}

type Called = Result<Option<Value>>;

/// The value with all its bits, or the first words of the error.
type Answer = std::result::Result<Vec<u8>, String>;

fn told(answer: Called) -> Answer {
    let words = |error: wasmtime::Error| {
        let words = error.root_cause().to_string();
        // The engine has several wordings for this one.
        if words.contains("discriminant") { "discriminant".to_owned() } else { words }
    };
    answer.map(|value| format!("{:?}", value.map(bits)).into_bytes()).map_err(words)
}

/// Replaces floats by their bits, since a NaN equals no other.
fn bits(value: Value) -> Value {
    if let Value::F32(v) = value {
        Value::U32(v.to_bits())
    } else if let Value::F64(v) = value {
        Value::U64(v.to_bits())
    } else {
        value
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

const FUEL: usize = 64 << 20;

#[expect(clippy::wildcard_enum_match_arm, reason = "all others are no parameters of these functions")]
fn value(ty: &WitType) -> BoxedStrategy<Value> {
    match ty {
        WitType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        WitType::S8 => any::<i8>().prop_map(Value::S8).boxed(),
        WitType::U8 => any::<u8>().prop_map(Value::U8).boxed(),
        WitType::S16 => any::<i16>().prop_map(Value::S16).boxed(),
        WitType::U16 => any::<u16>().prop_map(Value::U16).boxed(),
        WitType::S32 => any::<i32>().prop_map(Value::S32).boxed(),
        WitType::U32 => prop_oneof![0_u32..3, Just(0xd800), any::<u32>()].prop_map(Value::U32).boxed(),
        WitType::S64 => any::<i64>().prop_map(Value::S64).boxed(),
        WitType::U64 => any::<u64>().prop_map(Value::U64).boxed(),
        WitType::F32 => any::<u32>().prop_map(|bits| Value::F32(f32::from_bits(bits))).boxed(),
        WitType::F64 => any::<u64>().prop_map(|bits| Value::F64(f64::from_bits(bits))).boxed(),
        WitType::Char => any::<char>().prop_map(Value::Char).boxed(),
        WitType::String => any::<String>().prop_map(Value::String).boxed(),
        _ => proptest::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes).boxed(),
    }
}

fn call() -> impl Strategy<Value = (usize, Vec<Value>)> {
    (0..FUNCTIONS.len()).prop_flat_map(|at| {
        let Signature { params, result: _ } = signature(FUNCTIONS[at].2, FUNCTIONS[at].3);
        (Just(at), params.iter().map(|param| value(&param.ty)).collect::<Vec<_>>())
    })
}

#[test]
fn both_ways_give_the_same_and_fail_alike() {
    for concurrency in [false, true] {
        let echo = Echo::new(concurrency);
        let mut failed = std::collections::BTreeSet::new();
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        for _ in 0..2000 {
            let (at, inputs) = call().new_tree(&mut runner).unwrap().current();
            let (name, _, params, result) = FUNCTIONS[at];
            let signature = signature(params, result);
            let direct = echo.direct(name, &signature, inputs.clone(), FUEL);
            if direct.is_err() {
                failed.insert(name);
            }
            assert_eq!(direct, echo.with_vals(name, &signature, inputs.clone(), FUEL), "{name} {inputs:?}");
        }
        // Exactly the expected failures occurred, each at least once.
        let expected = ["anywhere", "anywhere-text", "not-a-char", "not-utf8", "option", "result", "result-err"];
        let expected = expected.into_iter().chain(["result-ok", "result-unit", "trap"]);
        assert_eq!(failed, expected.collect());
    }
}

/// Host-call fuel matches the host's cost: one unit per byte, not forty.
#[test]
fn a_byte_costs_a_byte() {
    let echo = Echo::new(false);
    let bytes = signature(&["(list u8)"], "(list u8)");
    let of = |length: usize| vec![Value::Bytes(vec![7; length])];
    for (length, fits) in [(1 << 20, true), ((1 << 20) + 1, false)] {
        assert_eq!(echo.direct("bytes", &bytes, of(length), 1 << 20).is_ok(), fits, "{length}");
    }
    let error = |answer: Answer| answer.unwrap_err();
    let direct = error(echo.direct("bytes", &bytes, of(200), 100));
    assert_eq!(direct, error(echo.with_vals("bytes", &bytes, of(200), 100)));
    let text = signature(&["string"], "string");
    let of = |length: usize| vec![Value::String("x".repeat(length))];
    for (length, fits) in [(1 << 20, true), ((1 << 20) + 1, false)] {
        for way in [Echo::direct, Echo::with_vals] {
            assert_eq!(way(&echo, "string", &text, of(length), 1 << 20).is_ok(), fits, "{length}");
        }
    }
}

#[test]
fn what_is_not_of_its_type_is_an_error() {
    let echo = Echo::new(false);
    let bytes = signature(&["(list u8)"], "(list u8)");
    for inputs in [vec![], vec![Value::String("x".into())], vec![Value::Bytes(vec![]), Value::U8(1)]] {
        assert!(echo.direct("bytes", &bytes, inputs, FUEL).unwrap_err().contains("is not of type"));
    }
    // Not the signature that the component has.
    let other = signature(&["(list u8)"], "u32");
    assert!(echo.direct("bytes", &other, vec![Value::Bytes(vec![])], FUEL).is_err());
    let other = signature(&["(list u8)"], "(result (list u8) (error string))");
    assert!(echo.direct("bytes", &other, vec![Value::Bytes(vec![])], FUEL).is_err());
}

#[test]
fn what_has_other_shapes_is_not_called_directly() {
    let is_direct = |params: &[&str], result: &str| Direct::of(&signature(params, result)).is_some();
    assert!(is_direct(&["string"; 8], "(list u8)") && !is_direct(&["string"; 9], "(list u8)"));
    assert!(is_direct(&["u8"; 16], "") && !is_direct(&["u8"; 17], ""));
    for ty in [
        WitType::List(Box::new(WitType::U16)),
        WitType::Tuple(vec![WitType::U8]),
        WitType::Option(Box::new(WitType::U8)),
        WitType::Result { ok: Some(Box::new(WitType::U8)), err: None },
        WitType::Enum(vec!["a".into()]),
        WitType::File,
    ] {
        assert!(Direct::of(&Signature { params: vec![], result: Some(ty.clone()) }).is_none(), "{ty}");
        let params = vec![Field { name: "p".into(), ty }];
        assert!(Direct::of(&Signature { params, result: None }).is_none());
    }
}

/// Not a test: measures the benefit of direct calls.
#[test]
#[ignore = "a measurement: cargo test --workspace --lib direct -- --ignored --nocapture"]
fn how_long_both_ways_take() {
    let echo = Echo::new(false);
    let bytes = signature(&["(list u8)"], "(list u8)");
    for length in [0, 1 << 10, 1 << 20, 20 << 20] {
        for (word, way) in
            [("vals", Echo::call_with_vals as fn(&Echo, _, _, _, _) -> _), ("direct", Echo::call_directly)]
        {
            let took = (0..7).map(|_| {
                let inputs = vec![Value::Bytes(vec![7; length])];
                let began = Instant::now();
                let answer: Called = way(&echo, "bytes", &bytes, inputs, 4 << 30);
                assert!(answer.is_ok());
                began.elapsed()
            });
            eprintln!("{length:>9} bytes, {word:<6} {:?}", took.min().unwrap());
        }
    }
}
