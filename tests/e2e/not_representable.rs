//! Integers that a component's language cannot hold: refused before the run and after it, and nothing is stored. Here
//! the component only looks like JavaScript on QuickJS; the conformance tests show the behaviour of the real engine.

use larder_tests::{World, world};

/// Returns its argument. `init` is left behind by componentize-qjs.
const SAME: &str = r#"(component
    (core module $m
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
        (func (export "init") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
        (func (export "same") (param i64) (result i64) local.get 0)
        (func (export "same32") (param i32) (result i32) local.get 0)
        (func (export "twice") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2))))
    (core instance $i (instantiate $m))
    (func $same (param "number" u64) (result u64) (canon lift (core func $i "same")))
    (func $same-s64 (param "number" s64) (result s64) (canon lift (core func $i "same")))
    (func $same-u32 (param "number" u32) (result u32) (canon lift (core func $i "same32")))
    (func $twice (param "number" u64) (result u64) (canon lift (core func $i "twice")))
    INIT
    (instance $numbers
        (export "same" (func $same)) (export "same-s64" (func $same-s64))
        (export "same-u32" (func $same-u32)) (export "twice" (func $twice)))
    (export "testing:numbers/numbers" (instance $numbers)))"#;

const INIT: &str = r#"(func (export "init") (param "shim" string) (param "script" string)
    (param "entry-path" (option string)) (param "disable-gc" bool) (result (result (error string)))
    (canon lift (core func $i "init") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))"#;

/// Tasks of the same names and versions; only one of the two components looks like JavaScript.
fn prepared() -> World {
    let world = world!();
    let tasks = ["same", "same-s64", "same-u32", "twice"];
    let toml: String =
        tasks.iter().map(|task| format!("[tasks.\"testing:numbers/numbers#{task}\"]\nversion = \"1\"\n")).collect();
    world.write("larder.toml", toml);
    world.write("quickjs.wat", SAME.replace("INIT", INIT));
    world.write("other.wat", SAME.replace("INIT", ""));
    world
}

/// `2^53 - 1`.
const GREATEST: i64 = 9_007_199_254_740_991;

fn number(number: impl std::fmt::Display) -> String {
    format!("number={number}")
}

#[test]
fn an_input_that_would_be_rounded_is_refused_before_the_run() {
    let world = prepared();
    let cut = 1_i64 << 31;
    for (task, held, beyond) in [
        ("same", [0, GREATEST], vec![(GREATEST + 1).to_string(), u64::MAX.to_string()]),
        ("same-s64", [-GREATEST, GREATEST], [-GREATEST - 1, GREATEST + 1, i64::MIN].map(|n| n.to_string()).to_vec()),
        ("same-u32", [0, cut - 2], vec![cut.to_string(), u32::MAX.to_string()]),
    ] {
        for held in held {
            assert_eq!(world.run("quickjs.wat", task, &[&number(held)]).is_a_miss("no-entry").result(), held);
        }
        for beyond in beyond {
            // Twice: nothing is stored.
            for _ in 0..2 {
                let refused = world.ends(2, "quickjs.wat", task, &[&number(&beyond)]);
                assert_eq!(refused.error(), "argument/not-representable");
                let told = refused.message();
                for word in ["`number`", &beyond, "QuickJS", "StarlingMonkey"] {
                    assert!(told.contains(word), "{told}");
                }
            }
        }
    }
}

#[test]
fn a_result_that_may_have_been_rounded_is_no_answer_and_is_not_stored() {
    let world = prepared();
    for (task, given, returned) in [
        ("twice", GREATEST / 2 + 1, GREATEST + 1),
        // A `u32` from 2^31 on would have become this value.
        ("same-u32", 2_147_483_647, 2_147_483_647),
    ] {
        for _ in 0..2 {
            let refused = world.ends(3, "quickjs.wat", task, &[&number(given)]);
            assert_eq!(refused.error(), "result/not-representable");
            assert!(refused.message().contains(&returned.to_string()), "{}", refused.message());
        }
    }
}

#[test]
fn a_hit_needs_no_engine_and_other_components_hold_their_numbers() {
    let world = prepared();
    let arguments = [&*number(u64::MAX)];
    assert_eq!(world.run("other.wat", "same", &arguments).is_a_miss("no-entry").result(), "18446744073709551615");
    assert_eq!(world.run("quickjs.wat", "same", &arguments).hits().result(), "18446744073709551615");
    let arguments = [&*number(u32::MAX)];
    assert_eq!(world.run("other.wat", "same-u32", &arguments).is_a_miss("no-entry").result(), u32::MAX);
    assert_eq!(world.run("quickjs.wat", "same-u32", &arguments).hits().result(), u32::MAX);
}
