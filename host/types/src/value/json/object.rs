//! JSON objects: records, and the values that are written as one key with a payload.

use serde::de::MapAccess;

use super::super::blob_object;
use super::super::build::{RecordBuilder, find_case, some};
use super::super::error::ValueError;
use super::super::{BlobRef, Value};
use super::{Read, Wrong};
use crate::wit_type::{Case, Field, WitType};

impl Read<'_> {
    pub(super) fn record<'de, A: MapAccess<'de>>(self, fields: &[Field], mut map: A) -> Result<Value, A::Error> {
        let mut record = RecordBuilder::new(self.ty, fields, self.path);
        while let Some(name) = map.next_key::<String>()? {
            let (index, field) = record.find(&name).map_err(|error| self.fail(error))?;
            let value = map.next_value_seed(self.at(self.path.name(&field.name), &field.ty))?;
            record.set(index, value);
        }
        record.finish().map_err(|error| self.fail(error))
    }

    /// Reads a file or a directory.
    pub(super) fn blob<'de, A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        let object = blob_object::object_type();
        let WitType::Record(fields) = object else { return Err(self.mismatch("an object")) };
        let value = self.with(object).record(fields, map)?;
        let blob = BlobRef::from_fields(value);
        blob.map(|blob| blob.into_value(self.ty)).map_err(|error| self.mismatch(&error.to_string()))
    }

    pub(super) fn variant<'de, A: MapAccess<'de>>(self, cases: &[Case], mut map: A) -> Result<Value, A::Error> {
        let name = self.only_key(&mut map)?;
        let (position, case) = find_case(self.ty, cases, &name, &self.path).map_err(|error| self.fail(error))?;
        let Some(ty) = &case.ty else {
            return Err(self.mismatch(&format!("an object: `{name}` has no payload and is written \"{name}\"")));
        };
        let payload = map.next_value_seed(self.at(self.path.name(&case.name), ty))?;
        self.no_more(&mut map)?;
        Ok(Value::Variant { case: position, payload: Some(Box::new(payload)) })
    }

    /// Reads a result; `sides` are the types of the payloads of `ok` and `err`.
    pub(super) fn result<'de, A: MapAccess<'de>>(
        self,
        sides: [Option<&WitType>; 2],
        mut map: A,
    ) -> Result<Value, A::Error> {
        let [ok, err] = sides;
        let name = self.only_key(&mut map)?;
        let result = match name.as_str() {
            "ok" => Ok(self.payload("ok", ok, &mut map)?),
            "err" => Err(self.payload("err", err, &mut map)?),
            _ => return Err(self.fail(ValueError::unknown(self.path.place(), self.ty, &name))),
        };
        self.no_more(&mut map)?;
        Ok(Value::Result(result))
    }

    /// Reads the payload of one side of a result, or the `null` for its absence.
    fn payload<'de, A: MapAccess<'de>>(
        &self,
        side: &'static str,
        ty: Option<&WitType>,
        map: &mut A,
    ) -> Result<Option<Box<Value>>, A::Error> {
        let path = self.path.name(side);
        if let Some(ty) = ty {
            return map.next_value_seed(self.at(path, ty)).map(|value| Some(Box::new(value)));
        }
        map.next_value::<()>().map(|()| None).inspect_err(|_| {
            self.wrong.set(Some(Wrong::Value(ValueError::Mismatch {
                place: path.place(),
                expected: "null".into(),
                found: "a payload".into(),
            })));
        })
    }

    /// Reads an option of the option type `inner`, where a bare `null` would not say at which depth it stands.
    pub(super) fn explicit_some<'de, A: MapAccess<'de>>(self, inner: &WitType, mut map: A) -> Result<Value, A::Error> {
        let name = self.only_key(&mut map)?;
        if name != "some" {
            return Err(self.fail(ValueError::unknown(self.path.place(), self.ty, &name)));
        }
        let value = map.next_value_seed(self.at(self.path, inner))?;
        self.no_more(&mut map)?;
        Ok(some(value))
    }

    fn only_key<'de, A: MapAccess<'de>>(&self, map: &mut A) -> Result<String, A::Error> {
        map.next_key()?.ok_or_else(|| self.mismatch("an empty object"))
    }

    fn no_more<'de, A: MapAccess<'de>>(&self, map: &mut A) -> Result<(), A::Error> {
        match map.next_key::<String>()? {
            None => Ok(()),
            Some(_) => Err(self.mismatch("an object of more than one key")),
        }
    }
}
