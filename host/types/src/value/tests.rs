//! Properties of all three forms: values survive, different values stay different, and no text makes a reader panic.

use proptest::prelude::*;

use super::strategies::{almost_value, typed_pair, typed_value, wit_type};
use super::wave::write as write_wave;
use super::{
    Json, NameKind, Place, Value, ValueError, decode, encode, from_json, from_wave, parse_argument, to_json_text,
    to_wave_text,
};
use crate::wit_type::{Field, WitType};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_value_survives_cbor((ty, value) in typed_value()) {
        prop_assert!(value.has_type(&ty));
        prop_assert_eq!(decode(&encode(&value, &ty)?, &ty)?, value);
    }

    #[test]
    fn every_value_survives_json((ty, value) in typed_value()) {
        let text = to_json_text(&value, &ty);
        prop_assert_eq!(from_json(&text, &ty), Ok(value), "{} {}", ty, text);
    }

    #[test]
    fn every_value_survives_wave((ty, value) in typed_value()) {
        let text = to_wave_text(&value, &ty);
        prop_assert_eq!(from_wave(&text, &ty), Ok(value), "{} {}", ty, text);
    }

    #[test]
    fn what_is_printed_can_be_typed_as_an_argument((ty, value) in typed_value()) {
        let json = to_json_text(&value, &ty);
        prop_assert_eq!(parse_argument(&json, &ty), Ok(value.clone()), "{} {}", ty, json);
        let wave = to_wave_text(&value, &ty);
        prop_assert_eq!(parse_argument(&wave, &ty), Ok(value), "{} {}", ty, wave);
    }

    #[test]
    fn different_values_never_look_alike((ty, a, b) in typed_pair()) {
        prop_assert_eq!(a == b, encode(&a, &ty)? == encode(&b, &ty)?);
        prop_assert_eq!(a == b, to_json_text(&a, &ty) == to_json_text(&b, &ty));
        prop_assert_eq!(a == b, to_wave_text(&a, &ty) == to_wave_text(&b, &ty));
    }

    #[test]
    fn a_value_of_another_type_is_refused((ty, value) in typed_value(), other in wit_type()) {
        let fits = value.has_type(&other);
        prop_assert!(fits || ty != other);
        prop_assert_eq!(encode(&value, &other).is_ok(), fits);
        prop_assert_eq!(serde_json::to_string(&Json { value: &value, ty: &other }).is_ok(), fits);
        prop_assert_eq!(write_wave(&mut String::new(), &value, &other).is_ok(), fits);
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in almost_value(), ty in wit_type()) {
        for read in [from_json(&text, &ty), from_wave(&text, &ty), parse_argument(&text, &ty)] {
            match read {
                Ok(value) => prop_assert!(value.has_type(&ty)),
                Err(error) => {
                    let message = error.to_string();
                    prop_assert!(!message.chars().any(char::is_control), "{message:?}");
                }
            }
        }
    }

    /// So an argument may be written in either form without naming it.
    #[test]
    fn a_text_that_is_both_json_and_wave_is_one_value(text in almost_value(), (ty, value) in typed_value()) {
        for text in [text, to_json_text(&value, &ty), to_wave_text(&value, &ty)] {
            if let (Ok(json), Ok(wave)) = (from_json(&text, &ty), from_wave(&text, &ty)) {
                prop_assert_eq!(json, wave, "{} {}", ty, text);
            }
        }
    }

    #[test]
    fn a_cut_text_never_makes_a_reader_panic((ty, value) in typed_value(), at in any::<prop::sample::Index>()) {
        for text in [to_json_text(&value, &ty), to_wave_text(&value, &ty)] {
            let cut: String = text.chars().take(at.index(text.chars().count())).collect();
            if let Ok(other) = parse_argument(&cut, &ty) {
                prop_assert!(other.has_type(&ty));
            }
        }
    }
}

#[test]
fn equality_is_the_identity_of_the_cache() {
    assert_eq!(Value::F64(f64::NAN), Value::F64(f64::from_bits(0x7ff0_0000_0000_0001)));
    assert_eq!(Value::F32(f32::NAN), Value::F32(-f32::NAN));
    assert_ne!(Value::F64(0.0), Value::F64(-0.0));
    assert_ne!(Value::F32(0.0), Value::F32(-0.0));
    assert_ne!(Value::F32(1.0), Value::F64(1.0));
    assert_ne!(Value::List(vec![]), Value::Bytes(vec![]));
    assert_ne!(Value::Option(None), Value::Option(Some(Box::new(Value::Option(None)))));
    assert_ne!(Value::Result(Ok(None)), Value::Result(Err(None)));
}

