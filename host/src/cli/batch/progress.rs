//! How far a batch has come, on a terminal that has not the results to show.

use std::io::IsTerminal as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use super::super::print::Printer;
use super::source::Total;
use super::summary::Summary;

/// How often it is drawn.
pub(super) const PERIOD: Duration = Duration::from_millis(200);

/// A bar where it is known how much there is to do, else a sign of life.
pub(super) struct Progress {
    bar: ProgressBar,
    total: Total,
}

impl Progress {
    pub(super) fn new(total: Total, printer: &Printer) -> Self {
        // On one terminal, lines and bar would write over each other, and the lines are sign enough.
        if printer.is_quiet() || std::io::stdout().is_terminal() {
            return Self { bar: ProgressBar::hidden(), total };
        }
        let (bar, template) = match &total {
            Total::Calls(calls) => (ProgressBar::new(*calls), "{bar:30} {percent}% {msg}"),
            Total::Bytes { read: _, of } => (ProgressBar::new(*of), "{bar:30} {percent}% {msg}"),
            Total::Unknown => (ProgressBar::new_spinner(), "{spinner} {msg}, {elapsed}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, total }
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.bar.is_hidden()
    }

    pub(super) fn show(&self, summary: &Summary) {
        match &self.total {
            Total::Calls(_) => self.bar.set_position(summary.calls()),
            Total::Bytes { read, of: _ } => self.bar.set_position(read.load(Ordering::Relaxed)),
            Total::Unknown => self.bar.tick(),
        }
        let (calls, hits, rate) = (summary.calls(), summary.hits, summary.per_second());
        let left = match &self.total {
            // From what was read alone nobody knows how long it takes.
            Total::Calls(_) | Total::Bytes { .. } if calls > 0 => format!(", {:#} left", HumanDuration(self.bar.eta())),
            Total::Calls(_) | Total::Bytes { .. } | Total::Unknown => String::new(),
        };
        self.bar.set_message(format!("{calls} calls, {hits} hits, {rate:.0} a second{left}"));
    }

    /// Does what prints to standard error, without writing over the bar.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
