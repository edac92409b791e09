//! The content of a file behind `@`.

use std::io::Read as _;
use std::path::Path;

use larder_base::byte_order_mark::without_byte_order_mark;
use larder_types::Field;

use super::error::ArgumentError;

/// Most bytes read from a file behind `@`: it becomes a value in memory, in the host and in the guest.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// Reads the content of a file, which may be endless.
pub(super) fn content(name: &str, path: &Path) -> Result<Vec<u8>, ArgumentError> {
    let unreadable = |source| ArgumentError::Unreadable { name: name.to_owned(), path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ArgumentError::TooLarge { name: name.to_owned(), path: path.to_owned(), max: MAX_FILE_BYTES });
    }
    Ok(bytes)
}

/// Decodes the content of a file as text.
pub(super) fn text(param: &Field, bytes: Vec<u8>, path: &Path) -> Result<String, ArgumentError> {
    String::from_utf8(bytes).map_err(|error| ArgumentError::NotText {
        name: param.name.clone(),
        path: path.to_owned(),
        position: error.utf8_error().valid_up_to(),
    })
}

/// Returns the lines of a file that lists files or directories.
pub(super) fn listed(param: &Field, path: &Path) -> Result<Vec<String>, ArgumentError> {
    let bytes = content(&param.name, path)?;
    let lines = text(param, without_byte_order_mark(&bytes).to_vec(), path)?;
    Ok(lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
