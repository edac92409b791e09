//! Values as deterministic CBOR, which the key hashes and the store keeps.
//!
//! RFC 8949 §4.2.1, core deterministic encoding, directed by the WIT type: an integer, a length and a float take the
//! shortest form that keeps them exactly, and every length is definite. Each value of a type has one encoding, and no
//! two values of a type share one. The encoding says nothing of the type, which is in the cache id.
//!
//! | WIT | CBOR |
//! |---|---|
//! | `bool` | simple value `false` or `true` |
//! | `s8` … `u64` | integer |
//! | `f32`, `f64` | shortest exact float of 16, 32 or 64 bits; every NaN is `f9 7e00`; `-0.0` is `f9 8000` |
//! | `char` | unsigned integer, the scalar value |
//! | `string` | text string |
//! | `list<u8>` | byte string |
//! | `list`, `tuple` | array |
//! | `record` | array of the fields' values, in declared order |
//! | `variant` | array of the case's position, and its payload if it has one |
//! | `enum` | unsigned integer, the case's position |
//! | `option` | `null`, or an array of the one value: nested options stay apart |
//! | `result` | `[0]` or `[0, value]` for `ok`, `[1]` or `[1, value]` for `err` |
//! | `flags` | unsigned integer, bit *i* being the *i*-th declared label |
//! | `file`, `directory` | array of digest (byte string), size (unsigned integer), and name (text string or `null`) |
//! | the inputs of a call | array of the parameters' values, in declared order |
//! | the result of a call | the value, so that it encodes like the input of another task; `[]` if there is none |
//!
//! Changing a row changes every key: the format version in the cache id must be bumped with it.

mod decode;
mod form;
#[cfg(test)]
mod tests;

use std::convert::Infallible;

use minicbor::Encoder;

use super::error::TypeMismatch;
use super::{Blob, Part, TypedValue, Value};
use crate::wit_type::{Signature, WitType};

use self::form::{ERR, HALF, OK, halved, narrowed};
pub use decode::{CborError, decode, decode_inputs, decode_result};

/// Initial room for the inputs of a call, in bytes: most are small.
const ROOM: usize = 64;

type Sink<'a> = Encoder<&'a mut Vec<u8>>;

/// Encodes `value`, which must be of type `ty`.
///
/// # Errors
///
/// [`TypeMismatch`] if it is not.
pub fn encode(value: &Value, ty: &WitType) -> Result<Vec<u8>, TypeMismatch> {
    let mut bytes = Vec::with_capacity(ROOM);
    encode_into(&mut bytes, value, ty)?;
    Ok(bytes)
}

/// Appends the encoding of `value`, which must be of type `ty`, to `bytes`.
///
/// # Errors
///
/// [`TypeMismatch`] if it is not; `bytes` then ends with a part of an encoding.
pub fn encode_into(bytes: &mut Vec<u8>, value: &Value, ty: &WitType) -> Result<(), TypeMismatch> {
    write(&mut Encoder::new(bytes), value, ty)
}

/// The encoded inputs of one call: one buffer, and the bounds of each input in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedInputs {
    bytes: Vec<u8>,
    /// Offset of the first input, after the head of the array.
    start: usize,
    /// Offset of the end of each input, where the next one starts.
    ends: Vec<usize>,
}

impl EncodedInputs {
    /// Returns the whole array, which enters the key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Iterates over the encodings of the single inputs, in declared order.
    pub fn each(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let mut start = self.start;
        self.ends.iter().map(move |end| &self.bytes[std::mem::replace(&mut start, *end)..*end])
    }

