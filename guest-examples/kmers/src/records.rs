//! Reads FASTA and FASTQ as a stream: the letters of a sequence are handed on as they arrive, a piece at a time, so that
//! neither a long line nor a long sequence has to fit in memory.
//!
//! FASTA: a line that begins with `>` begins a sequence, every other line belongs to it. FASTQ: four lines a record,
//! `@` and a name, the letters, `+` and anything, and as many qualities as there are letters. White space in a sequence
//! and blank lines between records do not count, which takes care of line ends of two bytes as well.

use std::io::{self, BufRead, ErrorKind};

/// What a reader of sequences is told.
#[derive(Debug, PartialEq)]
pub(crate) enum Event<'a> {
    /// A sequence begins.
    Begin,
    /// More of its letters.
    Letters(&'a [u8]),
}

/// What was in the file.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Totals {
    /// Sequences, those without a letter included.
    pub(crate) sequences: u64,
    /// Letters, whether they are bases or not.
    pub(crate) letters: u64,
}

/// Why a file cannot be read to its end.
#[derive(Debug)]
pub(crate) enum Error {
    /// It begins with this byte, or with none, and so neither like FASTA nor like FASTQ.
    Format(Option<u8>),
    /// A record of a FASTQ file is none.
    Record(Misfit),
    /// It cannot be had; or, of whoever writes down what is read, that this fails.
    Io(io::Error),
}

/// Where a FASTQ file goes wrong.
#[derive(Debug, PartialEq)]
pub(crate) struct Misfit {
    /// The number of the record; the first is 1.
    pub(crate) record: u64,
    /// The number of the line; the first is 1.
    pub(crate) line: u64,
    /// What is wrong with it.
    pub(crate) fault: Fault,
}

/// What can be wrong with a FASTQ record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    /// The file ends within it.
    Ends,
    /// Its first line does not begin with `@`.
    NoName,
    /// Its third line does not begin with `+`.
    NoPlus,
    /// It has so many qualities for so many letters.
    Qualities(u64, u64),
}

/// Reads `input` to its end and tells `each` of what is in it.
pub(crate) fn read(mut input: impl BufRead, each: impl FnMut(Event)) -> Result<Totals, Error> {
    let Some((first, lines)) = first_letter(&mut input)? else { return Err(Error::Format(None)) };
    let mut parser =
        Parser { each, totals: Totals::default(), line: lines + 1, part: Part::Between, letters: 0, qualities: 0 };
    match first {
        b'>' => {
            pieces(&mut input, |piece| parser.fasta(piece))?;
        }
        b'@' => {
            pieces(&mut input, |piece| parser.fastq(piece))?;
            parser.fastq_ends()?;
        }
        other => return Err(Error::Format(Some(other))),
    }
    Ok(parser.totals)
}

/// Skips white space. The byte behind it, which is not consumed, and how many line ends precede it.
fn first_letter(input: &mut impl BufRead) -> Result<Option<(u8, u64)>, Error> {
    let mut lines = 0;
    loop {
        let Some(&byte) = filled(input)?.first() else { return Ok(None) };
        if !byte.is_ascii_whitespace() {
            return Ok(Some((byte, lines)));
        }
        lines += u64::from(byte == b'\n');
        input.consume(1);
    }
}

/// What is there to read, as `fill_buf` has it, but not interrupted.
fn filled(input: &mut impl BufRead) -> Result<&[u8], Error> {
    while let Err(error) = input.fill_buf() {
        if error.kind() != ErrorKind::Interrupted {
            return Err(Error::Io(error));
        }
    }
    // Fills nothing: the buffer has something in it, or the input is at its end.
    input.fill_buf().map_err(Error::Io)
}

/// A piece of a line. A line may come in many, none of which is empty unless it ends the line.
struct Piece<'a> {
    bytes: &'a [u8],
    begins: bool,
    ends: bool,
}

/// Cuts the input at its line ends, which are in no piece, and wherever a buffer ends.
fn pieces(input: &mut impl BufRead, mut each: impl FnMut(Piece) -> Result<(), Error>) -> Result<(), Error> {
    let mut begins = true;
    loop {
        let buffer = filled(input)?;
        let length = buffer.len();
        if length == 0 {
            return Ok(());
        }
        let mut rest = buffer;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            each(Piece { bytes: &rest[..end], begins, ends: true })?;
            rest = &rest[end + 1..];
            begins = true;
        }
        if !rest.is_empty() {
            each(Piece { bytes: rest, begins, ends: false })?;
            begins = false;
        }
        input.consume(length);
    }
}

/// What a line is.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// A blank one, or one that has not begun.
    Between,
    Name,
    Letters,
    Plus,
    Qualities,
}

struct Parser<F> {
    each: F,
    totals: Totals,
    /// The number of the line.
    line: u64,
    part: Part,
    /// How many letters and qualities the FASTQ record has so far.
    letters: u64,
    qualities: u64,
}

impl<F: FnMut(Event)> Parser<F> {
    fn begin(&mut self) {
        self.totals.sequences += 1;
        self.letters = 0;
        self.qualities = 0;
        (self.each)(Event::Begin);
    }

    fn letters(&mut self, bytes: &[u8]) {
        let letters = count(bytes);
        self.letters += letters;
        self.totals.letters += letters;
        (self.each)(Event::Letters(bytes));
    }

    fn fasta(&mut self, piece: Piece) -> Result<(), Error> {
        if piece.begins {
            let is_name = piece.bytes.first() == Some(&b'>');
            self.part = if is_name { Part::Name } else { Part::Letters };
            if is_name {
                self.begin();
            }
        }
        if self.part == Part::Letters {
            self.letters(piece.bytes);
        }
        Ok(())
    }

