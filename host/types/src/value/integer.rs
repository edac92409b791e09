//! Search for an integer in a value, which a host needs for a language that cannot hold all integers.

use std::fmt;

use super::error::Place;
use super::path::Path;
use super::{TypeMismatch, TypedValue, Value};
use crate::wit_type::WitType;

/// An integer somewhere in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundInteger {
    /// The place of the integer in the value.
    pub place: Place,
    /// Its type: `u32`, `u64` or `s64`.
    pub ty: &'static str,
    /// The integer.
    pub number: i128,
}

/// Writes the integer, its type and, unless it is the whole value, its place: ``u64 9007199254740993 at `[3].size` ``.
impl fmt::Display for FoundInteger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, ty, number } = self;
        write!(f, "{ty} {number}")?;
        if place.0.is_empty() { Ok(()) } else { write!(f, " at {place}") }
    }
}

impl Value {
    /// Finds the first `u32`, `u64` or `s64` for which `is_sought` returns true, given its type and number. `ty` is the
    /// type of the value.
    ///
    /// # Errors
    ///
    /// [`TypeMismatch`] if the value is not of that type.
    pub fn find_integer(
        &self,
        ty: &WitType,
        is_sought: fn(&'static str, i128) -> bool,
    ) -> Result<Option<FoundInteger>, TypeMismatch> {
        Search { is_sought }.value(self, ty, &Path::ROOT)
    }
}

struct Search {
    is_sought: fn(&'static str, i128) -> bool,
}

impl Search {
    fn value(&self, value: &Value, ty: &WitType, path: &Path<'_>) -> Result<Option<FoundInteger>, TypeMismatch> {
        let typed = value.typed(ty)?;
        if let Some((ty, number)) = wide_integer(typed) {
            return Ok((self.is_sought)(ty, number).then(|| FoundInteger { place: path.place(), ty, number }));
        }
        let mut parts = typed.parts().map(|(step, (value, ty))| self.value(value, ty, &path.then(step)));
        parts.find_map(Result::transpose).transpose()
    }
}

/// Returns an integer of a type that some languages cannot hold, with its type.
fn wide_integer(typed: TypedValue<'_>) -> Option<(&'static str, i128)> {
    if let TypedValue::U32(number) = typed {
        Some(("u32", number.into()))
    } else if let TypedValue::U64(number) = typed {
        Some(("u64", number.into()))
    } else if let TypedValue::S64(number) = typed {
        Some(("s64", number.into()))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wit_type::{Case, Field};

    /// Returns the text of the first integer beyond 100.
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