    /// Returns the whole array, owned.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Encodes the inputs of a call, one for each parameter of `signature`, in declared order.
///
/// # Errors
///
/// [`TypeMismatch`] if their number or a type differs from the signature.
pub fn encode_inputs(inputs: &[Value], signature: &Signature) -> Result<EncodedInputs, TypeMismatch> {
    if inputs.len() != signature.params.len() {
        return Err(TypeMismatch {
            expected: format!("{} inputs", signature.params.len()),
            found: inputs.len().to_string(),
        });
    }
    let mut bytes = Vec::with_capacity(ROOM);
    array(&mut Encoder::new(&mut bytes), inputs.len());
    let start = bytes.len();
    let mut ends = Vec::with_capacity(inputs.len());
    for (input, param) in inputs.iter().zip(&signature.params) {
        encode_into(&mut bytes, input, &param.ty)?;
        ends.push(bytes.len());
    }
    Ok(EncodedInputs { bytes, start, ends })
}

/// Encodes the result of a call, or the absence of one.
///
/// # Errors
///
/// [`TypeMismatch`] if the value is not of the type, or only one of the two is present.
pub fn encode_result(result: Option<&Value>, ty: Option<&WitType>) -> Result<Vec<u8>, TypeMismatch> {
    match (result, ty) {
        (Some(value), Some(ty)) => encode(value, ty),
        (None, None) => {
            let mut bytes = Vec::new();
            array(&mut Encoder::new(&mut bytes), 0);
            Ok(bytes)
        }
        (Some(_), None) => Err(TypeMismatch { expected: "no result".into(), found: "a value".into() }),
        (None, Some(ty)) => Err(TypeMismatch { expected: ty.to_string(), found: "no result".into() }),
    }
}

fn write(sink: &mut Sink<'_>, value: &Value, ty: &WitType) -> Result<(), TypeMismatch> {
    match value.typed(ty)? {
        TypedValue::Bool(v) => done(sink.bool(v)),
        TypedValue::S8(v) => done(sink.i8(v)),
        TypedValue::U8(v) => done(sink.u8(v)),
        TypedValue::S16(v) => done(sink.i16(v)),
        TypedValue::U16(v) => done(sink.u16(v)),
        TypedValue::S32(v) => done(sink.i32(v)),
        TypedValue::U32(v) => done(sink.u32(v)),
        TypedValue::S64(v) => done(sink.i64(v)),
        TypedValue::U64(v) => done(sink.u64(v)),
        TypedValue::F32(v) => write_f32(sink, v),
        TypedValue::F64(v) => write_f64(sink, v),
        TypedValue::Char(v) => done(sink.char(v)),
        TypedValue::String(v) => done(sink.str(v)),
        TypedValue::Bytes(v) => done(sink.bytes(v)),
        TypedValue::List { items, element } => {
            array(sink, items.len());
            return items.iter().try_for_each(|item| write(sink, item, element));
        }
        TypedValue::Record { values, fields } => {
            array(sink, values.len());
            return values.iter().zip(fields).try_for_each(|(value, field)| write(sink, value, &field.ty));
        }
        TypedValue::Tuple { values, types } => {
            array(sink, values.len());
            return values.iter().zip(types).try_for_each(|(value, ty)| write(sink, value, ty));
        }
        TypedValue::Variant { position, name: _, payload } => return write_case(sink, position, payload),
        TypedValue::Result(Ok(payload)) => return write_case(sink, OK, payload),
        TypedValue::Result(Err(payload)) => return write_case(sink, ERR, payload),
        TypedValue::Enum { position, name: _ } => done(sink.u32(position)),
        TypedValue::Option { payload: None, some: _ } => done(sink.null()),
        TypedValue::Option { payload: Some(payload), some } => {
            array(sink, 1);
            return write(sink, payload, some);
        }
        TypedValue::Flags { bits, names: _ } => done(sink.u32(bits)),
        TypedValue::Blob(_, blob) => write_blob(sink, blob.known().ok_or_else(|| TypeMismatch::new(value, ty))?),
    }
    Ok(())
}

/// Writes a case of a variant or a side of a result: its position, and its payload if it has one.
fn write_case(sink: &mut Sink<'_>, case: u32, payload: Option<Part<'_>>) -> Result<(), TypeMismatch> {
    array(sink, 1 + usize::from(payload.is_some()));
    done(sink.u32(case));
    payload.map_or(Ok(()), |(value, ty)| write(sink, value, ty))
}

fn write_blob(sink: &mut Sink<'_>, Blob { digest, size, name, path: _ }: &Blob) {
    array(sink, 3);
    done(sink.bytes(digest.as_bytes()));
    done(sink.u64(*size));
    match name {
        Some(name) => done(sink.str(name)),
        None => done(sink.null()),
    }
}

fn write_f64(sink: &mut Sink<'_>, value: f64) {
    match narrowed(value) {
        Some(single) => write_f32(sink, single),
        None => done(sink.f64(value)),
    }
}

fn write_f32(sink: &mut Sink<'_>, value: f32) {
    match halved(value) {
        Some(half) => {
            let [high, low] = half.to_be_bytes();
            // minicbor writes half floats only with a feature that adds nothing else.
            sink.writer_mut().extend_from_slice(&[HALF, high, low]);
        }
        None => done(sink.f32(value)),
    }
}

fn array(sink: &mut Sink<'_>, length: usize) {
    done(sink.array(length as u64));
}

/// Unwraps minicbor's result of writing, which cannot fail.
fn done<T>(written: Result<T, minicbor::encode::Error<Infallible>>) {
    written.expect("minicbor's own types are written whenever the bytes are, and a `Vec` takes any");
}
