//! Progress of a batch, on a terminal that does not show the results.

use std::io::IsTerminal as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use super::source::Total;
use super::summary::Counts;
use crate::print::Printer;

/// Time between two updates.
pub(super) const PERIOD: Duration = Duration::from_millis(200);

/// A bar if the amount of work is known, else a spinner.
pub(super) struct Progress {
    bar: ProgressBar,
    total: Total,
}

impl Progress {
    pub(super) fn new(total: Total, printer: &Printer) -> Self {
        // On the same terminal, lines and bar would overwrite each other, and the lines show enough progress.
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

    /// Shows the progress: the finished calls, printed or not, and the number of running calls.
    pub(super) fn show(&self, counts: Counts, running: u64) {
        let over = counts.calls() + counts.unchanged;
        match &self.total {
            Total::Calls(_) => self.bar.set_position(over),
            Total::Bytes { read, of: _ } => self.bar.set_position(read.load(Ordering::Relaxed)),
            Total::Unknown => self.bar.tick(),
        }
        let left = match &self.total {
            // The number of rows read does not allow an estimate of the remaining time.
            Total::Calls(_) | Total::Bytes { .. } if over > 0 => format!(", {:#} left", HumanDuration(self.bar.eta())),
            Total::Calls(_) | Total::Bytes { .. } | Total::Unknown => String::new(),
        };
        self.bar.set_message(format!("{}{left}", message(&self.total, counts, running)));
    }

    /// Runs `print`, which prints to standard error, without overwriting the bar.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// Describes the counts: finished calls of all calls, running calls, and failed calls.
fn message(total: &Total, counts: Counts, running: u64) -> String {
    let done = counts.calls() + counts.unchanged;
    let of = match total {
        Total::Calls(calls) => format!(" of {calls}"),
        Total::Bytes { .. } | Total::Unknown => String::new(),
    };
    let Counts { hits, failures, errs, .. } = counts;
    let errs = if errs > 0 { format!(", {errs} err") } else { String::new() };
    format!("{done}{of} done ({hits} hits), {running} running, {failures} failed{errs}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_tells_what_is_done_running_and_failed() {
        let mut counts = Counts::default();
        (counts.hits, counts.misses, counts.failures, counts.errs, counts.unchanged) = (1, 4, 2, 1, 3);
        assert_eq!(message(&Total::Calls(20), counts, 5), "10 of 20 done (1 hits), 5 running, 2 failed, 1 err");
        assert_eq!(message(&Total::Unknown, Counts::default(), 0), "0 done (0 hits), 0 running, 0 failed");
    }
}
