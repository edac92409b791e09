//! The text format: detecting it, and converting it to the binary format.
//!
//! Small components are written by hand, in tests and in examples. The text is only a way to write the bytes:
//! everything after this module sees the binary component.

use crate::bytes::NotAComponent;
use larder_base::byte_order_mark::without_byte_order_mark;

/// The four bytes at the start of every binary module and component (core spec, "Modules").
const MAGIC: &[u8] = b"\0asm";

/// A hint in the parser's message. Following it would give a text different meanings in different environments: the
/// command line removes the variable.
const SWITCH: &str = " (or set WAST_STRICT_COMPONENT_INDICES=0 to accept the legacy syntax)";

/// Returns true if `bytes` start like a binary module or component, perhaps cut short.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(MAGIC.len())];
    !head.is_empty() && MAGIC.starts_with(head)
}

/// Returns true if `bytes` start like the text format: an opening parenthesis or a comment, after any white space.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let start = without_byte_order_mark(bytes).trim_ascii_start();
    start.starts_with(b"(") || start.starts_with(b";;")
}

/// Converts the text in `bytes` to a binary component.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<u8>, NotAComponent> {
    let mark = bytes.len() - without_byte_order_mark(bytes).len();
    let not_utf8 = |error: std::str::Utf8Error| NotAComponent::NotUtf8 { offset: mark + error.valid_up_to() };
    let text = std::str::from_utf8(&bytes[mark..]).map_err(not_utf8)?;
    wat::parse_str(text).map_err(|error| NotAComponent::Text { message: error.to_string().replace(SWITCH, "") })
}
