//! One call of a batch, from its row to its output line.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::bad::Bad;
use super::done::Done;
use super::form::Form;
use super::line::{End, Line};
use super::previous::Previous;
use crate::failure::{Diagnosis, run_micros};
use crate::out::Places;
use crate::print::Printer;
use crate::shapes::OutcomeWord;
use larder::sandbox::RunError;
use larder::value::Value;
use larder::{Called, Caller, Error, Larder, Look, Outcome, Peeked, Prepared, Status};

/// The settings that all calls of a batch share.
pub(super) struct Calls {
    pub(super) larder: Larder,
    pub(super) prepared: Prepared,
    pub(super) printer: Printer,
    pub(super) form: Form,
    pub(super) has_out: bool,
    /// Allows replacing files there that are not outputs.
    pub(super) force: bool,
    pub(super) dry_run: bool,
    /// Runs calls even if there are entries for them.
    pub(super) refresh: bool,
    /// Adds the input to each line.
    pub(super) echo: bool,
    /// Number of calls that an earlier batch answered, but with other keys.
    pub(super) changed: AtomicU64,
}

/// A call to be made.
pub(super) struct Row {
    /// Its index among all inputs.
    pub(super) index: u64,
    /// The line number, if the inputs are in lines.
    pub(super) line: Option<u64>,
    /// The name in the inputs, with `--id`.
    pub(super) id: Option<String>,
    /// Folder of its files and directories, if one was requested.
    pub(super) folder: Option<PathBuf>,
    /// Answer of an earlier batch, if there is one.
    pub(super) previous: Option<Previous>,
    /// Its inputs, or the error for which there is no call.
    pub(super) inputs: anyhow::Result<Vec<Value>>,
}

/// A call under way.
pub(super) struct PendingCall {
    line: Line,
    started: Instant,
    previous: Option<Previous>,
    folder: Option<PathBuf>,
    /// Taken when the call begins.
    inputs: Option<anyhow::Result<Vec<Value>>>,
}

impl From<Row> for PendingCall {
    fn from(row: Row) -> Self {
        let Row { index, line, id, folder, previous, inputs } = row;
        let line = Line { index, line, id, ..Line::default() };
        Self { line, started: Instant::now(), previous, folder, inputs: Some(inputs) }
    }
}

impl Caller for Calls {
    type Row = PendingCall;
    type Answer = Done;

    fn inputs(&self, pending: &mut PendingCall) -> Result<Vec<Value>, Done> {
        // Without a key, the earlier batch's line is the only evidence.
        if matches!(pending.previous, Some(Previous(None))) {
            return Err(Done::ended(End::Unchanged));
        }
        let inputs = pending.inputs.take().unwrap_or_else(|| Ok(Vec::new()));
        let inputs = inputs.map_err(|error| self.failed(pending, error))?;
        if self.echo {
            pending.line.input = Some(inputs.clone());
        }
        Ok(inputs)
    }

    fn look(&self, pending: &mut PendingCall, look: &Look<'_>) -> Option<Done> {
        if self.is_unchanged(pending, look) {
            return Some(Done::ended(End::Unchanged));
        }
        self.dry_run.then(|| match look.peek() {
            Ok(peeked) => self.peeked(pending, peeked),
            Err(error) => self.failed(pending, error.into()),
        })
    }

    fn settles(&self) -> bool {
        self.has_out
    }

    async fn settle(&self, pending: &mut PendingCall, outcome: Outcome) -> Result<Outcome, Done> {
        let Some(folder) = pending.folder.take() else { return Ok(outcome) };
        let put = async {
            let places = Places::new(Some(&folder), self.force, &[])?;
            let (outcome, put) = places.put_apart(outcome, &self.prepared, &self.larder, self.printer).await?;
            put?;
            anyhow::Ok(outcome)
        };
        put.await.map_err(|error| self.failed(pending, error))
    }

    fn answer(&self, mut pending: PendingCall, called: Called) -> Done {
        let Called { key, outcome } = called;
        pending.line.key = key.map(|key| key.to_string());
        match outcome {
            Ok(outcome) => self.answered(&mut pending, outcome),
            Err(error) => self.failed(&mut pending, error.into()),
        }
    }
}

impl Calls {
    /// Returns true if the answers are cached, so that another batch finds them.
    pub(super) fn are_kept(&self) -> bool {
        let settings = self.larder.settings();
        self.prepared.ran().is_cached
            && settings.cache_dir.is_some()
            && !settings.read_only
            && !self.larder.cache_is_foreign()
    }

    /// Returns true if calls that miss the same entry share one run.
    fn are_shared(&self) -> bool {
        let is_kept = self.prepared.ran().is_cached && self.larder.settings().cache_dir.is_some();
        is_kept && !self.refresh
    }

