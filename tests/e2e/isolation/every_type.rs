//! A value of every type goes through a run and comes back equal: from the miss and from the hit, as JSON and as WAVE.

use larder_tests::{Ran, World, guests, world};

/// For each function, a value as JSON and the same value as WAVE, both in printed form.
const VALUES: [(&str, &str, &str); 29] = [
    ("echo-bool", "true", "true"),
    ("echo-u8", "255", "255"),
    ("echo-u16", "65535", "65535"),
    ("echo-u32", "4294967295", "4294967295"),
    ("echo-u64", r#""18446744073709551615""#, "18446744073709551615"),
    ("echo-s8", "-128", "-128"),
    ("echo-s16", "-32768", "-32768"),
    ("echo-s32", "-2147483648", "-2147483648"),
    ("echo-s64", r#""-9223372036854775808""#, "-9223372036854775808"),
    ("echo-f32", "0.1", "0.1"),
    ("echo-f64", "-0.0", "-0.0"),
    ("echo-char", r#""é""#, "'é'"),
    ("echo-string", r#""a \"b\"\nc 😀""#, r#""a \"b\"\nc 😀""#),
    ("echo-alias", r#""""#, r#""""#),
    ("echo-bytes", r#""AAH/""#, "[0, 1, 255]"),
    ("echo-strings", r#"["a","","c"]"#, r#"["a", "", "c"]"#),
    ("echo-lists", "[[1,2],[],[3]]", "[[1, 2], [], [3]]"),
    ("echo-record", r#"{"name":"ann","age":7,"tags":["a","b"]}"#, r#"{name: "ann", age: 7, tags: ["a", "b"]}"#),
    ("echo-tuple", r#"[1,"a",1.5]"#, r#"(1, "a", 1.5)"#),
    ("echo-variant", r#"{"polygon":[{"x":1.0,"y":2.0}]}"#, "polygon([{x: 1.0, y: 2.0}])"),
    ("echo-enum", r#""green""#, "green"),
    ("echo-flags", r#"["read","execute"]"#, "{read, execute}"),
    ("echo-option", r#""a""#, r#"some("a")"#),
    ("echo-options", r#"{"some":null}"#, "some(none)"),
    ("echo-result", r#"{"ok":1}"#, "ok(1)"),
    ("echo-result-ok", r#"{"ok":1}"#, "ok(1)"),
    ("echo-result-err", r#"{"ok":null}"#, "ok"),
    ("echo-result-none", r#"{"ok":null}"#, "ok"),
    (
        "echo-mix",
        concat!(
            r#"{"people":[{"name":"ann","age":7,"tags":[]}],"shapes":[[{"circle":1.5},"red"],[null,"blue"]],"#,
            r#""outcome":{"err":["x",["write"]]},"deep":[[{"ok":{"x":0.5,"y":-1.5}},{"err":"no"},null],[]]}"#,
        ),
        concat!(
            r#"{people: [{name: "ann", age: 7, tags: []}], shapes: [(some(circle(1.5)), red), (none, blue)], "#,
            r#"outcome: err(('x', {write})), deep: [[some(ok({x: 0.5, y: -1.5})), some(err("no")), none], []]}"#,
        ),
    ),
];

fn echo(world: &World, task: &str, value: &str, format: &str) -> Ran {
    let value = format!("value={value}");
    world.print(guests::EVERY_TYPE, task, &[&value, "--cache-version", "1", "--format", format])
}

#[test]
fn a_value_of_every_type_comes_back_equal() {
    let world = world!();
    for (task, json, wave) in VALUES {
        echo(&world, task, json, "json").exits(0).says("miss").prints(&format!("{json}\n"));
        echo(&world, task, json, "json").exits(0).says("hit").prints(&format!("{json}\n"));
        echo(&world, task, wave, "wave").exits(0).says("hit").prints(&format!("{wave}\n"));
    }
}

#[test]
fn a_miss_prints_wave_like_its_hit() {
    let world = world!();
    let (task, json, wave) = VALUES[VALUES.len() - 1];
    echo(&world, task, wave, "wave").exits(0).says("miss").prints(&format!("{wave}\n"));
    echo(&world, task, json, "wave").exits(0).says("hit").prints(&format!("{wave}\n"));
}

#[test]
fn a_task_without_a_result_prints_nothing() {
    let world = world!();
    let call = ["--cache-version", "1"];
    world.print(guests::EVERY_TYPE, "nothing", &call).exits(0).says("miss").prints("");
    world.print(guests::EVERY_TYPE, "nothing", &call).exits(0).says("hit").prints("");
}
