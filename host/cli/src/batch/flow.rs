//! Flow of the calls of a batch: rows come in, calls run in parallel, and lines go out.
//!
//! ```text
//! reader ──rows──▶ window: calls that run ─▶ those held for their order ─▶ ready lines ──▶ writer
//! ```
//!
//! [`larder::Many`] makes the calls. Available rows are taken together; this file keeps the order of the calls, and
//! bounds their number.
//!
//! The window bounds memory: it limits the calls that were taken and not yet handed to the writer. A slow call at the
//! head of an ordered batch, or a slow reader of its output, fills it. Then no row is taken, and the reader of rows
//! waits. So endless inputs need no more memory than many inputs.
//!
//! Runs start in the order of the inputs, so that a consumer of only the first lines causes only the first calls.
//!
//! A line is ready when its call is over, which is after its answer was stored: a printed answer is a hit next time.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::Signal;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::call::{Calls, PendingCall, Row};
use super::done::Done;
use super::line::End;
use super::progress::{PERIOD, Progress};
use super::summary::{Counts, Summary};
use crate::shapes::EndOfBatch;
use larder::Many;
use larder::key::EntryKey;

/// Number of calls in progress or held, for each call that may run: a commit takes as long as many short runs, and all
/// calls that wait for it share it.
const WINDOW: usize = 128;

/// The maximum number of rows that are taken together.
const TOGETHER: usize = 32;

/// Time for calls in progress to end after Ctrl-C.
pub(super) const GRACE: Duration = Duration::from_millis(400);

/// The maximum number of different warnings that are printed.
const WARNINGS: usize = 100;

/// A message of the reader.
pub(super) enum Read {
    Row(Row),
    /// The rest of the inputs cannot be read.
    Broken(anyhow::Error),
}

/// The requested order of the calls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) jobs: usize,
    pub(super) unordered: bool,
    pub(super) fail_fast: bool,
}

