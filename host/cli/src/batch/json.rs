//! JSON inputs: an object on each line, or an array of objects.
//!
//! An object is split into its members first, and then each value is read by the type of its parameter. So a number
//! keeps all its digits, and a duplicate name is detected.

use std::cell::Cell;
use std::fmt;
use std::io::{BufRead, BufReader, Read as _};
use std::ops::ControlFlow;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::bounds::{Bounded, MAX_ROW_BYTES};
use super::rows::{Reading, Role, Take, Taken};
use crate::problem::Problem;
use larder::value::Value;

/// Reads an object on each line; skips blank lines.
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

/// Reads an array of objects, and hands over each as soon as it is read.
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
    /// Number of bytes that may be read until the end of the next element.
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
                // The rest is not read, which the parser reports as an error.
                return Err(A::Error::custom("enough"));
            }
        }
        Ok(())
    }
}

/// Describes invalid JSON in the terms of its authors: it should be an object, `with` something.
pub(super) fn not_json(error: &serde_json::Error, with: &str) -> String {
    match error.classify() {
        Category::Eof => "it ends in the middle of its JSON".to_owned(),
        Category::Syntax => format!("it is no JSON from column {} on", error.column()),
        Category::Data => format!("it should be a JSON object {with}"),
        Category::Io => error.to_string(),
    }
}

/// Returns the call that an object describes, together with the fixed arguments.
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

/// Returns the name of a call: a text, or the literal of a number or truth value.
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

/// The members of an object, in their order.
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
