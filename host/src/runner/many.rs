//! Many calls of one task.

use futures_util::stream::{self, Stream, StreamExt as _};

use super::{Error, Larder, Outcome, Prepared};
use crate::value::Value;

impl Larder {
    /// Answers a call for each of `inputs`, at most `at_once` at the same time, in the order in which they finish: the
    /// position among the inputs, and the answer.
    ///
    /// Inputs are taken as there is room for them, so there may be any number. Dropping the stream stops the calls that
    /// are under way; what was committed is kept. On a runtime of several threads the runs use them all.
    pub fn call_many<'a>(
        &'a self,
        prepared: &'a Prepared,
        inputs: impl IntoIterator<Item = Vec<Value>> + 'a,
        at_once: usize,
    ) -> impl Stream<Item = (usize, Result<Outcome, Error>)> + 'a {
        let calls = inputs
            .into_iter()
            .enumerate()
            .map(move |(position, inputs)| async move { (position, self.call(prepared, &inputs).await) });
        stream::iter(calls).buffer_unordered(at_once.max(1))
    }
}
