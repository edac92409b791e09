//! Inputs that are JSON: an object on each line, or an array of objects.
//!
//! An object is taken apart first, and then each value is read by the type of its parameter: so a number keeps all its
//! digits, and a name that stands twice is seen.

use std::cell::Cell;
use std::fmt;
use std::io::{BufRead, BufReader, Read as _};
use std::ops::ControlFlow;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::super::problem::Problem;
use super::rows::{Reading, Role, Taken};
use super::source::{Bounded, MAX_ROW_BYTES, Take};
use larder::value::Value;

/// An object on each line; blank lines are none.
pub(super) fn lines(mut reader: impl BufRead, reading: &Reading<'_>, take: &mut Take<'_>) -> anyhow::Result<()> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = (&mut reader).take(MAX_ROW_BYTES + 1).read_until(b'\n', &mut line);
        if read.map_err(Problem::InputStream)? == 0 {
            break;
        }
        let taken = if line.len() as u64 > MAX_ROW_BYTES {
            if line.last() != Some(&b'\n') {
                skip_line(&mut reader).map_err(Problem::InputStream)?;
            }
            line = Vec::new();
            let problem = format!("it has more than {MAX_ROW_BYTES} bytes");
            Taken::wrong(Some(number), Problem::NotInputs { problem }.into())
        } else {
            let text = line.trim_ascii();
            if text.is_empty() {
                continue;
            }
            match std::str::from_utf8(text) {
                Ok(text) => object(Some(number), text, reading),
                Err(error) => {
                    let problem = format!("it is not UTF-8 text: {error}");
                    Taken::wrong(Some(number), Problem::NotInputs { problem }.into())
                }
            }
        };
        if take(taken).is_break() {
            break;
        }
    }
    Ok(())
}

fn skip_line(reader: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let piece = reader.fill_buf()?;
        let (length, end) = match piece.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (piece.len(), piece.is_empty()),
        };
        reader.consume(length);
        if end {
            return Ok(());
        }
    }
}

