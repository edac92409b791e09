//! Quotes of a guest, a file or an argument: short in a message, whole in JSON that is data, and always visible.

use larder_tests::wat::Sum;
use larder_tests::{Ran, World, guests, world};

/// Longer than any message.
const MUCH: usize = 8 << 10;

/// Returns a name that is far too long for a message; a command's arguments may have up to 128 KiB.
fn long() -> String {
    "n".repeat(100_000)
}

/// Expects a command to fail with `code` in a short message with the beginning of the long name, also in JSON.
#[track_caller]
fn is_told_in_few_words(world: &World, code: i32, arguments: &[&str]) {
    let ran = world.larder(arguments);
    ran.exits(code).says("nnnnnnnn");
    assert!(ran.stderr.len() < MUCH, "{} bytes: {}", ran.stderr.len(), &ran.stderr[..MUCH / 4]);
    let told = world.json(code, arguments);
    let message = told["error"]["message"].as_str().unwrap();
    assert!(message.contains("nnnnnnnn") && message.contains('…') && message.len() < MUCH, "{} bytes", message.len());
}

#[test]
fn messages_quote_the_beginning_of_a_long_name_of_a_component() {
    let world = world!();
    for command in [&["inspect", guests::MANIFEST_LONG_NAME][..], &["run", guests::MANIFEST_LONG_NAME, "hello"]] {
        is_told_in_few_words(&world, 6, command);
    }
    let imported = format!("(component (import \"{}\" (func)) (import \"{0}\" (func)))", long());
    world.write("imported.wat", imported);
    is_told_in_few_words(&world, 6, &["inspect", "imported.wat"]);
    world.write("not.wat", format!("(component (import {}))", long()));
    let ran = world.larder(["inspect", "not.wat"]);
    ran.exits(6);
    assert!(ran.stderr.len() < MUCH, "{}", ran.stderr.len());
}

#[test]
fn messages_quote_the_beginning_of_a_long_argument() {
    let world = world!();
    let (long, guest) = (long(), guests::EVERY_TYPE);
    for (task, argument) in [
        ("echo-u8", format!("value={long}")),
        ("echo-u8", format!("value=\"{long}\"")),
        ("echo-u8", format!("{long}=1")),
        ("echo-u8", long.clone()),
        (&long, "value=1".to_owned()),
    ] {
        is_told_in_few_words(&world, 2, &["run", guest, task, &argument]);
    }
    world.write("value.json", format!("{{\"{}\": 1}}", "n".repeat(1 << 20)));
    let ran = world.larder(["run", guest, "echo-u8", "value=@value.json"]);
    ran.exits(2);
    assert!(ran.stderr.len() < MUCH, "{}", ran.stderr.len());
}

#[test]
fn messages_quote_the_beginning_of_a_long_line_of_larder_toml() {
    let world = world!();
    let name = "n".repeat(1 << 20);
    for toml in [
        format!("{name} = 1"),
        format!("name = \"{name} \""),
        format!("[tasks.\"{name}\"]\ncache = false\nversion = \"1\""),
        format!("[tasks.\"x\"]\nsize = \"{name}\""),
        format!("account = {name}"),
    ] {
        world.write("larder.toml", toml);
        let ran = world.larder(["sizes"]);
        ran.exits(2);
        assert!(ran.stderr.len() < MUCH, "{}", ran.stderr.len());
    }
}

#[test]
fn a_trace_quotes_the_beginning_of_a_long_name_of_a_function() {
    let world = world!();
    let trap = Sum { body: Some("unreachable".to_owned()), ..Sum::default() };
    world.write("named.wat", trap.wat().replace("(func $sum (export", &format!("(func ${} (export", long())));
    let ran = world.larder(["run", "named.wat", "sum", "a=1", "b=2", "--verbose"]);
    ran.exits(3).says("in nnnnnnnn");
    assert!(ran.stderr.len() < MUCH, "{}", ran.stderr.len());
}

/// The layout of a table takes the square of the length of a cell, so a cell is bounded; the text for programs is not.
#[test]
fn a_long_signature_is_cut_in_a_table_and_whole_in_json() {
    let world = world!();
    let cases: String = (0..20).map(|number| format!(" \"{}{number}\"", "n".repeat(10_000))).collect();
    let sum = Sum {
        types: vec![("long".to_owned(), format!("(enum{cases})"))],
        params: vec![("a".to_owned(), "$long".to_owned()), ("b".to_owned(), "u32".to_owned())],
        ..Sum::default()
    };
    world.write("long.wat", sum.wat());
    for command in [
        &["inspect", "long.wat"][..],
        &["run", "long.wat", "sum", "--help"],
        &["key", "long.wat", "sum", "a=nn", "b=1", "--cache-version", "1"],
    ] {
        let ran = world.larder(command);
        assert!(ran.stdout.len() + ran.stderr.len() < 2 * MUCH, "{command:?}: {}", ran.stdout.len());
    }
    world.larder(["inspect", "long.wat"]).exits(0);
    let whole = world.json(0, ["inspect", "long.wat"]);
    assert!(whole["tasks"][0]["signature"].as_str().unwrap().len() > 200_000);
}

#[test]
fn what_nobody_sees_is_shown_by_its_number() {
    let world = world!();
    let hidden = "a\u{200b}b\u{feff}c\u{ad}d\u{e0041}e\u{2060}f\u{fe0f}g\u{3164}h\u{200d}i";
    let value = format!("value={hidden}");
    let echoed = world.larder(["run", guests::EVERY_TYPE, "echo-string", &value]);
    echoed.exits(0).prints("\"a\\u200bb\\ufeffc\\u00add\\udb40\\udc41e\\u2060f\\ufe0fg\\u3164h\\u200di\"\n");
    assert_eq!(serde_json::from_str::<String>(&echoed.stdout).unwrap(), hidden);
    let wave = world.larder(["run", guests::EVERY_TYPE, "echo-string", &value, "--format", "wave"]);
    wave.exits(0).prints("\"a\\u{200b}b\\u{feff}c\\u{ad}d\\u{e0041}e\\u{2060}f\\u{fe0f}g\\u{3164}h\\u{200d}i\"\n");
    let text = format!("text={hidden}");
    let logged = world.larder(["run", guests::OUTCOMES, "print", &text, "--logs"]);
    logged.exits(0).says(r"a\u{200b}b\u{feff}c\u{ad}d\u{e0041}e");
    let refused = world.larder(["run", guests::EVERY_TYPE, "echo-u8", &value]);
    refused.exits(2).says(r"a\u{200b}b");
    let object = Ran::of(world.command(["run", guests::EVERY_TYPE, "echo-string", &value]).arg("--json"));
    for ran in [echoed, wave, logged, refused, object] {
        let is_hidden = |text: &str| text.contains(['\u{200b}', '\u{feff}', '\u{ad}', '\u{e0041}', '\u{2060}']);
        assert!(!is_hidden(&ran.stdout) && !is_hidden(&ran.stderr), "{ran}");
    }
}
