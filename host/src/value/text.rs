//! What a person types after `name=` on a command line: JSON, WAVE, or a plain word where the type leaves no doubt.
//!
//! - `string`: a text that starts with `"` is a string literal, of JSON or WAVE; any other is the string itself.
//! - `char`: one scalar value is the character itself; else a literal, `'a'` or `"a"`.
//! - an option of one of these: `none` and `null` are none, `some(…)` is WAVE, any other text is as above.
//! - `enum` and `variant`: the bare name of a case without a payload, also one that WAVE would want marked with `%`.
//! - `file` and `directory`: a path, `file:` and a path, or `sha256:` and a digest, unless it starts with `"` or `{`.
//! - any other type: JSON, or else WAVE. What is both has the same value in both.

use super::build::{position, some};
use super::error::{Place, Syntax, ValueError};
use super::json::from_json;
use super::wave::from_wave;
use super::{BlobRef, NotABlob, Value, nth};
use crate::wit_type::WitType;

/// The value of type `ty` that `text` is, typed as an argument.
///
/// # Errors
///
/// When it is none: in terms of JSON or of WAVE, whichever the text looks more like.
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

/// The value that `text` is as a plain word.
fn plain(text: &str, ty: &WitType) -> Option<Value> {
    match ty {
        WitType::String => (!text.starts_with('"')).then(|| Value::String(text.to_owned())),
        WitType::Char => {
            let mut scalars = text.chars();
            scalars.next().filter(|_| scalars.next().is_none()).map(Value::Char)
        }
        WitType::File | WitType::Directory => {
            let path = (!text.is_empty() && !text.starts_with(['"', '{'])).then_some(text)?;
            BlobRef::parse(path).ok().map(|blob| blob.into_value(ty))
        }
        WitType::Option(inner)
            if matches!(**inner, WitType::String | WitType::Char | WitType::File | WitType::Directory) =>
        {
            match text {
                "none" | "null" => Some(Value::Option(None)),
                _ if text.starts_with("some(") => None,
                _ => plain(text, inner).map(some),
            }
        }
        WitType::Enum(names) => position(names, String::as_str, text).map(Value::Enum),
        WitType::Variant(cases) => {
            let case = position(cases, |case| &case.name, text)?;
            nth(cases, case)?.ty.is_none().then_some(Value::Variant { case, payload: None })
        }
        WitType::Bool
        | WitType::S8
        | WitType::U8
        | WitType::S16
        | WitType::U16
        | WitType::S32
        | WitType::U32
        | WitType::S64
        | WitType::U64
        | WitType::F32
        | WitType::F64
        | WitType::List(_)
        | WitType::Record(_)
        | WitType::Tuple(_)
        | WitType::Option(_)
        | WitType::Result { ok: _, err: _ }
        | WitType::Flags(_) => None,
    }
}

fn parse_literal(text: &str, ty: &WitType) -> Result<Value, ValueError> {
    from_json(text, ty).or_else(|json| from_wave(text, ty).map_err(|wave| more_helpful(text, ty, json, wave)))
}

/// A typed error comes from a text that could be read that far, so it says more than a syntax error; of two of a kind,
/// the one of the form that the text looks like. A plain word that is neither is simply no value of the type.
fn more_helpful(text: &str, ty: &WitType, json: ValueError, wave: ValueError) -> ValueError {
    match (is_syntax(&json), is_syntax(&wave)) {
        (true, false) => wave,
        (false, true) => json,
        (true, true) if !text.contains(['{', '[', '(', '"', '\'']) => {
            let found = if text.is_empty() { "an empty text".to_owned() } else { format!("`{text}`") };
            ValueError::mismatch(Place(String::new()), ty, &found)
        }
        (true, true) | (false, false) if looks_like_json(text) => json,
        (true, true) | (false, false) => wave,
    }
}

const fn is_syntax(error: &ValueError) -> bool {
    matches!(error, ValueError::Syntax { syntax: Syntax::Json | Syntax::Wave, problem: _ })
}

/// Only JSON has quoted names, and both have arrays and quoted strings, which more people know from JSON.
fn looks_like_json(text: &str) -> bool {
    let text = text.trim_start();
    match text.strip_prefix('{') {
        Some(inside) => inside.trim_start().starts_with('"'),
        None => text.starts_with(['[', '"']),
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
            ("{a: 256}", "`.a` should be `u8` (a whole number from 0 to 255), not `256`"),
            (r#"{"a": 256}"#, "`.a` should be `u8` (a whole number from 0 to 255), not 256"),
            ("[1", "the value should be `record { a: u8 }`, not an array"),
            ("hello", "the value should be `record { a: u8 }`, not `hello`"),
        ] {
            assert_eq!(parse_argument(text, &ty).expect_err(text).to_string(), message);
        }
        for (text, ty, message) in [
            ("", WitType::U8, "the value should be `u8` (a whole number from 0 to 255), not an empty text"),
            ("True", WitType::Bool, "the value should be `bool`, not `True`"),
        ] {
            assert_eq!(parse_argument(text, &ty).expect_err(text).to_string(), message);
        }
    }
}
