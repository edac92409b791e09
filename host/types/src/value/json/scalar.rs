//! JSON's null, booleans, numbers and strings, and the WIT values that they stand for.

use std::borrow::Cow;
use std::str::FromStr;

use data_encoding::BASE64;

use super::super::build::{find_case, find_enum, some};
use super::super::error::ValueError;
use super::super::number::{self, Float};
use super::super::path::Path;
use super::super::{BlobRef, Value};
use crate::wit_type::WitType;
use larder_base::excerpt::excerpt;

/// A scalar of the text. A number is its text: only its type decides how it is read.
#[derive(Clone, Copy)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    Text(&'a str),
}

impl Scalar<'_> {
    /// Reads this as a value of type `ty`.
    pub(super) fn read(self, ty: &WitType, path: &Path<'_>) -> Result<Value, ValueError> {
        let value = match ty {
            WitType::Bool => self.bool().map(Value::Bool),
            WitType::S8 => self.integer().map(Value::S8),
            WitType::U8 => self.integer().map(Value::U8),
            WitType::S16 => self.integer().map(Value::S16),
            WitType::U16 => self.integer().map(Value::U16),
            WitType::S32 => self.integer().map(Value::S32),
            WitType::U32 => self.integer().map(Value::U32),
            WitType::S64 => self.integer().or_else(|| self.digits()).map(Value::S64),
            WitType::U64 => self.integer().or_else(|| self.digits()).map(Value::U64),
            WitType::F32 => self.float().map(Value::F32),
            WitType::F64 => self.float().map(Value::F64),
            WitType::Char => self.char().map(Value::Char),
            WitType::String => self.text().map(|text| Value::String(text.to_owned())),
            WitType::List(_) if ty.is_bytes() => self.base64().map(Value::Bytes),
            WitType::Variant(cases) => match self.text() {
                Some(name) => {
                    let (case, declared) = find_case(ty, cases, name, path)?;
                    if declared.ty.is_some() {
                        return Err(ValueError::mismatch(path.place(), ty, &format!("\"{name}\" without its payload")));
                    }
                    Some(Value::Variant { case, payload: None })
                }
                None => None,
            },
            WitType::Enum(names) => match self.text() {
                Some(name) => Some(find_enum(ty, names, name, path)?),
                None => None,
            },
            WitType::File => self.blob(ty, path)?.map(Value::File),
            WitType::Directory => self.blob(ty, path)?.map(Value::Directory),
            WitType::Option(_) if matches!(self, Self::Null) => Some(Value::Option(None)),
            WitType::Option(inner) if !inner.is_option() => return self.read(inner, path).map(some),
            WitType::Option(_)
            | WitType::List(_)
            | WitType::Record(_)
            | WitType::Tuple(_)
            | WitType::Result { ok: _, err: _ }
            | WitType::Flags(_) => None,
        };
        value.ok_or_else(|| ValueError::mismatch(path.place(), ty, &self.describe()))
    }

    const fn bool(self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(value),
            Self::Null | Self::Number(_) | Self::Text(_) => None,
        }
    }

    fn integer<T: FromStr>(self) -> Option<T> {
        match self {
            Self::Number(text) => number::integer(text),
            Self::Null | Self::Bool(_) | Self::Text(_) => None,
        }
    }

    /// Reads an integer from its decimal digits, in their one form: no `+`, no leading zero, no `-0`.
    fn digits<T: FromStr + ToString>(self) -> Option<T> {
        let text = self.text()?;
        text.parse().ok().filter(|number: &T| number.to_string() == text)
    }

    fn float<F: Float>(self) -> Option<F> {
        match self {
            Self::Number(text) => number::float(text),
            Self::Text("nan") => Some(F::NAN),
            Self::Text("inf") => Some(F::INFINITY),
            Self::Text("-inf") => Some(F::NEG_INFINITY),
            Self::Null | Self::Bool(_) | Self::Text(_) => None,
        }
    }

    fn char(self) -> Option<char> {
        let mut scalars = self.text()?.chars();
        scalars.next().filter(|_| scalars.next().is_none())
    }

    fn base64(self) -> Option<Vec<u8>> {
        BASE64.decode(self.text()?.as_bytes()).ok()
    }

    fn blob(self, ty: &WitType, path: &Path<'_>) -> Result<Option<BlobRef>, ValueError> {
        let blob = self.text().map(BlobRef::parse).transpose();
        blob.map_err(|error| ValueError::mismatch(path.place(), ty, &error.to_string()))
    }

    fn describe(self) -> Cow<'static, str> {
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => value.to_string().into(),
            Self::Number(text) => excerpt(text).into(),
            Self::Text(text) => format!("\"{}\"", excerpt(text)).into(),
        }
    }
}

impl<'a> Scalar<'a> {
    const fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) => None,
        }
    }
}
