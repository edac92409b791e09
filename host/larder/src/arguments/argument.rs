//! Arguments as a person types them: `name=value`.

use super::error::ArgumentError;

/// One argument as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The name before the `=`.
    pub name: String,
    /// The text after it.
    pub text: String,
}

impl Argument {
    /// Splits `name=value`.
    ///
    /// # Errors
    ///
    /// [`ArgumentError::NotAnArgument`] when there is no `=`, or nothing before it.
    pub fn split(typed: &str) -> Result<Self, ArgumentError> {
        match typed.split_once('=') {
            Some((name, text)) if !name.is_empty() => Ok(Self { name: name.to_owned(), text: text.to_owned() }),
            Some(_) | None => Err(ArgumentError::NotAnArgument { typed: typed.to_owned() }),
        }
    }
}
