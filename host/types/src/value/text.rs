//! Values typed after `name=` on a command line: JSON, WAVE, or a plain word where the type leaves no doubt.
//!
//! - `string`: a text that starts with `"` is a string literal, of JSON or WAVE; any other is the string itself.
//! - `char`: one scalar value is the character itself; else a literal, `'a'` or `"a"`.
//! - an option of one of these: `none` and `null` are none, `some(…)` is WAVE, any other text is as above.
//! - `enum` and `variant`: the bare name of a case without a payload, even if WAVE requires a `%` before it.
//! - `file` and `directory`: a path, `file:` and a path, or `sha256:` and a digest, unless it starts with `"` or `{`.
//! - any other type: JSON, or else WAVE. A text that is both has the same value in both.
//!
//! In the cell of a table a `string` is the text itself, whatever it looks like, and an empty cell is the `none` of an
//! option.

use super::build::{position, some};
use super::error::{Place, Syntax, ValueError};
use super::json::{self, from_json};
use super::typed::nth;
use super::wave::{self, from_wave};
use super::{BlobRef, NotABlob, Value};
use crate::type_kind::TypeKind;
use crate::wit_type::WitType;

/// Parses `text`, typed as an argument, as a value of type `ty`.
///
/// # Errors
///
/// [`ValueError`] if it is not one, in terms of JSON or of WAVE, whichever the text resembles more.
pub fn parse_argument(text: &str, ty: &WitType) -> Result<Value, ValueError> {
    if matches!(ty, WitType::File | WitType::Directory) && !text.starts_with(['"', '{']) {
        let wrong = |error: NotABlob| ValueError::mismatch(Place(String::new()), ty, &error.to_string());
        return BlobRef::parse(text).map(|blob| blob.into_value(ty)).map_err(wrong);
    }
    match plain(text, ty) {
        Some(value) => Ok(value),
        None => parse_literal(text, ty),
    }
}

/// Parses the cell of a table as a value of type `ty`. A table is data, so where a text is expected nothing is syntax.
///
/// # Errors
///
/// For every other type, those of [`parse_argument`].
pub fn parse_cell(text: &str, ty: &WitType) -> Result<Value, ValueError> {
    match ty.kind() {
        TypeKind::String => Ok(Value::String(text.to_owned())),
        TypeKind::Option(_) if text.is_empty() => Ok(Value::Option(None)),
        TypeKind::Option(inner) if *inner == WitType::String => Ok(some(Value::String(text.to_owned()))),
        TypeKind::Option(_)
        | TypeKind::Bool
        | TypeKind::Number
        | TypeKind::Char
        | TypeKind::Bytes
        | TypeKind::List(_)
        | TypeKind::Record(_)
        | TypeKind::Tuple(_)
        | TypeKind::Variant(_)
        | TypeKind::Enum(_)
        | TypeKind::Result { ok: _, err: _ }
        | TypeKind::Flags(_)
        | TypeKind::Blob(_) => parse_argument(text, ty),
    }
}

/// Returns the texts of the elements of a list, for [`parse_literal`]. Each is parsed by itself, so that an error
/// concerns one element alone. `None` if `text` is a list in neither JSON nor WAVE.
#[must_use]
pub fn list_elements(text: &str) -> Option<Vec<&str>> {
    json::elements(text).or_else(|| wave::elements(text))
}

