//! The WIT world that bindings or a component are made for.

use std::fmt::Display;
use std::path::PathBuf;

use wit_bindgen_core::wit_parser::{Resolve, WorldId};
use wit_component::StringEncoding;

use crate::error::AuthoringError;

/// A WIT world, and the encoding of strings in the memory of the guest that implements it.
#[derive(Debug, Clone)]
pub struct World {
    /// A WIT file, or a folder of WIT files with their dependencies in its `deps/`.
    pub wit: PathBuf,
    /// Name of the world, alone or as `namespace:package/world`. `None` selects the only world of the package.
    pub name: Option<String>,
    /// Encoding of strings in the guest's memory.
    pub strings: Strings,
}

/// Encoding of strings in a guest's memory. It cannot be observed from outside the component.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Strings {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-16, little-endian.
    Utf16,
}

impl World {
    /// Parses the WIT, and finds the world in it.
    pub(crate) fn resolve(&self) -> Result<(Resolve, WorldId), AuthoringError> {
        let mut resolve = Resolve::default();
        let broken = |error: &dyn Display| AuthoringError::Wit { path: self.wit.clone(), message: error.to_string() };
        let (package, _) = resolve.push_path(&self.wit).map_err(|error| broken(&format!("{error:#}")))?;
        let world =
            resolve.select_world(&[package], self.name.as_deref()).map_err(|error| broken(&format!("{error:#}")))?;
        Ok((resolve, world))
    }
}

impl Strings {
    /// Returns the same encoding as a type of `wit-component`.
    pub(crate) const fn encoding(self) -> StringEncoding {
        match self {
            Self::Utf8 => StringEncoding::UTF8,
            Self::Utf16 => StringEncoding::UTF16,
        }
    }
}
