//! The byte order mark that some editors and spreadsheets put before a text: the only place that skips it.

/// U+FEFF in UTF-8 (RFC 3629, section 6). RFC 8259, section 8.1, lets a reader of JSON ignore it.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Returns a text without its byte order mark. Use it only for what is read by its type: a file that is a `string` is
/// that string.
pub fn without_byte_order_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(MARK).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mark_at_the_beginning_is_none_of_the_text() {
        for (text, without) in [
            (&b""[..], &b""[..]),
            (b"\xef\xbb\xbf", b""),
            (b"\xef\xbb\xbf[1]", b"[1]"),
            (b"\xef\xbb", b"\xef\xbb"),
            (b"[\xef\xbb\xbf]", b"[\xef\xbb\xbf]"),
            (b"\xef\xbb\xbf\xef\xbb\xbf", b"\xef\xbb\xbf"),
        ] {
            assert_eq!(without_byte_order_mark(text), without);
        }
    }
}
