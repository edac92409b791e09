//! Lines, words and bytes, as POSIX has them for `wc`: a line is counted where it ends, a word is anything between white
//! space, and white space is what it is in the C locale.

use std::io::{ErrorKind, Read, Result};

/// How much is read at a time.
const PIECE: usize = 1 << 16;

/// What is in a text.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Text {
    pub(crate) lines: u64,
    pub(crate) words: u64,
    pub(crate) bytes: u64,
}

/// Counts a text of any length.
pub(crate) fn count(mut text: impl Read) -> Result<Text> {
    let mut counted = Text::default();
    let mut buffer = vec![0; PIECE];
    let mut in_word = false;
    loop {
        let read = match text.read(&mut buffer) {
            Ok(0) => return Ok(counted),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        for byte in &buffer[..read] {
            let is_space = is_space(*byte);
            counted.words += u64::from(!is_space && !in_word);
            counted.lines += u64::from(*byte == b'\n');
            in_word = !is_space;
        }
        counted.bytes += read as u64;
    }
}

/// `isspace` of C: `is_ascii_whitespace` leaves the vertical tab out.
fn is_space(byte: u8) -> bool {
    byte == b' ' || (b'\t'..=b'\r').contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_where_they_end_and_words_where_they_begin() {
        for (text, lines, words) in [
            ("", 0, 0),
            ("\n", 1, 0),
            ("one", 0, 1),
            ("one\n", 1, 1),
            (" one  two\n\nthree", 2, 3),
            ("a\tb\x0bc\x0cd\re\n", 1, 5),
            // No white space in the C locale: a no-break space, a zero.
            ("a\u{a0}b\0c", 0, 1),
        ] {
            assert_eq!(count(text.as_bytes()).unwrap(), Text { lines, words, bytes: text.len() as u64 }, "{text:?}");
        }
    }

    #[test]
    fn a_word_may_lie_across_pieces() {
        let text = "x".repeat(PIECE + 5) + " y\n";
        let expected = Text { lines: 1, words: 2, bytes: PIECE as u64 + 8 };
        assert_eq!(count(text.as_bytes()).unwrap(), expected);
        let (front, back) = text.as_bytes().split_at(10);
        assert_eq!(count(front.chain(back)).unwrap(), expected);
    }
}
