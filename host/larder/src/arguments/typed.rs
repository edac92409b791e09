//! One value, as typed after `name=`.

use std::path::Path;

use larder_base::byte_order_mark::without_byte_order_mark;
use larder_types::value::{Value, parse_argument};
use larder_types::{Field, WitType};

use super::blobs::{absolute, blob_type, blobs};
use super::error::{ArgumentError, ill_typed};
use super::file::{content, text};

/// Reads `text` as the value of a parameter. Relative paths start at `folder`.
pub(super) fn typed(param: &Field, text: &str, folder: &Path) -> Result<Value, ArgumentError> {
    let parse = |text: &str| parse_argument(text, &param.ty).map_err(|source| ill_typed(param, source));
    if let Some(one) = blob_type(&param.ty) {
        return blobs(param, one, text, folder, parse);
    }
    match text.strip_prefix('@') {
        None => parse(text).map(|value| absolute(value, folder)),
        Some(literal) if literal.starts_with('@') => parse(literal),
        Some(path) => file_content(param, &folder.join(path), folder),
    }
}

/// Reads the content of a file as a value: unchanged for a text or bytes, as JSON or WAVE for every other type.
pub(super) fn file_content(param: &Field, path: &Path, folder: &Path) -> Result<Value, ArgumentError> {
    let bytes = content(&param.name, path)?;
    if param.ty.is_bytes() {
        return Ok(Value::Bytes(bytes));
    }
    if param.ty == WitType::String {
        return text(param, bytes, path).map(Value::String);
    }
    let text = text(param, without_byte_order_mark(&bytes).to_vec(), path)?;
    match parse_argument(text.trim(), &param.ty) {
        Ok(value) => Ok(absolute(value, folder)),
        Err(source) => Err(in_file(ill_typed(param, source), path)),
    }
}

/// Adds the file of a value to its error.
fn in_file(error: ArgumentError, path: &Path) -> ArgumentError {
    if let ArgumentError::IllTyped { name, ty, file: _, source } = error {
        return ArgumentError::IllTyped { name, ty, file: Some(path.to_owned()), source };
    }
    error
}
