//! The inputs of a call while they come together: typed by a person, read from JSON, or known before.

use std::path::Path;

use super::{ArgumentError, absolute, ill_typed, typed, unknown};
use crate::value::{Value, from_json};
use crate::wit_type::{Field, Signature, WitType};

/// The inputs of a call while they come together, perhaps from several sources: each parameter once, by its name. A
/// clone goes on from here, so what many calls have in common is read once.
#[derive(Debug, Clone)]
pub struct Inputs<'s> {
    params: &'s [Field],
    folder: &'s Path,
    values: Vec<Option<Value>>,
}

impl<'s> Inputs<'s> {
    /// None yet. Relative paths start at `folder`.
    #[must_use]
    pub fn new(signature: &'s Signature, folder: &'s Path) -> Self {
        let params = &signature.params;
        Self { params, folder, values: vec![None; params.len()] }
    }

    /// What came together before, for the same signature.
    #[must_use]
    pub fn of(signature: &'s Signature, folder: &'s Path, given: Vec<Option<Value>>) -> Self {
        Self { params: &signature.params, folder, values: given }
    }

    /// What has come together so far, in declared order.
    #[must_use]
    pub fn given(self) -> Vec<Option<Value>> {
        self.values
    }

    /// The parameter of this name, which must have no value yet.
    ///
    /// # Errors
    ///
    /// [`ArgumentError::Unknown`] and [`ArgumentError::Repeated`].
    pub fn open(&self, name: &str) -> Result<&'s Field, ArgumentError> {
        self.position(name).map(|position| &self.params[position])
    }

    fn position(&self, name: &str) -> Result<usize, ArgumentError> {
        let position = self.params.iter().position(|param| param.name == *name);
        let position = position.ok_or_else(|| unknown(name, self.params))?;
        match self.values[position] {
            Some(_) => Err(ArgumentError::Repeated { name: name.to_owned() }),
            None => Ok(position),
        }
    }

    /// Takes a value as it is typed after `name=`.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`]: the parameter cannot take it.
    pub fn typed(&mut self, name: &str, text: &str) -> Result<(), ArgumentError> {
        let position = self.position(name)?;
        self.values[position] = Some(typed(&self.params[position], text, self.folder)?);
        Ok(())
    }

    /// Takes a value that is written as JSON, and nothing else: no `@` and no pattern has a meaning in it.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`]: the parameter cannot take it.
    pub fn json(&mut self, name: &str, json: &str) -> Result<(), ArgumentError> {
        let position = self.position(name)?;
        let param = &self.params[position];
        let value = from_json(json, &param.ty).map_err(|source| ill_typed(param, source))?;
        self.values[position] = Some(absolute(value, self.folder));
        Ok(())
    }

    /// Takes a value that was read before.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`]: there is no such parameter, or it has a value.
    pub fn value(&mut self, name: &str, value: Value) -> Result<(), ArgumentError> {
        let position = self.position(name)?;
        self.values[position] = Some(value);
        Ok(())
    }

    /// The values for the parameter `name` that a list of them is, typed as for a parameter that takes a list.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`]: the parameter cannot take one of them, or there is none.
    pub fn each(&self, name: &str, text: &str) -> Result<Vec<Value>, ArgumentError> {
        let Field { name, ty } = self.open(name)?;
        let list = Field { name: name.clone(), ty: WitType::List(Box::new(ty.clone())) };
        let list = typed(&list, text, self.folder)?;
        if let Value::Bytes(bytes) = list {
            return Ok(bytes.into_iter().map(Value::U8).collect());
        }
        // Of its type it is nothing else.
        let Value::List(values) = list else { return Ok(Vec::new()) };
        Ok(values)
    }

    /// The inputs, in declared order.
    ///
    /// # Errors
    ///
    /// [`ArgumentError::Missing`].
    pub fn complete(self) -> Result<Vec<Value>, ArgumentError> {
        let missing: Vec<String> = self
            .params
            .iter()
            .zip(&self.values)
            .filter(|(param, value)| value.is_none() && !matches!(param.ty, WitType::Option(_)))
            .map(|(param, _)| format!("`{param}`"))
            .collect();
        if !missing.is_empty() {
            return Err(ArgumentError::Missing { missing });
        }
        Ok(self.values.into_iter().map(|value| value.unwrap_or(Value::Option(None))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::BlobRef;

    fn signature() -> Signature {
        let field = |name: &str, ty| Field { name: name.into(), ty };
        let params = vec![field("n", WitType::U8), field("file", WitType::Option(Box::new(WitType::File)))];
        Signature { params, result: None }
    }

    #[test]
    fn a_parameter_takes_one_value_from_whatever_source() {
        let signature = signature();
        let mut inputs = Inputs::new(&signature, Path::new("/here"));
        inputs.json("n", "7").unwrap();
        for again in
            [inputs.clone().json("n", "7"), inputs.clone().typed("n", "7"), inputs.clone().value("n", Value::U8(7))]
        {
            assert!(matches!(again, Err(ArgumentError::Repeated { name }) if name == "n"));
        }
        assert!(matches!(inputs.each("n", "[7]"), Err(ArgumentError::Repeated { .. })));
        assert!(matches!(inputs.json("m", "7"), Err(ArgumentError::Unknown { .. })));
        let again = Inputs::of(&signature, Path::new("/here"), inputs.clone().given());
        assert_eq!(again.complete().unwrap(), inputs.complete().unwrap());
    }

    #[test]
    fn json_means_nothing_but_its_value() {
        let signature = signature();
        let mut inputs = Inputs::new(&signature, Path::new("/here"));
        for wrong in ["\"7\"", "@n", "256", "7 8", "", "null"] {
            assert!(matches!(inputs.json("n", wrong), Err(ArgumentError::IllTyped { .. })), "{wrong}");
        }
        assert!(matches!(inputs.clone().complete(), Err(ArgumentError::Missing { missing }) if missing == ["`n: u8`"]));
        inputs.json("n", "1").unwrap();
        inputs.json("file", "\"@a*\"").unwrap();
        let file = Value::File(BlobRef::Path("/here/@a*".into()));
        assert_eq!(inputs.complete().unwrap(), [Value::U8(1), Value::Option(Some(Box::new(file)))]);
    }

    #[test]
    fn each_is_a_list_of_what_the_parameter_takes() {
        let signature = signature();
        let inputs = Inputs::new(&signature, Path::new("/here"));
        assert_eq!(inputs.each("n", "[3, 4]").unwrap(), [Value::U8(3), Value::U8(4)]);
        assert_eq!(inputs.each("n", "[]").unwrap(), []);
        assert!(inputs.each("n", "3").is_err() && inputs.each("n", "[300]").is_err());
    }
}
