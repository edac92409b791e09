//! Printing: results to standard output, everything else to standard error.
//!
//! A closed pipe is normal: the reader has enough, and the program continues silently to its end.

use std::io::{BufWriter, ErrorKind, IsTerminal as _, Write};

use anstyle::{AnsiColor, Effects, Style};
use human_repr::{HumanCount as _, HumanDuration as _};
use serde::Serialize;

use super::args::{Global, When};
use super::escape;
use super::problem::Problem;
use super::shapes::PathReport;
use larder_base::excerpt::passage;

pub(super) const GOOD: Style = AnsiColor::Green.on_default().effects(Effects::BOLD);
pub(super) const WORK: Style = AnsiColor::Yellow.on_default().effects(Effects::BOLD);
pub(super) const BAD: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
pub(super) const HINT: Style = AnsiColor::Cyan.on_default();
pub(super) const FAINT: Style = Style::new().effects(Effects::DIMMED);
pub(super) const STRONG: Style = Style::new().effects(Effects::BOLD);

/// Printer of all output, at the requested verbosity.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Printer {
    pub(super) json: bool,
    pub(super) verbose: bool,
    quiet: bool,
}

impl Printer {
    pub(super) fn new(global: &Global) -> Self {
        match global.color {
            When::Auto => anstream::ColorChoice::Auto,
            When::Always => anstream::ColorChoice::Always,
            When::Never => anstream::ColorChoice::Never,
        }
        .write_global();
        Self { json: global.json, verbose: global.verbose, quiet: global.quiet }
    }

    pub(super) const fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Prints `text` to standard output unchanged.
    pub(super) fn stdout(&self, text: &str) -> Result<(), Problem> {
        let mut stdout = anstream::stdout().lock();
        unless_closed(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
    }

    /// Prints a path on its own line. Its bytes need not be text.
    pub(super) fn path(&self, path: &std::path::Path) -> Result<(), Problem> {
        if self.json {
            return self.json(&PathReport { path });
        }
        let mut stdout = std::io::stdout().lock();
        let line = [path.as_os_str().as_encoded_bytes(), b"\n"].concat();
        unless_closed(stdout.write_all(&line).and_then(|()| stdout.flush()))
    }

    /// Prints a shape as JSON: on one line in a pipe, laid out on a terminal.
    pub(super) fn json(&self, shape: &impl Serialize) -> Result<(), Problem> {
        let text = serde_json::to_string(shape).map_err(std::io::Error::from)?;
        let laid_out = std::io::stdout().is_terminal().then(|| pretty(&text)).flatten();
        self.stdout(&format!("{}\n", escape::json(&laid_out.unwrap_or(text))))
    }

    /// Prints a shape that contains a result, as [`Printer::json`] does. In a pipe it is written piece by piece, so
    /// that its whole text is never in memory.
    pub(super) fn json_in_pieces(&self, shape: &impl Serialize) -> Result<(), Problem> {
        if std::io::stdout().is_terminal() {
            return self.json(shape);
        }
        let mut stdout = EscapingJson(BufWriter::with_capacity(64 << 10, anstream::stdout().lock()));
        let written = serde_json::to_writer(&mut stdout, shape)
            .map_err(std::io::Error::from)
            .and_then(|()| stdout.write_all(b"\n"))
            .and_then(|()| stdout.flush());
        unless_closed(written)
    }

    /// Prints a line to standard error, unless asked to be quiet.
    pub(super) fn note(&self, line: &str) {
        if !self.quiet {
            self.always(line);
        }
    }

    /// Prints a line to standard error in verbose mode.
    pub(super) fn detail(&self, line: &str) {
        if self.verbose {
            self.always(line);
        }
    }

    /// Prints a warning to standard error, even in quiet mode.
    pub(super) fn warning(&self, text: &str) {
        self.always(&format!("{WORK}warning{WORK:#}: {}", escape::lines(&passage(text))));
    }

    /// Prints a line to standard error in every mode. If standard error is closed, the line is dropped.
    pub(super) fn always(&self, line: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{line}");
    }
}

/// Escapes JSON while it is written, each piece separately: JSON writers never split a character.
struct EscapingJson<W>(W);

impl<W: Write> Write for EscapingJson<W> {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        if piece.iter().all(|byte| matches!(byte, b' ' | b'\n') || byte.is_ascii_graphic()) {
            self.0.write_all(piece)?;
            return Ok(piece.len());
        }
        let text = std::str::from_utf8(piece).map_err(|error| std::io::Error::new(ErrorKind::InvalidData, error))?;
        self.0.write_all(escape::json(text).as_bytes())?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Prints help or the version, as the parser has it.
pub(super) fn help(help: &clap::Error) -> Result<(), Problem> {
    unless_closed(help.print().and_then(|()| std::io::stdout().flush()))
}

fn unless_closed(written: std::io::Result<()>) -> Result<(), Problem> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Lays JSON out without changing its numbers or the order of its keys.
fn pretty(text: &str) -> Option<String> {
    let mut written = Vec::new();
    let mut to = serde_json::Serializer::pretty(&mut written);
    serde_transcode::transcode(&mut serde_json::Deserializer::from_str(text), &mut to).ok()?;
    String::from_utf8(written).ok()
}

/// Returns the lines that a task printed. Skips the advice of Rust's runtime to set a variable: in a sandbox nobody can
/// follow it, and the engine's own trace is printed as well.
pub(super) fn printed_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with("note: run with `RUST_BACKTRACE=1` environment variable"))
}

/// Formats a time in a readable unit.
pub(super) fn duration(micros: u64) -> String {
    (micros as f64 / 1e6).human_duration().to_string()
}

/// Formats a size in a readable unit.
pub(super) fn bytes(bytes: u64) -> String {
    bytes.human_count_bytes().to_string()
}
