//! Summary of a batch, in one line or one object.

use std::time::Instant;

use super::bad::Bad;
use super::done::Done;
use super::line::End;
use crate::escape;
use crate::print::{BAD, FAINT, GOOD, Printer, WORK, duration};
use crate::shapes::{BatchSummary, EndOfBatch};
use larder::Work;

/// Number of failed calls that the summary names.
const NAMED: usize = 10;

/// Counts of calls.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) hits: u64,
    /// Hits that another component made.
    hits_of_others: u64,
    pub(super) misses: u64,
    pub(super) shared: u64,
    pub(super) errs: u64,
    pub(super) failures: u64,
    /// Calls that an earlier batch answered.
    pub(super) unchanged: u64,
    saved_micros: u64,
}

impl Counts {
    pub(super) const fn calls(self) -> u64 {
        self.hits + self.misses + self.shared + self.failures
    }

    pub(super) fn count(&mut self, done: &Done) {
        match done.end {
            End::Hit { saved_micros, is_of_other } => {
                self.hits += 1;
                self.hits_of_others += u64::from(is_of_other);
                self.saved_micros = self.saved_micros.saturating_add(saved_micros);
            }
            End::Miss => self.misses += 1,
            End::Shared => self.shared += 1,
            End::Failed => self.failures += 1,
            End::Unchanged => self.unchanged += 1,
        }
        self.errs += u64::from(done.is_err);
    }
}

/// Summary of the calls that were printed.
#[derive(Debug, Clone)]
pub(super) struct Summary {
    started: Instant,
    counts: Counts,
    /// The first calls that did not end well.
    bad: Vec<Bad>,
}

/// The end of a batch, and its reason.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    pub(super) why: EndOfBatch,
    /// True if an error is printed besides the summary.
    pub(super) is_error: bool,
    pub(super) dry_run: bool,
    /// True if answers are cached.
    pub(super) is_kept: bool,
    /// Number of calls that an earlier batch answered for other inputs.
    pub(super) changed: u64,
}

impl Summary {
    pub(super) fn new() -> Self {
        Self { started: Instant::now(), counts: Counts::default(), bad: Vec::new() }
    }

    /// Counts a call, and takes its line for the summary.
    pub(super) fn count(&mut self, done: &mut Done) {
        self.counts.count(done);
        self.bad.extend(done.bad.take().filter(|_| self.bad.len() < NAMED));
    }

    pub(super) const fn is_good(&self) -> bool {
        self.counts.errs == 0 && self.counts.failures == 0
    }

    fn per_second(&self) -> f64 {
        self.counts.calls() as f64 / self.started.elapsed().as_secs_f64().max(1e-6)
    }

    /// Prints the summary to standard error, since standard output is reserved for results. If there is nothing but an
    /// error, prints no summary for a person: the error says all.
    pub(super) fn print(&self, ended: Ended, work: Work, printer: &Printer) {
        let Ended { why, is_error, dry_run, is_kept, changed } = ended;
        let Self { started, counts, bad } = self;
        let Counts { hits, hits_of_others, misses, shared, errs, failures, unchanged, saved_micros } = *counts;
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        if printer.json {
            let report = BatchSummary {
                calls: counts.calls(),
                calls_per_second: self.per_second().round(),
                changed,
                dry_run,
                ended: why,
                errs,
                failures,
                first_bad: bad.iter().map(Bad::report).collect(),
                hits,
                hits_made_by_other_components: hits_of_others,
                misses,
                saved_us: saved_micros,
                shared,
                time_us: micros,
                unchanged,
                work: work.into(),
            };
            if let Ok(text) = serde_json::to_string(&report) {
                printer.always(&escape::json(&text));
            }
            return;
        }
        if is_error && counts.calls() == failures {
            return;
        }
        let word = match why {
            EndOfBatch::Through if is_error => format!("{BAD}stopped{BAD:#}"),
            EndOfBatch::Through if dry_run => format!("{GOOD}dry run{GOOD:#}"),
            EndOfBatch::Through => format!("{GOOD}done{GOOD:#}"),
            EndOfBatch::FailedFast => format!("{BAD}stopped{BAD:#} at the first failure"),
            EndOfBatch::Hopeless => format!("{BAD}stopped{BAD:#}"),
            EndOfBatch::Interrupted if dry_run => format!("{WORK}interrupted{WORK:#}"),
            EndOfBatch::Interrupted if !is_kept => {
                format!("{WORK}interrupted{WORK:#}: answers are not cached; --retry-failed OUTPUT goes on from here")
            }
            EndOfBatch::Interrupted => format!("{WORK}interrupted{WORK:#}: the same command goes on from here"),
            EndOfBatch::Unwritten => format!("{BAD}stopped{BAD:#}: the output cannot be written"),
            EndOfBatch::Closed => format!("{WORK}stopped{WORK:#}: nobody reads any more"),
        };
        let took = duration(micros);
        let calls = counts.calls();
        let counts = format!("hit {hits}, miss {misses}, shared {shared}, err {errs}, failed {failures}");
        let others = match hits_of_others {
            0 => String::new(),
            others => format!("; {others} of the hits made by another component"),
        };
        let saved = duration(saved_micros);
        let rate = self.per_second();
        printer
            .note(&format!("{word}  {calls} calls: {counts}; {took}, {rate:.0} calls a second, saved {saved}{others}"));
        if changed > 0 {
            printer.note(&format!(
                "{FAINT}{changed} of them have answers in PREVIOUS, for other inputs, another task or another \
                 version{FAINT:#}"
            ));
        }
        bad.iter().for_each(|bad| printer.note(&bad.line()));
        let more = (errs + failures).saturating_sub(bad.len() as u64);
        if more > 0 {
            printer.note(&format!("  and {more} more"));
        }
    }
}