    /// Checks that an earlier batch answered this very call. If this call has no key, only the inputs are compared.
    fn is_unchanged(&self, pending: &mut PendingCall, look: &Look<'_>) -> bool {
        let Some(Previous(Some(key))) = pending.previous.take() else { return false };
        let is_same = match look.key() {
            Some(now) => now.to_string() == key,
            None => key.ends_with(&look.inputs_digest().to_string()),
        };
        if !is_same {
            self.changed.fetch_add(1, Ordering::Relaxed);
        }
        is_same
    }

    /// Ends a call that has an answer.
    fn answered(&self, pending: &mut PendingCall, outcome: Outcome) -> Done {
        let is_err = outcome.is_err();
        let Outcome {
            result,
            contents: _,
            status,
            key: _,
            stored: _,
            denials: _,
            provenance,
            peak_host_bytes: _,
            warnings,
        } = outcome;
        let line = &mut pending.line;
        line.made_by_other = made_by_other(&status);
        line.outcome = Some(OutcomeWord::of(is_err));
        line.result = result;
        if matches!(status, Status::Miss(_)) {
            line.run_us = provenance.run_micros;
        }
        let warnings = warnings.iter().map(ToString::to_string).collect();
        let end = end(&status, provenance.run_micros);
        self.ended(pending, Done { is_err, warnings, ..Done::ended(end) })
    }

    /// Ends a call that was only looked up.
    fn peeked(&self, pending: &mut PendingCall, peeked: Peeked) -> Done {
        let Peeked { status, key, saved_micros } = peeked;
        pending.line.key = key.map(|key| key.to_string());
        pending.line.made_by_other = made_by_other(&status);
        let end = end(&status, saved_micros.unwrap_or(0));
        let mut done = self.ended(pending, Done::ended(end));
        if let (End::Miss, Some(key), true) = (end, key, self.are_shared()) {
            done.unmade = Some((key, std::mem::take(&mut pending.line)));
        }
        done
    }

    /// Ends a call that has no answer.
    fn failed(&self, pending: &mut PendingCall, error: anyhow::Error) -> Done {
        pending.line.run_us = run_micros(&error);
        pending.line.failed = Some(Diagnosis::of(&error));
        let about_all = error.downcast_ref::<Error>().is_some_and(is_about_all).then_some(error);
        self.ended(pending, Done { about_all, ..Done::ended(End::Failed) })
    }

    /// Ends a call, with the line that is printed of it.
    fn ended(&self, pending: &mut PendingCall, mut done: Done) -> Done {
        let PendingCall { line, started, previous: _, folder: _, inputs: _ } = pending;
        let whole = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        line.wait_us = whole.saturating_sub(line.run_us);
        done.text = self.form.text(line, done.end);
        if done.is_bad() {
            done.bad = Some(Bad::of(line, self.prepared.task().exported.signature.result.as_ref()));
        }
        done
    }
}

fn end(status: &Status, saved_micros: u64) -> End {
    match status {
        Status::Hit(hit) => End::Hit { saved_micros, is_of_other: hit.made_by_other_component.is_some() },
        Status::Miss(_) => End::Miss,
        Status::Shared => End::Shared,
    }
}

/// Returns the component that made the answer, if it is not the current one.
fn made_by_other(status: &Status) -> Option<String> {
    match status {
        Status::Hit(hit) => hit.made_by_other_component.map(|digest| digest.to_string()),
        Status::Miss(_) | Status::Shared => None,
    }
}

/// Returns true if an error is not about the inputs of one call, so that every other call would fail in the same way.
fn is_about_all(error: &Error) -> bool {
    match error {
        Error::Component(_)
        | Error::Declare(_)
        | Error::Manifest(_)
        | Error::Find(_)
        | Error::NoSuchTask { .. }
        | Error::Policy(_)
        | Error::NoWorkflow { .. }
        | Error::Sandbox(_)
        | Error::Store(_)
        | Error::NoThread { .. }
        | Error::Changed => true,
        // A call that hits needs neither a graphics processor nor room.
        Error::NoGpu { .. }
        | Error::TooLarge { .. }
        | Error::Content(_)
        | Error::NoSuchBlob { .. }
        | Error::OtherKind { .. }
        | Error::LostBlob { .. }
        | Error::NotStored { .. }
        | Error::Input(_)
        | Error::NotRepresentable { .. }
        | Error::OtherComponent { .. }
        | Error::Internal(_) => false,
        Error::Run(failure) => matches!(failure.error, RunError::Directory { .. } | RunError::Protected { .. }),
        Error::Shared(error) => is_about_all(error),
    }
}
