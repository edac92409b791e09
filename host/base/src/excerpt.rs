//! Texts of guests, components and files, made fit for a message: shortened, with unseen characters escaped.
//!
//! A message quotes its subject, which can be a name of megabytes, or one with commands for a terminal. So every error
//! of the library puts such a text through [`excerpt`]. A message of another program, which may quote the text too,
//! goes through [`passage`]. What is kept for programs, such as the JSON of `larder inspect`, is never shortened.

use std::fmt;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Maximum length of a quoted text, in characters.
const EXCERPT: usize = 200;

/// Maximum length of one line of a passage, in characters: a longer one keeps its beginning and its end.
const LINE_BEGINNING: usize = 1_600;
const LINE_END: usize = 400;

/// Maximum number of lines of a passage.
const LINES: usize = 40;

/// Returns the beginning of `text` on one line: at most 200 characters, with unseen ones escaped.
pub fn excerpt(text: &str) -> String {
    let mut short = String::new();
    let mut length = 0;
    for character in text.chars() {
        let from = short.len();
        push_seen(&mut short, character);
        length += short[from..].chars().count();
        if length >= EXCERPT {
            short.truncate(from);
            short.push('…');
            return short;
        }
    }
    short
}

/// Returns the excerpt of `whole`, without writing the rest of it: a value can be a gigabyte long.
pub fn beginning(whole: fmt::Arguments<'_>) -> String {
    struct Beginning(String);

    impl fmt::Write for Beginning {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.extend(text.chars().take(EXCERPT));
            if self.0.len() > EXCERPT * 4 { Err(fmt::Error) } else { Ok(()) }
        }
    }

    let mut text = Beginning(String::new());
    // The error only stops the writing.
    let _stopped = fmt::write(&mut text, whole);
    excerpt(&text.0)
}

/// Returns a message of another program, or a whole one of this program. Each line keeps its beginning and its end,
/// where the reason usually stands.
pub fn passage(text: &str) -> String {
    let mut passage = String::new();
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            passage.push('\n');
        }
        if number == LINES {
            passage.push('…');
            break;
        }
        push_line(&mut passage, line);
    }
    passage
}

fn push_line(passage: &mut String, line: &str) {
    let beginning = line.char_indices().nth(LINE_BEGINNING).map_or(line.len(), |(at, _)| at);
    let end = line.char_indices().rev().nth(LINE_END - 1).map_or(0, |(at, _)| at);
    let (beginning, end) = if end > beginning { (&line[..beginning], &line[end..]) } else { (line, "") };
    let mut push = |text: &str| {
        for character in text.chars() {
            if character == '\t' { passage.push('\t') } else { push_seen(passage, character) }
        }
    };
    push(beginning);
    if !end.is_empty() {
        push(" … ");
        push(end);
    }
}

fn push_seen(text: &mut String, character: char) {
    if is_unseen(character) {
        text.extend(character.escape_default());
    } else {
        text.push(character);
    }
}

/// Returns true if a terminal or a reader would not see `character` as itself: control characters, line separators, and
/// all characters that change direction or have no form of their own.
///
/// These are the Unicode categories Cc, Zl, Zp and Cf, and the property `Default_Ignorable_Code_Point`, which adds the
/// letters without a form in other categories, such as the variation selectors and U+3164.
pub fn is_unseen(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    let is_category_unseen = matches!(
        CodePointMapData::<GeneralCategory>::new().get(character),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    );
    is_category_unseen || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One character of each kind that hides, reorders or commands.
    const UNSEEN: &str = "\0\u{1b}\u{7f}\u{85}\u{9b}\u{ad}\u{34f}\u{61c}\u{115f}\u{17b4}\u{180e}\u{200b}\u{200c}\u{200d}\
        \u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2064}\u{2066}\u{2069}\u{206f}\u{3164}\u{fe0f}\u{feff}\
        \u{ffa0}\u{fff9}\u{1bca0}\u{1d173}\u{e0001}\u{e0020}\u{e007f}\u{e0100}\u{e01ef}";

    #[test]
    fn what_hides_reorders_or_commands_is_unseen_and_letters_are_not() {
        for character in UNSEEN.chars() {
            assert!(is_unseen(character), "{}", character.escape_unicode());
        }
        for character in "aZ09 ~é\u{301}ßжא漢字😀\u{a0}\u{3000}€\u{e000}\u{10ffff}".chars() {
            assert!(!is_unseen(character), "{}", character.escape_unicode());
        }
    }

    #[test]
    fn an_excerpt_is_one_short_line_whatever_it_is_of() {
        assert_eq!(excerpt("a\nb\u{200b}c"), "a\\nb\\u{200b}c");
        for long in ["n".repeat(1 << 20), "\u{e0041}".repeat(1 << 10), "漢".repeat(1 << 10), UNSEEN.repeat(100)] {
            let short = excerpt(&long);
            assert!(short.chars().count() <= EXCERPT && short.ends_with('…'), "{short}");
            assert!(!short.chars().any(is_unseen));
        }
        assert_eq!(beginning(format_args!("{:?}", vec![0_u8; 1 << 20])).chars().count(), EXCERPT);
    }

    #[test]
    fn a_passage_keeps_its_lines_and_the_end_of_long_ones() {
        assert_eq!(passage("a: b\n\tc\u{202e}\nd"), "a: b\n\tc\\u{202e}\nd");
        let long = passage(&format!("`{}` is not there\nsecond", "n".repeat(1 << 20)));
        assert!(long.chars().count() < LINE_BEGINNING + LINE_END + 20, "{}", long.len());
        assert!(long.starts_with("`nnn") && long.ends_with("nn` is not there\nsecond"), "{long}");
        assert_eq!(passage(&"x\n".repeat(1000)).lines().count(), LINES + 1);
    }
}
