//! Inputs that are a table: the header names parameters, and a cell is read as a value is on the command line.

use std::cell::Cell;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Read;

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::super::problem::Problem;
use super::source::{Bounded, MAX_ROW_BYTES, Take};
use crate::arguments::Inputs;
use crate::value::Value;
use crate::wit_type::{Field, WitType};

/// Reads a table (RFC 4180, with any separator). A header that does not fit is an error for all of it.
pub(super) fn read(reader: impl Read, separator: u8, fixed: &Inputs<'_>, take: &mut Take<'_>) -> anyhow::Result<()> {
    // The carriage return of a line that ends in both is left to us: read as a part of the end, it would make the line
    // feed one of the next record, whose line would be told wrong.
    let end = Terminator::Any(b'\n');
    // After the last record, which so has an end, stands one that nobody can have written. Where a quote is not closed it
    // becomes a part of another.
    let mark = format!("the end {:016x}", RandomState::new().build_hasher().finish()).into_bytes();
    let left = Cell::new(MAX_ROW_BYTES);
    let reader = Bounded { inner: reader, left: &left }.chain(&b"\n"[..]).chain(&mark[..]).chain(&b"\n"[..]);
    let mut table = ReaderBuilder::new().delimiter(separator).terminator(end).flexible(true).from_reader(reader);
    let header = table.byte_headers().map_err(unreadable)?;
    if header.iter().eq([&mark[..]]) {
        return Err(
            Problem::NotInputs { problem: "a table begins with a header, and this one is empty".to_owned() }.into()
        );
    }
    if is_not_closed(header, &mark) {
        return Err(not_closed().into());
    }
    let columns = columns(header, fixed)?;
    let mut record = ByteRecord::new();
    while table.read_byte_record(&mut record).map_err(unreadable)? && !record.iter().eq([&mark[..]]) {
        left.set(MAX_ROW_BYTES);
        if record.iter().eq([b"\r"]) {
            continue;
        }
        let line = line(&record, table.position().line());
        let is_not_closed = is_not_closed(&record, &mark);
        let (line, inputs) = if is_not_closed {
            // It has no end behind it.
            (line + 1, Err(not_closed().into()))
        } else {
            (line, inputs(&record, &columns, fixed))
        };
        if take(Some(line), inputs).is_break() || is_not_closed {
            break;
        }
    }
    Ok(())
}

/// Whether a record has what stands behind the last one in it.
fn is_not_closed(record: &ByteRecord, mark: &[u8]) -> bool {
    record.iter().next_back().is_some_and(|cell| cell.trim_ascii_end().ends_with(mark))
}

fn not_closed() -> Problem {
    let problem = "a quote is not closed in it, and what follows was read as a part of it".to_owned();
    Problem::NotInputs { problem }
}

/// The line where a record begins, from the one where the reader stands after it: what the reader takes for its begin
/// comes before the blank lines above it.
fn line(record: &ByteRecord, after: u64) -> u64 {
    let inside: usize = record.iter().map(|cell| cell.iter().filter(|byte| **byte == b'\n').count()).sum();
    after.saturating_sub(inside as u64 + 1)
}

/// Text, records of equal length and types are not asked for, so this is about reading.
fn unreadable(error: csv::Error) -> Problem {
    Problem::InputStream(error.into())
}

/// The parameters that the header names, which with the fixed ones must be all that there are.
fn columns<'s>(header: &ByteRecord, fixed: &Inputs<'s>) -> anyhow::Result<Vec<&'s Field>> {
    let mut columns: Vec<&Field> = Vec::new();
    let mut probe = fixed.clone();
    for name in header {
        let name = std::str::from_utf8(name).map_err(|error| not_text(&error))?.trim();
        columns.push(probe.open(name)?);
        // What it is does not matter here, but that it is there.
        probe.value(name, Value::Option(None))?;
    }
    probe.complete()?;
    Ok(columns)
}

fn not_text(error: &std::str::Utf8Error) -> Problem {
    Problem::NotInputs { problem: format!("it is not UTF-8 text: {error}") }
}

