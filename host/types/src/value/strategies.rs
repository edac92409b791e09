//! Strategies for property tests: types of every kind, values of a type, and edge cases of the encodings.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::samples::{CHARACTERS, NAMES, SCALARS, TOKENS, WORDS};
use super::{Blob, BlobRef, Value};
use crate::wit_type::{Case, Field, Signature, WitType};
use larder_base::Digest;

/// A type that nests at most four deep.
pub fn wit_type() -> BoxedStrategy<WitType> {
    leaf_type().prop_recursive(4, 24, 4, composite_type).boxed()
}

/// A signature of up to four parameters, with or without a result.
pub fn signature() -> BoxedStrategy<Signature> {
    (fields(wit_type().boxed(), 0), proptest::option::of(wit_type()))
        .prop_map(|(params, result)| Signature { params, result })
        .boxed()
}

/// A type and a value of it.
pub fn typed_value() -> BoxedStrategy<(WitType, Value)> {
    wit_type().prop_flat_map(|ty| (value(&ty), Just(ty))).prop_map(|(value, ty)| (ty, value)).boxed()
}

/// A type and two values of it, which may be equal.
pub fn typed_pair() -> BoxedStrategy<(WitType, Value, Value)> {
    wit_type().prop_flat_map(|ty| (value(&ty), value(&ty), Just(ty))).prop_map(|(a, b, ty)| (ty, a, b)).boxed()
}

/// A signature and the inputs of a call to it.
pub fn call() -> BoxedStrategy<(Signature, Vec<Value>)> {
    signature()
        .prop_flat_map(|signature| {
            let inputs: Vec<_> = signature.params.iter().map(|param| value(&param.ty)).collect();
            (Just(signature), inputs)
        })
        .boxed()
}

/// A value of type `ty`.
pub fn value(ty: &WitType) -> BoxedStrategy<Value> {
    match ty {
        WitType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        WitType::S8 => any::<i8>().prop_map(Value::S8).boxed(),
        WitType::U8 => any::<u8>().prop_map(Value::U8).boxed(),
        WitType::S16 => near_powers(i16::MIN.into(), i16::MAX.into()).prop_map(|n| Value::S16(n as i16)).boxed(),
        WitType::U16 => near_powers(0, u16::MAX.into()).prop_map(|n| Value::U16(n as u16)).boxed(),
        WitType::S32 => near_powers(i32::MIN.into(), i32::MAX.into()).prop_map(|n| Value::S32(n as i32)).boxed(),
        WitType::U32 => near_powers(0, u32::MAX.into()).prop_map(|n| Value::U32(n as u32)).boxed(),
        WitType::S64 => near_powers(i64::MIN.into(), i64::MAX.into()).prop_map(|n| Value::S64(n as i64)).boxed(),
        WitType::U64 => near_powers(0, u64::MAX.into()).prop_map(|n| Value::U64(n as u64)).boxed(),
        WitType::F32 => single().prop_map(Value::F32).boxed(),
        WitType::F64 => double().prop_map(Value::F64).boxed(),
        WitType::Char => character().prop_map(Value::Char).boxed(),
        WitType::String => text().prop_map(Value::String).boxed(),
        WitType::List(_) if ty.is_bytes() => vec(any::<u8>(), 0..40).prop_map(Value::Bytes).boxed(),
        WitType::List(element) => vec(value(element), 0..5).prop_map(Value::List).boxed(),
        WitType::Record(fields) => {
            let values: Vec<_> = fields.iter().map(|field| value(&field.ty)).collect();
            values.prop_map(Value::Record).boxed()
        }
        WitType::Tuple(types) => types.iter().map(value).collect::<Vec<_>>().prop_map(Value::Tuple).boxed(),
        WitType::Variant(cases) => {
            let cases: Vec<_> = cases.iter().map(|case| payload(case.ty.as_ref())).collect();
            (0..cases.len())
                .prop_flat_map(move |case| (Just(case as u32), cases[case].clone()))
                .prop_map(|(case, payload)| Value::Variant { case, payload })
                .boxed()
        }
        WitType::Enum(names) => (0..names.len()).prop_map(|case| Value::Enum(case as u32)).boxed(),
        WitType::Option(inner) => prop_oneof![Just(None), payload(Some(inner))].prop_map(Value::Option).boxed(),
        WitType::Result { ok, err } => prop_oneof![
            payload(ok.as_deref()).prop_map(|payload| Value::Result(Ok(payload))),
            payload(err.as_deref()).prop_map(|payload| Value::Result(Err(payload))),
        ]
        .boxed(),
        WitType::File => blob().prop_map(Value::File).boxed(),
        WitType::Directory => blob().prop_map(Value::Directory).boxed(),
        WitType::Flags(names) => {
            let mask = super::typed::flags_mask(names);
            any::<u32>().prop_map(move |bits| Value::Flags(bits & mask)).boxed()
        }
    }
}

/// Known content, with any name or none.
fn blob() -> BoxedStrategy<BlobRef> {
    (any::<[u8; 32]>(), near_powers(0, u64::MAX.into()), proptest::option::of(text()))
        .prop_map(|(digest, size, name)| {
            BlobRef::Known(Blob { digest: Digest::from_bytes(digest), size: size as u64, name, path: None })
        })
        .boxed()
}

/// Text that resembles a value: it gets further into a parser than random characters do.
pub fn almost_value() -> BoxedStrategy<String> {
    prop_oneof![any::<String>(), vec(select(&TOKENS[..]), 0..24).prop_map(|tokens| tokens.concat())].boxed()
}