    /// `part` is that of the line, also where one begins: the end of the line before has set it.
    fn fastq(&mut self, piece: Piece) -> Result<(), Error> {
        match self.part {
            Part::Between => match piece.bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
                None => {}
                Some(b'@') => {
                    self.begin();
                    self.part = Part::Name;
                }
                Some(_) => {
                    self.totals.sequences += 1;
                    return Err(self.misfit(Fault::NoName));
                }
            },
            Part::Plus if piece.begins && piece.bytes.first() != Some(&b'+') => return Err(self.misfit(Fault::NoPlus)),
            Part::Name | Part::Plus => {}
            Part::Letters => self.letters(piece.bytes),
            Part::Qualities => self.qualities += count(piece.bytes),
        }
        if piece.ends {
            self.part = match self.part {
                Part::Between => Part::Between,
                Part::Name => Part::Letters,
                Part::Letters => Part::Plus,
                Part::Plus => Part::Qualities,
                Part::Qualities if self.letters == self.qualities => Part::Between,
                Part::Qualities => return Err(self.misfit(Fault::Qualities(self.qualities, self.letters))),
            };
            self.line += 1;
        }
        Ok(())
    }

    fn fastq_ends(&self) -> Result<(), Error> {
        match self.part {
            Part::Between => Ok(()),
            // The last line end may be missing.
            Part::Qualities if self.letters == self.qualities => Ok(()),
            Part::Qualities | Part::Name | Part::Letters | Part::Plus => Err(self.misfit(Fault::Ends)),
        }
    }

    fn misfit(&self, fault: Fault) -> Error {
        Error::Record(Misfit { record: self.totals.sequences, line: self.line, fault })
    }
}

/// How many of these bytes are no white space.
fn count(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| !byte.is_ascii_whitespace()).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    /// The sequences of a text, read with a buffer of so many bytes.
    fn sequences(text: &str, buffer: usize) -> Result<Vec<String>, Error> {
        let mut found: Vec<String> = Vec::new();
        let totals = read(BufReader::with_capacity(buffer, text.as_bytes()), |event| match event {
            Event::Begin => found.push(String::new()),
            Event::Letters(letters) => {
                let letters = String::from_utf8(letters.to_vec()).unwrap();
                found.last_mut().unwrap().extend(letters.split_whitespace());
            }
        })?;
        let letters = found.iter().map(String::len).sum::<usize>() as u64;
        assert_eq!(totals, Totals { sequences: found.len() as u64, letters }, "{text:?}");
        Ok(found)
    }

    const BUFFERS: [usize; 5] = [1, 2, 3, 7, 1000];

    #[test]
    fn every_spelling_of_the_same_records_is_read() {
        let same: [(&[&str], &[&str]); 4] = [
            (&["ACGT", "GG"], &[">a\nACGT\n>b\nGG\n", ">a x\nAC\nGT\n\n>b\nG\nG", "\n \n>a\r\nAC GT\r\n>b\r\nGG\r\n"]),
            (&["AC>GT", "", ""], &[">a\nAC>GT\n>b\n>c", ">a\nAC\n >GT\n>\n>\n"]),
            (
                &["ACGT", "@+"],
                &["@a\nACGT\n+\n@@@@\n@b\n@+\n+b\n+@\n", "\r\n@a\r\nACGT\r\n+\r\nIIII\r\n\r\n@b\r\n@+\r\n+\r\n>>"],
            ),
            (&["", "A", ""], &["@a\n\n+\n\n@b\nA\n+\nI\n@c\n\n+\n"]),
        ];
        for (expected, texts) in same {
            for text in texts {
                for buffer in BUFFERS {
                    assert_eq!(sequences(text, buffer).unwrap(), expected, "{text:?}, {buffer}");
                }
            }
        }
    }

    #[test]
    fn what_is_neither_format_is_refused_by_its_first_letter() {
        for (text, first) in
            [("", None), (" \n", None), ("ACGT\n", Some(b'A')), ("\n;x\n>a\nA\n", Some(b';')), ("+", Some(b'+'))]
        {
            assert!(matches!(sequences(text, 5), Err(Error::Format(found)) if found == first), "{text:?}");
        }
    }

    #[test]
    fn a_misfit_is_named_with_its_record_and_line() {
        let good = "\n@a\nAC\n+\nII\n";
        for (text, record, line, fault) in [
            ("@b", 2, 6, Fault::Ends),
            ("@b\n", 2, 7, Fault::Ends),
            ("@b\nAC", 2, 7, Fault::Ends),
            ("@b\nAC\n+", 2, 8, Fault::Ends),
            ("@b\nAC\n+\n", 2, 9, Fault::Ends),
            ("@b\nAC\n+\nI", 2, 9, Fault::Ends),
            ("@b\nAC\n+\nI\n", 2, 9, Fault::Qualities(1, 2)),
            ("@b\nAC\n+\nIII\n@c\n", 2, 9, Fault::Qualities(3, 2)),
            ("@b\nAC\nAC\n+\nIIII\n", 2, 8, Fault::NoPlus),
            ("@b\nAC\n\n", 2, 8, Fault::NoPlus),
            ("\n>b\nAC\n", 2, 7, Fault::NoName),
        ] {
            for buffer in BUFFERS {
                let Err(Error::Record(found)) = sequences(&format!("{good}{text}"), buffer) else {
                    panic!("{text:?} was read");
                };
                assert_eq!(found, Misfit { record, line, fault: fault.clone() }, "{text:?}, {buffer}");
            }
        }
    }
}
