//! Source of the inputs of a batch: a file or standard input, read row by row, or the values of `--each`.
//!
//! A row is pushed to a consumer, which may stop the reading. A row that cannot be a call is passed to the consumer
//! like any other; only a failure that makes it impossible to continue reading is an error here.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::bounds::past_byte_order_mark;
use super::each::Each;
use super::rows::{Reading, Take};
use super::{json, table};
use crate::args::InputFormat;
use crate::problem::Problem;

/// The inputs of a batch, before they are read.
pub(super) enum Source {
    Each(Each),
    Text { format: InputFormat, reader: BufReader<Counted<Box<dyn Read + Send>>> },
}

/// Amount of work, as far as it is known in advance.
#[derive(Debug, Clone)]
pub(super) enum Total {
    Calls(u64),
    Bytes { read: Arc<AtomicU64>, of: u64 },
    Unknown,
}

impl Source {
    /// Opens a file, or standard input for `-`.
    pub(super) fn open(path: &str, format: Option<InputFormat>) -> anyhow::Result<(Self, Total)> {
        let read = Arc::new(AtomicU64::new(0));
        let (inner, of, format): (Box<dyn Read + Send>, _, _) = if path == "-" {
            (Box::new(std::io::stdin()), None, format.unwrap_or(InputFormat::Ndjson))
        } else {
            let format =
                format.or_else(|| by_extension(path)).ok_or_else(|| Problem::NoFormat { path: path.into() })?;
            let unreadable = |source| Problem::Inputs { path: path.into(), source };
            let file = File::open(path).map_err(unreadable)?;
            let metadata = file.metadata().map_err(unreadable)?;
            (Box::new(file), metadata.is_file().then_some(metadata.len()), format)
        };
        let total = of.map_or(Total::Unknown, |of| Total::Bytes { read: read.clone(), of });
        Ok((Self::Text { format, reader: BufReader::new(Counted::new(inner, read)) }, total))
    }

    /// Reads to the end, or until the consumer stops.
    pub(super) fn read(self, reading: &Reading<'_>, take: &mut Take<'_>) -> anyhow::Result<()> {
        let (format, reader) = match self {
            Self::Each(each) => {
                each.read(reading, take);
                return Ok(());
            }
            Self::Text { format, reader } => (format, past_byte_order_mark(reader).map_err(Problem::InputStream)?),
        };
        match format {
            InputFormat::Ndjson => json::lines(reader, reading, take),
            InputFormat::Json => json::array(reader, reading, take),
            InputFormat::Csv => table::read(reader, b',', reading, take),
            InputFormat::Tsv => table::read(reader, b'\t', reading, take),
        }
    }
}

fn by_extension(path: &str) -> Option<InputFormat> {
    match Path::new(path).extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "ndjson" | "jsonl" => Some(InputFormat::Ndjson),
        "json" => Some(InputFormat::Json),
        "csv" => Some(InputFormat::Csv),
        "tsv" | "tab" => Some(InputFormat::Tsv),
        _ => None,
    }
}

/// A reader that counts the bytes read.
pub(super) struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    pub(super) const fn new(inner: R, read: Arc<AtomicU64>) -> Self {
        Self { inner, read }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_its_extension() {
        for (path, format) in [
            ("a", None),
            ("a.txt", None),
            ("csv", None),
            (".csv", None),
            ("a.csv.gz", None),
            ("a.csv", Some(InputFormat::Csv)),
            ("b/a.TSV", Some(InputFormat::Tsv)),
            ("a.tab", Some(InputFormat::Tsv)),
            ("a.json", Some(InputFormat::Json)),
            ("a.jsonl", Some(InputFormat::Ndjson)),
            ("a.ndjson", Some(InputFormat::Ndjson)),
        ] {
            assert_eq!(by_extension(path), format, "{path}");
        }
    }
}
