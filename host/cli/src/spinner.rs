//! Activity indicator for slow work: drawn only on a terminal, and never in quiet mode.

use std::io::{self, BufRead as _, BufReader, IsTerminal as _, PipeReader, PipeWriter};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::escape;
use super::print::Printer;
use larder_base::contain::contain;

/// Time before slow work shows a spinner.
pub(super) const PATIENCE: Duration = Duration::from_millis(300);

/// Time to wait for the last lines of a build. Its child processes may continue and hold its output open.
const LAST_LINES: Duration = Duration::from_millis(200);

/// Creates a spinner that shows the current work and the elapsed time.
pub(super) fn spinner(printer: &Printer) -> ProgressBar {
    if printer.is_quiet() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
        bar.set_style(style);
    }
    // This starts a thread, or panics: a spinner without motion is good enough.
    drop(contain(|| bar.enable_steady_tick(Duration::from_millis(100))));
    bar
}

/// The output of a build, whose lines are printed above a spinner that names what is built.
pub(super) struct BuildOutput {
    writer: PipeWriter,
    ended: Receiver<()>,
}

impl BuildOutput {
    /// Starts printing everything written to [`BuildOutput::writer`]. Returns `None` if there is no terminal to draw
    /// on; the build then writes to standard error itself.
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
            // An error means that the program no longer waits.
            let _ = say_ended.send(());
        })?;
        Ok(Some(Self { writer, ended }))
    }

    /// Returns a write end of the pipe for the build.
    pub(super) fn writer(&self) -> io::Result<PipeWriter> {
        self.writer.try_clone()
    }

    /// Waits until everything is printed.
    pub(super) fn end(self) {
        drop(self.writer);
        // After this time, further lines do not belong to a build of this command any more.
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
            // Output of the user's own tools, including colours.
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
