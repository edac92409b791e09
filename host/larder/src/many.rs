//! Many calls of one task, side by side.
//!
//! ```text
//! rows ──push──▶ parts that are looked up together ──hits──▶ answers ──▶ ready
//!                  └─misses, and rows with files─▶ a task each ─┘
//! ```
//!
//! Rows that are pushed together are looked up together, because waking a thread takes as long as several hits. Parts
//! of them go to other threads of the runtime while those have room. Otherwise the thread that pushes looks them up, so
//! that hits use all threads and none waits for another to wake up. A call that has to wait does so in a separate tokio
//! task.
//!
//! Runs start in the order of the rows, so a caller that wants only the first answers makes only the first calls.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinSet};

use crate::call::{Begun, Keyed, keyed};
use crate::error::Error;
use crate::host::Host;
use crate::inputs::{Given, Resolved};
use crate::key::EntryKey;
use crate::outcome::{Outcome, Peeked};
use crate::prepare::Prepared;
use crate::schedule::{Turn, Turns};
use larder_base::Digest;
use larder_types::value::Value;

/// The most rows of a part, and the time after which the rest of a part continues row by row, on all threads.
pub(crate) const TOGETHER: usize = 64;
const TIME_TOGETHER: Duration = Duration::from_micros(200);

/// Greatest size of a part that is not worth waking another thread for.
const FEW: usize = 4;

/// Most parts queued for each other thread, so that it is not left without work.
const AHEAD: usize = 2;

/// The caller's side of [`Many`] calls: their inputs, the data kept with them, and the handling of their answers.
///
/// All methods are called on the thread where a call begins or ends.
pub trait Caller: Send + Sync + 'static {
    /// A call to be made, with all that the caller keeps with it: its inputs, a number, the place for its output.
    type Row: Send + 'static;

    /// The caller's result of a finished call.
    type Answer: Send + 'static;

    /// Takes the inputs out of a row, or answers it without a call.
    ///
    /// # Errors
    ///
    /// The answer of a row that makes no call.
    fn inputs(&self, row: &mut Self::Row) -> Result<Vec<Value>, Self::Answer>;

    /// Makes an answer from a finished call.
    fn answer(&self, row: Self::Row, called: Called) -> Self::Answer;

    /// Looks at a call before it is made. If this returns an answer, the call is not made.
    fn look(&self, row: &mut Self::Row, look: &Look<'_>) -> Option<Self::Answer> {
        let _ = (row, look);
        None
    }

    /// Returns true if [`Caller::settle`] has to be awaited for an outcome before its answer.
    fn settles(&self) -> bool {
        false
    }

    /// Does asynchronous work with an outcome, such as writing its files.
    ///
    /// # Errors
    ///
    /// The answer of a call whose outcome could not be settled.
    fn settle(
        &self,
        row: &mut Self::Row,
        outcome: Outcome,
    ) -> impl Future<Output = Result<Outcome, Self::Answer>> + Send {
        let _ = row;
        std::future::ready(Ok(outcome))
    }
}

/// A finished call.
#[derive(Debug)]
pub struct Called {
    /// The key of its entry; `None` when the task is not cached, or the inputs do not fit.
    pub key: Option<EntryKey>,
    /// Its outcome.
    pub outcome: Result<Outcome, Error>,
}

/// A call that is about to be made.
pub struct Look<'a> {
    host: &'a Host,
    prepared: &'a Prepared,
    keyed: &'a Keyed,
}

impl Look<'_> {
    /// Returns the key of its entry; `None` when the task is not cached.
    #[must_use]
    pub const fn key(&self) -> Option<EntryKey> {
        self.keyed.key
    }

    /// Returns the digest of its inputs, which is the second half of a key.
    #[must_use]
    pub fn inputs_digest(&self) -> Digest {
        Digest::of(self.keyed.encoded.as_bytes())
    }

    /// Looks for its answer without making the call: see [`Larder::peek`](crate::Larder::peek).
    ///
    /// # Errors
    ///
    /// The same as [`Larder::peek`](crate::Larder::peek).
    pub fn peek(&self) -> Result<Peeked, Error> {
        self.host.peek(self.prepared, self.keyed.key)
    }
}

/// Calls of one task that are under way, side by side: see [`Larder::many`](crate::Larder::many).
///
/// Dropping it stops them; committed results are kept.
pub struct Many<C: Caller> {
    shared: Arc<Shared<C>>,
    under_way: JoinSet<Part<C::Answer>>,
    /// Number of rows that are being looked up in other tasks.
    elsewhere: usize,
    pushed: u64,
    over: Vec<(u64, C::Answer)>,
    /// The reason that calls were lost: a panic, or the end of the runtime.
    lost: Option<JoinError>,
    finished: Finished,
    last: Option<u64>,
}

/// State that all calls share.
struct Shared<C> {
    host: Arc<Host>,
    prepared: Prepared,
    caller: Arc<C>,
    /// Runs start in turn.
    starts: Arc<Turns>,
    /// Files are hashed for just enough calls at once to keep all threads busy.
    hashing: Arc<Turns>,
    /// True if each call waits: for its files, or for the caller.
    waits: bool,
}

