//! Writing the bindings of a world into a folder.

use std::path::Path;

use larder_base::contain::contain;

use super::language::BindingLanguage;
use crate::error::{AuthoringError, BindingsError};
use crate::output::write;
use crate::world::{Strings, World};

/// Writes the bindings of `world` into the folder `out`.
///
/// # Errors
///
/// [`AuthoringError::Wit`], [`AuthoringError::NoBindings`], [`AuthoringError::Output`].
pub fn write_bindings(language: BindingLanguage, world: &World, out: &Path) -> Result<(), AuthoringError> {
    let no_bindings = |reason| AuthoringError::NoBindings { language: language.name(), reason };
    if world.strings == Strings::Utf16 && language != BindingLanguage::C {
        return Err(no_bindings(BindingsError::Utf16));
    }
    let (mut resolve, id) = world.resolve()?;
    // A generator panics at unsupported input: see `workarounds`.
    let files = contain(|| language.generate(&mut resolve, id, world))
        .map_err(|panic| BindingsError::Generator(panic.0))
        .flatten()
        .map_err(no_bindings)?;
    for (name, content) in files.iter() {
        write(&out.join(name), content)?;
    }
    Ok(())
}
