//! Many calls of one task.
//!
//! Lookups are made some at a time: in tasks of their own, where the runtime has other threads for them, and meanwhile
//! here, where the stream is polled. So hits use all threads, and none waits until another is awake. A call that missed
//! waits for its run here, so it goes when the stream goes.

use std::collections::VecDeque;
use std::iter::Enumerate;
use std::pin::Pin;

use futures_util::FutureExt as _;
use futures_util::stream::{self, FuturesUnordered, Stream, StreamExt as _};
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinSet};

use super::call::Begun;
use super::files::Given;
use super::{Error, Larder, Outcome, Prepared};
use larder_types::value::Value;

/// How many calls are looked up one after the other, at most.
const TOGETHER: usize = 64;

/// So few are looked up here: another thread would have to be woken for them.
const FEW: usize = 4;

/// How many such parts each other thread has at most, so that it is not without one.
const AHEAD: usize = 2;

impl Larder {
    /// Answers a call for each of `inputs`, at most `at_once` at the same time, in the order in which they finish: the
    /// position among the inputs, and the answer.
    ///
    /// Inputs are taken as there is room for them, so there may be any number. Dropping the stream stops the calls that
    /// are under way; what was committed is kept. On a runtime of several threads hits and runs use them all.
    ///
    /// # Panics
    ///
    /// When the stream is polled outside of a tokio runtime.
    pub fn call_many<'a>(
        &'a self,
        prepared: &'a Prepared,
        inputs: impl IntoIterator<Item = Vec<Value>> + 'a,
        at_once: usize,
    ) -> impl Stream<Item = Answer> + 'a {
        let at_once = at_once.max(1);
        let many = Many {
            larder: self,
            prepared,
            inputs: inputs.into_iter().enumerate(),
            at_once,
            together: (at_once / 4).clamp(1, TOGETHER),
            looked_up: JoinSet::new(),
            looking: 0,
            waiting: FuturesUnordered::new(),
            over: VecDeque::new(),
        };
        stream::unfold(many, async |mut many| many.next().await.map(|answer| (answer, many)))
    }
}

/// The position of a call among the inputs, and its answer.
type Answer = (usize, Result<Outcome, Error>);

/// What has begun of calls that were looked up together.
type Together = Vec<(usize, Result<Begun, Error>)>;

/// A call that waits for something.
type Waiting<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Many calls under way.
struct Many<'a, I> {
    larder: &'a Larder,
    prepared: &'a Prepared,
    inputs: Enumerate<I>,
    at_once: usize,
    /// How many are looked up together: a part of all, so that there are parts for several threads.
    together: usize,
    looked_up: JoinSet<Together>,
    /// How many are being looked up.
    looking: usize,
    waiting: FuturesUnordered<Waiting<'a>>,
    over: VecDeque<Answer>,
}

impl<I: Iterator<Item = Vec<Value>>> Many<'_, I> {
    async fn next(&mut self) -> Option<Answer> {
        // Hits are there at once: other tasks of this thread must have a turn between them.
        tokio::task::coop::consume_budget().await;
        loop {
            if let Some(answer) = self.over.pop_front() {
                return Some(answer);
            }
            // However many hits there are, those that wait are asked, too.
            if let Some(Some(answer)) = self.waiting.next().now_or_never() {
                return Some(answer);
            }
            while let Some(joined) = self.looked_up.try_join_next() {
                self.join(joined)?;
            }
            self.take();
            if !self.over.is_empty() {
                continue;
            }
            tokio::select! {
                Some(joined) = self.looked_up.join_next() => self.join(joined)?,
                Some(answer) = self.waiting.next() => return Some(answer),
                else => return None,
            }
        }
    }

    /// Takes inputs, as many as there is room for, or until calls are over.
    fn take(&mut self) {
        let (larder, prepared) = (self.larder, self.prepared);
        let has_blobs = prepared.task().exported.signature.has_blobs();
        let elsewhere = AHEAD * self.together * (Handle::current().metrics().num_workers() - 1);
        while self.over.is_empty() {
            let room = self.at_once.saturating_sub(self.looking + self.waiting.len());
            let rows: Vec<_> = self.inputs.by_ref().take(room.min(self.together)).collect();
            if rows.is_empty() {
                return;
            }
            if has_blobs {
                // Their files are read first, which waits.
                let calls = rows.into_iter().map(|(at, inputs)| -> Waiting<'_> {
                    let (larder, prepared) = (larder.clone(), prepared.clone());
                    Box::pin(async move { (at, larder.call(&prepared, &inputs).await) })
                });
                self.waiting.extend(calls);
                continue;
            }
            let stays_here = rows.len() < FEW || self.looking >= elsewhere;
            self.looking += rows.len();
            let (larder, prepared) = (larder.clone(), prepared.clone());
            let begun = rows.into_iter().map(move |(at, inputs)| {
                let begun = larder.begin(&prepared, &inputs, &Given::default());
                (at, begun)
            });
            if stays_here {
                self.go_on(begun.collect());
            } else {
                self.looked_up.spawn(async move { begun.collect() });
            }
        }
    }

    /// Goes on with what was looked up elsewhere. None where that was lost.
    fn join(&mut self, joined: Result<Together, JoinError>) -> Option<()> {
        match joined {
            Ok(together) => self.go_on(together),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The runtime is shut down, and with it whatever else was under way.
            Err(_) => return None,
        }
        Some(())
    }

    fn go_on(&mut self, together: Together) {
        self.looking -= together.len();
        let larder = self.larder;
        for (at, begun) in together {
            match begun {
                Ok(Begun::Hit(outcome)) => self.over.push_back((at, Ok(*outcome))),
                Ok(Begun::Missed(missed)) => {
                    self.waiting.push(Box::pin(async move { (at, larder.finish(missed).await) }));
                }
                Err(error) => self.over.push_back((at, Err(error))),
            }
        }
    }
}
