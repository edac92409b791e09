//! Hostile components: types that explode, exports without end, damage at every place.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{TIMEOUT, binary, exported, functions, interfaces, manifest_items, names, reasons, refused};
use crate::bytes::{ComponentBytes, NotAComponent};
use crate::declare::exports::listed;
use crate::declare::{DeclareError, NotATaskReason, exports};
use larder_types::MAX_DEPTH;

/// Far longer than any of these tests takes, and far shorter than an explosion: test builds are not optimised.
const SOON: Duration = Duration::from_secs(120);

/// A component with one of most things, to be damaged.
fn rich() -> Vec<u8> {
    let manifest = manifest_items(TIMEOUT);
    binary(&format!(
        r#"(component
            (core module $m
                (func (export "f") (param i32) (result i32) local.get 0)
                (memory (export "memory") 1))
            (core instance $i (instantiate $m))
            (type $async (func async (param "s" (stream u8))))
            (func $f (param "x" u32) (result u32) (canon lift (core func $i "f")))
            (import "a" (func $a (type $async)))
            (import "m" (instance $manifest {manifest}))
            (component $inner (import "f" (func $f (param "x" u32) (result u32))) (export "g" (func $f)))
            (instance $g (instantiate $inner (with "f" (func $f))))
            (export "run" (func $f))
            (export "later" (func $a))
            (export "example:tasks/text@0.1.0" (instance $g))
            (export "larder:task/manifest@0.1.0" (instance $manifest)))"#
    ))
}

/// Builds tuples that each contain the one before it twice: two to the power of `levels` types.
fn bomb(levels: usize) -> String {
    let mut types = "(type $t0 (tuple u8 u8))".to_owned();
    for level in 1..=levels {
        write!(types, "(type $t{level} (tuple $t{0} $t{0}))", level - 1).expect("written");
    }
    format!("(component {types} (import \"i\" (func $f (param \"x\" $t{levels}))) (export \"f\" (func $f)))")
}

fn nested(levels: usize) -> String {
    let ty = format!("{}u8{}", "(list ".repeat(levels), ")".repeat(levels));
    functions(&[("f", &format!("(param \"x\" (tuple u8 {ty}))")), ("g", "")])
}

#[test]
fn types_that_explode_are_refused_one_by_one() {
    assert_eq!(names(&exported(&bomb(5))), ["f"]);
    for levels in [13, 15] {
        let started = Instant::now();
        assert_eq!(reasons(&exported(&bomb(levels))), [("f", &NotATaskReason::TooLarge)], "{levels}");
        assert!(started.elapsed() < SOON);
    }
    // From here on the validator refuses them.
    let invalid = exports(&binary(&bomb(60)));
    assert!(matches!(invalid, Err(DeclareError::Invalid { .. })), "{invalid:?}");
}

#[test]
fn types_nest_as_deep_as_they_may_and_no_deeper() {
    // The tuple is at depth 1, the innermost type at 2 + levels.
    let deepest = MAX_DEPTH - 2;
    assert_eq!(names(&exported(&nested(deepest))), ["f", "g"]);
    let found = exported(&nested(deepest + 1));
    assert_eq!(names(&found), ["g"]);
    assert_eq!(reasons(&found), [("f", &NotATaskReason::TooDeep { place: "parameter `x`".to_owned() })]);
    assert_eq!(names(&exported(&nested(90))), ["g"]);
    let _ = exports(&binary(&nested(94)));
}

#[test]
fn what_the_validator_asserts_is_refused() {
    // Each instance exports the one before it: deep by reference, where nothing nests in the text or the binary.
    let chain = |length: usize| {
        let each =
            (1..length).map(|number| format!("(instance $i{number} (export \"a\" (instance $i{})))", number - 1));
        format!("(component (instance $i0) {} (export \"x\" (instance $i{})))", each.collect::<String>(), length - 1)
    };
    assert_eq!(names(&exported(&chain(100))), [""; 0]);
    for length in [200, 900] {
        let error = refused(&chain(length));
        assert!(matches!(error, DeclareError::Unvalidated { .. }), "{length}: {error}");
    }
}

#[test]
fn names_that_are_repeated_without_end_are_refused() {
    let name = "n".repeat(60_000);
    let items = format!(
        r#"(type $r (record (field "{name}" u8))) (export "r" (type $r' (eq $r)))
        (export "f" (func (param "x" (tuple {}))))"#,
        "$r' ".repeat(100)
    );
    assert_eq!(reasons(&exported(&interfaces(&["i"], &items))), [("i#f", &NotATaskReason::TooLarge)]);
}

#[test]
fn a_hundred_thousand_exports_take_no_time() {
    let started = Instant::now();
    let mut text = "(component (import \"i\" (func $f (param \"x\" string) (result u32)))".to_owned();
    for number in 0..100_000 {
        write!(text, "(export \"f{number}\" (func $f))").expect("written");
    }
    text.push(')');
    let bytes = binary(&text);
    let parsed = started.elapsed();
    assert_eq!(listed(&bytes).expect("valid").tasks.len(), 100_000);
    assert!(started.elapsed() < parsed + SOON, "{:?}", started.elapsed() - parsed);
}

