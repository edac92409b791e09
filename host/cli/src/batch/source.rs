//! Where the inputs of a batch come from: a file or standard input, read row by row, or the values of `--each`.
//!
//! A row is pushed to whoever takes it, who may say that it is enough. A row that cannot be a call is told to the
//! taker like any other; only what makes it impossible to read on is an error here.

use std::cell::Cell;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::problem::Problem;
use super::args::InputFormat;
use super::each::Each;
use super::rows::{Reading, Taken};
use super::{json, table};
use larder_base::byte_order_mark::without_byte_order_mark;

/// What takes the rows.
pub(super) type Take<'t> = dyn FnMut(Taken) -> ControlFlow<()> + 't;

/// The inputs of a batch, before they are read.
pub(super) enum Source {
    Each(Each),
    Text { format: InputFormat, reader: BufReader<Counted<Box<dyn Read + Send>>> },
}

/// How much there is to do, as far as that can be known before it is done.
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
        Ok((Self::Text { format, reader: BufReader::new(Counted { inner, read }) }, total))
    }

    /// Reads to the end, or until it is enough.
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

/// What stands behind the byte order mark that a text may begin with.
pub(super) fn past_byte_order_mark(mut reader: impl BufRead) -> std::io::Result<impl BufRead> {
    let mut beginning = Vec::new();
    (&mut reader).take(3).read_to_end(&mut beginning)?;
    let beginning = without_byte_order_mark(&beginning).to_vec();
    Ok(Cursor::new(beginning).chain(reader))
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

/// A reader that says how far it has come.
pub(super) struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The longest row that is read: it becomes values in memory.
pub(super) const MAX_ROW_BYTES: u64 = 256 << 20;

/// A reader that gives up in a row without an end: `left` bytes may come until whoever takes rows says that there was
/// one.
pub(super) struct Bounded<'l, R> {
    pub(super) inner: R,
    pub(super) left: &'l Cell<u64>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left.get() == 0 {
            return Err(std::io::Error::other(format!("a row has more than {MAX_ROW_BYTES} bytes")));
        }
        let room = usize::try_from(self.left.get()).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(&mut buffer[..room])?;
        self.left.set(self.left.get() - read as u64);
        Ok(read)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use larder::arguments::Inputs;
    use larder::value::Value;
    use larder::{Field, Signature, WitType};

    /// What a text has: for each row its line and its inputs, or what is wrong with it.
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

    /// What is read of a text, and why it could not be read on.
    fn read(format: InputFormat, text: &[u8], reading: &Reading<'_>) -> (Vec<Taken>, Option<String>) {
        let inner: Box<dyn Read + Send> = Box::new(std::io::Cursor::new(text.to_vec()));
        let reader = BufReader::new(Counted { inner, read: Arc::default() });
        let mut rows = Vec::new();
        let read = Source::Text { format, reader }.read(reading, &mut |taken| {
            rows.push(taken);
            ControlFlow::Continue(())
        });
        (rows, read.err().map(|error| error.to_string()))
    }

    /// The rows of a text for that signature, with `fixed` given before; and why it could not be read on.
    pub(in super::super) fn rows(format: InputFormat, text: &[u8], fixed: &[(&str, &str)]) -> (Rows, Option<String>) {
        let signature = signature();
        let mut inputs = Inputs::new(&signature, Path::new("/here"));
        fixed.iter().for_each(|(name, text)| inputs.typed(name, text).unwrap());
        let (rows, broken) = read(format, text, &Reading { fixed: inputs, id: None, ignore_extra: false });
        let told = |taken: Taken| (taken.line, taken.inputs.map_err(|error| error.to_string()));
        (rows.into_iter().map(told).collect(), broken)
    }

    /// What is read of a text whose calls have names.
    pub(in super::super) fn read_with(
        format: InputFormat,
        text: &[u8],
        id: Option<&str>,
        ignore_extra: bool,
    ) -> Vec<Taken> {
        let signature = signature();
        let fixed = Inputs::new(&signature, Path::new("/here"));
        let (rows, broken) = read(format, text, &Reading { fixed, id: id.map(str::to_owned), ignore_extra });
        assert_eq!(broken, None);
        rows
    }

    /// The inputs of one row.
    pub(in super::super) fn row(n: u8, word: &str, maybe: Option<u16>) -> Result<Vec<Value>, String> {
        let maybe = Value::Option(maybe.map(|maybe| Box::new(Value::U16(maybe))));
        Ok(vec![Value::U8(n), Value::String(word.to_owned()), maybe, Value::Option(None)])
    }

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
