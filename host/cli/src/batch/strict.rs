//! Strict reader of table records as RFC 4180 defines them: an invalid record is reported, and the next one is read.
//!
//! The crate `csv` always finds some record: it adds text after a closing quote to the cell, and skips empty lines.
//! Here no record is lost silently:
//! - a record ends with a line feed, or a carriage return and a line feed, outside quotes, or with the text;
//! - a cell that begins with a quote ends with one, before a separator or the end of the record; inside, two quotes
//!   stand for one, and everything else for itself, line ends included;
//! - a quote or a carriage return anywhere else in a cell is an ordinary character.

use std::io::{BufRead, Result};

/// A reader of records.
pub(super) struct Records<R> {
    reader: R,
    separator: u8,
    /// The number of the next line, from 1.
    line: u64,
    /// True if a carriage return was read that may belong to the end of a record.
    carriage_return: bool,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The line number of its start, from 1.
    pub(super) line: u64,
    pub(super) cells: Vec<Vec<u8>>,
    /// Its fault, if it is invalid.
    pub(super) fault: Option<Fault>,
    /// True if its line is empty.
    pub(super) is_blank: bool,
}

/// Fault of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("a quote is not closed in it, and what follows was read as a part of it")]
    NotClosed,
    #[error(
        "something follows the closing quote of cell {cell}: a quote inside a quoted cell is written twice (RFC 4180)"
    )]
    AfterQuote { cell: usize },
}

/// State of the reader in a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Begin,
    Plain,
    Quoted,
    /// After a quote inside quotes: the closing one, or the first of two.
    Quote,
    /// In text that should not follow a closing quote.
    After,
}

/// A record that is still being read.
struct Draft {
    cells: Vec<Vec<u8>>,
    cell: Vec<u8>,
    place: Place,
    fault: Option<Fault>,
}

impl<R: BufRead> Records<R> {
    pub(super) const fn new(reader: R, separator: u8) -> Self {
        Self { reader, separator, line: 1, carriage_return: false }
    }

    /// Reads the next record; returns `None` at the end of the text.
    pub(super) fn next(&mut self) -> Result<Option<Record>> {
        let line = self.line;
        let mut draft = Draft { cells: Vec::new(), cell: Vec::new(), place: Place::Begin, fault: None };
        let mut is_any = false;
        loop {
            let piece = self.reader.fill_buf()?;
            if piece.is_empty() {
                // A carriage return at the end of the text ends the last record.
                self.carriage_return = false;
                return Ok(is_any.then(|| draft.end(line)));
            }
            is_any = true;
            let (length, ended) = draft.take(piece, self.separator, &mut self.line, &mut self.carriage_return);
            self.reader.consume(length);
            if ended {
                return Ok(Some(draft.end(line)));
            }
        }
    }
}

impl Draft {
    /// Consumes a part of `piece`. Returns its length, and true if the record ended with it.
    fn take(&mut self, piece: &[u8], separator: u8, line: &mut u64, carriage_return: &mut bool) -> (usize, bool) {
        for (at, byte) in piece.iter().enumerate() {
            *line += u64::from(*byte == b'\n');
            if std::mem::take(carriage_return) {
                if *byte == b'\n' {
                    return (at + 1, true);
                }
                // The carriage return was not part of a line end.
                self.put(b'\r');
            }
            match (self.place, *byte) {
                (Place::Quoted, b'"') => self.place = Place::Quote,
                (Place::Quoted, byte) => self.cell.push(byte),
                (Place::Quote, b'"') => {
                    self.cell.push(b'"');
                    self.place = Place::Quoted;
                }
                (Place::Begin, b'"') => self.place = Place::Quoted,
                (Place::Begin | Place::Plain | Place::Quote | Place::After, b'\n') => return (at + 1, true),
                (Place::Begin | Place::Plain | Place::Quote | Place::After, b'\r') => *carriage_return = true,
                (Place::Begin | Place::Plain | Place::Quote | Place::After, byte) if byte == separator => {
                    self.cells.push(std::mem::take(&mut self.cell));
                    self.place = Place::Begin;
                }
                (Place::Begin | Place::Plain | Place::Quote | Place::After, byte) => self.put(byte),
            }
        }
        (piece.len(), false)
    }

    /// Adds a character outside quotes.
    fn put(&mut self, byte: u8) {
        self.place = match self.place {
            Place::Begin | Place::Plain => Place::Plain,
            Place::Quote => {
                self.fault.get_or_insert(Fault::AfterQuote { cell: self.cells.len() + 1 });
                Place::After
            }
            Place::Quoted | Place::After => self.place,
        };
        self.cell.push(byte);
    }