/// A batch in progress.
pub(super) struct Flow<'a> {
    calls: Arc<Calls>,
    order: Order,
    progress: &'a Progress,
    many: Many<Calls>,
    /// Finished calls that wait for an earlier one.
    held: BTreeMap<u64, Done>,
    ready: VecDeque<String>,
    /// Number of rows that were taken, and of their lines that were handed to the writer.
    taken: u64,
    handed_on: u64,
    /// The next call to become ready, if order matters.
    next: u64,
    /// True if no more rows are taken.
    is_closed: bool,
    /// The first call after which the batch ends.
    last: Option<u64>,
    /// Keys without an entry in a dry run.
    unmade: HashSet<EntryKey>,
    warnings: Vec<String>,
    /// Summary of the calls that were printed.
    pub(super) summary: Summary,
    /// Counts of the finished calls.
    counts: Counts,
    pub(super) why: EndOfBatch,
    /// The error that ended the batch early.
    pub(super) error: Option<anyhow::Error>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(calls: Arc<Calls>, order: Order, progress: &'a Progress) -> Self {
        Self {
            many: calls.larder.many(&calls.prepared, calls.clone()),
            calls,
            order,
            progress,
            held: BTreeMap::new(),
            ready: VecDeque::new(),
            taken: 0,
            handed_on: 0,
            next: 0,
            is_closed: false,
            last: None,
            unmade: HashSet::new(),
            warnings: Vec::new(),
            summary: Summary::new(),
            counts: Counts::default(),
            why: EndOfBatch::Through,
            error: None,
        }
    }

    /// Processes all rows, or as many as are wanted.
    pub(super) async fn run(&mut self, mut rows: Receiver<Read>, lines: &Sender<String>, interrupts: &mut Signal) {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut deadline: Option<Instant> = None;
        let mut read = Vec::new();
        while !self.is_over() {
            let (takes, together) = (!self.is_closed && self.window_is_open(), self.together());
            let grace = deadline.unwrap_or_else(Instant::now);
            tokio::select! {
                biased;
                _ = interrupts.recv() => {
                    self.end(EndOfBatch::Interrupted);
                    // A second Ctrl-C ends the batch at once.
                    let again = deadline.is_some();
                    deadline = Some(Instant::now() + if again { Duration::ZERO } else { GRACE });
                }
                () = sleep_until(grace), if deadline.is_some() => break,
                place = lines.reserve(), if !self.ready.is_empty() => {
                    let Ok(place) = place else {
                        self.end(EndOfBatch::Closed);
                        break;
                    };
                    self.handed_on += self.ready.len() as u64;
                    place.send(self.ready.drain(..).collect());
                }
                Some(over) = self.many.ready() => match over {
                    Ok(over) => over.into_iter().for_each(|(at, done)| self.land(at, done)),
                    Err(error) => {
                        // Other calls may wait for this one to become ready, which never happens.
                        self.last = Some(u64::MAX);
                        self.end(EndOfBatch::Hopeless);
                        self.fail(error.into());
                    }
                },
                count = rows.recv_many(&mut read, together), if takes => {
                    self.is_closed |= count == 0;
                    self.take(&mut read);
                }
                _ = ticks.tick(), if !self.progress.is_hidden() => self.progress.show(self.counts, self.calls.larder.running()),
            }
        }
        // The work in progress is of no use any more.
        self.many.stop();
        self.release_all();
        if self.why != EndOfBatch::Closed {
            self.hand_on_the_rest(lines, interrupts).await;
        }
    }

    /// Waits for the writer, which may wait for a reader; after Ctrl-C, only briefly.
    async fn hand_on_the_rest(&mut self, lines: &Sender<String>, interrupts: &mut Signal) {
        let deadline = Instant::now() + GRACE;
        while let Some(line) = self.ready.pop_front() {
            tokio::select! {
                biased;
                sent = lines.send(line) => if sent.is_err() { return },
                _ = interrupts.recv() => {
                    self.why = EndOfBatch::Interrupted;
                    return;
                }
                () = sleep_until(deadline), if self.why == EndOfBatch::Interrupted => return,
            }
        }
    }

    fn is_over(&self) -> bool {
        let nothing_left = self.many.is_empty() && self.held.is_empty();
        self.is_closed && self.ready.is_empty() && (nothing_left || self.was_last())
    }

    /// Returns true if nothing after the ready calls is to be printed. If every call would fail, earlier calls are not
    /// waited for.
    fn was_last(&self) -> bool {
        self.last.is_some_and(|last| self.order.unordered || self.why == EndOfBatch::Hopeless || last < self.next)
    }

    fn window_is_open(&self) -> bool {
        self.room() > 0
    }

    /// Returns the number of calls that may still be taken.
    fn room(&self) -> u64 {
        ((self.order.jobs * WINDOW) as u64).saturating_sub(self.taken - self.handed_on)
    }

    /// Returns the number of rows to take together.
    fn together(&self) -> usize {
        usize::try_from(self.room()).map_or(TOGETHER, |room| room.min(TOGETHER))
    }

    /// Stops taking rows.
    fn end(&mut self, why: EndOfBatch) {
        self.is_closed = true;
        self.why = why;
    }

    /// Ends the batch at this call: later calls do not count.
    fn end_at(&mut self, at: u64) {
        self.last = Some(self.last.map_or(at, |last| last.min(at)));
        self.many.end_at(at);
    }

    fn fail(&mut self, error: anyhow::Error) {
        self.error.get_or_insert(error);
    }

    /// Begins the calls of the rows that were read.
    fn take(&mut self, read: &mut Vec<Read>) {
        let mut rows = Vec::with_capacity(read.len());
        for read in read.drain(..) {
            match read {
                Read::Row(row) => rows.push(PendingCall::from(row)),
                Read::Broken(error) => {
                    self.is_closed = true;
                    self.fail(error);
                }
            }
        }
        if rows.is_empty() {
            return;
        }
        self.taken += rows.len() as u64;
        self.many.push(rows);
    }

    /// Handles a finished call.
    fn land(&mut self, at: u64, mut done: Done) {
        if self.was_last() {
            return;
        }
        if self.why == EndOfBatch::Interrupted && done.about_all.is_some() {
            // Ctrl-C at a terminal also ends a compiler, so this error is not about the call.
            return;
        }
        if let Some(error) = done.about_all.take() {
            self.end(EndOfBatch::Hopeless);
            self.fail(error);
            self.end_at(at);
        } else if self.order.fail_fast && done.is_bad() && self.why != EndOfBatch::Interrupted {
            self.end(EndOfBatch::FailedFast);
            self.end_at(at);
        }
        self.counts.count(&done);
        self.held.insert(at, done);
        if self.order.unordered {
            self.release_all();
        } else {
            while !self.was_last()
                && let Some(done) = self.held.remove(&self.next)
            {
                self.next += 1;
                self.release(done);
            }
        }
    }

    fn release(&mut self, mut done: Done) {
        if let Some((key, line)) = done.unmade.take()
            && !self.unmade.insert(key)
        {
            done.end = End::Shared;
            done.text = self.calls.form.text(&line, done.end);
        }
        self.summary.count(&mut done);
        if done.end == End::Unchanged {
            // An earlier batch has already reported this call.
            self.handed_on += 1;
            return;
        }
        for warning in done.warnings {
            if self.warnings.len() < WARNINGS && !self.warnings.contains(&warning) {
                self.progress.aside(|| self.calls.printer.warning(&warning));
                self.warnings.push(warning);
            }
        }
        self.ready.push_back(done.text);
    }

    /// Marks all finished calls as ready, except those after the last call.
    fn release_all(&mut self) {
        let held = std::mem::take(&mut self.held);
        for (at, done) in held {
            if self.order.unordered || self.last.is_none_or(|last| at <= last) {
                self.release(done);
            }
        }
    }
}
