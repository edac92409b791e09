//! The inputs of a call while they are collected: typed by a person, read from JSON, or known before.

use std::path::Path;

use larder_types::value::{Value, from_json, parse_cell};
use larder_types::{Field, Signature, WitType};

use super::argument::Argument;
use super::blobs::absolute;
use super::error::{ArgumentError, ill_typed, named, unknown};
use super::typed::typed;

/// The inputs of a call while they are collected, perhaps from several sources. Each parameter gets one value, by name.
/// A clone continues from here, so that what many calls have in common is read once.
#[derive(Debug, Clone)]
pub struct Inputs<'s> {
    params: &'s [Field],
    pub(super) folder: &'s Path,
    values: Vec<Option<Value>>,
}

impl<'s> Inputs<'s> {
    /// Starts without inputs. Relative paths start at `folder`.
    #[must_use]
    pub fn new(signature: &'s Signature, folder: &'s Path) -> Self {
        let params = &signature.params;
        Self { params, folder, values: vec![None; params.len()] }
    }

    /// Starts with values that were collected before, for the same signature.
    #[must_use]
    pub fn of(signature: &'s Signature, folder: &'s Path, given: Vec<Option<Value>>) -> Self {
        Self { params: &signature.params, folder, values: given }
    }

    /// Returns the values collected so far, in declared order.
    #[must_use]
    pub fn given(self) -> Vec<Option<Value>> {
        self.values
    }

    /// Returns the parameter of this name, which must not have a value yet.
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

    /// Takes a value as typed after `name=`.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`]: the parameter cannot take it.
    pub fn typed(&mut self, name: &str, text: &str) -> Result<(), ArgumentError> {
        let position = self.position(name)?;
        self.values[position] = Some(typed(&self.params[position], text, self.folder)?);
        Ok(())
    }

    /// Takes a value as written in a table, which may come from a stranger. For a `string` it is the text; for every
    /// other type it is JSON or WAVE. An empty cell gives an option no value. Only a `file` or a `directory` is a path;
    /// no cell is a pattern or, behind an `@`, the content of a file.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`]: the parameter cannot take it.
    pub fn cell(&mut self, name: &str, text: &str) -> Result<(), ArgumentError> {
        let position = self.position(name)?;
        let param = &self.params[position];
        let value = parse_cell(text, &param.ty).map_err(|source| ill_typed(param, source))?;
        self.values[position] = Some(absolute(value, self.folder));
        Ok(())
    }

    /// Returns true if there is a parameter of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.params.iter().any(|param| param.name == *name)
    }

    /// Takes a value written as JSON, in which neither `@` nor patterns have a meaning.
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
    /// [`ArgumentError`]: the parameter does not exist, or already has a value.
    pub fn value(&mut self, name: &str, value: Value) -> Result<(), ArgumentError> {
        let position = self.position(name)?;
        self.values[position] = Some(value);
        Ok(())
    }

    /// Returns the inputs, in declared order.
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
            .map(|(param, _)| named(param))
            .collect();
        if !missing.is_empty() {
            return Err(ArgumentError::Missing { missing });
        }
        Ok(self.values.into_iter().map(|value| value.unwrap_or(Value::Option(None))).collect())
    }
}

/// Reads the typed inputs of a call, in declared order. Every argument must name a parameter, once. A parameter of type
/// `option` may be left out, and is then `none`. Relative paths behind `@` start at `folder`.
///
/// # Errors
///
/// The first [`ArgumentError`] in the order given, missing parameters last.
pub fn typed_inputs(signature: &Signature, arguments: &[Argument], folder: &Path) -> Result<Vec<Value>, ArgumentError> {
    let mut inputs = Inputs::new(signature, folder);
    for Argument { name, text } in arguments {
        inputs.typed(name, text)?;
    }
    inputs.complete()
}

#[cfg(test)]
mod tests {
    use super::*;
    use larder_types::value::BlobRef;

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
    fn a_cell_names_nothing_but_files() {
        let signature = signature();
        let mut inputs = Inputs::new(&signature, Path::new("/here"));
        for wrong in ["@n", "", "n=1", "256"] {
            assert!(matches!(inputs.cell("n", wrong), Err(ArgumentError::IllTyped { .. })), "{wrong}");
        }
        inputs.cell("n", "1").unwrap();
        assert!(matches!(inputs.cell("n", "1"), Err(ArgumentError::Repeated { .. })));
        inputs.cell("file", "@a*").unwrap();
        let file = Value::File(BlobRef::Path("/here/@a*".into()));
        assert_eq!(inputs.complete().unwrap(), [Value::U8(1), Value::Option(Some(Box::new(file)))]);
    }
}
