//! Tests of the encoding's exact bytes, and of what the decoder refuses.

use data_encoding::HEXLOWER;
use proptest::prelude::*;

use super::super::Value;
use super::super::strategies::{call, mutated, typed_value, wit_type};
use super::*;
use crate::wit_type::{Case, Field};

fn option(ty: WitType) -> WitType {
    WitType::Option(Box::new(ty))
}

fn some(value: Value) -> Value {
    Value::Option(Some(Box::new(value)))
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

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

fn bytes(hex: &str) -> Vec<u8> {
    HEXLOWER.decode(hex.as_bytes()).expect("the test's own hexadecimal digits")
}

#[test]
fn the_bytes_of_values_are_pinned() {
    use Value as V;
    use WitType as T;
    for (value, ty, pinned) in [
        (V::Bool(true), T::Bool, "f5"),
        (V::U8(23), T::U8, "17"),
        (V::U8(24), T::U8, "1818"),
        (V::S8(0), T::S8, "00"),
        (V::S8(-1), T::S8, "20"),
        (V::S16(-500), T::S16, "3901f3"),
        (V::U32(1_000_000), T::U32, "1a000f4240"),
        (V::U64(u64::MAX), T::U64, "1bffffffffffffffff"),
        (V::S64(i64::MIN), T::S64, "3b7fffffffffffffff"),
        (V::F64(1.5), T::F64, "f93e00"),
        (V::F64(-0.0), T::F64, "f98000"),
        (V::F32(f32::INFINITY), T::F32, "f97c00"),
        (V::F64(f64::from_bits(0xfff8_0000_0000_0001)), T::F64, "f97e00"),
        (V::F32(f32::NAN), T::F32, "f97e00"),
        (V::F64(100_000.0), T::F64, "fa47c35000"),
        (V::F64(0.1), T::F64, "fb3fb999999999999a"),
        (V::F64(5.960_464_477_539_063e-8), T::F64, "f90001"),
        (V::Char('é'), T::Char, "18e9"),
        (V::String("ü\0".into()), T::String, "63c3bc00"),
        (V::Bytes(vec![1, 2, 3]), T::bytes(), "43010203"),
        (V::List(vec![V::U16(1), V::U16(256)]), T::List(Box::new(T::U16)), "8201190100"),
        (V::Record(vec![V::String("Ann".into()), some(V::U8(30))]), person(), "8263416e6e81181e"),
        (V::Tuple(vec![V::Bool(false), V::U8(0)]), T::Tuple(vec![T::Bool, T::U8]), "82f400"),
        (V::Variant { case: 0, payload: None }, shape(), "8100"),
        (V::Variant { case: 1, payload: Some(Box::new(V::F64(2.0))) }, shape(), "8201f94000"),
        (V::Enum(1), T::Enum(names(&["a", "b"])), "01"),
        (V::Option(None), option(option(T::U8)), "f6"),
        (some(V::Option(None)), option(option(T::U8)), "81f6"),
        (some(some(V::U8(42))), option(option(T::U8)), "8181182a"),
        (V::Result(Ok(None)), outcome(), "8100"),
        (V::Result(Err(Some(Box::new(V::String("no".into()))))), outcome(), "8201626e6f"),
        (V::Flags(0b101), T::Flags(names(&["r", "w", "x"])), "05"),
    ] {
        assert_eq!(encode(&value, &ty).as_deref().map(hex), Ok(pinned.to_owned()), "{value:?}");
        assert_eq!(decode(&bytes(pinned), &ty), Ok(value), "{pinned}");
    }
}

#[test]
fn other_forms_of_a_value_are_refused() {
    use WitType as T;
    for (ty, hex, why) in [
        (T::U8, "1817", "an integer that fits its head"),
        (T::U64, "1900ff", "an integer in two bytes for one"),
        (T::U64, "1a0000ffff", "an integer in four bytes for two"),
        (T::U64, "1b00000000ffffffff", "an integer in eight bytes for four"),
        (T::S8, "3817", "a negative integer that fits its head"),
        (T::S64, "3b00000000ffffffff", "a negative integer in eight bytes for four"),
        (T::F64, "fa3fc00000", "1.5 in single precision"),
        (T::F64, "fb3ff8000000000000", "1.5 in double precision"),
        (T::F64, "fb40f86a0000000000", "100000.0 in double precision"),
        (T::F32, "fa3fc00000", "1.5 in single precision"),
        (T::F32, "fa7fc00000", "a NaN in single precision"),
        (T::F64, "fb7ff8000000000000", "a NaN in double precision"),
        (T::F64, "f97e01", "a NaN with a payload"),
        (T::F64, "f9fe00", "a negative NaN"),
        (T::F64, "fb7ff0000000000000", "infinity in double precision"),
        (T::String, "780161", "a length in a byte of its own"),
        (T::bytes(), "580101", "a length in a byte of its own"),
        (T::List(Box::new(T::Bool)), "9801f4", "a length in a byte of its own"),
        (T::List(Box::new(T::Bool)), "9ff4ff", "an indefinite list"),
    ] {
        assert_eq!(decode(&bytes(hex), &ty), Err(CborError::NotDeterministic { offset: 0 }), "{why}");
    }
}

#[test]
fn what_is_no_value_of_the_type_is_refused() {
    use WitType as T;
    let flags = T::Flags(names(&["r", "w"]));
    for (ty, hex, why) in [
        (T::Bool, "f6", "null"),
        (T::Bool, "00", "a number for a bool"),
        (T::U8, "190100", "256"),
        (T::U8, "20", "a negative number"),
        (T::S8, "1880", "128"),
        (T::S8, "3880", "-129"),
        (T::S64, "1b8000000000000000", "2^63"),
        (T::S64, "3b8000000000000000", "-2^63 - 1"),
        (T::F64, "01", "an integer for a float"),
        (T::F32, "fb3fb999999999999a", "a double for a single"),
        (T::Char, "19d800", "a surrogate"),
        (T::Char, "1a00110000", "beyond the last plane"),
        (T::String, "4161", "bytes for a string"),
        (T::String, "61ff", "not UTF-8"),
        (T::String, "7f6161ff", "an indefinite string"),
        (T::bytes(), "6161", "a string for bytes"),
        (T::bytes(), "8101", "an array for bytes"),
        (T::bytes(), "5f4101ff", "indefinite bytes"),
        (T::List(Box::new(T::U16)), "4101", "bytes for a list"),
        (T::Tuple(vec![T::U8, T::U8]), "8101", "a tuple that is too short"),
        (T::Tuple(vec![T::U8]), "820101", "a tuple that is too long"),
        (T::Tuple(vec![T::Tuple(vec![T::U8]), T::U8]), "82820102", "an inner tuple that takes what follows it"),
        (T::Tuple(vec![option(T::U8), T::U8]), "82820102", "an option that takes what follows it"),
        (person(), "816161", "a field that is missing"),
        (shape(), "00", "a case without its array"),
        (shape(), "80", "a variant without a case"),
        (shape(), "8102", "a case that is not declared"),
        (shape(), "8101", "a payload that is missing"),
        (shape(), "820000", "a payload too many"),
        (shape(), "8301f9400000", "an item too many"),
        (T::Enum(names(&["a"])), "01", "a case that is not declared"),
        (option(T::U8), "01", "a bare value for an option"),
        (option(T::U8), "80", "an empty option"),
        (option(T::U8), "820101", "two values in an option"),
        (option(T::U8), "f7", "undefined"),
        (outcome(), "820000", "a payload too many"),
        (outcome(), "8102", "neither ok nor err"),
        (flags.clone(), "04", "a flag that is not declared"),
        (flags, "1b0000000100000000", "a 33rd flag"),
        (T::U8, "", "nothing"),
        (T::U8, "18", "a number that is cut off"),
        (T::F64, "f93e", "a float that is cut off"),
        (T::String, "6261", "a string that is cut off"),
        (T::List(Box::new(T::U16)), "8201", "a list that is cut off"),
        (T::U8, "c001", "a tagged number"),
        (T::Bool, "f815", "a bool in two bytes"),
        (T::U8, "1c", "a reserved head"),
    ] {
        assert!(decode(&bytes(hex), &ty).is_err(), "{why}");
    }
}

#[test]
fn bytes_after_the_value_are_refused() {
    let signature = Signature { params: vec![], result: None };
    assert_eq!(decode(&bytes("0101"), &WitType::U8), Err(CborError::TrailingBytes { offset: 1 }));
    assert_eq!(decode_inputs(&bytes("8000"), &signature), Err(CborError::TrailingBytes { offset: 1 }));
    assert_eq!(decode_result(&bytes("8000"), None), Err(CborError::TrailingBytes { offset: 1 }));
}

#[test]
fn a_length_that_the_bytes_do_not_have_reserves_nothing() {
    // Each claims at least 2^32 elements: reserving room for them would abort the test.
    let list = WitType::List(Box::new(WitType::U64));
    let nested = WitType::List(Box::new(WitType::List(Box::new(list.clone()))));
    for hex in ["9b7fffffffffffffff", "9bffffffffffffffff", "9b0000000100000000", "819b0000000100000000"] {
        assert!(decode(&bytes(hex), &list).is_err());
        assert!(decode(&bytes(hex), &nested).is_err());
    }
    // The decoder notices one missing element before it reads any.
    let offset = |hex| match decode(&bytes(hex), &list) {
        Err(CborError::Unexpected { offset, problem: _ }) => offset,
        other => panic!("{hex}: {other:?}"),
    };
    assert_eq!(offset("830102"), 0);
    assert!(decode(&bytes("83010203"), &list).is_ok());
    assert!(decode(&bytes("5b7fffffffffffffff"), &WitType::bytes()).is_err());
    assert!(decode(&bytes("7bffffffffffffffff"), &WitType::String).is_err());
}

#[test]
fn neighbours_differ() {
    let strings = WitType::List(Box::new(WitType::String));
    let list = |items: &[&str]| Value::List(items.iter().map(|item| Value::String((*item).into())).collect());
    let encodings = [list(&["ab", "cd"]), list(&["a", "bcd"]), list(&["abcd"]), list(&["abcd", ""])]
        .map(|value| encode(&value, &strings));
    for (index, encoding) in encodings.iter().enumerate() {
        assert!(!encodings[..index].contains(encoding));
    }
}

#[test]
fn a_call_without_result_has_an_empty_array() {
    assert_eq!(encode_result(None, None), Ok(vec![0x80]));
    assert_eq!(decode_result(&[0x80], None), Ok(None));
    assert_eq!(decode_result(&[0x01], Some(&WitType::U8)), Ok(Some(Value::U8(1))));
    assert!(decode_result(&[0x81, 0x01], None).is_err());
    assert!(decode_result(&[0x80], Some(&WitType::U8)).is_err());
    assert!(encode_result(None, Some(&WitType::U8)).is_err());
    assert!(encode_result(Some(&Value::U8(1)), None).is_err());
}

#[test]
fn inputs_are_counted() {
    let params = vec![Field { name: "a".into(), ty: WitType::U8 }];
    let signature = Signature { params, result: None };
    assert_eq!(encode_inputs(&[Value::U8(1)], &signature).map(EncodedInputs::into_bytes), Ok(bytes("8101")));
    assert!(encode_inputs(&[], &signature).is_err());
    assert!(encode_inputs(&[Value::U8(1), Value::U8(1)], &signature).is_err());
    assert!(encode_inputs(&[Value::U16(1)], &signature).is_err());
    assert!(decode_inputs(&bytes("80"), &signature).is_err());
    assert!(decode_inputs(&bytes("820101"), &signature).is_err());
}

/// Checks strictness: the decoder reads only what `encode` writes.
fn read_only_as_written(bytes: &[u8], ty: &WitType) -> Result<(), TestCaseError> {
    if let Ok(value) = decode(bytes, ty) {
        prop_assert_eq!(hex(&encode(&value, ty)?), hex(bytes));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_bytes_are_read_only_as_written(ty in wit_type(), bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
        read_only_as_written(&bytes, &ty)?;
    }

    #[test]
    fn mutated_encodings_are_read_only_as_written(
        (ty, bytes) in typed_value().prop_flat_map(|(ty, value)| {
            (Just(ty.clone()), mutated(encode(&value, &ty).expect("a value of its type")))
        }),
    ) {
        read_only_as_written(&bytes, &ty)?;
    }

    #[test]
    fn inputs_survive_and_each_is_encoded_as_if_alone((signature, inputs) in call()) {
        let encoded = encode_inputs(&inputs, &signature)?;
        let each: Vec<_> = encoded.each().map(<[u8]>::to_vec).collect();
        let alone: Vec<_> =
            inputs.iter().zip(&signature.params).map(|(input, param)| encode(input, &param.ty)).collect::<Result<_, _>>()?;
        prop_assert_eq!(&encoded.as_bytes()[encoded.as_bytes().len() - alone.concat().len()..], alone.concat());
        prop_assert_eq!(each, alone);
        prop_assert_eq!(decode_inputs(encoded.as_bytes(), &signature)?, inputs);
    }
}
