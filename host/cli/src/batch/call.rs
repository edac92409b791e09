//! One call of a batch, from its inputs to the line that tells it.

use std::collections::HashSet;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
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
use larder::key::EntryKey;
use larder::sandbox::RunError;
use larder::value::{Value, encode_inputs};
use larder::{Begun, Turn, Turns};
use larder::{Digest, Error, Given, Larder, Outcome, Peeked, Prepared, Status};

/// Facts that all calls of a batch share.
pub(super) struct Calls {
    pub(super) larder: Larder,
    pub(super) prepared: Prepared,
    pub(super) printer: Printer,
    pub(super) form: Form,
    pub(super) has_out: bool,
    /// Allows to replace files there that are no outputs.
    pub(super) force: bool,
    pub(super) dry_run: bool,
    /// Runs calls though there are entries for them.
    pub(super) refresh: bool,
    /// Has each line say its input.
    pub(super) echo: bool,
    pub(super) order: InOrder,
}

/// Keeps calls in the order of their inputs, whichever is ready first.
pub(super) struct InOrder {
    /// Runs start one after the other.
    starts: Arc<Turns>,
    /// Files are hashed for as many calls at once as keep all processors busy.
    hashing: Arc<Turns>,
    /// The keys that a dry run has found no entry for.
    missed: Mutex<HashSet<EntryKey>>,
    /// Calls that an earlier batch answered, and that are others now.
    changed: AtomicU64,
}

impl InOrder {
    pub(super) fn new(jobs: usize) -> Self {
        Self {
            starts: Turns::new(0),
            hashing: Turns::new(2 * jobs as u64),
            missed: Mutex::default(),
            changed: AtomicU64::new(0),
        }
    }
}

/// A call to be made.
pub(super) struct Row {
    /// Its place among all inputs.
    pub(super) index: u64,
    /// The line where it stands, if the inputs stand on lines.
    pub(super) line: Option<u64>,
    /// Name that the inputs give it, where that is asked.
    pub(super) id: Option<String>,
    /// Folder of its files and directories, where that is asked.
    pub(super) folder: Option<PathBuf>,
    /// Answer of an earlier batch, if there is one.
    pub(super) previous: Option<Previous>,
    /// Its inputs, or why there is no call.
    pub(super) inputs: anyhow::Result<Vec<Value>>,
}

/// A call that waits for something.
pub(super) type Waiting = Pin<Box<dyn Future<Output = (u64, Done)> + Send>>;

/// A call under way.
struct PendingCall {
    line: Line,
    started: Instant,
    previous: Option<Previous>,
    folder: Option<PathBuf>,
    /// Its turn to start.
    start: Option<Turn>,
}

impl Calls {
    /// Tells that their answers are cached, so that another batch finds them.
    pub(super) fn are_kept(&self) -> bool {
        let settings = self.larder.settings();
        self.prepared.ran().is_cached
            && settings.cache_dir.is_some()
            && !settings.read_only
            && !self.larder.cache_is_foreign()
    }

    /// Tells that calls that miss the same entry have one run.
    fn are_shared(&self) -> bool {
        let is_kept = self.prepared.ran().is_cached && self.larder.settings().cache_dir.is_some();
        is_kept && !self.refresh
    }

    /// Number of calls that an earlier batch answered, and that were made again because they are others now.
    pub(super) fn changed(&self) -> u64 {
        self.order.changed.load(Ordering::Relaxed)
    }

    /// Begins a call. It is over with this if it is a hit, or nothing to call with; or it waits for something.
    pub(super) fn begin(self: Arc<Self>, at: u64, row: Row) -> Result<Done, Waiting> {
        let Row { index, line, id, folder, previous, inputs } = row;
        let line = Line { index, line, id, ..Line::default() };
        let start = Some(self.order.starts.turn(at));
        let mut pending = PendingCall { line, started: Instant::now(), previous, folder, start };
        let has_files = self.prepared.task().exported.signature.has_blobs() || self.has_out;
        let hashing = has_files.then(|| self.order.hashing.turn(at));
        // Where it has no key, its word is all there is.
        if matches!(pending.previous, Some(Previous(None))) {
            return Ok(Done::ended(End::Unchanged));
        }
        let inputs = match inputs {
            Ok(inputs) => inputs,
            Err(error) => return Ok(self.finish(pending, Err(error))),
        };
        if self.echo {
            pending.line.input = Some(inputs.clone());
        }
        if has_files || self.dry_run {
            return Err(Box::pin(async move {
                if let Some(hashing) = &hashing {
                    hashing.comes().await;
                }
                let ended = if self.dry_run {
                    self.peek(&inputs, &mut pending, hashing).await
                } else {
                    self.call_with_files(&inputs, &mut pending, hashing).await
                };
                (at, self.finish(pending, ended))
            }));
        }
        if self.is_unchanged(&inputs, &mut pending) {
            return Ok(Done::ended(End::Unchanged));
        }
        let begun = self.larder.begin(&self.prepared, &inputs, &Given::default()).inspect_err(|_| {
            // A call that fails does not tell its key.
            pending.line.key = self.key(&inputs);
        });
        let ended = match begun {
            Ok(Begun::Hit(outcome)) => Ok(self.answered(*outcome, &mut pending.line)),
            Ok(Begun::Missed(mut missed)) => {
                if let Some(start) = pending.start.take() {
                    missed.set_turn(start);
                }
                return Err(Box::pin(async move {
                    pending.line.key = missed.key().map(|key| key.to_string());
                    let finished = self.larder.finish(missed).await;
                    let ended =
                        finished.map(|outcome| self.answered(outcome, &mut pending.line)).map_err(anyhow::Error::from);
                    (at, self.finish(pending, ended))
                }));
            }
            Err(error) => Err(error.into()),
        };
        Ok(self.finish(pending, ended))
    }