#[test]
fn a_value_has_only_its_own_type() {
    let record = WitType::Record(vec![Field { name: "a".into(), ty: WitType::U8 }]);
    let flags = WitType::Flags(vec!["a".into(), "b".into()]);
    let one = || Some(Box::new(Value::U8(1)));
    for (value, ty) in [
        (Value::List(vec![]), WitType::bytes()),
        (Value::Bytes(vec![]), WitType::List(Box::new(WitType::S8))),
        (Value::List(vec![Value::U8(1)]), WitType::List(Box::new(WitType::Bool))),
        (Value::Record(vec![]), record.clone()),
        (Value::Record(vec![Value::U8(1), Value::U8(1)]), record.clone()),
        (Value::Tuple(vec![Value::U8(1)]), record),
        (Value::Tuple(vec![Value::U8(1)]), WitType::Tuple(vec![WitType::U8, WitType::U8])),
        (Value::Flags(0b100), flags),
        (Value::Enum(1), WitType::Enum(vec!["a".into()])),
        (Value::Result(Ok(one())), WitType::Result { ok: None, err: Some(Box::new(WitType::U8)) }),
        (Value::Result(Err(None)), WitType::Result { ok: None, err: Some(Box::new(WitType::U8)) }),
        (Value::Option(one()), WitType::Option(Box::new(WitType::S8))),
    ] {
        assert!(!value.has_type(&ty), "{value:?} {ty}");
        assert!(encode(&value, &ty).is_err(), "{value:?} {ty}");
        assert!(serde_json::to_string(&Json { value: &value, ty: &ty }).is_err(), "{value:?} {ty}");
        assert!(write_wave(&mut String::new(), &value, &ty).is_err(), "{value:?} {ty}");
    }
}

#[test]
fn messages_say_what_where_and_what_it_should_be() {
    let mode = WitType::Enum(vec!["fast".into(), "slow".into()]);
    let record =
        WitType::Record(vec![Field { name: "count".into(), ty: WitType::U8 }, Field { name: "mode".into(), ty: mode }]);
    let ty = WitType::List(Box::new(record));
    for (json, message) in [
        (r#"[{"count": 300}]"#, "`[0].count` should be `u8` (a whole number from 0 to 255), not 300"),
        (r#"[{"count": 1, "mode": "fsat"}]"#, "`[0].mode` has no case `fsat`: did you mean `fast`?"),
        (
            r#"[{"count": 1, "mode": "no-such-case"}]"#,
            "`[0].mode` has no case `no-such-case`: it should be `enum { fast, slow }`",
        ),
        (r#"[{"count": 1}]"#, "`[0]` lacks the field `mode: enum { fast, slow }`"),
        (r#"[{"cuont": 1}]"#, "`[0]` has no field `cuont`: did you mean `count`?"),
        (r#"[{"count": 1, "count": 1}]"#, "`[0]` has the field `count` twice"),
        ("{}", "the value should be `list<record { count: u8, mode: enum { fast, slow } }>`, not an object"),
        ("[", "this is not JSON: EOF while parsing a list at line 1 column 1"),
    ] {
        assert_eq!(from_json(json, &ty).expect_err(json).to_string(), message);
    }
}

#[test]
fn a_message_quotes_no_more_than_it_should() {
    let long = format!("\"{}\"", "é\u{1b}".repeat(10_000));
    for error in
        [from_json(&long, &WitType::U8), from_wave(&long, &WitType::U8), from_wave(&long[..5001], &WitType::U8)]
    {
        let message = error.expect_err("a string is no number").to_string();
        assert!(message.chars().count() < 400, "{message}");
        assert!(!message.contains('\u{1b}'));
    }
}

#[test]
fn a_mismatch_shows_the_beginning_of_a_long_value() {
    let long = Value::List(vec![Value::String("é".repeat(10_000)); 1000]);
    let message = encode(&long, &WitType::U8).expect_err("a list is no number").to_string();
    assert!(message.chars().count() < 300, "{message}");
    assert!(message.starts_with("the value is not of its type: `u8` expected, not List([String("), "{message}");
}

#[test]
fn errors_are_typed() {
    let ty = WitType::Record(vec![Field { name: "a".into(), ty: WitType::Bool }]);
    for read in [from_json(r#"{"b": 1}"#, &ty), from_wave("{b: 1}", &ty)] {
        assert_eq!(
            read,
            Err(ValueError::Unknown {
                place: Place(String::new()),
                kind: NameKind::Field,
                name: "b".into(),
                nearest: Some("a".into()),
                expected: "record { a: bool }".into(),
            })
        );
    }
}
