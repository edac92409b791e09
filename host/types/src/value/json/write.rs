//! Writing JSON, with names in declared order, to any `serde` serializer.

use std::io;

use data_encoding::BASE64;
use serde::ser::{Error, Serialize, Serializer};

use super::super::error::TypeMismatch;
use super::super::number::shortest_double;
use super::super::typed::set_labels;
use super::super::{Part, TypedValue, Value};
use crate::wit_type::WitType;

/// The greatest integer that every JSON reader keeps exactly, since it may read numbers as doubles: 2⁵³ − 1.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A value with its type, to be serialized.
#[derive(Debug, Clone, Copy)]
pub struct Json<'a> {
    /// The value, which must be of the type.
    pub value: &'a Value,
    /// The type, which has the names.
    pub ty: &'a WitType,
}

/// Returns the text of `value`, on one line.
///
/// # Panics
///
/// Panics if `value` is not of type `ty`; check that with [`Value::has_type`]. Serialize a [`Json`] where it should be
/// an error.
#[must_use]
pub fn to_json_text(value: &Value, ty: &WitType) -> String {
    serde_json::to_string(&Json { value, ty }).expect("a value of its type, and a `String` takes any text")
}

/// Writes `value` on one line, piece by piece.
///
/// # Errors
///
/// Those of `to`; `InvalidData` if the value is not of type `ty`, after a part of it was written.
pub fn write_json(to: impl io::Write, value: &Value, ty: &WitType) -> io::Result<()> {
    Ok(serde_json::to_writer(to, &Json { value, ty })?)
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        match self.value.typed(self.ty).map_err(Error::custom)? {
            TypedValue::Bool(v) => json.serialize_bool(v),
            TypedValue::S8(v) => json.serialize_i8(v),
            TypedValue::U8(v) => json.serialize_u8(v),
            TypedValue::S16(v) => json.serialize_i16(v),
            TypedValue::U16(v) => json.serialize_u16(v),
            TypedValue::S32(v) => json.serialize_i32(v),
            TypedValue::U32(v) => json.serialize_u32(v),
            TypedValue::S64(v) if v.unsigned_abs() <= MAX_SAFE_INTEGER => json.serialize_i64(v),
            TypedValue::S64(v) => json.collect_str(&v),
            TypedValue::U64(v) if v <= MAX_SAFE_INTEGER => json.serialize_u64(v),
            TypedValue::U64(v) => json.collect_str(&v),
            TypedValue::F32(v) => float(shortest_double(v), json),
            TypedValue::F64(v) => float(v, json),
            TypedValue::Char(v) => json.serialize_char(v),
            TypedValue::String(v) => json.serialize_str(v),
            TypedValue::Bytes(v) => json.collect_str(&BASE64.encode_display(v)),
            TypedValue::List { items, element } => json.collect_seq(items.iter().map(|item| of((item, element)))),
            TypedValue::Record { values, fields } => {
                let members = values.iter().zip(fields);
                json.collect_map(members.map(|(value, field)| (&field.name, of((value, &field.ty)))))
            }
            TypedValue::Tuple { values, types } => json.collect_seq(values.iter().zip(types).map(of)),
            TypedValue::Variant { position: _, name, payload: None } => json.serialize_str(name),
            TypedValue::Variant { position: _, name, payload } => keyed(name, payload, json),
            TypedValue::Enum { position: _, name } => json.serialize_str(name),
            TypedValue::Option { payload: None, some: _ } => json.serialize_unit(),
            TypedValue::Option { payload: Some(payload), some } if some.is_option() => {
                keyed("some", Some((payload, some)), json)
            }
            TypedValue::Option { payload: Some(payload), some } => of((payload, some)).serialize(json),
            TypedValue::Result(Ok(payload)) => keyed("ok", payload, json),
            TypedValue::Result(Err(payload)) => keyed("err", payload, json),
            TypedValue::Flags { bits, names } => json.collect_seq(set_labels(bits, names)),
            TypedValue::Blob(_, blob) => {
                let fields = blob.fields().ok_or_else(|| Error::custom(TypeMismatch::new(self.value, self.ty)))?;
                json.collect_map(fields.iter().map(|(name, value, ty)| (name, of((value, ty)))))
            }
        }
    }
}

/// Wraps a part of a value, to be serialized.
const fn of<'v>((value, ty): Part<'v>) -> Json<'v> {
    Json { value, ty }
}

/// Writes an object of one key; an absent payload is `null`.
fn keyed<S: Serializer>(key: &str, payload: Option<Part<'_>>, json: S) -> Result<S::Ok, S::Error> {
    json.collect_map([(key, payload.map(of))])
}

fn float<S: Serializer>(value: f64, json: S) -> Result<S::Ok, S::Error> {
    if value.is_nan() {
        json.serialize_str("nan")
    } else if value.is_infinite() {
        json.serialize_str(if value.is_sign_positive() { "inf" } else { "-inf" })
    } else {
        json.serialize_f64(value)
    }
}
