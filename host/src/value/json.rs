//! Values as JSON, directed by the WIT type and lossless both ways.
//!
//! | WIT | JSON |
//! |---|---|
//! | `bool` | `true`, `false` |
//! | `s8` … `u32` | number, without a fraction or an exponent |
//! | `s64`, `u64` | number up to ±(2⁵³ − 1), beyond that its decimal digits in a string; both are read |
//! | `f32`, `f64` | number, or `"nan"`, `"inf"`, `"-inf"`; `-0.0` keeps its sign |
//! | `char` | string of one Unicode scalar value |
//! | `string` | string |
//! | `list<u8>` | base64 (RFC 4648 §4, padded) in a string; an array of numbers is read too |
//! | `list`, `tuple` | array |
//! | `record` | object, fields in declared order; an absent field is read as `none` if it is an option |
//! | `variant` | `"case"`, or `{"case": payload}` if the case has a payload |
//! | `enum` | `"case"` |
//! | `option` | `null`, or the value itself; around another option, `null` or `{"some": value}` |
//! | `result` | `{"ok": value}`, `{"err": value}`, with `null` where there is no payload |
//! | `flags` | array of the labels that are set, in declared order; read in any order |
//! | `file`, `directory` | object of `name` (if it has one), `size`, `digest`, and `path` (where it can be found, which is no part of the value); read too: the string of a path, of `file:` and a path, or of `sha256:` and a digest; an object with a `digest` or a `path` alone |
//!
//! Names are those of the WIT, in kebab-case. What is refused: an unknown field, case or label, a name that stands
//! twice, a number that its type cannot hold, and anything after the value.
//!
//! `serde_json` parses; nothing is built but the value itself. It must have its feature `float_roundtrip`: without it
//! a number is read up to one unit in the last place away from what was written.

mod object;
mod scalar;
#[cfg(test)]
mod tests;
mod write;

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Value;
use super::build::{FlagsBuilder, some};
use super::error::{Syntax, ValueError};
use super::path::Path;
use crate::wit_type::WitType;

use scalar::Scalar;
pub use write::{Json, to_json_text, write_json};

/// The value of type `ty` that `text` is.
///
/// # Errors
///
/// When it is none.
pub fn from_json(text: &str, ty: &WitType) -> Result<Value, ValueError> {
    let wrong = Cell::new(None);
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Read { ty, path: Path::ROOT, wrong: &wrong }.deserialize(&mut json);
    read.and_then(|value| json.end().map(|()| value)).map_err(|error| match wrong.take() {
        Some(wrong) if error.is_data() => wrong,
        Some(_) | None => ValueError::syntax(Syntax::Json, &error.to_string()),
    })
}

/// Reads one value of a type. `serde` passes errors on as text, so the typed one is left in `wrong` on the way out.
#[derive(Clone, Copy)]
struct Read<'a> {
    ty: &'a WitType,
    path: Path<'a>,
    wrong: &'a Cell<Option<ValueError>>,
}