    fn end(mut self, line: u64) -> Record {
        if self.place == Place::Quoted {
            self.fault = Some(Fault::NotClosed);
        }
        let is_blank = self.place == Place::Begin && self.cells.is_empty();
        self.cells.push(self.cell);
        Record { line, cells: self.cells, fault: self.fault, is_blank }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8], buffer: usize) -> Vec<Record> {
        let mut records = Records::new(BufReader::with_capacity(buffer, text), b',');
        std::iter::from_fn(|| records.next().unwrap()).collect()
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        let texts = |record: Record| {
            assert_eq!(record.fault, None, "{text:?}");
            record.cells.into_iter().map(|cell| String::from_utf8(cell).unwrap()).collect()
        };
        read(text.as_bytes(), 3).into_iter().map(texts).collect()
    }

    #[test]
    fn records_are_those_of_the_rfc() {
        for (text, records) in [
            ("", &[][..]),
            ("\n", &[&[""][..]]),
            ("\r\n", &[&[""]]),
            ("\n\n", &[&[""], &[""]]),
            ("a", &[&["a"]]),
            ("a\n", &[&["a"]]),
            ("a\r\n", &[&["a"]]),
            ("a\r", &[&["a"]]),
            ("\r", &[&[""]]),
            ("a,b\nc,d", &[&["a", "b"], &["c", "d"]]),
            (",\n,", &[&["", ""], &["", ""]]),
            ("\"\"\n", &[&[""]]),
            ("\"\"\r\n\"\"", &[&[""], &[""]]),
            ("\"a\r\"\n\"\r\"\nB\n", &[&["a\r"], &["\r"], &["B"]]),
            ("1,\"x\r\",3\n1,2,\"x\r\"\n", &[&["1", "x\r", "3"], &["1", "2", "x\r"]]),
            ("\"a\r\n\"\r\n", &[&["a\r\n"]]),
            ("\"a,b\",\"c\"\"d\"", &[&["a,b", "c\"d"]]),
            ("\"\"\"\"", &[&["\""]]),
            ("5\" wide, \"x\"", &[&["5\" wide", " \"x\""]]),
            ("a\rb\n\r\rc\n", &[&["a\rb"], &["\r\rc"]]),
            ("a\r\r\n", &[&["a\r"]]),
        ] {
            assert_eq!(cells(text), records, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_record_is_told_and_the_next_is_read() {
        let after = |cell| Some(Fault::AfterQuote { cell });
        for (text, fault) in [
            ("\"5\" inch\nb\n", after(1)),
            ("a,\"5\" inch,c\nb\n", after(2)),
            ("\"5\"\" inch\" \nb\n", after(1)),
            ("\"5\"\rx\nb\n", after(1)),
            ("\"5\" \"inch\"\r\nb\n", after(1)),
            ("\"a \"b\" c\"\nb\n", after(1)),
        ] {
            let records = read(text.as_bytes(), 2);
            assert_eq!((records.len(), records[0].fault, records[1].fault), (2, fault, None), "{text:?}");
            assert_eq!((records[1].line, &records[1].cells), (2, &vec![b"b".to_vec()]), "{text:?}");
        }
        for text in ["\"a\nb\n", "a,\"", "\"a\"\"\n", "\"a\r\nb"] {
            let records = read(text.as_bytes(), 2);
            assert_eq!((records.len(), records[0].fault), (1, Some(Fault::NotClosed)), "{text:?}");
        }
    }

    #[test]
    fn lines_are_those_of_the_text() {
        let lines: Vec<u64> = read(b"a\n\n\"b\n\nc\"\r\nd", 4).iter().map(|record| record.line).collect();
        assert_eq!(lines, [1, 2, 3, 6]);
        let blank: Vec<bool> = read(b"\na\n\"\"\n,\n\r\n", 4).iter().map(|record| record.is_blank).collect();
        assert_eq!(blank, [true, false, false, false, true]);
    }

    /// Generates texts of special characters and others.
    fn cell() -> impl Strategy<Value = String> {
        prop_oneof!["[a\",\r\n\t ]{0,8}", any::<String>()]
    }

    fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
        (1_usize..4).prop_flat_map(|columns| vec(vec(cell(), columns), 0..6))
    }

    proptest! {
        /// Compares with the writer of the crate `csv`, which is independent of this reader.
        #[test]
        fn every_table_is_read_as_it_was_written(table in table(), crlf: bool, buffer in 1_usize..20) {
            let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer = csv::WriterBuilder::new().terminator(end).from_writer(Vec::new());
            for record in &table {
                writer.write_record(record)?;
            }
            let text = writer.into_inner().expect("memory takes everything");
            let expected: Vec<Vec<Vec<u8>>> =
                table.into_iter().map(|record| record.into_iter().map(String::into_bytes).collect()).collect();
            let records = read(&text, buffer);
            prop_assert!(records.iter().all(|record| record.fault.is_none()));
            prop_assert_eq!(records.into_iter().map(|record| record.cells).collect::<Vec<_>>(), expected);
        }

        /// No byte is lost: a record's fault and cells depend on the text alone, not on how it is split into pieces.
        #[test]
        fn every_text_is_read_the_same_however_it_comes(text in "[a\",\r\n]{0,40}", buffer in 1_usize..8) {
            prop_assert_eq!(read(text.as_bytes(), buffer), read(text.as_bytes(), 4096));
        }
    }
}
