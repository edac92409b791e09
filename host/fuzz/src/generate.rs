//! Types and values from a fuzzer's bytes. When the bytes run out, every choice is the simplest.

use arbitrary::{Result, Unstructured};
use larder::{Blob, BlobRef, Case, Digest, Field, Signature, Value, WitType};
use larder_types::value::samples::{CHARACTERS, NAMES, SCALARS, WORDS};

/// Maximum nesting depth of a generated type.
const DEPTH: usize = 4;

/// Maximum number of members of a generated type.
const MEMBERS: usize = 4;

/// Generates a type.
pub(crate) fn wit_type(u: &mut Unstructured<'_>) -> Result<WitType> {
    nested(u, DEPTH)
}

/// Generates a signature of up to four parameters, with or without a result.
pub(crate) fn signature(u: &mut Unstructured<'_>) -> Result<Signature> {
    let params = fields(u, 0, DEPTH)?;
    let result = if u.arbitrary()? { Some(wit_type(u)?) } else { None };
    Ok(Signature { params, result })
}

fn nested(u: &mut Unstructured<'_>, depth: usize) -> Result<WitType> {
    // A small mutation of a byte should make a small change of the type, so the scalars come first.
    let kinds: usize = if depth == 0 { 18 } else { 25 };
    Ok(match u.int_in_range(0..=kinds)? {
        kind @ 0..=14 => SCALARS[kind].clone(),
        15 => WitType::Enum(names(u, 1)?),
        16 => WitType::Flags(names(u, 1)?),
        // All 32 bits of flags.
        17 => WitType::Flags((0..32).map(|bit| format!("bit-n{bit}")).collect()),
        18 => WitType::bytes(),
        19 => WitType::List(boxed(u, depth)?),
        20 => WitType::Record(fields(u, 1, depth - 1)?),
        21 => WitType::Tuple((0..u.int_in_range(1..=MEMBERS)?).map(|_| nested(u, depth - 1)).collect::<Result<_>>()?),
        22 => WitType::Variant(cases(u, depth - 1)?),
        23 => WitType::Option(boxed(u, depth)?),
        // A lossy encoding shows in nested options.
        24 => WitType::Option(Box::new(WitType::Option(boxed(u, depth)?))),
        _ => WitType::Result { ok: optional(u, depth)?, err: optional(u, depth)? },
    })
}

fn boxed(u: &mut Unstructured<'_>, depth: usize) -> Result<Box<WitType>> {
    nested(u, depth - 1).map(Box::new)
}

fn optional(u: &mut Unstructured<'_>, depth: usize) -> Result<Option<Box<WitType>>> {
    if u.arbitrary()? { boxed(u, depth).map(Some) } else { Ok(None) }
}

fn fields(u: &mut Unstructured<'_>, least: usize, depth: usize) -> Result<Vec<Field>> {
    names(u, least)?.into_iter().map(|name| Ok(Field { name, ty: nested(u, depth)? })).collect()
}

fn cases(u: &mut Unstructured<'_>, depth: usize) -> Result<Vec<Case>> {
    let names = names(u, 1)?;
    let case = |name| Ok(Case { name, ty: if u.arbitrary()? { Some(nested(u, depth)?) } else { None } });
    names.into_iter().map(case).collect()
}

