//! Texts that are read as inputs of one signature.

use std::io::{BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::super::rows::{Reading, Taken};
use super::super::source::{Counted, Source};
use crate::args::InputFormat;
use larder::arguments::Inputs;
use larder::value::Value;
use larder::{Field, Signature, WitType};

/// The rows of a text: for each its line number and its inputs, or its error.
type Rows = Vec<(Option<u64>, Result<Vec<Value>, String>)>;

/// `f: func(n: u8, word: string, maybe: option<u16>, file: option<file>)`.
fn signature() -> Signature {
    let field = |name: &str, ty| Field { name: name.into(), ty };
    let option = |ty| WitType::Option(Box::new(ty));
    let params = vec![
        field("n", WitType::U8),
        field("word", WitType::String),
        field("maybe", option(WitType::U16)),
        field("file", option(WitType::File)),
    ];
    Signature { params, result: None }
}

/// Reads the rows of a text, and returns the error that stopped the reading, if any.
fn read(format: InputFormat, text: &[u8], reading: &Reading<'_>) -> (Vec<Taken>, Option<String>) {
    let inner: Box<dyn Read + Send> = Box::new(std::io::Cursor::new(text.to_vec()));
    let reader = BufReader::new(Counted::new(inner, Arc::default()));
    let mut rows = Vec::new();
    let read = Source::Text { format, reader }.read(reading, &mut |taken| {
        rows.push(taken);
        ControlFlow::Continue(())
    });
    (rows, read.err().map(|error| error.to_string()))
}

/// Reads the rows of a text for that signature, with `fixed` arguments, and the error that stopped the reading, if any.
pub(super) fn rows(format: InputFormat, text: &[u8], fixed: &[(&str, &str)]) -> (Rows, Option<String>) {
    let signature = signature();
    let mut inputs = Inputs::new(&signature, Path::new("/here"));
    fixed.iter().for_each(|(name, text)| inputs.typed(name, text).unwrap());
    let (rows, broken) = read(format, text, &Reading { fixed: inputs, id: None, ignore_extra: false });
    let told = |taken: Taken| (taken.line, taken.inputs.map_err(|error| error.to_string()));
    (rows.into_iter().map(told).collect(), broken)
}

/// Reads the rows of a text whose calls have names.
pub(super) fn read_with(format: InputFormat, text: &[u8], id: Option<&str>, ignore_extra: bool) -> Vec<Taken> {
    let signature = signature();
    let fixed = Inputs::new(&signature, Path::new("/here"));
    let (rows, broken) = read(format, text, &Reading { fixed, id: id.map(str::to_owned), ignore_extra });
    assert_eq!(broken, None);
    rows
}

/// Returns the inputs of one row.
pub(super) fn row(n: u8, word: &str, maybe: Option<u16>) -> Result<Vec<Value>, String> {
    let maybe = Value::Option(maybe.map(|maybe| Box::new(Value::U16(maybe))));
    Ok(vec![Value::U8(n), Value::String(word.to_owned()), maybe, Value::Option(None)])
}