/// An array of objects, each taken when it is read.
pub(super) fn array(reader: impl BufRead, reading: &Reading<'_>, take: &mut Take<'_>) -> anyhow::Result<()> {
    let (enough, left) = (Cell::new(false), Cell::new(MAX_ROW_BYTES));
    let reader = BufReader::new(Bounded { inner: reader, left: &left });
    let mut json = serde_json::Deserializer::from_reader(reader);
    let read = json.deserialize_seq(Array { reading, take, enough: &enough, left: &left }).and_then(|()| json.end());
    match read {
        Err(error) if !enough.get() => {
            let (line, column) = (error.line(), error.column());
            let problem = match error.classify() {
                Category::Eof => "they end in the middle of their JSON".to_owned(),
                Category::Syntax => format!("line {line} is no JSON from column {column} on"),
                Category::Data => "they should be a JSON array of objects".to_owned(),
                Category::Io => error.to_string(),
            };
            Err(Problem::NotAnArray { problem }.into())
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

struct Array<'a, 't> {
    reading: &'a Reading<'a>,
    take: &'a mut Take<'t>,
    enough: &'a Cell<bool>,
    /// How many bytes may be read until the next element is there.
    left: &'a Cell<u64>,
}

impl<'de> Visitor<'de> for Array<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(element) = seq.next_element::<Box<RawValue>>()? {
            self.left.set(MAX_ROW_BYTES);
            if (self.take)(object(None, element.get(), self.reading)) == ControlFlow::Break(()) {
                self.enough.set(true);
                // The rest is not read, which the parser takes for an error.
                return Err(A::Error::custom("enough"));
            }
        }
        Ok(())
    }
}

/// What is wrong with JSON, in words of those who write it: it should be an object, `with` something.
pub(super) fn not_json(error: &serde_json::Error, with: &str) -> String {
    match error.classify() {
        Category::Eof => "it ends in the middle of its JSON".to_owned(),
        Category::Syntax => format!("it is no JSON from column {} on", error.column()),
        Category::Data => format!("it should be a JSON object {with}"),
        Category::Io => error.to_string(),
    }
}

/// The call that an object gives, beside the fixed arguments.
fn object(line: Option<u64>, text: &str, reading: &Reading<'_>) -> Taken {
    match members(text) {
        Ok(members) => Taken::new(line, id(&members, reading), || inputs(&members, reading)),
        Err(problem) => Taken::wrong(line, Problem::NotInputs { problem }.into()),
    }
}

fn members(text: &str) -> Result<Vec<(String, &RawValue)>, String> {
    let mut json = serde_json::Deserializer::from_str(text).into_iter();
    let Members(members) = match json.next() {
        Some(Ok(members)) => members,
        Some(Err(error)) => return Err(not_json(&error, "with the values of parameters")),
        None => return Err("it is empty".to_owned()),
    };
    let rest = text.get(json.byte_offset()..).unwrap_or_default().trim_start();
    if !rest.is_empty() {
        let rest: String = rest.chars().take(20).collect();
        return Err(format!("more follows its JSON: {rest}"));
    }
    Ok(members)
}

/// The name of a call: a text, or a number or truth value as it stands.
fn id(members: &[(String, &RawValue)], reading: &Reading<'_>) -> anyhow::Result<Option<String>> {
    let Some(name) = &reading.id else { return Ok(None) };
    let mut found = members.iter().filter(|(member, _)| member == name);
    let problem = match (found.next(), found.next()) {
        (None, _) => format!("it has no member `{name}`, which --id names"),
        (Some(_), Some(_)) => format!("it has two members `{name}`"),
        (Some((_, value)), None) => match (value.get().as_bytes().first(), serde_json::from_str(value.get())) {
            (Some(b'"'), Ok(text)) => return Ok(Some(text)),
            (Some(b'-' | b'0'..=b'9' | b't' | b'f'), _) => return Ok(Some(value.get().to_owned())),
            _ => format!("its `{name}`, which --id names, is neither a text nor a number"),
        },
    };
    Err(Problem::NotInputs { problem }.into())
}

fn inputs(members: &[(String, &RawValue)], reading: &Reading<'_>) -> anyhow::Result<Vec<Value>> {
    let mut inputs = reading.fixed.clone();
    for (name, value) in members {
        if reading.role(name)? == Role::Parameter {
            inputs.json(name, value.get())?;
        }
    }
    Ok(inputs.complete()?)
}

/// The members of an object, as they stand there.
struct Members<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "an object with the values of parameters")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        json.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::InputFormat::{Json, Ndjson};
    use super::super::source::tests::{read_with, row, rows};
    use larder::value::{BlobRef, Value};

    #[test]
    fn a_line_that_is_no_input_is_told_and_the_next_is_read() {
        for (line, message) in [
            (&b"{"[..], "it ends in the middle of its JSON"),
            (b"nonsense", "it is no JSON from column 2 on"),
            (br#"{"n": 1, word: "a"}"#, "it is no JSON from column 10 on"),
            (b"[1, \"a\"]", "it should be a JSON object with the values of parameters"),
            (b"7", "it should be a JSON object with the values of parameters"),
            (b"null", "it should be a JSON object with the values of parameters"),
            (br#"{"n": 1, "word": "a"} {"n": 2}"#, "more follows its JSON: {\"n\": 2}"),
            (br#"{"n": 1, "word": "a"} x"#, "more follows its JSON: x"),
            (b"{\"n\": 1, \"word\": \"\xff\"}", "not UTF-8"),
            (br#"{"n": 1}"#, "missing: `word: string`"),
            (b"{}", "missing: `n: u8`, `word: string`"),
            (br#"{"n": 1, "word": "a", "wrod": "b"}"#, "no parameter `wrod` (did you mean `word`?)"),
            (br#"{"n": 1, "word": "a", "n": 1}"#, "`n` is given more than once"),
            (br#"{"n": 256, "word": "a"}"#, "parameter `n` should be u8"),
            (br#"{"n": 1.5, "word": "a"}"#, "parameter `n` should be u8"),
            (br#"{"n": "1", "word": "a"}"#, "parameter `n` should be u8"),
            (br#"{"n": 1, "word": null}"#, "parameter `word` should be string"),
        ] {
            let text = [line, b"\n{\"n\": 2, \"word\": \"next\"}"].concat();
            let (rows, broken) = rows(Ndjson, &text, &[]);
            let error = rows[0].1.clone().unwrap_err();
            assert!(error.contains(message), "{error} for {:?}", String::from_utf8_lossy(line));
            assert_eq!((&rows[1], broken), (&(Some(2), row(2, "next", None)), None));
        }
    }

    #[test]
    fn a_fixed_argument_is_not_given_again() {
        let (rows, _) = rows(Ndjson, b"{\"n\": 1, \"word\": \"a\"}\n{\"word\": \"b\"}", &[("n", "7")]);
        assert!(rows[0].1.clone().unwrap_err().contains("`n` is given more than once"));
        assert_eq!(rows[1], (Some(2), row(7, "b", None)));
    }

    #[test]
    fn lines_are_numbered_and_blank_ones_skipped() {
        let text = b"\xef\xbb\xbf{\"word\": \"@a\", \"n\": 1}\r\n\n  \n{\"n\":2,\"word\":\"\",\"maybe\":3}";
        let (rows, broken) = rows(Ndjson, text, &[]);
        assert_eq!(rows, [(Some(1), row(1, "@a", None)), (Some(4), row(2, "", Some(3)))]);
        assert_eq!((super::super::source::tests::rows(Ndjson, b"", &[]), broken), ((Vec::new(), None), None));
    }

    #[test]
    fn a_path_starts_at_the_current_folder() {
        let (rows, _) = rows(Ndjson, br#"{"n": 1, "word": "a", "file": "b/c"}"#, &[]);
        let file = Value::File(BlobRef::Path("/here/b/c".into()));
        assert_eq!(rows[0].1.clone().unwrap()[3], Value::Option(Some(Box::new(file))));
    }

    #[test]
    fn what_is_no_array_cannot_be_read_on() {
        for (text, taken, message) in [
            (&b"{}"[..], 0, "they should be a JSON array of objects"),
            (b"", 0, "they end in the middle of their JSON"),
            (b"[{\"n\": 1, \"word\": \"a\"}", 1, "they end in the middle of their JSON"),
            (b"[{\"n\": 1, \"word\": \"a\"}, nonsense]", 1, "line 1 is no JSON from column"),
            (b"[] 7", 0, "line 1 is no JSON from column 4 on"),
        ] {
            let (rows, broken) = rows(Json, text, &[]);
            assert_eq!(rows.len(), taken);
            assert!(broken.clone().unwrap_or_default().contains(message), "{broken:?}");
        }
    }

    #[test]
    fn an_element_that_is_no_input_is_told_and_the_next_is_read() {
        let text = br#" [ 7, {"n": 300, "word": "a"}, [], {"n": 1, "word": "a"} ] "#;
        let (rows, broken) = rows(Json, text, &[]);
        assert_eq!((rows.len(), broken), (4, None));
        assert!(rows[..3].iter().all(|(line, inputs)| line.is_none() && inputs.is_err()), "{rows:?}");
        assert_eq!(rows[3].1, row(1, "a", None));
    }

    #[test]
    fn a_byte_order_mark_is_none_of_the_inputs() {
        for (format, text) in [
            (Json, "\u{feff}[{\"n\": 1, \"word\": \"\u{feff}\"}]"),
            (Json, "\u{feff} \r\n [{\"n\": 1, \"word\": \"\u{feff}\"}]"),
            (Ndjson, "\u{feff}{\"n\": 1, \"word\": \"\u{feff}\"}\n"),
            (Ndjson, "\u{feff}\r\n{\"n\": 1, \"word\": \"\u{feff}\"}"),
        ] {
            let (rows, broken) = rows(format, text.as_bytes(), &[]);
            assert_eq!((rows.len(), broken), (1, None), "{text:?}");
            assert_eq!(rows[0].1, row(1, "\u{feff}", None), "{text:?}");
        }
        // Anywhere else it is no JSON.
        let (rows, _) = rows(Ndjson, "{\"n\": 1, \"word\": \"a\"}\n\u{feff}{}\n".as_bytes(), &[]);
        assert!(rows[1].1.is_err());
    }

    #[test]
    fn a_member_that_is_no_parameter_is_a_name_or_passed_over_where_that_is_asked() {
        let lines = [
            r#"{"id": "a\u0062", "n": 1, "word": "a"}"#,
            r#"{"id": 1.50, "n": 1, "word": "a", "more": [1]}"#,
            r#"{"id": true, "n": 300, "word": "a"}"#,
            r#"{"n": 1, "word": "a"}"#,
            r#"{"id": null, "n": 1, "word": "a"}"#,
            r#"{"id": "a", "id": "b", "n": 1, "word": "a"}"#,
        ];
        for (format, text) in [(Ndjson, lines.join("\n")), (Json, format!("[{}]", lines.join(",")))] {
            let taken = read_with(format, text.as_bytes(), Some("id"), true);
            let ids: Vec<_> = taken.iter().map(|taken| taken.id.as_deref()).collect();
            assert_eq!(ids, [Some("ab"), Some("1.50"), Some("true"), None, None, None]);
            let are_calls: Vec<_> = taken.iter().map(|taken| taken.inputs.is_ok()).collect();
            assert_eq!(are_calls, [true, true, false, false, false, false]);
            let strict = read_with(format, text.as_bytes(), Some("id"), false);
            assert!(strict[0].inputs.is_ok());
            assert!(strict[1].inputs.as_ref().unwrap_err().to_string().contains("no parameter `more`"));
        }
    }
}