/// A call that waits for something.
type Waiting<A> = Pin<Box<dyn Future<Output = A> + Send>>;

/// A call that has begun.
enum Step<A> {
    Over(A),
    Waits(Waiting<A>),
}

/// Calls that were looked up together.
struct Part<A> {
    /// The number of them that were looked up in a separate task.
    elsewhere: usize,
    over: Vec<(u64, A)>,
    waiting: Vec<(u64, Waiting<A>)>,
}

impl<C: Caller> Many<C> {
    pub(crate) fn new(host: Arc<Host>, prepared: Prepared, caller: Arc<C>) -> Self {
        let waits = prepared.task().exported.signature.has_blobs() || caller.settles();
        let (starts, hashing) = (Turns::new(0), Turns::new(2 * Handle::current().metrics().num_workers() as u64));
        Self {
            shared: Arc::new(Shared { host, prepared, caller, starts, hashing, waits }),
            under_way: JoinSet::new(),
            elsewhere: 0,
            pushed: 0,
            over: Vec::new(),
            lost: None,
            finished: Finished::default(),
            last: None,
        }
    }

    /// Begins calls, which are numbered from 0 in the order in which they are pushed. Calls that are pushed together
    /// are looked up together.
    pub fn push(&mut self, rows: impl IntoIterator<Item = C::Row>) {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let part: Vec<_> = rows.by_ref().take(TOGETHER).collect();
            self.push_part(part);
        }
    }

    fn push_part(&mut self, rows: Vec<C::Row>) {
        let (shared, first, count) = (self.shared.clone(), self.pushed, rows.len());
        self.pushed += count as u64;
        let room = AHEAD * TOGETHER * (Handle::current().metrics().num_workers() - 1);
        if count < FEW || self.elsewhere >= room {
            let part = shared.begin_all(first, rows);
            self.go_on(part);
        } else {
            self.elsewhere += count;
            self.under_way.spawn(async move { Part { elsewhere: count, ..shared.begin_all(first, rows) } });
        }
    }

    /// Waits until calls are over, and returns their numbers and the caller's answers. Returns `None` when nothing that
    /// counts is under way. This is cancel-safe: it may be dropped and called again without a loss.
    ///
    /// # Errors
    ///
    /// [`Error::Internal`] when the caller panicked.
    pub async fn ready(&mut self) -> Option<Result<Vec<(u64, C::Answer)>, Error>> {
        self.joined().await.map(|joined| joined.map_err(|error| Error::Internal(error.to_string())))
    }

    /// Does what [`Many::ready`] does, with the reason that calls were lost.
    pub(crate) async fn joined(&mut self) -> Option<Result<Vec<(u64, C::Answer)>, JoinError>> {
        while self.over.is_empty() && self.lost.is_none() && !self.is_through() {
            let joined = self.under_way.join_next().await?;
            self.join(joined);
        }
        // Anything else that is over by now needs no waiting.
        while let Some(joined) = self.under_way.try_join_next() {
            self.join(joined);
        }
        if self.is_through() {
            self.under_way.abort_all();
        }
        if !self.over.is_empty() {
            return Some(Ok(std::mem::take(&mut self.over)));
        }
        self.lost.take().map(Err)
    }

    fn join(&mut self, joined: Result<Part<C::Answer>, JoinError>) {
        match joined {
            Ok(part) => self.go_on(part),
            // Another may have panicked just now; one error is enough.
            Err(error) => self.lost = Some(error),
        }
    }

    /// Ignores all calls after this number: their answers are not returned, and they are stopped once the earlier ones
    /// are over.
    pub fn end_at(&mut self, last: u64) {
        let last = self.last.map_or(last, |before| before.min(last));
        self.last = Some(last);
        self.over.retain(|(at, _)| *at <= last);
    }

    /// Stops all calls that are not over.
    pub fn stop(&mut self) {
        self.under_way.abort_all();
    }

    /// Returns true if all calls that count are over, and their answers were returned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.over.is_empty() && self.is_through()
    }

    /// Returns the number of calls that were pushed and are not over, including those that do not count.
    #[must_use]
    pub fn under_way(&self) -> u64 {
        self.finished.open(self.pushed)
    }

    /// Returns true if answers are ready to be returned.
    pub(crate) const fn has_ready(&self) -> bool {
        !self.over.is_empty()
    }

    /// Returns true if a call with this number counts.
    pub(crate) fn counts(&self, at: u64) -> bool {
        self.last.is_none_or(|last| at <= last)
    }

    /// Returns true if all calls that count are over.
    fn is_through(&self) -> bool {
        self.last.map_or(self.pushed, |last| self.pushed.min(last.saturating_add(1))) <= self.finished.first
    }

    fn go_on(&mut self, part: Part<C::Answer>) {
        let Part { elsewhere, over, waiting } = part;
        self.elsewhere -= elsewhere;
        for (at, answer) in over {
            self.finished.note(at);
            if self.counts(at) {
                self.over.push((at, answer));
            }
        }
        for (at, waiting) in waiting {
            self.under_way
                .spawn(async move { Part { elsewhere: 0, over: vec![(at, waiting.await)], waiting: vec![] } });
        }
    }
}

