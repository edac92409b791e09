//! Tests of the exact JSON of each kind of type, and of what the reader refuses.

use super::*;
use crate::value::BlobRef;
use crate::value::build::some;
use crate::wit_type::{Case, Field};

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

/// The texts are written back unchanged.
#[test]
fn json_is_written_as_specified() {
    use WitType as T;
    for (ty, text) in [
        (T::Bool, "true"),
        (T::U64, "9007199254740991"),
        (T::U64, r#""9007199254740992""#),
        (T::S64, r#""-9223372036854775808""#),
        (T::S64, "-9007199254740991"),
        (T::F32, "0.1"),
        (T::F32, "-0.0"),
        (T::F64, "-0.0"),
        (T::F64, "0.30000000000000004"),
        (T::F64, r#""nan""#),
        (T::F32, r#""-inf""#),
        (T::Char, "\"\u{1f600}\""),
        (T::String, r#""a\"b\\\n""#),
        (T::bytes(), r#""AQID""#),
        (T::bytes(), r#""AQ==""#),
        (list(T::S8), "[1,-2]"),
        (person(), r#"{"name":"Ann","age":null}"#),
        (person(), r#"{"name":"Ann","age":30}"#),
        (T::Tuple(vec![T::U8, T::Bool]), "[1,true]"),
        (shape(), r#""dot""#),
        (shape(), r#"{"circle":1.5}"#),
        (T::Enum(names(&["fast", "slow"])), r#""slow""#),
        (option(T::String), r#""null""#),
        (option(option(T::U8)), "null"),
        (option(option(T::U8)), r#"{"some":null}"#),
        (option(option(T::U8)), r#"{"some":1}"#),
        (option(option(option(T::U8))), r#"{"some":{"some":1}}"#),
        (option(list(option(T::U8))), "[null,1]"),
        (option(outcome()), r#"{"ok":null}"#),
        (outcome(), r#"{"err":"no"}"#),
        (T::Flags(names(&["r", "w", "x"])), r#"["r","x"]"#),
        (T::Flags(names(&["r", "w", "x"])), "[]"),
    ] {
        let value = from_json(text, &ty).expect(text);
        assert_eq!(to_json_text(&value, &ty), text, "{ty}");
    }
}

#[test]
fn other_forms_are_read_too() {
    use WitType as T;
    for (ty, text, same) in [
        (T::U64, r#""5""#, "5"),
        (T::U64, "18446744073709551615", r#""18446744073709551615""#),
        (T::S64, r#""-5""#, "-5"),
        (T::F64, "1", "1.0"),
        (T::F64, "-0", "-0.0"),
        (T::F64, "1e2", "100.0"),
        (T::F32, "0.10000000149011612", "0.1"),
        (T::bytes(), "[1, 2, 3]", r#""AQID""#),
        (person(), r#"{"name": "Ann"}"#, r#"{"name":"Ann","age":null}"#),
        (person(), r#"{"age": 1, "name": "Ann"}"#, r#"{"name":"Ann","age":1}"#),
        (T::Flags(names(&["r", "w"])), r#"["w", "r"]"#, r#"["r","w"]"#),
        (T::String, r#""\u00e9\ud83d\ude00""#, "\"\u{e9}\u{1f600}\""),
    ] {
        assert_eq!(to_json_text(&from_json(text, &ty).expect(text), &ty), same);
    }
}

#[test]
fn what_is_no_value_of_the_type_is_refused() {
    use WitType as T;
    let flags = || T::Flags(names(&["r", "w"]));
    for (ty, text) in [
        (T::Bool, "1"),
        (T::Bool, "null"),
        (T::Bool, r#""true""#),
        (T::U8, "256"),
        (T::U8, "-1"),
        (T::U8, "1.0"),
        (T::U8, "1e0"),
        (T::U8, r#""1""#),
        (T::S8, "-129"),
        (T::U64, "18446744073709551616"),
        (T::U64, r#""18446744073709551616""#),
        (T::U64, r#""05""#),
        (T::U64, r#""+5""#),
        (T::U64, r#"" 5""#),
        (T::S64, r#""-0""#),
        (T::S64, r#""""#),
        (T::F64, "1e400"),
        (T::F64, r#""NaN""#),
        (T::F64, r#""1.5""#),
        (T::F64, "nan"),
        (T::F32, "1e39"),
        (T::F32, "-3.5e38"),
        (T::Char, r#""""#),
        (T::Char, r#""ab""#),
        (T::Char, "97"),
        (T::Char, r#""\ud800""#),
        (T::String, "a"),
        (T::String, "1"),
        (T::bytes(), r#""AQ=""#),
        (T::bytes(), r#""AQ""#),
        (T::bytes(), r#""AR==""#),
        (T::bytes(), r#""A Q=""#),
        (T::bytes(), r#""-_8=""#),
        (T::bytes(), "[256]"),
        (T::bytes(), "{}"),
        (list(T::U16), r#""AQID""#),
        (list(T::U16), "[1,]"),
        (T::Tuple(vec![T::U8, T::U8]), "[1]"),
        (T::Tuple(vec![T::U8, T::U8]), "[1,2,3]"),
        (person(), "{}"),
        (person(), "[]"),
        (person(), r#"{"name": null}"#),
        (person(), r#"{"name": "Ann", "agee": 1}"#),
        (person(), r#"{"name": "Ann", "name": "Ann"}"#),
        (person(), r#"{"Name": "Ann"}"#),
        (shape(), r#""circle""#),
        (shape(), r#""square""#),
        (shape(), r#"{"dot": null}"#),
        (shape(), r#"{"circle": 1, "dot": null}"#),
        (shape(), r#"{"circle": 1, "circle": 1}"#),
        (shape(), "{}"),
        (T::Enum(names(&["a"])), r#"{"a": null}"#),
        (T::Enum(names(&["a"])), "0"),
        (option(option(T::U8)), "1"),
        (option(option(list(T::U16))), "[1]"),
        (option(option(T::String)), r#""a""#),
        (option(option(T::Bool)), "true"),
        (option(option(T::U8)), r#"{"none": null}"#),
        (option(option(T::U8)), r#"{"some": 1, "some": 2}"#),
        (option(T::U8), r#"{"some": 1}"#),
        (outcome(), r#""ok""#),
        (outcome(), r#"{"ok": 1}"#),
        (outcome(), r#"{"ok": {}}"#),
        (outcome(), r#"{"err": null}"#),
        (outcome(), r#"{"ok": null, "err": "no"}"#),
        (outcome(), "{}"),
        (flags(), r#"["r", "r"]"#),
        (flags(), r#"["q"]"#),
        (flags(), r#""r""#),
        (flags(), "[0]"),
        (T::U8, "1 2"),
        (T::U8, "1]"),
        (T::U8, ""),
        (T::U8, "01"),
        (T::U8, "+1"),
        (T::String, "\"a\nb\""),
    ] {
        assert!(from_json(text, &ty).is_err(), "{ty} {text}");
    }
}

#[test]
fn an_error_says_where() {
    let ty = WitType::Record(vec![
        Field {
            name: "mode".into(),
            ty: WitType::Variant(vec![Case { name: "lenient".into(), ty: Some(list(WitType::U8)) }]),
        },
        Field { name: "all".into(), ty: option(list(option(outcome()))) },
    ]);
    for (text, place) in [
        (r#"{"mode": {"lenient": [1, true]}}"#, ".mode.lenient[1]"),
        (r#"{"mode": {"lenient": true}}"#, ".mode.lenient"),
        (r#"{"mode": true}"#, ".mode"),
        (r#"{"mode": {"lenient": [], "x": 1}}"#, ".mode"),
        (r#"{"all": [{"err": "no", "x": 1}]}"#, ".all[0]"),
        (r#"{"all": [null, {"ok": 1}]}"#, ".all[1].ok"),
        (r#"{"all": [{"err": 1}]}"#, ".all[0].err"),
        (r#"{"all": [{"eer": 1}]}"#, ".all[0]"),
        ("[]", ""),
    ] {
        let error = from_json(text, &ty).expect_err(text);
        assert_eq!(error.place().map(|place| place.0.as_str()), Some(place), "{error}");
    }
}

#[test]
fn an_object_of_more_than_one_key_is_told_as_such() {
    for (text, ty) in [
        (r#"{"circle": 1, "dot": null}"#, shape()),
        (r#"{"err": "no", "ok": null}"#, outcome()),
        (r#"{"some": 1, "none": null}"#, option(option(WitType::U8))),
    ] {
        let error = from_json(text, &ty).expect_err(text).to_string();
        assert!(error.ends_with("not an object of more than one key"), "{error}");
    }
}

/// Text that is not JSON at all is told apart from an unexpected payload.
#[test]
fn a_cut_payload_is_a_syntax_error() {
    for text in [r#"{"ok": nul"#, r#"{"ok": "#, r#"{"ok": null"#] {
        let error = from_json(text, &outcome()).expect_err(text);
        assert!(matches!(error, ValueError::Syntax { syntax: Syntax::Json, problem: _ }), "{error}");
    }
}

#[test]
fn doubles_are_read_exactly() {
    for double in [31.245_270_191_439_438, 1.448_997_445_238_699, 5e-324, f64::MAX, 0.1 + 0.2, 121.482_817_470_243_36] {
        let text = to_json_text(&Value::F64(double), &WitType::F64);
        assert_eq!(from_json(&text, &WitType::F64), Ok(Value::F64(double)));
    }
}

#[test]
fn a_single_that_would_be_rounded_twice_is_written_in_full() {
    let single = Value::F32(f32::from_bits(0x15ae_43fd));
    let text = to_json_text(&single, &WitType::F32);
    assert_eq!(text, "7.038530691851209e-26");
    assert_eq!(from_json(&text, &WitType::F32), Ok(single));
}

#[test]
fn text_that_nests_without_end_is_refused() {
    for open in ["[", r#"{"some":"#, r#"[{"a":"#] {
        let deep = open.repeat(100_000);
        assert!(from_json(&deep, &WitType::U8).is_err());
        assert!(from_json(&format!("[1,{deep}"), &WitType::Tuple(vec![WitType::U8])).is_err());
    }
}

#[test]
fn a_file_is_the_text_of_a_path_or_a_digest() {
    let digest = larder_base::Digest::of(b"");
    for (text, blob) in [
        ("a.txt".to_owned(), BlobRef::Path("a.txt".into())),
        (format!("sha256:{digest}"), BlobRef::Stored { digest, name: None }),
    ] {
        assert_eq!(from_json(&format!("{text:?}"), &WitType::File), Ok(Value::File(blob.clone())));
        assert_eq!(from_json(&format!("{text:?}"), &WitType::Directory), Ok(Value::Directory(blob)));
    }
    assert!(from_json(r#""""#, &WitType::File).unwrap_err().to_string().ends_with("not an empty text"));
}

#[test]
fn a_value_is_written_piece_by_piece_as_it_is_at_once() {
    let value = some(Value::String("a\n\u{1f600}".into()));
    let mut bytes = Vec::new();
    write_json(&mut bytes, &value, &option(WitType::String)).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap(), to_json_text(&value, &option(WitType::String)));
    let error = write_json(Vec::new(), &value, &option(WitType::U8)).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
}

#[test]
fn fields_keep_their_order_in_any_serializer() {
    let ty = WitType::Record(vec![
        Field { name: "zz".into(), ty: WitType::U8 },
        Field { name: "aa".into(), ty: WitType::U8 },
    ]);
    let value = Value::Record(vec![Value::U8(1), Value::U8(2)]);
    let pretty = serde_json::to_string_pretty(&Json { value: &value, ty: &ty }).expect("a value of its type");
    assert_eq!(pretty, "{\n  \"zz\": 1,\n  \"aa\": 2\n}");
}

/// The error quotes a number as it is written, not as a double would hold it; a number that no double holds is still
/// JSON.
#[test]
fn a_number_that_does_not_fit_is_quoted_as_it_stands() {
    use WitType as T;
    let record = |ty| T::Record(vec![Field { name: "a".into(), ty }]);
    for (text, ty, place, found) in [
        ("18446744073709551616", T::U64, "", "18446744073709551616"),
        ("-0.0", T::U64, "", "-0.0"),
        ("1.50", T::S8, "", "1.50"),
        ("1E2", T::S8, "", "1E2"),
        ("1e400", T::F64, "", "1e400"),
        ("-1e400", T::F32, "", "-1e400"),
        ("1e400", T::U8, "", "1e400"),
        ("1e400", T::String, "", "1e400"),
        ("1e400", T::Bool, "", "1e400"),
        ("1.50", T::String, "", "1.50"),
        ("18446744073709551616", person(), "", "18446744073709551616"),
        ("[1, 1e400]", list(T::F64), "[1]", "1e400"),
        ("[ -1e400 ,2]", list(T::String), "[0]", "-1e400"),
        ("[\n  -1e400\n]", list(T::String), "[0]", "-1e400"),
        (r#"{"a": 1e400}"#, record(T::Char), ".a", "1e400"),
        (r#"{"a":1e400}"#, record(option(T::F64)), ".a", "1e400"),
        (r#"{"ok": 1e400}"#, outcome(), ".ok", "a payload"),
        (r#""\ud800""#, T::String, "", "a text with half of a surrogate pair"),
        (r#""1e40\ud800""#, T::String, "", "a text with half of a surrogate pair"),
        (r#""\ud800""#, T::U8, "", r#""\ud800""#),
    ] {
        let error = from_json(text, &ty).expect_err(text);
        let ValueError::Mismatch { place: at, expected: _, found: told } = error else {
            panic!("{text} {ty}: {error}")
        };
        assert_eq!((at.0.as_str(), told.as_str()), (place, found), "{text} {ty}");
    }
    for (text, ty) in [("[1e400", list(T::String)), ("1e400 x", T::String)] {
        let error = from_json(text, &ty).expect_err(text);
        assert!(matches!(error, ValueError::Syntax { syntax: Syntax::Json, problem: _ }), "{text}: {error}");
    }
}
