//! Counts the k-mers of sequences in a file, as a task: a large input that is streamed, and a large output that is
//! written as it is made.
//!
//! This file joins the WIT contract to plain Rust: `gzip` unpacks, `records` finds the sequences, `count` counts, and
//! `table` is the three in a row. None of them knows that it runs in a component, or what a file is.

mod count;
mod gzip;
mod records;
mod table;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Kmers;

    wit_bindgen::generate!({ path: ["../../wit", "wit"], world: "examples:kmers/counting", generate_all });
    export!(Kmers);
}

use std::io::{self, BufWriter, Write};

use bindings::exports::examples::kmers::kmers::{self, BrokenRecord, CountError, Counted};
use bindings::exports::larder::task::manifest::{self, Cache, Resources, Scope, Size, Task, Version};
use bindings::larder::task::files::{self, File};
use records::{Fault, Misfit};

/// How much of the table is handed over at a time.
const PIECE: usize = 1 << 18;

struct Kmers;

impl manifest::Guest for Kmers {
    fn tasks() -> Vec<Task> {
        vec![Task {
            name: "kmers#count".to_owned(),
            // One processor, and as much memory as 32 bits have room for.
            size: Size::Custom(Resources { cpus: 1, memory_mib: 4 << 10, storage_mib: 100 << 10, gpus: 0 }),
            cache: Some(Cache {
                version: Version::Declared("1".to_owned()),
                scope: Scope::Account,
                cache_errors: false,
            }),
            timeout_seconds: None,
            needs: Vec::new(),
            file_names: false,
        }]
    }
}

impl kmers::Guest for Kmers {
    fn count(reads: File, k: u8) -> Result<Counted, CountError> {
        let counter = count::Counter::new(k).ok_or(CountError::KOutOfRange(k))?;
        let input = std::fs::File::open(reads.path()).map_err(failed)?;
        let output = files::Writer::create("kmers.tsv").map_err(failed)?;
        let mut writer = BufWriter::with_capacity(PIECE, Output(output));
        let counted = table::write(input, counter, &mut writer).map_err(refuse)?;
        let Output(output) = writer.into_inner().map_err(failed)?;
        Ok(Counted {
            table: files::Writer::finish(output).map_err(failed)?,
            sequences: counted.sequences,
            bases: counted.letters,
            distinct: counted.distinct,
            total: counted.total,
        })
    }
}

/// A file that is being written, as Rust has it.
struct Output(files::Writer);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn failed(error: impl ToString) -> CountError {
    CountError::Failed(error.to_string())
}

fn refuse(error: records::Error) -> CountError {
    match error {
        records::Error::Format(None) => CountError::UnknownFormat("there is nothing in it".to_owned()),
        records::Error::Format(Some(byte)) => {
            CountError::UnknownFormat(format!("it begins with `{}`", byte.escape_ascii()))
        }
        records::Error::Record(Misfit { record, line, fault }) => {
            CountError::BrokenRecord(BrokenRecord { number: record, line, message: describe(&fault) })
        }
        records::Error::Io(error) if gzip::is_damage(&error) => CountError::DamagedGzip(error.to_string()),
        records::Error::Io(error) => failed(error),
    }
}

fn describe(fault: &Fault) -> String {
    match fault {
        Fault::Ends => "the file ends within the record".to_owned(),
        Fault::NoName => "a record begins with `@`".to_owned(),
        Fault::NoPlus => "the third line of a record begins with `+`".to_owned(),
        Fault::Qualities(qualities, letters) => format!("{qualities} qualities for {letters} letters"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_file_is_told_apart() {
        let refused = |bytes: &[u8]| {
            let counter = count::Counter::new(3).unwrap();
            refuse(table::write(bytes, counter, Vec::new()).map(drop).unwrap_err())
        };
        assert!(matches!(refused(b""), CountError::UnknownFormat(why) if why == "there is nothing in it"));
        assert!(matches!(refused(b"\xffx"), CountError::UnknownFormat(why) if why == "it begins with `\\xff`"));
        assert!(matches!(
            refused(b"@a\nACG\n+\nII\n"),
            CountError::BrokenRecord(BrokenRecord { number: 1, line: 4, message }) if message == "2 qualities for 3 letters"
        ));
        assert!(matches!(refused(b"\x1f\x8b\x08"), CountError::DamagedGzip(_)));
    }
}