#[test]
fn an_interface_exported_a_thousand_times_is_counted_a_thousand_times() {
    let mut items = String::new();
    for number in 0..2_000 {
        write!(items, "(export \"f{number}\" (func))").expect("written");
    }
    let names: Vec<String> = (0..300).map(|number| format!("a:b/i{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let error = exports(&binary(&interfaces(&names, &items))).expect_err("600,000 functions");
    assert!(matches!(error, DeclareError::TooMuch { what: "functions and types", .. }), "{error}");
    let long = format!("a:b/{}", "i".repeat(90_000));
    let error = exports(&binary(&interfaces(&[&long], &items))).expect_err("180 MB of names");
    assert!(matches!(error, DeclareError::TooMuch { what: "bytes of names", .. }), "{error}");
}

#[test]
fn components_nested_without_end_are_refused_before_they_are_validated() {
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..20_000 {
        let length = bytes.len();
        let mut outer = b"\0asm\x0d\0\x01\0\x04".to_vec();
        outer.extend([length, length >> 7, length >> 14].map(|part| (part & 0x7f) as u8 | 0x80));
        outer.push((length >> 21) as u8);
        // Only the last lengths matter: the content is never reached.
        outer.extend_from_slice(&bytes[..bytes.len().min(5_000)]);
        bytes = outer;
        if bytes.len() > 5_000 {
            break;
        }
    }
    assert_eq!(exports(&bytes), Err(DeclareError::NotAComponent(NotAComponent::TooDeep { limit: 100 })));
}

#[test]
fn types_nested_without_end_in_the_binary_do_not_reach_the_validator() {
    // A component type that declares a component type that declares …: it would overflow the validator's stack.
    let nested = |levels: usize| {
        let section = [vec![1], [0x41, 1, 1].repeat(levels), vec![0x41, 0]].concat();
        let length = [section.len(), section.len() >> 7, section.len() >> 14].map(|part| (part & 0x7f) as u8);
        let length = [length[0] | 0x80, length[1] | 0x80, length[2]];
        [b"\0asm\x0d\0\x01\0\x07".to_vec(), length.to_vec(), section].concat()
    };
    let refused = Err(DeclareError::NotAComponent(NotAComponent::TypesTooDeep { limit: 100 }));
    assert_eq!(exports(&nested(100_000)), refused);
    assert_eq!(exports(&nested(100)), refused);
    let _ = exports(&nested(99));
}

#[test]
fn every_prefix_is_refused_without_a_panic() {
    let bytes = rich();
    let whole = listed(&bytes).expect("valid");
    for end in 0..bytes.len() {
        let prefix = &bytes[..end];
        assert_eq!(exports(prefix).is_ok(), listed(prefix).is_ok(), "{end}");
        // A prefix that ends between two sections can be valid; then it only has the first of the exports.
        if let Ok(found) = listed(prefix) {
            assert!(whole.tasks.starts_with(&found.tasks) && whole.not_tasks.starts_with(&found.not_tasks), "{end}");
        }
    }
}

#[test]
fn names_that_are_not_utf8_or_not_kebab_case_are_refused() {
    let bytes = rich();
    let at = bytes.windows(3).rposition(|window| window == b"run").expect("the name");
    for name in [b"r\xffn", b"r\0n", b"r n", b"-un", b"\xc3\x28n", b"r#n", b"r/n", b"R1n"] {
        let mut bytes = bytes.clone();
        bytes[at..at + 3].copy_from_slice(name);
        let refused = exports(&bytes);
        assert!(matches!(refused, Err(DeclareError::Invalid { .. })), "{name:?}: {refused:?}");
    }
}

/// The text beside each export is short, even if the name behind it is long.
#[test]
fn an_obstacle_with_a_long_name_does_not_stand_at_each_of_many_exports() {
    let long = "a".repeat(90_000);
    for definitions in [
        format!(r#"(import "{long}" (core module)) (import "f" (func $f))"#),
        format!(r#"(import "{long}" (func $f))"#),
    ] {
        let exports_of_it: String = (0..2_000).map(|number| format!("(export \"f{number}\" (func $f))")).collect();
        let found = exports(&binary(&format!("(component {definitions} {exports_of_it})"))).expect("valid");
        assert_eq!((found.tasks.len(), found.not_tasks.len()), (0, 2_000));
        assert!(found.not_tasks.iter().all(|not| not.reason.to_string().len() < 2_000));
    }
}

/// Each of many nested instances has two names for the same instance, so the number of ways is exponential.
#[test]
fn instances_inside_each_other_are_not_followed_without_end() {
    let long = "n".repeat(20_000);
    let mut text = "(component (import \"i\" (instance $i0))".to_owned();
    for depth in 1..60 {
        let last = depth - 1;
        write!(text, "(instance $i{depth} (export \"{long}\" (instance $i{last})) (export \"b\" (instance $i{last})))")
            .expect("written");
    }
    text.push_str("(export \"c\" (instance $i59)))");
    let bytes = binary(&text);
    let started = Instant::now();
    let _ = exports(&bytes);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_mutation_makes_it_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = rich();
        for (position, byte) in changes {
            let position = position.index(bytes.len());
            bytes[position] = byte;
        }
        let _ = exports(&bytes);
        let _ = ComponentBytes::new(bytes);
    }

    #[test]
    fn no_splice_makes_it_panic(
        at in any::<prop::sample::Index>(),
        with in proptest::collection::vec(any::<u8>(), 0..20),
        length in 0_usize..20,
    ) {
        let mut bytes = rich();
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, with);
        let _ = exports(&bytes);
    }
}
