//! Values as JSON, directed by the WIT type and lossless both ways.
//!
//! | WIT | JSON |
//! |---|---|
//! | `bool` | `true`, `false` |
//! | `s8` … `u32` | number, without a fraction or an exponent; `-0` is 0 |
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
//! | `file`, `directory` | object of `name` (if any), `size`, `digest`, and `path` (its place, not part of the value) |
//! | the same, also read | string of a path, of `file:` and a path, or of `sha256:` and a digest |
//! | the same, also read | object with a `digest` or a `path` alone |
//!
//! Names are those of the WIT, in kebab-case. The reader refuses an unknown field, case or label, a repeated name, a
//! number that its type cannot hold, and anything after the value.
//!
//! `serde_json` parses, and builds nothing but the value itself. A number is taken as its text and read by its own
//! type: `serde_json` itself would read it as a double first, and refuse what is too great for one.

mod object;
mod scalar;
#[cfg(test)]
mod tests;
mod write;

use std::cell::Cell;
use std::fmt;

use serde::de::{Deserialize as _, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Value;
use super::build::{FlagsBuilder, some};
use super::error::{Place, Syntax, ValueError};
use super::path::Path;
use crate::type_kind::TypeKind;
use crate::wit_type::WitType;

use scalar::Scalar;
pub use write::{Json, to_json_text, write_json};

/// Parses `text` as a value of type `ty`.
///
/// # Errors
///
/// [`ValueError`] if it is not one.
pub fn from_json(text: &str, ty: &WitType) -> Result<Value, ValueError> {
    let wrong = Cell::new(None);
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Read { ty, path: Path::ROOT, wrong: &wrong }.deserialize(&mut json);
    read.and_then(|value| json.end().map(|()| value)).map_err(|error| match wrong.take() {
        Some(Wrong::Value(wrong)) if error.is_data() || is_json(text) => wrong,
        // A number that no double holds, and a text that is not Unicode, are well-formed all the same.
        Some(Wrong::Token { place, ty }) if error.is_data() || is_json(text) => {
            ValueError::mismatch(place, &ty, token_before(text, error.line(), error.column()))
        }
        Some(_) | None => ValueError::syntax(Syntax::Json, &error.to_string()),
    })
}

/// Returns the texts of the elements of a JSON array; `None` if `text` is not one.
pub(super) fn elements(text: &str) -> Option<Vec<&str>> {
    let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    Some(elements.into_iter().map(RawValue::get).collect())
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Returns the number that ends near a position in the text, as it is written.
fn token_before(text: &str, line: usize, column: usize) -> &str {
    let is_part = |byte: &u8| byte.is_ascii_digit() || b"-+.eE".contains(byte);
    let line = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let bytes = line.as_bytes();
    let (before, after) = bytes.split_at(column.min(bytes.len()));
    let start = before.len() - before.iter().rev().take_while(|byte| is_part(byte)).count();
    let end = before.len() + after.iter().take_while(|byte| is_part(byte)).count();
    let number = line.get(start..end).unwrap_or_default();
    let begins = start.checked_sub(1).is_none_or(|before| b" \t\r,:[".contains(&bytes[before]));
    if begins && !number.is_empty() { number } else { "a text with half of a surrogate pair" }
}

/// An error of a value, kept apart from `serde`.
enum Wrong {
    Value(ValueError),
    /// The token that was found is at the parser's position.
    Token {
        place: Place,
        ty: WitType,
    },
}

/// Reads one value of a type. `serde` passes errors on as text, so the typed error is left in `wrong`.
#[derive(Clone, Copy)]
struct Read<'a> {
    ty: &'a WitType,
    path: Path<'a>,
    wrong: &'a Cell<Option<Wrong>>,
}

impl<'de> DeserializeSeed<'de> for Read<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        let read = if is_number(self.ty) {
            <&RawValue>::deserialize(json).and_then(|raw| self.raw(raw.get()))
        } else {
            json.deserialize_any(self)
        };
        // The innermost error is set first, and says most.
        read.inspect_err(|_| {
            let wrong = self.wrong.take().unwrap_or_else(|| self.token());
            self.wrong.set(Some(wrong));
        })
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

    fn visit_i64<E: Error>(self, _: i64) -> Result<Value, E> {
        self.number()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Value, E> {
        self.number()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        self.number()
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.scalar(Scalar::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Value, A::Error> {
        match self.ty.kind() {
            TypeKind::Bytes => self.bytes(seq),
            TypeKind::List(element) => self.list(element, seq).map(Value::List),
            TypeKind::Tuple(types) => self.tuple(types, seq),
            TypeKind::Flags(names) => self.flags(names, seq),
            TypeKind::Option(inner) if !inner.is_option() => self.with(inner).visit_seq(seq).map(some),
            TypeKind::Bool
            | TypeKind::Number
            | TypeKind::Char
            | TypeKind::String
            | TypeKind::Record(_)
            | TypeKind::Variant(_)
            | TypeKind::Enum(_)
            | TypeKind::Option(_)
            | TypeKind::Result { ok: _, err: _ }
            | TypeKind::Blob(_) => Err(self.mismatch("an array")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        match self.ty.kind() {
            TypeKind::Record(fields) => self.record(fields, map),
            TypeKind::Variant(cases) => self.variant(cases, map),
            TypeKind::Result { ok, err } => self.result([ok, err], map),
            TypeKind::Option(inner) if inner.is_option() => self.explicit_some(inner, map),
            TypeKind::Option(inner) => self.with(inner).visit_map(map).map(some),
            TypeKind::Blob(_) => self.blob(map),
            TypeKind::Bool
            | TypeKind::Number
            | TypeKind::Char
            | TypeKind::String
            | TypeKind::Bytes
            | TypeKind::List(_)
            | TypeKind::Tuple(_)
            | TypeKind::Enum(_)
            | TypeKind::Flags(_) => Err(self.mismatch("an object")),
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

    /// Reads the JSON `text` as a number, or as an option of a number.
    fn raw<E: Error>(self, text: &str) -> Result<Value, E> {
        match text.as_bytes().first() {
            Some(b'n') => self.scalar(Scalar::Null),
            Some(b't') => self.scalar(Scalar::Bool(true)),
            Some(b'f') => self.scalar(Scalar::Bool(false)),
            Some(b'[') => Err(self.mismatch("an array")),
            Some(b'{') => Err(self.mismatch("an object")),
            Some(b'"') => match serde_json::from_str::<String>(text) {
                Ok(text) => self.scalar(Scalar::Text(&text)),
                Err(_) => Err(self.mismatch(text)),
            },
            Some(_) | None => self.scalar(Scalar::Number(text)),
        }
    }

    /// Refuses a number where another type is expected.
    fn number<E: Error>(self) -> Result<Value, E> {
        self.wrong.set(Some(self.token()));
        Err(E::custom(""))
    }

    fn token(&self) -> Wrong {
        Wrong::Token { place: self.path.place(), ty: self.ty.clone() }
    }

    /// Leaves the typed error in `wrong`, and returns an empty one for `serde`.
    fn fail<E: Error>(&self, error: ValueError) -> E {
        self.wrong.set(Some(Wrong::Value(error)));
        E::custom("")
    }

    fn mismatch<E: Error>(&self, found: &str) -> E {
        self.fail(ValueError::mismatch(self.path.place(), self.ty, found))
    }
}

/// Reads lists, tuples and flags.
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

/// Returns true if a value of `ty` is a number or `null`, unless it is written as text.
fn is_number(ty: &WitType) -> bool {
    match ty.kind() {
        TypeKind::Number => true,
        TypeKind::Option(inner) => inner.kind() == TypeKind::Number,
        TypeKind::Bool
        | TypeKind::Char
        | TypeKind::String
        | TypeKind::Bytes
        | TypeKind::List(_)
        | TypeKind::Record(_)
        | TypeKind::Tuple(_)
        | TypeKind::Variant(_)
        | TypeKind::Enum(_)
        | TypeKind::Result { ok: _, err: _ }
        | TypeKind::Flags(_)
        | TypeKind::Blob(_) => false,
    }
}
