//! A sign of life while something takes long: drawn on a terminal alone, and never when asked to be quiet.

use std::io::{self, BufRead as _, BufReader, IsTerminal as _, PipeReader, PipeWriter};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::escape;
use super::print::Printer;
use larder_base::contain::contain;

/// Work that takes longer than this shows that it is alive.
pub(super) const PATIENCE: Duration = Duration::from_millis(300);

/// The wait for the last lines of a build. What it started may go on and hold its output open.
const LAST_LINES: Duration = Duration::from_millis(200);

/// A spinner with what is done and the time so far.
pub(super) fn spinner(printer: &Printer) -> ProgressBar {
    if printer.is_quiet() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
        bar.set_style(style);
    }
    // It starts a thread, or panics: a spinner that stands still is as good.
    drop(contain(|| bar.enable_steady_tick(Duration::from_millis(100))));
    bar
}

/// The output of a build, whose lines are printed above a spinner that says what is built.
pub(super) struct BuildOutput {
    writer: PipeWriter,
    ended: Receiver<()>,
}

impl BuildOutput {
    /// Begins to print what is written to [`BuildOutput::writer`]; `None` where there is no terminal to draw on, and the
    /// build has standard error itself.
    pub(super) fn on_terminal(what: &str, printer: &Printer) -> io::Result<Option<Self>> {
        if printer.is_quiet() || !io::stderr().is_terminal() {
            return Ok(None);
        }
        let (reader, writer) = io::pipe()?;
        let (to_print, lines) = channel();
        let (say_ended, ended) = channel();
        let (what, printer) = (format!("building: {}", escape::line(what)), *printer);
        std::thread::Builder::new().name("build-output".to_owned()).spawn(move || read_lines(reader, &to_print))?;
        std::thread::Builder::new().name("build-spinner".to_owned()).spawn(move || {
            print_lines(&lines, &what, &printer);
            // Nobody waits any more: the program goes on.
            let _ = say_ended.send(());
        })?;
        Ok(Some(Self { writer, ended }))
    }

    /// An end of the pipe for the build.
    pub(super) fn writer(&self) -> io::Result<PipeWriter> {
        self.writer.try_clone()
    }

    /// Waits until all is printed.
    pub(super) fn end(self) {
        drop(self.writer);
        // Too late is as good as never: the rest is of no build of this command any more.
        let _ = self.ended.recv_timeout(LAST_LINES);
    }
}

fn read_lines(reader: PipeReader, to_print: &Sender<String>) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while matches!(reader.read_until(b'\n', &mut line), Ok(1..)) {
        let text = String::from_utf8_lossy(line.trim_ascii_end()).into_owned();
        line.clear();
        if to_print.send(text).is_err() {
            return;
        }
    }
}

fn print_lines(lines: &Receiver<String>, what: &str, printer: &Printer) {
    let mut bar: Option<ProgressBar> = None;
    loop {
        match (lines.recv_timeout(PATIENCE), &bar) {
            // The words of the user's own tools, colours included.
            (Ok(line), Some(bar)) => bar.println(line),
            (Ok(line), None) => printer.always(&line),
            (Err(RecvTimeoutError::Timeout), Some(_)) => {}
            (Err(RecvTimeoutError::Timeout), None) => {
                let begun = spinner(printer);
                begun.set_message(what.to_owned());
                bar = Some(begun);
            }
            (Err(RecvTimeoutError::Disconnected), _) => break,
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}
