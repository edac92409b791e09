//! Escaping of all text from guests and components that goes to a terminal. Control characters and invisible characters
//! are shown as their numbers.

use larder_base::excerpt::is_unseen;

/// Replaces every invisible character in `text` with its number; line breaks and tabs stay.
pub(super) fn lines(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => escaped.push(c),
            c if is_unseen(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Escapes as [`lines`] does, in one line.
pub(super) fn line(text: &str) -> String {
    lines(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// Replaces invisible characters in JSON text with `\u` escapes. They occur only inside JSON strings, where the escape
/// means the same.
pub(super) fn json(text: &str) -> String {
    if text.bytes().all(|byte| byte == b'\n' || byte == b' ' || byte.is_ascii_graphic()) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !is_unseen(c) {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    escaped
}

/// Replaces invisible characters in WAVE text with `\u{…}` escapes, which mean the same inside WAVE's strings.
pub(super) fn wave(text: &str) -> String {
    lines(text)
}

/// The greatest number of characters in a cell of a table. The time to lay out a text grows with the square of its
/// length.
const CELL: usize = 1_000;

/// Escapes as [`line`] does, for a line in a cell of a table. Cuts a long text short and marks the cut.
pub(super) fn cell(text: &str) -> String {
    let mut cell = line(text);
    if let Some((end, _)) = cell.char_indices().nth(CELL) {
        cell.truncate(end);
        cell.push_str("… (--json has all of it)");
    }
    cell
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_terminal_is_not_obeyed_and_nothing_hides() {
        assert_eq!(lines("a\u{200b}b\u{feff}c\u{ad}d\u{e0041}e"), "a\\u{200b}b\\u{feff}c\\u{ad}d\\u{e0041}e");
        assert_eq!(json("\"\u{200b}\u{e0041}\""), "\"\\u200b\\udb40\\udc41\"");
        assert_eq!(cell(&"n".repeat(1 << 20)).len(), CELL + "… (--json has all of it)".len());
        assert_eq!(lines("a\x1b[31mb\r\n\tc\u{9b}\u{202e}"), "a\\u{1b}[31mb\\u{d}\n\tc\\u{9b}\\u{202e}");
        assert_eq!(line("a\nb"), "a\\nb");
        assert_eq!(json("\"\u{9b}\u{202e}\u{7f}é\""), "\"\\u009b\\u202e\\u007fé\"");
    }

    proptest! {
        #[test]
        fn escaped_json_means_the_same(text in any::<String>()) {
            let written = serde_json::to_string(&text).unwrap();
            let read: String = serde_json::from_str(&json(&written)).unwrap();
            prop_assert_eq!(read, text);
            prop_assert!(!json(&written).chars().any(is_unseen));
        }
    }
}