impl<'de> DeserializeSeed<'de> for Read<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Read<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ty)
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.scalar(Scalar::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.scalar(Scalar::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.scalar(Scalar::Integer(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.scalar(Scalar::Integer(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.scalar(Scalar::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.scalar(Scalar::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Value, A::Error> {
        match self.ty {
            WitType::List(_) if self.ty.is_bytes() => self.bytes(seq),
            WitType::List(element) => self.list(element, seq).map(Value::List),
            WitType::Tuple(types) => self.tuple(types, seq),
            WitType::Flags(names) => self.flags(names, seq),
            WitType::Option(inner) if !is_option(inner) => self.with(inner).visit_seq(seq).map(some),
            WitType::Bool
            | WitType::S8
            | WitType::U8
            | WitType::S16
            | WitType::U16
            | WitType::S32
            | WitType::U32
            | WitType::S64
            | WitType::U64
            | WitType::F32
            | WitType::F64
            | WitType::Char
            | WitType::String
            | WitType::Record(_)
            | WitType::Variant(_)
            | WitType::Enum(_)
            | WitType::Option(_)
            | WitType::Result { ok: _, err: _ }
            | WitType::File
            | WitType::Directory => Err(self.mismatch("an array")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        match self.ty {
            WitType::Record(fields) => self.record(fields, map),
            WitType::Variant(cases) => self.variant(cases, map),
            WitType::Result { ok, err } => self.result([ok.as_deref(), err.as_deref()], map),
            WitType::Option(inner) if is_option(inner) => self.explicit_some(inner, map),
            WitType::Option(inner) => self.with(inner).visit_map(map).map(some),
            WitType::File | WitType::Directory => self.blob(map),
            WitType::Bool
            | WitType::S8
            | WitType::U8
            | WitType::S16
            | WitType::U16
            | WitType::S32
            | WitType::U32
            | WitType::S64
            | WitType::U64
            | WitType::F32
            | WitType::F64
            | WitType::Char
            | WitType::String
            | WitType::List(_)
            | WitType::Tuple(_)
            | WitType::Enum(_)
            | WitType::Flags(_) => Err(self.mismatch("an object")),
        }
    }
}

impl<'a> Read<'a> {
    fn with(self, ty: &'a WitType) -> Self {
        Self { ty, ..self }
    }

    fn at<'b>(&'b self, path: Path<'b>, ty: &'b WitType) -> Read<'b> {
        Read { ty, path, wrong: self.wrong }
    }

    fn scalar<E: Error>(self, scalar: Scalar<'_>) -> Result<Value, E> {
        scalar.read(self.ty, &self.path).map_err(|error| self.fail(error))
    }

    /// Leaves the typed error behind and gives `serde` one that carries nothing.
    fn fail<E: Error>(&self, error: ValueError) -> E {
        self.wrong.set(Some(error));
        E::custom("")
    }

    fn mismatch<E: Error>(&self, found: &str) -> E {
        self.fail(ValueError::mismatch(self.path.place(), self.ty, found))
    }
}

/// Lists, tuples and flags.
impl Read<'_> {
    fn list<'de, A: SeqAccess<'de>>(self, element: &WitType, mut seq: A) -> Result<Vec<Value>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self.at(self.path.index(items.len()), element))? {
            items.push(item);
        }
        Ok(items)
    }

    fn bytes<'de, A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut bytes = Vec::new();
        while let Some(item) = seq.next_element_seed(self.at(self.path.index(bytes.len()), &WitType::U8))? {
            let Value::U8(byte) = item else { return Err(self.mismatch("an array of something else")) };
            bytes.push(byte);
        }
        Ok(Value::Bytes(bytes))
    }

    fn tuple<'de, A: SeqAccess<'de>>(self, types: &[WitType], mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::with_capacity(types.len());
        for (index, ty) in types.iter().enumerate() {
            let Some(value) = seq.next_element_seed(self.at(self.path.index(index), ty))? else {
                return Err(self.mismatch(&format!("an array of {index}")));
            };
            values.push(value);
        }
        match seq.next_element::<IgnoredAny>()? {
            None => Ok(Value::Tuple(values)),
            Some(IgnoredAny) => Err(self.mismatch(&format!("an array of more than {}", types.len()))),
        }
    }

    fn flags<'de, A: SeqAccess<'de>>(self, names: &[String], seq: A) -> Result<Value, A::Error> {
        let mut flags = FlagsBuilder::new(self.ty, names, self.path);
        for label in self.list(&WitType::String, seq)? {
            let Value::String(label) = label else { return Err(self.mismatch("an array of something else")) };
            flags.set(&label).map_err(|error| self.fail(error))?;
        }
        Ok(flags.finish())
    }
}

/// Whether `null` is a value of `ty`, so that an option of it needs `{"some": …}`.
const fn is_option(ty: &WitType) -> bool {
    matches!(ty, WitType::Option(_))
}