/// Parses `text` as a plain word.
fn plain(text: &str, ty: &WitType) -> Option<Value> {
    match ty.kind() {
        TypeKind::String => (!text.starts_with('"')).then(|| Value::String(text.to_owned())),
        TypeKind::Char => {
            let mut scalars = text.chars();
            scalars.next().filter(|_| scalars.next().is_none()).map(Value::Char)
        }
        TypeKind::Blob(_) => {
            let path = (!text.is_empty() && !text.starts_with(['"', '{'])).then_some(text)?;
            BlobRef::parse(path).ok().map(|blob| blob.into_value(ty))
        }
        TypeKind::Option(inner) if matches!(inner.kind(), TypeKind::String | TypeKind::Char | TypeKind::Blob(_)) => {
            match text {
                "none" | "null" => Some(Value::Option(None)),
                _ if text.starts_with("some(") => None,
                _ => plain(text, inner).map(some),
            }
        }
        TypeKind::Enum(names) => position(names, String::as_str, text).map(Value::Enum),
        TypeKind::Variant(cases) => {
            let case = position(cases, |case| &case.name, text)?;
            nth(cases, case)?.ty.is_none().then_some(Value::Variant { case, payload: None })
        }
        TypeKind::Bool
        | TypeKind::Number
        | TypeKind::Bytes
        | TypeKind::List(_)
        | TypeKind::Record(_)
        | TypeKind::Tuple(_)
        | TypeKind::Option(_)
        | TypeKind::Result { ok: _, err: _ }
        | TypeKind::Flags(_) => None,
    }
}

/// Parses `text`, written as inside a list, as a value of type `ty`.
///
/// # Errors
///
/// Those of [`parse_argument`].
pub fn parse_literal(text: &str, ty: &WitType) -> Result<Value, ValueError> {
    from_json(text, ty).or_else(|json| from_wave(text, ty).map_err(|wave| more_helpful(text, ty, json, wave)))
}

/// Chooses the more helpful of two errors. A typed error says more than a syntax error, because the text could be read
/// that far. Of two of a kind, the choice is the error of the form that the text resembles, or both. A plain word that
/// is neither is reported as a value of another type.
fn more_helpful(text: &str, ty: &WitType, json: ValueError, wave: ValueError) -> ValueError {
    match (json, wave) {
        (ValueError::Syntax { syntax: _, problem: json }, ValueError::Syntax { syntax: _, problem: wave }) => {
            neither(text, ty, json, wave)
        }
        (ValueError::Syntax { syntax: _, problem: _ }, wave) => wave,
        (json, ValueError::Syntax { syntax: _, problem: _ }) => json,
        (json, wave) => match Form::of(text) {
            // More people know lists and quoted texts from JSON.
            Form::Json | Form::Either => json,
            Form::Wave | Form::Word => wave,
        },
    }
}

/// Returns the error for a text that is well-formed in neither form.
fn neither(text: &str, ty: &WitType, json: String, wave: String) -> ValueError {
    match Form::of(text) {
        Form::Json => ValueError::Syntax { syntax: Syntax::Json, problem: json },
        Form::Wave => ValueError::Syntax { syntax: Syntax::Wave, problem: wave },
        Form::Either => ValueError::Neither { json, wave },
        Form::Word => {
            let found = if text.is_empty() { "an empty text".to_owned() } else { format!("`{text}`") };
            ValueError::mismatch(Place(String::new()), ty, &found)
        }
    }
}

/// The form that a text resembles, well-formed or not.
enum Form {
    /// Only JSON has quoted names.
    Json,
    /// Only WAVE has names without quotes, parentheses and single quotes.
    Wave,
    /// Both have lists and quoted texts.
    Either,
    Word,
}

