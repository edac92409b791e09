//! The one way from what a guest or a component says to a terminal: control characters and the marks that reorder
//! text are shown, not obeyed.

/// `text` with everything that a terminal would obey replaced by its number; line breaks and tabs stay.
pub(super) fn lines(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => escaped.push(c),
            c if is_obeyed(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

/// As [`lines`], in one line.
pub(super) fn line(text: &str) -> String {
    lines(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// JSON text with what a terminal would obey as `\u` escapes. Such characters stand only inside JSON strings, where
/// the escape means the same.
pub(super) fn json(text: &str) -> String {
    if text.bytes().all(|byte| byte == b'\n' || byte == b' ' || byte.is_ascii_graphic()) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !is_obeyed(c) {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    escaped
}

/// WAVE text with what a terminal would obey as `\u{…}` escapes, which mean the same inside WAVE's strings.
pub(super) fn wave(text: &str) -> String {
    lines(text)
}

/// Control characters (Unicode category Cc), the bidirectional formatting characters of UAX #9, and line separators.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_terminal_is_not_obeyed() {
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
            prop_assert!(!json(&written).chars().any(is_obeyed));
        }
    }
}
