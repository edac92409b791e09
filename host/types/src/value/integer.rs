//! Looking for an integer in a value: what a host has to do for a language that cannot hold them all.

use std::fmt;

use super::error::Place;
use super::path::Path;
use super::{TypeMismatch, Value};
use crate::wit_type::WitType;

/// An integer somewhere in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundInteger {
    /// Where in the value it is.
    pub place: Place,
    /// Its type: `u32`, `u64` or `s64`.
    pub ty: &'static str,
    /// The integer.
    pub number: i128,
}

/// The integer, its type and, unless it is the whole value, where it stands: ``u64 9007199254740993 at `[3].size` ``.
impl fmt::Display for FoundInteger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, ty, number } = self;
        write!(f, "{ty} {number}")?;
        if place.0.is_empty() { Ok(()) } else { write!(f, " at {place}") }
    }
}

impl Value {
    /// The first `u32`, `u64` or `s64` in it, a value of `ty`, that `is_sought`, which is handed type and number.
    ///
    /// # Errors
    ///
    /// [`TypeMismatch`] when the value is not of that type.
    pub fn find_integer(
        &self,
        ty: &WitType,
        is_sought: fn(&'static str, i128) -> bool,
    ) -> Result<Option<FoundInteger>, TypeMismatch> {
        Search { is_sought }.value(self, ty, &Path::ROOT)
    }
}

type Found = Result<Option<FoundInteger>, TypeMismatch>;

struct Search {
    is_sought: fn(&'static str, i128) -> bool,
}

impl Search {
    fn value(&self, value: &Value, ty: &WitType, path: &Path<'_>) -> Found {
        let mismatch = || TypeMismatch::new(value, ty);
        match value {
            Value::U32(number) => Ok(self.integer("u32", i128::from(*number), path)),
            Value::U64(number) => Ok(self.integer("u64", i128::from(*number), path)),
            Value::S64(number) => Ok(self.integer("s64", i128::from(*number), path)),
            Value::List(items) => {
                let WitType::List(element) = ty else { return Err(mismatch()) };
                first(items.iter().enumerate().map(|(index, item)| self.value(item, element, &path.index(index))))
            }
            Value::Record(values) => {
                let WitType::Record(fields) = ty else { return Err(mismatch()) };
                first(
                    values
                        .iter()
                        .zip(fields)
                        .map(|(value, field)| self.value(value, &field.ty, &path.name(&field.name))),
                )
            }
            Value::Tuple(values) => {
                let WitType::Tuple(types) = ty else { return Err(mismatch()) };
                first(
                    values
                        .iter()
                        .zip(types)
                        .enumerate()
                        .map(|(index, (value, ty))| self.value(value, ty, &path.index(index))),
                )
            }
            Value::Variant { case, payload } => {
                let WitType::Variant(cases) = ty else { return Err(mismatch()) };
                let case = usize::try_from(*case).ok().and_then(|case| cases.get(case)).ok_or_else(mismatch)?;
                self.payload(payload.as_deref(), case.ty.as_ref(), &path.name(&case.name))
            }
            Value::Option(payload) => {
                let WitType::Option(some) = ty else { return Err(mismatch()) };
                self.payload(payload.as_deref(), Some(some), path)
            }
            Value::Result(result) => {
                let WitType::Result { ok, err } = ty else { return Err(mismatch()) };
                match result {
                    Ok(payload) => self.payload(payload.as_deref(), ok.as_deref(), &path.name("ok")),
                    Err(payload) => self.payload(payload.as_deref(), err.as_deref(), &path.name("err")),
                }
            }
            Value::Bool(_)
            | Value::S8(_)
            | Value::U8(_)
            | Value::S16(_)
            | Value::U16(_)
            | Value::S32(_)
            | Value::F32(_)
            | Value::F64(_)
            | Value::Char(_)
            | Value::String(_)
            | Value::Bytes(_)
            | Value::Enum(_)
            | Value::Flags(_)
            | Value::File(_)
            | Value::Directory(_) => Ok(None),
        }
    }

    fn payload(&self, payload: Option<&Value>, ty: Option<&WitType>, path: &Path<'_>) -> Found {
        match (payload, ty) {
            (Some(payload), Some(ty)) => self.value(payload, ty, path),
            (Some(_) | None, _) => Ok(None),
        }
    }

    fn integer(&self, ty: &'static str, number: i128, path: &Path<'_>) -> Option<FoundInteger> {
        (self.is_sought)(ty, number).then(|| FoundInteger { place: path.place(), ty, number })
    }
}

fn first(mut found: impl Iterator<Item = Found>) -> Found {
    found.find_map(Result::transpose).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wit_type::{Case, Field};

    /// The text of the first integer beyond 100.
    fn found(value: &Value, ty: &WitType) -> Option<String> {
        value.find_integer(ty, |_, number| number > 100).unwrap().map(|found| found.to_string())
    }

    #[test]
    fn one_is_found_at_any_depth_and_its_place_is_told() {
        let sought = || Box::new(Value::U64(101));
        let option = (Value::Option(Some(sought())), WitType::Option(Box::new(WitType::U64)));
        let variant = (
            Value::Variant { case: 1, payload: Some(sought()) },
            WitType::Variant(vec![
                Case { name: "none".into(), ty: None },
                Case { name: "some-more".into(), ty: Some(WitType::U64) },
            ]),
        );
        let sides = WitType::Result { ok: Some(Box::new(WitType::U64)), err: Some(Box::new(WitType::U64)) };
        for ((value, ty), place) in [
            (option, ""),
            (variant, ".some-more"),
            ((Value::Result(Ok(Some(sought()))), sides.clone()), ".ok"),
            ((Value::Result(Err(Some(sought()))), sides), ".err"),
        ] {
            let inner = Value::Tuple(vec![Value::U64(1), value]);
            let inner_type = WitType::Tuple(vec![WitType::U64, ty]);
            let list = Value::List(vec![Value::Record(vec![inner])]);
            let ty = WitType::List(Box::new(WitType::Record(vec![Field { name: "at".into(), ty: inner_type }])));
            assert_eq!(found(&list, &ty), Some(format!("u64 101 at `[0].at[1]{place}`")));
        }
    }

    #[test]
    fn the_types_that_a_language_may_not_hold_are_looked_at_and_no_others() {
        for (value, ty, text) in [
            (Value::U32(101), WitType::U32, Some("u32 101")),
            (Value::U64(u64::MAX), WitType::U64, Some("u64 18446744073709551615")),
            (Value::S64(i64::MAX), WitType::S64, Some("s64 9223372036854775807")),
            (Value::S64(i64::MIN), WitType::S64, None),
            (Value::S32(i32::MAX), WitType::S32, None),
            (Value::F64(1e300), WitType::F64, None),
            (Value::Option(None), WitType::Option(Box::new(WitType::U64)), None),
            (Value::Result(Ok(None)), WitType::Result { ok: None, err: None }, None),
            (Value::Bytes(vec![255; 8]), WitType::List(Box::new(WitType::U8)), None),
        ] {
            assert_eq!(found(&value, &ty), text.map(str::to_owned));
        }
        assert!(Value::List(vec![]).find_integer(&WitType::U64, |_, _| true).is_err());
    }
}
