//! Every ingredient of the key except the code, the scope and the inputs, one at a time.

use larder_tests::wat::Sum;
use larder_tests::{guests, world};

use super::sum;

const PLAIN: [&str; 2] = ["a=1", "b=2"];

/// A task, and its arguments.
type Case<'a> = (Sum, &'a [&'a str]);

/// Expects that neither of two tasks answers for the other, and that each then answers for itself.
#[track_caller]
fn are_apart(one: Case<'_>, other: Case<'_>) {
    let world = world!();
    let version = "version = \"1\"";
    let cases = [("one", Sum { added: 10, ..one.0 }, one.1), ("other", Sum { added: 20, ..other.0 }, other.1)]
        .map(|(folder, task, arguments)| (sum(&world, folder, &task, version), task.function, arguments));
    let firsts = cases.each_ref().map(|(folder, task, arguments)| world.run(folder, task, arguments));
    for (first, (folder, task, arguments)) in firsts.iter().zip(&cases) {
        first.is_a_miss("no-entry");
        let second = world.run(folder, task, arguments);
        second.is_a_hit_of_a_new_file();
        assert_eq!((second.result(), second.key()), (first.result(), first.key()));
    }
    assert_ne!(firsts[0].result(), firsts[1].result());
    assert_ne!(firsts[0].key(), firsts[1].key());
}

/// Expects that the first task's result answers for the second.
#[track_caller]
fn share(one: Case<'_>, other: Case<'_>) {
    let world = world!();
    let version = "version = \"1\"";
    let first = world.run(sum(&world, "one", &one.0, version), &one.0.function, one.1);
    first.is_a_miss("no-entry");
    let second = world.run(sum(&world, "other", &other.0, version), &other.0.function, other.1);
    second.is_a_hit_of_a_new_file();
    assert_eq!((second.result(), second.key()), (first.result(), first.key()));
}

fn params(params: [(&str, &str); 2]) -> Vec<(String, String)> {
    params.map(|(name, ty)| (name.to_owned(), ty.to_owned())).to_vec()
}

/// Returns a task that takes or returns a record with one field of this name.
fn with_field(field: &str, in_param: bool) -> Sum {
    let types = vec![("point".to_owned(), format!("(record (field \"{field}\" u32))"))];
    if in_param {
        Sum { params: params([("a", "$point"), ("b", "u32")]), types, ..Sum::default() }
    } else {
        Sum { result: "$point".to_owned(), types, ..Sum::default() }
    }
}

fn with_type(name: &str, ty: &str) -> Sum {
    let params = params([("a", &format!("${name}")), ("b", "u32")]);
    Sum { params, types: vec![(name.to_owned(), ty.to_owned())], ..Sum::default() }
}

#[test]
fn the_same_call_runs_once_and_prints_the_same_bytes() {
    let world = world!();
    let call = || world.print(guests::WORD_STATS, "word-stats", &["text=to be or not to be", "mode=strict"]);
    let (first, second) = (call(), call());
    first.exits(0).says("miss  ");
    second.exits(0).says("hit   ").prints(&first.stdout);
    assert!(!first.stdout.is_empty());
}

#[test]
fn accounts_never_share() {
    let world = world!();
    let call = |account| world.run(guests::PRIMES, "count-below", &["limit=100", "--account", account]);
    let (ann, ben) = (call("ann"), call("ben"));
    ann.is_a_miss("no-entry");
    ben.is_a_miss("no-entry");
    assert_ne!(ann.key(), ben.key());
    call("ann").is_a_hit();
    world.run(guests::PRIMES, "count-below", &["limit=100"]).is_a_miss("no-entry");
}

#[test]
fn the_name_of_the_function_is_in_the_key() {
    are_apart((Sum::default(), &PLAIN), (Sum { function: "add".to_owned(), ..Sum::default() }, &PLAIN));
}

#[test]
fn the_name_of_the_interface_is_in_the_key() {
    let interface = Some("test:sum/total@0.1.0".to_owned());
    are_apart((Sum::default(), &PLAIN), (Sum { interface, ..Sum::default() }, &PLAIN));
}

#[test]
fn the_name_of_the_package_is_in_the_key() {
    let interface = Some("test:total/sum@0.1.0".to_owned());
    are_apart((Sum::default(), &PLAIN), (Sum { interface, ..Sum::default() }, &PLAIN));
}

#[test]
fn the_namespace_is_in_the_key() {
    let interface = Some("tests:sum/sum@0.1.0".to_owned());
    are_apart((Sum::default(), &PLAIN), (Sum { interface, ..Sum::default() }, &PLAIN));
}

#[test]
fn the_version_of_the_package_is_not_in_the_key() {
    let interface = Some("test:sum/sum@0.2.0".to_owned());
    share((Sum::default(), &PLAIN), (Sum { interface, ..Sum::default() }, &PLAIN));
    let interface = Some("test:sum/sum".to_owned());
    share((Sum::default(), &PLAIN), (Sum { interface, ..Sum::default() }, &PLAIN));
}

#[test]
fn the_name_of_a_parameter_is_in_the_key() {
    let renamed = Sum { params: params([("a", "u32"), ("c", "u32")]), ..Sum::default() };
    are_apart((Sum::default(), &PLAIN), (renamed, &["a=1", "c=2"]));
}

#[test]
fn the_type_of_a_parameter_is_in_the_key() {
    let retyped = Sum { params: params([("a", "u32"), ("b", "s32")]), ..Sum::default() };
    are_apart((Sum::default(), &PLAIN), (retyped, &PLAIN));
}

#[test]
fn the_order_of_the_parameters_is_in_the_key() {
    let swapped = Sum { params: params([("b", "u32"), ("a", "u32")]), ..Sum::default() };
    are_apart((Sum::default(), &["a=1", "b=1"]), (swapped, &["a=1", "b=1"]));
}

#[test]
fn the_type_of_the_result_is_in_the_key() {
    are_apart((Sum::default(), &PLAIN), (Sum { result: "s32".to_owned(), ..Sum::default() }, &PLAIN));
}

#[test]
fn the_name_of_a_field_of_a_parameter_is_in_the_key() {
    are_apart((with_field("x", true), &["a={x: 1}", "b=2"]), (with_field("y", true), &["a={y: 1}", "b=2"]));
}

#[test]
fn the_name_of_a_field_of_the_result_is_in_the_key() {
    are_apart((with_field("x", false), &PLAIN), (with_field("y", false), &PLAIN));
}

#[test]
fn the_name_of_a_case_is_in_the_key() {
    are_apart(
        (with_type("colour", r#"(enum "red" "green")"#), &["a=green", "b=2"]),
        (with_type("colour", r#"(enum "blue" "green")"#), &["a=green", "b=2"]),
    );
}

#[test]
fn aliases_of_one_type_share() {
    share((with_type("celsius", "u32"), &PLAIN), (with_type("fahrenheit", "u32"), &PLAIN));
}

#[test]
fn the_declared_version_is_in_the_key() {
    let world = world!();
    let one = sum(&world, "one", &Sum { added: 10, ..Sum::default() }, "version = \"1\"");
    let two = sum(&world, "two", &Sum { added: 20, ..Sum::default() }, "version = \"2\"");
    assert_eq!(world.run(&one, "sum", &PLAIN).is_a_miss("no-entry").result(), 11);
    assert_eq!(world.run(&two, "sum", &PLAIN).is_a_miss("no-entry").result(), 21);
    assert_eq!(world.run(&one, "sum", &PLAIN).is_a_hit_of_a_new_file().result(), 11);
}