impl<C: Caller> Shared<C> {
    fn begin_all(self: &Arc<Self>, first: u64, rows: Vec<C::Row>) -> Part<C::Answer> {
        let mut part = Part { elsewhere: 0, over: Vec::new(), waiting: Vec::new() };
        let began = Instant::now();
        for (at, mut row) in (first..).zip(rows) {
            let (shared, start) = (self.clone(), self.starts.turn(at));
            let hashing = self.waits.then(|| self.hashing.turn(at));
            let inputs = match self.caller.inputs(&mut row) {
                Ok(inputs) => inputs,
                Err(answer) => {
                    part.over.push((at, answer));
                    continue;
                }
            };
            if let Some(hashing) = hashing {
                part.waiting.push((at, Box::pin(shared.call_with_files(row, inputs, start, hashing))));
            } else if began.elapsed() > TIME_TOGETHER {
                let going_on = async move {
                    match shared.begin(row, &inputs, start) {
                        Step::Over(answer) => answer,
                        Step::Waits(waiting) => waiting.await,
                    }
                };
                part.waiting.push((at, Box::pin(going_on)));
            } else {
                match shared.begin(row, &inputs, start) {
                    Step::Over(answer) => part.over.push((at, answer)),
                    Step::Waits(waiting) => part.waiting.push((at, waiting)),
                }
            }
        }
        part
    }

    /// Begins a call without files. It ends here unless it has to run.
    fn begin(self: Arc<Self>, mut row: C::Row, inputs: &[Value], start: Turn) -> Step<C::Answer> {
        let Self { host, prepared, caller, .. } = &*self;
        let keyed = match keyed(prepared, inputs) {
            Ok(keyed) => keyed,
            Err(error) => return Step::Over(caller.answer(row, Called { key: None, outcome: Err(error) })),
        };
        if let Some(answer) = caller.look(&mut row, &Look { host, prepared, keyed: &keyed }) {
            return Step::Over(answer);
        }
        let key = keyed.key;
        let outcome = match host.begin(prepared, keyed, inputs, &Given::default()) {
            Ok(Begun::Hit(outcome)) => Ok(*outcome),
            Ok(Begun::Missed(mut missed)) => {
                missed.turn = Some(start);
                return Step::Waits(Box::pin(async move {
                    let outcome = self.host.finish(missed).await;
                    self.caller.answer(row, Called { key, outcome })
                }));
            }
            Err(error) => Err(error),
        };
        Step::Over(caller.answer(row, Called { key, outcome }))
    }

    async fn call_with_files(
        self: Arc<Self>,
        mut row: C::Row,
        inputs: Vec<Value>,
        start: Turn,
        hashing: Turn,
    ) -> C::Answer {
        let Self { host, prepared, caller, .. } = &*self;
        hashing.comes().await;
        let resolved = if prepared.task().exported.signature.has_blobs() {
            host.inputs.resolve(&inputs, prepared.policy.file_names).await
        } else {
            Ok(Resolved { inputs, given: Given::default() })
        };
        drop(hashing);
        let known = resolved.and_then(|resolved| Ok((keyed(prepared, &resolved.inputs)?, resolved)));
        let (keyed, resolved) = match known {
            Ok(known) => known,
            Err(error) => return caller.answer(row, Called { key: None, outcome: Err(error) }),
        };
        if let Some(answer) = caller.look(&mut row, &Look { host, prepared, keyed: &keyed }) {
            return answer;
        }
        let key = keyed.key;
        let outcome = match host.call(prepared, keyed, &resolved, Some(start)).await {
            Ok(outcome) => match caller.settle(&mut row, outcome).await {
                Ok(outcome) => Ok(outcome),
                Err(answer) => return answer,
            },
            Err(error) => Err(error),
        };
        caller.answer(row, Called { key, outcome })
    }
}

/// The calls that are over. Most of them have only finished calls before them.
#[derive(Default)]
struct Finished {
    /// The first that is not over.
    first: u64,
    /// The calls from the first on: true if over.
    behind: VecDeque<bool>,
    /// The number of calls behind the first that are over.
    count: u64,
}

impl Finished {
    fn note(&mut self, at: u64) {
        let place = usize::try_from(at - self.first).unwrap_or(usize::MAX);
        if place >= self.behind.len() {
            self.behind.resize(place + 1, false);
        }
        self.behind[place] = true;
        self.count += 1;
        while self.behind.front() == Some(&true) {
            self.behind.pop_front();
            self.first += 1;
            self.count -= 1;
        }
    }

    /// Returns the number of calls that are not over, of `of` calls.
    const fn open(&self, of: u64) -> u64 {
        of - self.first - self.count
    }
}
