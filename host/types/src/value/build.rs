//! Values built from names: shared by the readers of JSON and WAVE, so that both refuse the same.

use super::Value;
use super::error::{NameKind, ValueError};
use super::path::Path;
use super::typed::nth;
use crate::wit_type::{Case, Field, WitType};

/// A record whose fields come in any order.
pub(super) struct RecordBuilder<'a> {
    ty: &'a WitType,
    fields: &'a [Field],
    path: Path<'a>,
    values: Vec<Option<Value>>,
}

impl<'a> RecordBuilder<'a> {
    /// Returns an empty record of type `ty`, which declares `fields`.
    pub(super) fn new(ty: &'a WitType, fields: &'a [Field], path: Path<'a>) -> Self {
        Self { ty, fields, path, values: vec![None; fields.len()] }
    }

    /// Finds the position of the field called `name`; an error if it is unknown or already set.
    pub(super) fn find(&self, name: &str) -> Result<(usize, &'a Field), ValueError> {
        let index = self.fields.iter().position(|field| field.name == name);
        let index = index.ok_or_else(|| ValueError::unknown(self.path.place(), self.ty, name))?;
        match self.values[index] {
            None => Ok((index, &self.fields[index])),
            Some(_) => Err(ValueError::repeated(self.path.place(), NameKind::Field, name)),
        }
    }

    /// Sets the field at an index that [`RecordBuilder::find`] gave.
    pub(super) fn set(&mut self, index: usize, value: Value) {
        self.values[index] = Some(value);
    }

    /// Returns the record: an absent field is `none`, or an error if its type is not an option.
    pub(super) fn finish(self) -> Result<Value, ValueError> {
        let values = self.values.into_iter().zip(self.fields).map(|(value, field)| match value {
            Some(value) => Ok(value),
            None if matches!(field.ty, WitType::Option(_)) => Ok(Value::Option(None)),
            None => Err(ValueError::missing(self.path.place(), &field.name, &field.ty)),
        });
        values.collect::<Result<_, _>>().map(Value::Record)
    }
}

/// Flags whose labels come in any order.
pub(super) struct FlagsBuilder<'a> {
    ty: &'a WitType,
    names: &'a [String],
    path: Path<'a>,
    bits: u32,
}

impl<'a> FlagsBuilder<'a> {
    /// Returns empty flags of type `ty`, which declares `names`.
    pub(super) fn new(ty: &'a WitType, names: &'a [String], path: Path<'a>) -> Self {
        Self { ty, names, path, bits: 0 }
    }

    /// Sets the flag called `name`; an error if it is unknown or already set.
    pub(super) fn set(&mut self, name: &str) -> Result<(), ValueError> {
        let bit = position(self.names, String::as_str, name).and_then(|position| 1_u32.checked_shl(position));
        let bit = bit.ok_or_else(|| ValueError::unknown(self.path.place(), self.ty, name))?;
        if self.bits & bit != 0 {
            return Err(ValueError::repeated(self.path.place(), NameKind::Flag, name));
        }
        self.bits |= bit;
        Ok(())
    }

    /// Returns the flags.
    pub(super) fn finish(self) -> Value {
        Value::Flags(self.bits)
    }
}

/// Finds the case called `name` of the variant type `ty`, which declares `cases`.
pub(super) fn find_case<'a>(
    ty: &WitType,
    cases: &'a [Case],
    name: &str,
    path: &Path<'_>,
) -> Result<(u32, &'a Case), ValueError> {
    position(cases, |case| &case.name, name)
        .and_then(|position| Some((position, nth(cases, position)?)))
        .ok_or_else(|| ValueError::unknown(path.place(), ty, name))
}

/// Finds the case called `name` of the enum type `ty`, which declares `names`.
pub(super) fn find_enum(ty: &WitType, names: &[String], name: &str, path: &Path<'_>) -> Result<Value, ValueError> {
    position(names, String::as_str, name).map(Value::Enum).ok_or_else(|| ValueError::unknown(path.place(), ty, name))
}

/// Returns `some(value)`.
pub(super) fn some(value: Value) -> Value {
    Value::Option(Some(Box::new(value)))
}

/// Finds the position of `name` among a type's names, as a value keeps it.
pub(super) fn position<T>(items: &[T], name_of: impl Fn(&T) -> &str, name: &str) -> Option<u32> {
    u32::try_from(items.iter().position(|item| name_of(item) == name)?).ok()
}