fn inputs(record: &ByteRecord, columns: &[&Field], fixed: &Inputs<'_>) -> anyhow::Result<Vec<Value>> {
    if record.len() != columns.len() {
        let problem = format!("it has {} cells, where the header has {}", record.len(), columns.len());
        return Err(Problem::NotInputs { problem }.into());
    }
    let mut inputs = fixed.clone();
    for (at, (Field { name, ty }, cell)) in columns.iter().zip(record).enumerate() {
        let cell = if at + 1 == record.len() { cell.strip_suffix(b"\r").unwrap_or(cell) } else { cell };
        // In a table there is no other way to leave something out.
        if cell.is_empty() && matches!(ty, WitType::Option(_)) {
            continue;
        }
        inputs.typed(name, std::str::from_utf8(cell).map_err(|error| not_text(&error))?)?;
    }
    Ok(inputs.complete()?)
}

#[cfg(test)]
mod tests {
    use super::super::args::InputFormat::{Csv, Tsv};
    use super::super::source::tests::{row, rows};

    #[test]
    fn a_header_that_does_not_fit_is_an_error_for_all() {
        for (text, fixed, message) in [
            (&b"n,wrod\n1,a\n"[..], &[][..], "no parameter `wrod` (did you mean `word`?)"),
            (b"n\n1\n", &[], "missing: `word: string`"),
            (b"", &[], "begins with a header, and this one is empty"),
            (b"\n\n", &[], "begins with a header, and this one is empty"),
            (b"n,\"word\n1,a\n", &[], "a quote is not closed"),
            (b"n,word,n\n1,a,1\n", &[], "`n` is given more than once"),
            (b"n,word\n1,a\n", &[("n", "1")], "`n` is given more than once"),
            (b"n,\xff\n1,a\n", &[], "not UTF-8"),
            (b"n;word\n1;a\n", &[], "no parameter `n;word`"),
        ] {
            let (rows, broken) = rows(Csv, text, fixed);
            assert_eq!(rows, []);
            assert!(broken.clone().unwrap_or_default().contains(message), "{broken:?}");
        }
    }

    #[test]
    fn a_record_that_does_not_fit_is_told_and_the_next_is_read() {
        for (record, message) in [
            (&b"1"[..], "it has 1 cells, where the header has 2"),
            (b"1,a,b", "it has 3 cells"),
            (b"1,\xff", "not UTF-8"),
            (b"256,a", "parameter `n` should be u8"),
            (b",a", "parameter `n` should be u8"),
            (b"1,@missing", "/here/missing cannot be read"),
        ] {
            let (rows, broken) = rows(Csv, &[b"n,word\n", record, b"\n2,next\n"].concat(), &[]);
            let error = rows[0].1.clone().unwrap_err();
            assert!(error.contains(message), "{error}");
            assert_eq!((&rows[1], broken), (&(Some(3), row(2, "next", None)), None));
        }
    }

    #[test]
    fn a_quote_that_is_not_closed_is_told_where_it_begins() {
        for rest in ["\"a\n3,b\n4,c\n", "\"a", "\"", "\"a\"\"\n", "\"a\r\n3,b\r\n"] {
            let text = format!("n,word\n1,a\n2,{rest}");
            let (rows, broken) = rows(Csv, text.as_bytes(), &[]);
            assert_eq!((rows.len(), &rows[0], broken), (2, &(Some(2), row(1, "a", None)), None), "{rest:?}");
            let (line, error) = (rows[1].0, rows[1].1.clone().unwrap_err());
            assert!(line == Some(3) && error.contains("a quote is not closed"), "{rest:?}: {line:?} {error}");
        }
        // In the middle of a cell it is a letter like any other.
        let (rows, _) = rows(Csv, b"n,word\n1,5\" wide\n", &[]);
        assert_eq!(rows, [(Some(2), row(1, "5\" wide", None))]);
    }

    #[test]
    fn a_cell_is_read_as_on_the_command_line() {
        let text = "\u{feff} word , maybe,n\n\"two, words\",,1\n\n\"a\nb\",some(4),2\n\"\"\"\"\"\",5,3";
        for text in [text.to_owned(), text.replace('\n', "\r\n").replace("a\r\nb", "a\nb"), format!("{text}\n\n")] {
            let (rows, _) = rows(Csv, text.as_bytes(), &[]);
            let expected = [(2, row(1, "two, words", None)), (4, row(2, "a\nb", Some(4))), (6, row(3, "", Some(5)))];
            assert_eq!(rows, expected.map(|(line, row)| (Some(line), row)), "{text:?}");
        }
        let (rows, _) = super::super::source::tests::rows(Tsv, b"word\na,b\n", &[("n", "1")]);
        assert_eq!(rows, [(Some(2), row(1, "a,b", None))]);
    }
}
