//! Writing JSON, with names in declared order, to any `serde` serializer.

use std::io;

use data_encoding::BASE64;
use serde::ser::{Error, Serialize, Serializer};

use super::super::error::TypeMismatch;
use super::super::number::shortest_double;
use super::super::{Value, flags_mask, nth, paired, set_labels};
use crate::wit_type::{Field, WitType};

/// The greatest integer that every JSON reader keeps exactly, as it may read numbers as doubles: 2⁵³ − 1.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A value with its type, to be serialized.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a> {
    /// The value, which must be of the type.
    pub value: &'a Value,
    /// The type, which has the names.
    pub ty: &'a WitType,
}

/// The text of `value`, on one line.
///
/// # Panics
///
/// When it is not of type `ty`, which [`Value::has_type`] tells. A [`Json`] can be serialized where that should be an
/// error.
#[must_use]
pub fn to_json_text(value: &Value, ty: &WitType) -> String {
    serde_json::to_string(&Json { value, ty }).expect("a value of its type, and a `String` takes any text")
}

/// Writes `value` on one line, piece by piece.
///
/// # Errors
///
/// Those of `to`; and `InvalidData` when the value is not of type `ty`, after a part of it was written.
pub fn write_json(to: impl io::Write, value: &Value, ty: &WitType) -> io::Result<()> {
    Ok(serde_json::to_writer(to, &Json { value, ty })?)
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        match (self.value, self.ty) {
            (Value::Bool(v), WitType::Bool) => json.serialize_bool(*v),
            (Value::S8(v), WitType::S8) => json.serialize_i8(*v),
            (Value::U8(v), WitType::U8) => json.serialize_u8(*v),
            (Value::S16(v), WitType::S16) => json.serialize_i16(*v),
            (Value::U16(v), WitType::U16) => json.serialize_u16(*v),
            (Value::S32(v), WitType::S32) => json.serialize_i32(*v),
            (Value::U32(v), WitType::U32) => json.serialize_u32(*v),
            (Value::S64(v), WitType::S64) if v.unsigned_abs() <= MAX_SAFE_INTEGER => json.serialize_i64(*v),
            (Value::S64(v), WitType::S64) => json.collect_str(v),
            (Value::U64(v), WitType::U64) if *v <= MAX_SAFE_INTEGER => json.serialize_u64(*v),
            (Value::U64(v), WitType::U64) => json.collect_str(v),
            (Value::F32(v), WitType::F32) => float(shortest_double(*v), json),
            (Value::F64(v), WitType::F64) => float(*v, json),
            (Value::Char(v), WitType::Char) => json.serialize_char(*v),
            (Value::String(v), WitType::String) => json.serialize_str(v),
            (Value::Bytes(v), WitType::List(_)) if self.ty.is_bytes() => json.collect_str(&BASE64.encode_display(v)),
            (Value::List(items), WitType::List(element)) if !self.ty.is_bytes() => {
                json.collect_seq(items.iter().map(|value| Json { value, ty: element }))
            }
            (Value::Record(values), WitType::Record(fields)) if values.len() == fields.len() => {
                record(values, fields, json)
            }
            (Value::Tuple(values), WitType::Tuple(types)) if values.len() == types.len() => {
                json.collect_seq(values.iter().zip(types).map(|(value, ty)| Json { value, ty }))
            }
            (Value::Variant { case, payload }, WitType::Variant(cases)) => {
                let case = nth(cases, *case).ok_or_else(|| self.mismatch())?;
                match paired(payload.as_deref(), case.ty.as_ref()).ok_or_else(|| self.mismatch())? {
                    None => json.serialize_str(&case.name),
                    payload @ Some(_) => keyed(&case.name, payload, json),
                }
            }
            (Value::Enum(case), WitType::Enum(names)) => {
                json.serialize_str(nth(names, *case).ok_or_else(|| self.mismatch())?)
            }
            (Value::Option(None), WitType::Option(_)) => json.serialize_unit(),
            (Value::Option(Some(value)), WitType::Option(ty)) if ty.is_option() => {
                keyed("some", Some((value.as_ref(), ty.as_ref())), json)
            }
            (Value::Option(Some(value)), WitType::Option(ty)) => Json { value, ty }.serialize(json),
            (Value::Result(Ok(payload)), WitType::Result { ok, err: _ }) => {
                keyed("ok", paired(payload.as_deref(), ok.as_deref()).ok_or_else(|| self.mismatch())?, json)
            }
            (Value::Result(Err(payload)), WitType::Result { ok: _, err }) => {
                keyed("err", paired(payload.as_deref(), err.as_deref()).ok_or_else(|| self.mismatch())?, json)
            }
            (Value::Flags(bits), WitType::Flags(names)) if bits & !flags_mask(names) == 0 => {
                json.collect_seq(set_labels(*bits, names))
            }
            (Value::File(blob), WitType::File) | (Value::Directory(blob), WitType::Directory) => {
                let fields = blob.fields().ok_or_else(|| self.mismatch())?;
                json.collect_map(fields.iter().map(|(name, value, ty)| (name, Json { value, ty })))
            }
            // Every kind of value by name, so that a new one must find its row above.
            (
                Value::Bool(_)
                | Value::S8(_)
                | Value::U8(_)
                | Value::S16(_)
                | Value::U16(_)
                | Value::S32(_)
                | Value::U32(_)
                | Value::S64(_)
                | Value::U64(_)
                | Value::F32(_)
                | Value::F64(_)
                | Value::Char(_)
                | Value::String(_)
                | Value::Bytes(_)
                | Value::List(_)
                | Value::Record(_)
                | Value::Tuple(_)
                | Value::Variant { case: _, payload: _ }
                | Value::Enum(_)
                | Value::Option(_)
                | Value::Result(_)
                | Value::Flags(_)
                | Value::File(_)
                | Value::Directory(_),
                _,
            ) => Err(self.mismatch()),
        }
    }
}

impl Json<'_> {
    fn mismatch<E: Error>(&self) -> E {
        E::custom(TypeMismatch::new(self.value, self.ty))
    }
}

fn record<S: Serializer>(values: &[Value], fields: &[Field], json: S) -> Result<S::Ok, S::Error> {
    json.collect_map(values.iter().zip(fields).map(|(value, field)| (&field.name, Json { value, ty: &field.ty })))
}

/// An object of one key; the payload is `null` where there is none.
fn keyed<S: Serializer>(key: &str, payload: Option<(&Value, &WitType)>, json: S) -> Result<S::Ok, S::Error> {
    json.collect_map([(key, payload.map(|(value, ty)| Json { value, ty }))])
}

fn float<S: Serializer>(value: f64, json: S) -> Result<S::Ok, S::Error> {
    if value.is_nan() {
        json.serialize_str("nan")
    } else if value.is_infinite() {
        json.serialize_str(if value > 0.0 { "inf" } else { "-inf" })
    } else {
        json.serialize_f64(value)
    }
}