/// Generates different names: at least `least` of them, which is 0 or 1.
fn names(u: &mut Unstructured<'_>, least: usize) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for _ in 0..u.int_in_range(least..=MEMBERS)? {
        let name = *u.choose(&NAMES)?;
        if names.iter().all(|other| other != name) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// Generates a value of type `ty`.
pub(crate) fn value(u: &mut Unstructured<'_>, ty: &WitType) -> Result<Value> {
    Ok(match ty {
        WitType::Bool => Value::Bool(u.arbitrary()?),
        WitType::S8 => Value::S8(u.arbitrary()?),
        WitType::U8 => Value::U8(u.arbitrary()?),
        WitType::S16 => Value::S16(near_a_power(u)? as i16),
        WitType::U16 => Value::U16(near_a_power(u)? as u16),
        WitType::S32 => Value::S32(near_a_power(u)? as i32),
        WitType::U32 => Value::U32(near_a_power(u)? as u32),
        WitType::S64 => Value::S64(near_a_power(u)? as i64),
        WitType::U64 => Value::U64(near_a_power(u)? as u64),
        WitType::F32 => Value::F32(single(u)?),
        WitType::F64 => Value::F64(if u.arbitrary()? { u.arbitrary()? } else { f64::from(single(u)?) }),
        WitType::Char => Value::Char(character(u)?),
        WitType::String => Value::String(string(u)?),
        WitType::List(_) if ty.is_bytes() => Value::Bytes(u.arbitrary()?),
        WitType::List(element) => {
            Value::List((0..u.int_in_range(0..=MEMBERS)?).map(|_| value(u, element)).collect::<Result<_>>()?)
        }
        WitType::Record(fields) => {
            Value::Record(fields.iter().map(|field| value(u, &field.ty)).collect::<Result<_>>()?)
        }
        WitType::Tuple(types) => Value::Tuple(types.iter().map(|ty| value(u, ty)).collect::<Result<_>>()?),
        WitType::Variant(cases) => {
            let case = u.choose_index(cases.len())?;
            Value::Variant { case: case as u32, payload: payload(u, cases[case].ty.as_ref())? }
        }
        WitType::Enum(names) => Value::Enum(u.choose_index(names.len())? as u32),
        WitType::Option(some) => Value::Option(if u.arbitrary()? { payload(u, Some(some))? } else { None }),
        WitType::Result { ok, err } => Value::Result(match u.arbitrary()? {
            true => Err(payload(u, err.as_deref())?),
            false => Ok(payload(u, ok.as_deref())?),
        }),
        WitType::File => Value::File(blob(u)?),
        WitType::Directory => Value::Directory(blob(u)?),
        WitType::Flags(names) => {
            let all = u32::MAX.checked_shr(u32::BITS - names.len() as u32).unwrap_or(0);
            Value::Flags(u.arbitrary::<u32>()? & all)
        }
    })
}

/// Generates known content, with any name or none.
fn blob(u: &mut Unstructured<'_>) -> Result<BlobRef> {
    let digest = Digest::from_bytes(u.arbitrary()?);
    let name = if u.arbitrary()? { Some(string(u)?) } else { None };
    Ok(BlobRef::Known(Blob { digest, size: u.arbitrary()?, name, path: None }))
}

fn payload(u: &mut Unstructured<'_>, ty: Option<&WitType>) -> Result<Option<Box<Value>>> {
    ty.map(|ty| value(u, ty).map(Box::new)).transpose()
}

/// Generates integers around the powers of two, where CBOR's heads and JSON's strings begin, and any others.
fn near_a_power(u: &mut Unstructured<'_>) -> Result<i128> {
    if u.arbitrary()? {
        return Ok(i128::from(u.arbitrary::<i64>()?));
    }
    let (power, off, negative) = (u.int_in_range(0..=64)?, u.int_in_range(-2..=2)?, u.arbitrary()?);
    Ok(if negative { -(1_i128 << power) + off } else { (1_i128 << power) + off })
}

/// Generates any single, and singles that fewer bits hold.
fn single(u: &mut Unstructured<'_>) -> Result<f32> {
    Ok(match u.int_in_range(0..=2)? {
        0 => f32::from(u.arbitrary::<i16>()?) / 16.0,
        1 => *u.choose(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0, f32::MAX, f32::from_bits(1), 65504.0])?,
        _ => f32::from_bits(u.arbitrary()?),
    })
}

fn character(u: &mut Unstructured<'_>) -> Result<char> {
    if u.arbitrary()? { u.arbitrary() } else { u.choose(&CHARACTERS).copied() }
}

/// Generates a text of any characters.
pub(crate) fn string(u: &mut Unstructured<'_>) -> Result<String> {
    if u.arbitrary()? {
        return u.choose(&WORDS).map(|word| (*word).to_owned());
    }
    (0..u.int_in_range(0..=12)?).map(|_| character(u)).collect()
}
