//! A run of a generator of `wit-bindgen`.

use wit_bindgen_core::wit_parser::{Resolve, WorldId};
use wit_bindgen_core::{Files, WorldGenerator};

use crate::error::BindingsError;

/// Runs a generator, and returns the files that it writes.
pub(super) fn run(
    generator: &mut dyn WorldGenerator,
    resolve: &mut Resolve,
    id: WorldId,
) -> Result<Files, BindingsError> {
    let mut files = Files::default();
    generator.generate(resolve, id, &mut files).map_err(|error| BindingsError::Generator(format!("{error:#}")))?;
    Ok(files)
}
