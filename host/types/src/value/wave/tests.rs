//! Tests of the exact WAVE of each kind of type, and of what is refused beyond what the `wasm-wave` crate refuses.

use super::*;

fn option(ty: WitType) -> WitType {
    WitType::Option(Box::new(ty))
}

fn list(ty: WitType) -> WitType {
    WitType::List(Box::new(ty))
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn shape() -> WitType {
    WitType::Variant(vec![
        Case { name: "dot".into(), ty: None },
        Case { name: "circle".into(), ty: Some(WitType::F64) },
        Case { name: "ok".into(), ty: Some(WitType::U8) },
    ])
}

fn person() -> WitType {
    WitType::Record(vec![
        Field { name: "name".into(), ty: WitType::String },
        Field { name: "age".into(), ty: option(WitType::U8) },
    ])
}

fn outcome() -> WitType {
    WitType::Result { ok: None, err: Some(Box::new(WitType::String)) }
}

fn checked(ok: WitType) -> WitType {
    WitType::Result { ok: Some(Box::new(ok)), err: None }
}

/// The texts are written back unchanged.
#[test]
fn wave_is_written_as_specified() {
    use WitType as T;
    for (ty, text) in [
        (T::Bool, "true"),
        (T::U64, "18446744073709551615"),
        (T::F32, "0.1"),
        (T::F64, "-0.0"),
        (T::F64, "nan"),
        (T::F32, "-inf"),
        (T::F64, "5e-324"),
        (T::Char, "'\u{1f600}'"),
        (T::Char, r"'\''"),
        (T::Char, "'\"'"),
        (T::String, r#""a\"b\\\n'""#),
        (T::String, r#""\u{202e}\u{0}""#),
        (T::String, r#""\t\r\n""#),
        (T::bytes(), "[1, 2, 3]"),
        (person(), r#"{name: "Ann"}"#),
        (person(), r#"{name: "Ann", age: some(30)}"#),
        (T::Record(vec![Field { name: "ok".into(), ty: option(T::U8) }]), "{:}"),
        (T::Record(vec![Field { name: "ok".into(), ty: option(T::U8) }]), "{ok: some(1)}"),
        (T::Tuple(vec![T::U8, T::Bool]), "(1, true)"),
        (shape(), "dot"),
        (shape(), "circle(1.5)"),
        (shape(), "%ok(1)"),
        (T::Enum(names(&["none", "slow"])), "%none"),
        (T::Enum(names(&["none", "slow"])), "slow"),
        (option(option(T::U8)), "none"),
        (option(option(T::U8)), "some(none)"),
        (option(shape()), "some(%ok(1))"),
        (outcome(), "ok"),
        (outcome(), r#"err("no")"#),
        (T::Flags(names(&["r", "ok", "x"])), "{r, ok}"),
        (T::Flags(names(&["r", "ok", "x"])), "{}"),
    ] {
        let value = from_wave(text, &ty).expect(text);
        assert_eq!(to_wave_text(&value, &ty), text, "{ty}");
    }
}

#[test]
fn other_forms_are_read_too() {
    use WitType as T;
    for (ty, text, same) in [
        (T::F64, "1", "1.0"),
        (T::F64, "-0", "-0.0"),
        (option(T::U8), "1", "some(1)"),
        (option(T::Bool), "true", "some(true)"),
        (option(shape()), "%ok(1)", "some(%ok(1))"),
        (option(T::Enum(names(&["null"]))), "some(null)", "some(null)"),
        (T::Enum(names(&["null"])), "null", "null"),
        (checked(T::U8), "1", "ok(1)"),
        (checked(option(T::U8)), "ok(1)", "ok(some(1))"),
        (person(), r#"{age: none, name: "Ann",}"#, r#"{name: "Ann"}"#),
        (person(), r#"{%name: "Ann"}"#, r#"{name: "Ann"}"#),
        (T::Flags(names(&["ok", "w"])), "{w, %ok}", "{ok, w}"),
        (T::Enum(names(&["a"])), "%a", "a"),
        (T::Char, r"'\u{e9}'", "'\u{e9}'"),
        (T::String, "\"\"\"\n  a\n  b\n  \"\"\"", r#""a\nb""#),
        (list(T::S8), "[1, // one\n -2,]", "[1, -2]"),
    ] {
        assert_eq!(to_wave_text(&from_wave(text, &ty).expect(text), &ty), same);
    }
}

#[test]
fn what_is_no_value_of_the_type_is_refused() {
    use WitType as T;
    let flags = || T::Flags(names(&["r", "w"]));
    for (ty, text) in [
        (T::Bool, "1"),
        (T::Bool, "True"),
        (T::Bool, "%true"),
        (T::U8, "256"),
        (T::U8, "-1"),
        (T::U8, "1.0"),
        (T::U8, "+1"),
        (T::U8, "nan"),
        (T::F64, "1e400"),
        (T::F64, "-1e400"),
        (T::F32, "3.5e38"),
        (T::F64, "infinity"),
        (T::F64, "%inf"),
        (T::F64, "Inf"),
        (T::Char, "''"),
        (T::Char, "'ab'"),
        (T::Char, "\"a\""),
        (T::Char, r"'\u{d800}'"),
        (T::Char, r"'\u{110000}'"),
        (T::Char, r"'\x'"),
        (T::String, "a"),
        (T::String, "'a'"),
        (T::String, r#""\ud800""#),
        (T::String, "\"a\nb\""),
        (T::String, "\"\"\"a\"\"\""),
        (T::bytes(), r#""AQID""#),
        (T::bytes(), "[256]"),
        (T::bytes(), "{}"),
        (list(T::U16), "(1, 2)"),
        (T::Tuple(vec![T::U8, T::U8]), "(1)"),
        (T::Tuple(vec![T::U8, T::U8]), "(1, 2, 3)"),
        (T::Tuple(vec![T::U8]), "1"),
        (person(), "{:}"),
        (person(), "{}"),
        (person(), r#"{name: "Ann", agee: 1}"#),
        (person(), r#"{name: "Ann", name: "Ann"}"#),
        (person(), r#"{name: "Ann", %name: "Ann"}"#),
        (person(), r#"{name: none}"#),
        (shape(), "circle"),
        (shape(), "dot(1)"),
        (shape(), "square"),
        (shape(), "ok(1)"),
        (shape(), r#""dot""#),
        (T::Enum(names(&["true"])), "true"),
        (T::Enum(names(&["a"])), "a(1)"),
        (option(option(T::U8)), "1"),
        (option(option(T::U8)), "some(1"),
        (option(outcome()), "ok"),
        (option(T::U8), "%none"),
        (option(T::U8), "some"),
        (option(T::Enum(names(&["null"]))), "null"),
        (outcome(), "ok(1)"),
        (outcome(), "err"),
        (outcome(), r#""flat""#),
        (checked(option(T::U8)), "1"),
        (checked(option(T::U8)), "none"),
        (checked(T::U8), "ok"),
        (flags(), "{r, r}"),
        (flags(), "{r, %r}"),
        (flags(), "{q}"),
        (flags(), "{:}"),
        (flags(), "r"),
        (T::U8, "1 2"),
        (T::U8, ""),
        (T::U8, "// nothing"),
    ] {
        assert!(from_wave(text, &ty).is_err(), "{ty} {text}");
    }
}

#[test]
fn an_error_says_where() {
    let mode = WitType::Variant(vec![Case { name: "lenient".into(), ty: Some(list(WitType::U8)) }]);
    let ty = WitType::Record(vec![
        Field { name: "mode".into(), ty: option(mode) },
        Field { name: "all".into(), ty: option(list(option(outcome()))) },
    ]);
    for (text, place) in [
        ("{mode: some(lenient([1, true]))}", ".mode.lenient[1]"),
        ("{mode: lenient(true)}", ".mode.lenient"),
        ("{mode: true}", ".mode"),
        ("{all: [none, some(ok(1))]}", ".all[1]"),
        ("{all: [some(err(1))]}", ".all[0].err"),
        ("[]", ""),
    ] {
        let error = from_wave(text, &ty).expect_err(text);
        assert_eq!(error.place().map(|place| place.0.as_str()), Some(place), "{error}");
    }
}

#[test]
fn a_case_called_like_a_keyword_is_explained() {
    let error = from_wave("ok(1)", &shape()).expect_err("a keyword");
    assert!(error.to_string().ends_with("(a case called like a keyword of WAVE is written with a `%` before it)"));
    for (text, ty) in [("ok(1)", WitType::U8), ("[1]", shape())] {
        assert!(!from_wave(text, &ty).expect_err(text).to_string().contains("keyword"), "{text}");
    }
}

/// A file is written as a record, and its errors are those of a record.
#[test]
fn an_error_inside_a_file_is_the_same_as_in_json() {
    let from_json = |text| crate::value::from_json(text, &WitType::File);
    for (wave, json) in [("{sieze: 7}", r#"{"sieze": 7}"#), ("{}", "{}"), ("[1]", "[1]")] {
        let (wave, json) = (from_wave(wave, &WitType::File).unwrap_err(), from_json(json).unwrap_err());
        assert_eq!(wave.place(), json.place());
        assert_eq!(std::mem::discriminant(&wave), std::mem::discriminant(&json), "{wave} {json}");
    }
    assert_eq!(from_wave("{sieze: 7}", &WitType::File), from_json(r#"{"sieze": 7}"#));
    let error = from_wave("{size: true}", &WitType::File).unwrap_err();
    assert_eq!(error.place().map(|place| place.0.as_str()), Some(".size"), "{error}");
}

#[test]
fn a_name_that_stands_twice_is_the_same_error_as_in_json() {
    let flags = WitType::Flags(names(&["r", "w"]));
    let twice = |kind, name: &str| Err(ValueError::repeated(Path::ROOT.place(), kind, name));
    assert_eq!(from_wave("{r, %r}", &flags), twice(NameKind::Flag, "r"));
    assert_eq!(from_wave(r#"{name: "", name: ""}"#, &person()), twice(NameKind::Field, "name"));
}

/// The `wasm-wave` crate bounds its own recursion; earlier versions did not.
#[test]
fn text_that_nests_without_end_is_refused() {
    for open in ["[", "(", "{a: ", "some(", "ok(", "a("] {
        for text in [open.repeat(100_000), format!("({}", open.repeat(100_000))] {
            assert!(from_wave(&text, &list(WitType::U8)).is_err(), "{open}");
        }
    }
}

/// The lexer is a generated state machine that must not use the stack for each character.
#[test]
fn long_tokens_are_read() {
    let long = "a\u{e9}\\n".repeat(300_000);
    assert!(from_wave(&format!("\"{long}\""), &WitType::String).is_ok());
    assert!(from_wave(&format!("//{long}\n1"), &WitType::U8).is_ok());
    assert!(from_wave(&format!("\"\"\"\n{long}\n\"\"\""), &WitType::String).is_ok());
    assert!(from_wave(&"a-".repeat(1_000_000), &WitType::Enum(names(&["a"]))).is_err());
    assert!(from_wave(&"1".repeat(1_000_000), &WitType::U8).is_err());
}

/// The type is as deep as a type may be, and stays within the parser's own bound.
#[test]
fn the_deepest_type_can_be_written() {
    let (mut ty, mut value) = (WitType::U16, Value::U16(7));
    for _ in 0..63 {
        ty = option(ty);
        value = some(value);
    }
    assert_eq!(from_wave(&to_wave_text(&value, &ty), &ty), Ok(value.clone()));
    let text = crate::value::to_json_text(&value, &ty);
    assert_eq!(crate::value::from_json(&text, &ty), Ok(value));
}