    /// Ends a call, with the line that is printed of it.
    fn finish(&self, pending: PendingCall, ended: anyhow::Result<Done>) -> Done {
        let PendingCall { mut line, started, previous: _, folder: _, start: _ } = pending;
        let mut done = ended.unwrap_or_else(|error| {
            line.run_us = run_micros(&error);
            line.failed = Some(Diagnosis::of(&error));
            let about_all = error.downcast_ref::<Error>().is_some_and(is_about_all).then_some(error);
            Done { about_all, ..Done::ended(End::Failed) }
        });
        if done.end == End::Unchanged {
            return done;
        }
        let whole = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        line.wait_us = whole.saturating_sub(line.run_us);
        done.text = self.form.text(&line, done.end);
        if done.is_bad() {
            done.bad = Some(Bad::of(&line, self.prepared.task().exported.signature.result.as_ref()));
        }
        done
    }

    fn key(&self, inputs: &[Value]) -> Option<String> {
        self.prepared.key(inputs).ok().flatten().map(|key| key.to_string())
    }

    /// Checks that an earlier batch answered this very call. Where this one has no key, the inputs alone are compared.
    fn is_unchanged(&self, inputs: &[Value], pending: &mut PendingCall) -> bool {
        let Some(Previous(Some(key))) = pending.previous.take() else { return false };
        let is_same = match self.key(inputs) {
            Some(now) => now == key,
            None => encode_inputs(inputs, &self.prepared.task().exported.signature)
                .is_ok_and(|encoded| key.ends_with(&Digest::of(encoded.as_bytes()).to_string())),
        };
        if !is_same {
            self.order.changed.fetch_add(1, Ordering::Relaxed);
        }
        is_same
    }

    /// Makes a call with files or directories among its inputs, or in its result.
    async fn call_with_files(
        &self,
        inputs: &[Value],
        pending: &mut PendingCall,
        hashing: Option<Turn>,
    ) -> anyhow::Result<Done> {
        let prepared = &self.prepared;
        let resolved = self.larder.resolve(inputs, prepared.policy.file_names).await?;
        drop(hashing);
        if self.is_unchanged(&resolved.inputs, pending) {
            return Ok(Done::ended(End::Unchanged));
        }
        let called = self.larder.call_in_turn(prepared, &resolved, pending.start.take()).await;
        if called.is_err() {
            pending.line.key = self.key(&resolved.inputs);
        }
        let mut outcome = called?;
        if let Some(folder) = pending.folder.take() {
            let places = Places::new(Some(&folder), self.force, &[])?;
            let put;
            (outcome, put) = places.put_apart(outcome, prepared, &self.larder, self.printer).await?;
            put?;
        }
        Ok(self.answered(outcome, &mut pending.line))
    }

    fn answered(&self, outcome: Outcome, line: &mut Line) -> Done {
        let is_err = outcome.is_err();
        let Outcome {
            result,
            contents: _,
            status,
            key,
            stored: _,
            denials: _,
            provenance,
            peak_host_bytes: _,
            warnings,
        } = outcome;
        line.key = key.map(|key| key.to_string());
        line.made_by_other = made_by_other(&status);
        line.outcome = Some(OutcomeWord::of(is_err));
        line.result = result;
        if matches!(status, Status::Miss(_)) {
            line.run_us = provenance.run_micros;
        }
        let warnings = warnings.iter().map(ToString::to_string).collect();
        Done { is_err, warnings, ..Done::ended(end(&status, provenance.run_micros)) }
    }

    /// Looks up what a call would be. Of several that would miss the same entry, one would run.
    async fn peek(&self, inputs: &[Value], pending: &mut PendingCall, hashing: Option<Turn>) -> anyhow::Result<Done> {
        let prepared = &self.prepared;
        if pending.previous.is_some() {
            let has_files = prepared.task().exported.signature.has_blobs();
            let names_count = prepared.policy.file_names;
            let resolved = if has_files { Some(self.larder.resolve(inputs, names_count).await?) } else { None };
            if self.is_unchanged(resolved.as_ref().map_or(inputs, |resolved| &resolved.inputs), pending) {
                return Ok(Done::ended(End::Unchanged));
            }
        }
        let Peeked { status, key, saved_micros } = self.larder.peek(prepared, inputs).await?;
        drop(hashing);
        pending.line.key = key.map(|key| key.to_string());
        pending.line.made_by_other = made_by_other(&status);
        let mut end = end(&status, saved_micros.unwrap_or(0));
        if let (End::Miss, Some(key), true) = (end, key, self.are_shared()) {
            if let Some(start) = &pending.start {
                start.comes().await;
            }
            if !self.order.missed.lock().unwrap_or_else(PoisonError::into_inner).insert(key) {
                end = End::Shared;
            }
        }
        Ok(Done::ended(end))
    }
}

fn end(status: &Status, saved_micros: u64) -> End {
    match status {
        Status::Hit(hit) => End::Hit { saved_micros, is_of_other: hit.made_by_other_component.is_some() },
        Status::Miss(_) => End::Miss,
        Status::Shared => End::Shared,
    }
}

/// The component that made the answer, where it is not the one at hand.
fn made_by_other(status: &Status) -> Option<String> {
    match status {
        Status::Hit(hit) => hit.made_by_other_component.map(|digest| digest.to_string()),
        Status::Miss(_) | Status::Shared => None,
    }
}

/// Tells that an error is not about the inputs of one call, so that every other call would end in the same way.
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
        // A call that hits needs no graphics processor, and no room.
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
