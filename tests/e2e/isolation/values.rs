//! Inputs: equal values share an entry in any notation, and neighbouring values do not.

use larder_tests::wat::TEXTS;
use larder_tests::{Called, World, guests, world};

/// Calls a function of `every_type` under a version given by the caller.
fn echo(world: &World, task: &str, value: &[&str]) -> Called {
    world.run(guests::EVERY_TYPE, task, &[value, &["--cache-version", "1"]].concat())
}

/// Expects all notations of a value to be one call.
#[track_caller]
fn are_one(task: &str, written: &[&str]) {
    let world = world!();
    let mut written = written.iter().map(|value| format!("value={value}"));
    let first = echo(&world, task, &[&written.next().unwrap()]);
    first.is_a_miss("no-entry");
    for value in written {
        let other = echo(&world, task, &[&value]);
        assert_eq!(other.is_a_hit().key(), first.key(), "{value}");
        assert_eq!(other.result(), first.result(), "{value}");
    }
}

/// Expects each value to be a separate call.
#[track_caller]
fn are_apart(task: &str, written: &[&str]) {
    let world = world!();
    for value in written {
        echo(&world, task, &[&format!("value={value}")]).is_a_miss("no-entry");
    }
}

#[test]
fn the_order_of_the_arguments_does_not_matter() {
    let world = world!();
    let texts = world.write("texts.wat", TEXTS);
    world.run(&texts, "length", &["a=x", "b=yy", "--cache-version", "1"]).is_a_miss("no-entry");
    world.run(&texts, "length", &["b=yy", "a=x", "--cache-version", "1"]).is_a_hit_of_a_new_file();
    world.run(&texts, "length", &["a=yy", "b=x", "--cache-version", "1"]).is_a_miss("no-entry");
}

#[test]
fn arguments_do_not_run_together() {
    let world = world!();
    let texts = world.write("texts.wat", TEXTS);
    let call = |a: &str, b: &str| world.run(&texts, "length", &[a, b, "--cache-version", "1"]);
    assert_eq!(call("a=ab", "b=c").is_a_miss("no-entry").result(), 2);
    assert_eq!(call("a=a", "b=bc").is_a_miss("no-entry").result(), 1);
    assert_eq!(call("a=abc", "b=").is_a_miss("no-entry").result(), 3);
}

#[test]
fn items_do_not_run_together() {
    are_apart("echo-strings", &[r#"["ab", "c"]"#, r#"["a", "bc"]"#, r#"["abc"]"#, r#"["abc", ""]"#]);
    are_apart("echo-lists", &["[[1], [2]]", "[[1, 2]]", "[[1, 2], []]", "[[], [1, 2]]"]);
}

#[test]
fn json_and_wave_are_one_value() {
    are_one(
        "echo-record",
        &[
            r#"{"name": "ann", "age": 7, "tags": ["a"]}"#,
            r#"{name: "ann", age: 7, tags: ["a"]}"#,
            r#"{ "tags": ["a"], "age": 7,   "name": "\u0061nn" }"#,
        ],
    );
    are_one("echo-variant", &[r#"{"circle": 1}"#, "circle(1.0)"]);
    are_one("echo-flags", &[r#"["write", "read"]"#, "{read, write}"]);
    are_one("echo-bytes", &[r#""AQID""#, "[1, 2, 3]"]);
    are_one("echo-string", &["plain", r#""plain""#]);
}

#[test]
fn digits_that_mean_the_same_number_are_one_value() {
    are_one("echo-f64", &["1", "1.0", "1.00", "1e0", "10e-1"]);
    are_one("echo-u64", &["7", r#""7""#]);
}

#[test]
fn an_option_left_out_is_none() {
    let world = world!();
    echo(&world, "echo-option", &[]).is_a_miss("no-entry");
    for none in ["value=none", "value=null"] {
        echo(&world, "echo-option", &[none]).is_a_hit();
    }
    echo(&world, "echo-option", &["value="]).is_a_miss("no-entry");
}

#[test]
fn the_depth_of_an_option_is_in_the_key() {
    are_apart("echo-options", &["none", "some(none)", "some(some(1))"]);
}

#[test]
fn zeros_of_either_sign_are_apart() {
    are_apart("echo-f64", &["0.0", "-0.0"]);
    are_apart("echo-f32", &["0.0", "-0.0"]);
    are_one("echo-f64", &["0", "0.0"]);
}

#[test]
fn nans_are_one_value() {
    are_one("echo-f64", &["nan", r#""nan""#]);
    are_one("echo-f32", &["nan", r#""nan""#]);
}

#[test]
fn the_content_of_a_file_is_the_value() {
    let world = world!();
    world.write("one.txt", "same");
    world.write("two.txt", "same");
    world.write("other.txt", "other");
    echo(&world, "echo-string", &["value=@one.txt"]).is_a_miss("no-entry");
    echo(&world, "echo-string", &["value=@two.txt"]).is_a_hit();
    echo(&world, "echo-string", &["value=same"]).is_a_hit();
    echo(&world, "echo-string", &["value=@other.txt"]).is_a_miss("no-entry");
}