fn leaf_type() -> BoxedStrategy<WitType> {
    prop_oneof![
        5 => select(&SCALARS[..]),
        1 => Just(WitType::bytes()),
        1 => Just(WitType::Result { ok: None, err: None }),
        1 => names(1, 6).prop_map(WitType::Enum),
        1 => names(1, 6).prop_map(WitType::Flags),
        // All 32 bits of flags; the names are longer than those of [`NAMES`], and in order.
        1 => Just(WitType::Flags((0..32).map(|bit| format!("bit-n{bit}")).collect())),
    ]
    .boxed()
}

fn composite_type(inner: BoxedStrategy<WitType>) -> BoxedStrategy<WitType> {
    let maybe = || proptest::option::of(inner.clone().prop_map(Box::new));
    prop_oneof![
        inner.clone().prop_map(|element| WitType::List(Box::new(element))),
        fields(inner.clone(), 1).prop_map(WitType::Record),
        vec(inner.clone(), 1..4).prop_map(WitType::Tuple),
        (names(1, 5), vec(proptest::option::of(inner.clone()), 4)).prop_map(|(names, types)| {
            WitType::Variant(names.into_iter().zip(types).map(|(name, ty)| Case { name, ty }).collect())
        }),
        inner.clone().prop_map(|some| WitType::Option(Box::new(some))),
        // A lossy encoding shows in nested options.
        inner.clone().prop_map(|some| WitType::Option(Box::new(WitType::Option(Box::new(some))))),
        (maybe(), maybe()).prop_map(|(ok, err)| WitType::Result { ok, err }),
    ]
    .boxed()
}

fn fields(ty: BoxedStrategy<WitType>, least: usize) -> BoxedStrategy<Vec<Field>> {
    (names(least, 5), vec(ty, 4))
        .prop_map(|(names, types)| names.into_iter().zip(types).map(|(name, ty)| Field { name, ty }).collect())
        .boxed()
}

/// Different names, in any order: at least `least`, fewer than `end`.
fn names(least: usize, end: usize) -> BoxedStrategy<Vec<String>> {
    subsequence(&NAMES[..], least..end)
        .prop_shuffle()
        .prop_map(|names| names.into_iter().map(str::to_owned).collect())
        .boxed()
}

fn payload(ty: Option<&WitType>) -> BoxedStrategy<Option<Box<Value>>> {
    match ty {
        Some(ty) => value(ty).prop_map(|value| Some(Box::new(value))).boxed(),
        None => Just(None).boxed(),
    }
}

/// Integers around the powers of two, where CBOR's heads and JSON's strings begin, and any others.
fn near_powers(least: i128, greatest: i128) -> BoxedStrategy<i128> {
    let near = (0..=64_u32, -2..=2_i128, any::<bool>())
        .prop_map(|(power, off, negative)| if negative { -(1_i128 << power) } else { 1 << power } + off)
        .prop_map(move |number| number.clamp(least, greatest));
    prop_oneof![near, least..=greatest].boxed()
}

fn single() -> BoxedStrategy<f32> {
    let edges = vec![
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        0.0,
        -0.0,
        f32::MIN_POSITIVE,
        f32::from_bits(1),
        f32::MAX,
        f32::MIN,
        0.1,
        65504.0,
        65536.0,
        // Its shortest digits, read as a double, round to the next float.
        7.038_531e-26,
    ];
    prop_oneof![select(edges), any::<u32>().prop_map(f32::from_bits), half_float()].boxed()
}

fn double() -> BoxedStrategy<f64> {
    let edges = vec![
        f64::NAN,
        f64::from_bits(0xfff8_0000_0000_0001),
        -0.0,
        f64::MIN_POSITIVE,
        f64::from_bits(1),
        f64::MAX,
        f64::MIN,
        0.1,
        9_007_199_254_740_993.0,
    ];
    prop_oneof![select(edges), any::<u64>().prop_map(f64::from_bits), single().prop_map(f64::from)].boxed()
}

/// Every float that half precision holds.
fn half_float() -> BoxedStrategy<f32> {
    any::<u16>().prop_map(|bits| half::f16::from_bits(bits).to_f32()).boxed()
}

/// Characters of every plane, and those that some text form must escape.
fn character() -> BoxedStrategy<char> {
    prop_oneof![select(&CHARACTERS[..]), any::<char>(), proptest::char::range('\u{10000}', '\u{10ffff}')].boxed()
}

fn text() -> BoxedStrategy<String> {
    prop_oneof![
        select(&WORDS[..]).prop_map(str::to_owned),
        vec(character(), 0..12).prop_map(|characters| characters.into_iter().collect()),
    ]
    .boxed()
}

/// Bytes that differ from an encoding in a few places.
pub fn mutated(bytes: Vec<u8>) -> BoxedStrategy<Vec<u8>> {
    let places = btree_set(0..bytes.len().max(1), 1..4);
    (places, any::<[u8; 4]>(), 0..3_u8)
        .prop_map(move |(places, noise, how)| {
            let mut bytes = bytes.clone();
            // In reverse, so that earlier positions stay valid.
            for (place, noise) in places.into_iter().rev().zip(noise) {
                match how {
                    0 if place < bytes.len() => bytes[place] ^= 1 << (noise % 8),
                    1 if place < bytes.len() => drop(bytes.remove(place)),
                    _ => bytes.insert(place.min(bytes.len()), noise),
                }
            }
            bytes
        })
        .boxed()
}