impl Form {
    fn of(text: &str) -> Self {
        let text = text.trim_start();
        if !text.contains(['{', '[', '(', '"', '\'']) {
            return Self::Word;
        }
        match text.strip_prefix('{') {
            Some(inside) if inside.trim_start().starts_with('"') => Self::Json,
            None if text.starts_with(['[', '"']) => Self::Either,
            Some(_) | None => Self::Wave,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wit_type::{Case, Field};

    fn option(ty: WitType) -> WitType {
        WitType::Option(Box::new(ty))
    }

    fn string(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn a_string_is_a_plain_word_or_a_literal() {
        for (text, value) in [
            ("hello", "hello"),
            ("", ""),
            ("two words", "two words"),
            ("it's \"so\"", "it's \"so\""),
            ("{\"a\": 1}", "{\"a\": 1}"),
            ("null", "null"),
            ("'quoted'", "'quoted'"),
            (" \"", " \""),
            (r#""""#, ""),
            (r#""a\u00e9""#, "a\u{e9}"),
            (r#""a\u{e9}""#, "a\u{e9}"),
            ("\"\"\"\na\n\"\"\"", "a"),
        ] {
            assert_eq!(parse_argument(text, &WitType::String), Ok(string(value)), "{text}");
        }
        for text in ["\"", "\"a", "\"a\" b", "\"\\q\""] {
            assert!(parse_argument(text, &WitType::String).is_err(), "{text}");
        }
    }

    #[test]
    fn a_char_is_itself_or_a_literal() {
        for (text, value) in
            [("a", 'a'), ("'", '\''), ("\"", '"'), ("5", '5'), ("'a'", 'a'), ("\"a\"", 'a'), ("'\\n'", '\n')]
        {
            assert_eq!(parse_argument(text, &WitType::Char), Ok(Value::Char(value)), "{text}");
        }
        for text in ["", "ab", "''", "'ab'", "\"ab\""] {
            assert!(parse_argument(text, &WitType::Char).is_err(), "{text}");
        }
    }

    #[test]
    fn an_optional_string_is_a_plain_word_unless_it_is_none() {
        for (text, value) in [
            ("none", Value::Option(None)),
            ("null", Value::Option(None)),
            ("hello", some(string("hello"))),
            ("", some(string(""))),
            ("\"none\"", some(string("none"))),
            ("some(\"a\")", some(string("a"))),
            ("nonesuch", some(string("nonesuch"))),
        ] {
            assert_eq!(parse_argument(text, &option(WitType::String)), Ok(value), "{text}");
        }
        for text in ["some(a)", "some(", "\"a"] {
            assert!(parse_argument(text, &option(WitType::String)).is_err(), "{text}");
        }
        assert!(parse_argument("hello", &option(option(WitType::String))).is_err());
    }

    #[test]
    fn a_case_is_a_plain_word() {
        let names = ["ok", "true", "fast"].map(str::to_owned).to_vec();
        let cases = vec![Case { name: "none".into(), ty: None }, Case { name: "err".into(), ty: Some(WitType::U8) }];
        let (names, cases) = (WitType::Enum(names), WitType::Variant(cases));
        for (text, value) in [("ok", 0), ("true", 1), ("fast", 2), ("\"fast\"", 2), ("%ok", 0)] {
            assert_eq!(parse_argument(text, &names), Ok(Value::Enum(value)), "{text}");
        }
        assert_eq!(parse_argument("none", &cases), Ok(Value::Variant { case: 0, payload: None }));
        assert!(parse_argument("%err(1)", &cases).is_ok());
        for text in ["err", "err(1)", "nope", ""] {
            assert!(parse_argument(text, &cases).is_err(), "{text}");
        }
    }

    #[test]
    fn the_error_is_that_of_the_form_that_was_meant() {
        let ty = WitType::Record(vec![Field { name: "a".into(), ty: WitType::U8 }]);
        for (text, message) in [
            (r#"{"a": 1"#, "this is not JSON: EOF while parsing an object at line 1 column 7"),
            (r#"{"b": 1}"#, "the value has no field `b`: did you mean `a`?"),
            ("{a: 1", "this is not WAVE: unexpected end of input at the end"),
            ("{b: 1}", "the value has no field `b`: did you mean `a`?"),
            ("(1, ", "this is not WAVE: unexpected end of input at the end"),
            ("{a: 256}", "`.a` should be `u8` (a whole number from 0 to 255), not `256`"),
            (r#"{"a": 256}"#, "`.a` should be `u8` (a whole number from 0 to 255), not 256"),
            ("[1", "the value should be `record { a: u8 }`, not an array"),
            (r#"{"a": 1e400}"#, "`.a` should be `u8` (a whole number from 0 to 255), not 1e400"),
            ("hello", "the value should be `record { a: u8 }`, not `hello`"),
        ] {
            assert_eq!(parse_argument(text, &ty).expect_err(text).to_string(), message);
        }
        for (text, ty, message) in [
            ("", WitType::U8, "the value should be `u8` (a whole number from 0 to 255), not an empty text"),
            ("True", WitType::Bool, "the value should be `bool`, not `True`"),
            (
                "[1, two(]",
                WitType::List(Box::new(WitType::U32)),
                "this is neither JSON (expected ident at line 1 column 6) nor WAVE (unexpected token at `]`)",
            ),
        ] {
            assert_eq!(parse_argument(text, &ty).expect_err(text).to_string(), message);
        }
    }

    #[test]
    fn a_cell_for_a_text_is_the_text() {
        for text in ["", "@secret.txt", "@@a", "\"quoted\"", "\"", "none", "null", "some(\"a\")", "[1]", " a ", "7"] {
            assert_eq!(parse_cell(text, &WitType::String), Ok(string(text)));
            let optional = if text.is_empty() { Value::Option(None) } else { some(string(text)) };
            assert_eq!(parse_cell(text, &option(WitType::String)), Ok(optional));
        }
        let texts = WitType::List(Box::new(WitType::String));
        assert_eq!(parse_cell("[\"a\"]", &texts), Ok(Value::List(vec![string("a")])));
        assert_eq!(parse_cell("", &option(WitType::U8)), Ok(Value::Option(None)));
        assert_eq!(parse_cell("some(7)", &option(WitType::U8)), Ok(some(Value::U8(7))));
        for (text, ty) in [("", WitType::U8), ("@a", WitType::U8), ("@a", texts), ("@a", WitType::bytes())] {
            assert!(parse_cell(text, &ty).is_err(), "{text} {ty}");
        }
        // For a file the text is a path: nothing in it is a pattern or the name of another file.
        for path in ["@a", "*.txt", "a b"] {
            assert_eq!(parse_cell(path, &WitType::File), Ok(Value::File(BlobRef::Path(path.into()))));
        }
    }

    #[test]
    fn an_element_that_is_wrong_is_wrong_alone() {
        let read = |text, ty: WitType| {
            let literal = |text| parse_literal(text, &ty).map_err(|error| error.to_string());
            Some(list_elements(text)?.into_iter().map(literal).collect::<Vec<_>>())
        };
        let wrong = || Err("the value should be `u8` (a whole number from 0 to 255), not `300`".to_owned());
        assert_eq!(read("[1, 300, 2]", WitType::U8), Some(vec![Ok(Value::U8(1)), wrong(), Ok(Value::U8(2))]));
        let words = WitType::Enum(vec!["a".into(), "b".into()]);
        let waves = read("[a, c, // no\n b,]", words.clone()).unwrap();
        assert_eq!((&waves[0], waves[1].is_err(), &waves[2]), (&Ok(Value::Enum(0)), true, &Ok(Value::Enum(1))));
        assert_eq!(read("[\"a\"]", words), Some(vec![Ok(Value::Enum(0))]));
        assert_eq!(read("[]", WitType::U8), Some(vec![]));
        // Only JSON quotes names, and only WAVE has names without quotes.
        let record = WitType::Record(vec![Field { name: "a".into(), ty: WitType::U8 }]);
        for text in [r#"[{"a": 1}]"#, "[{a: 1}]"] {
            assert_eq!(read(text, record.clone()), Some(vec![Ok(Value::Record(vec![Value::U8(1)]))]), "{text}");
        }
        for text in ["", "7", "[1", "{}", "\"AQ==\""] {
            assert_eq!(read(text, WitType::U8), None);
        }
    }
}
