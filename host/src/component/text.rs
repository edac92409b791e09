//! The text format: telling it apart, and turning it into the binary format.
//!
//! Small components are written by hand, in tests and in examples. The text is only a way to write the bytes:
//! everything after this module sees the binary component.

use crate::component::NotAComponent;

/// The four bytes at the start of every binary module and component (core spec, "Modules").
const MAGIC: &[u8] = b"\0asm";

/// Whether `bytes` start as a binary module or component does, perhaps cut short.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(MAGIC.len())];
    !head.is_empty() && MAGIC.starts_with(head)
}

/// Whether `bytes` start as the text format does: an opening parenthesis or a comment, after any white space.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes).trim_ascii_start();
    start.starts_with(b"(") || start.starts_with(b";;")
}

/// The binary form of the component in `bytes`.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<u8>, NotAComponent> {
    let text = std::str::from_utf8(bytes).map_err(|error| NotAComponent::NotUtf8 { offset: error.valid_up_to() })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    wat::parse_str(text).map_err(|error| NotAComponent::Text { message: error.to_string() })
}
