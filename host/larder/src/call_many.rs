//! Many calls as a stream of outcomes, with inputs that are taken as there is room for them.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::stream::{self, Stream};

use crate::error::Error;
use crate::host::Host;
use crate::many::{Called, Caller, Many, TOGETHER};
use crate::outcome::Outcome;
use crate::prepare::Prepared;
use larder_types::value::Value;

/// Concurrency and failure handling of many calls: see [`Larder::call_many`](crate::Larder::call_many).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManyOptions {
    /// The greatest number of calls under way at the same time.
    pub at_once: usize,
    /// Stops at the first call that has no answer: answers of earlier calls are still returned, later ones are not.
    pub fail_fast: bool,
}

impl From<usize> for ManyOptions {
    fn from(at_once: usize) -> Self {
        Self { at_once, fail_fast: false }
    }
}

/// A caller that wants the outcomes unchanged.
struct Outcomes;

impl Caller for Outcomes {
    type Row = Vec<Value>;
    type Answer = Result<Outcome, Error>;

    fn inputs(&self, row: &mut Vec<Value>) -> Result<Vec<Value>, Self::Answer> {
        Ok(std::mem::take(row))
    }

    fn answer(&self, _: Vec<Value>, called: Called) -> Self::Answer {
        called.outcome
    }
}

/// Calls whose inputs are taken when there is room for them.
struct Taking<I> {
    many: Many<Outcomes>,
    inputs: I,
    options: ManyOptions,
    /// True if no more inputs are taken.
    is_closed: bool,
    over: VecDeque<(u64, Result<Outcome, Error>)>,
}

pub(crate) fn call_many<'a>(
    host: Arc<Host>,
    prepared: Prepared,
    inputs: impl IntoIterator<Item = Vec<Value>> + 'a,
    options: ManyOptions,
) -> impl Stream<Item = (usize, Result<Outcome, Error>)> + 'a {
    // Created when polled, since only then a runtime is sure to exist.
    let mut start = Some((host, prepared, inputs.into_iter()));
    stream::unfold(None, move |taking| {
        let taking = start.take().map_or(taking, |(host, prepared, inputs)| {
            let many = Many::new(host, prepared, Arc::new(Outcomes));
            Some(Taking { many, inputs, options, is_closed: false, over: VecDeque::new() })
        });
        async move {
            let mut taking = taking?;
            let answer = taking.next().await?;
            Some((answer, Some(taking)))
        }
    })
}

impl<I: Iterator<Item = Vec<Value>>> Taking<I> {
    async fn next(&mut self) -> Option<(usize, Result<Outcome, Error>)> {
        // Hits return at once, so other tasks of this thread must get a turn between them.
        tokio::task::coop::consume_budget().await;
        loop {
            if let Some((at, answer)) = self.over.pop_front() {
                return Some((usize::try_from(at).unwrap_or(usize::MAX), answer));
            }
            self.take();
            match self.many.joined().await? {
                Ok(over) => self.land(over),
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                // The runtime is shut down, and with it everything else that was under way.
                Err(_) => return None,
            }
        }
    }

    /// Takes inputs in parts, so that there are parts for several threads.
    fn take(&mut self) {
        let at_once = self.options.at_once.max(1);
        let together = (at_once / 4).clamp(1, TOGETHER);
        while !self.is_closed && !self.many.has_ready() {
            let under_way = usize::try_from(self.many.under_way()).unwrap_or(usize::MAX);
            let part: Vec<_> = self.inputs.by_ref().take(together.min(at_once.saturating_sub(under_way))).collect();
            if part.is_empty() {
                return;
            }
            self.many.push(part);
        }
    }

    fn land(&mut self, over: Vec<(u64, Result<Outcome, Error>)>) {
        for (at, answer) in over {
            if self.options.fail_fast && answer.is_err() {
                self.is_closed = true;
                self.many.end_at(at);
            }
            self.over.push_back((at, answer));
        }
        if self.is_closed {
            self.over.retain(|(at, _)| self.many.counts(*at));
        }
    }
}
