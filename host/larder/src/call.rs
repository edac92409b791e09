//! One call: the way from typed inputs to an answer.
//!
//! ```text
//! typed inputs ─▶ key ─▶ lookup ──hit──▶ answer                                    begin
//!                          └─miss─▶ place ─▶ sealed run ─▶ commit ─▶ answer        finish
//! ```
//!
//! This file only puts the steps in order; each belongs to a part of the [`Host`]. It alone decides what the cache and
//! the sandbox learn of each other: the sandbox gets a call as plain data, the cache gets records.

use std::path::PathBuf;
use std::sync::Arc;

use tracing::{Instrument as _, info_span};

use crate::cache::{Answer, Kept, stored_outcome};
use crate::error::{Error, RunFailure};
use crate::host::Host;
use crate::inputs::{Given, Resolved};
use crate::key::{self, EntryKey};
use crate::miss::Miss;
use crate::outcome::{Outcome, Peeked, Status, Warning};
use crate::prepare::{Decided, Prepared};
use crate::schedule::{Amount, Computing, NoAnswer, Turn, gone, lead};
use larder_base::Digest;
use larder_content::Contents;
use larder_content::clock::now_ms;
use larder_sandbox::{Call, ENGINE_VERSION, Ready, Report, Returned, RunError, Watch, World};
use larder_store::Moment;
use larder_store::record::{Entry, Provenance, StoredOutcome};
use larder_types::limits::LimitExceeded;
use larder_types::value::{self, EncodedInputs, Value};

/// A call that has begun.
pub(crate) enum Begun {
    /// The cache had the answer.
    Hit(Box<Outcome>),
    /// The cache had no answer: see [`Host::finish`].
    Missed(Box<Missed>),
}

/// A call that the cache had no answer for.
pub(crate) struct Missed {
    prepared: Prepared,
    encoded: EncodedInputs,
    key: Option<EntryKey>,
    given: Given,
    miss: Miss,
    /// The moment of the lookup.
    moment: Option<Moment>,
    /// The turn to start, for calls that start in order.
    pub(crate) turn: Option<Turn>,
    warnings: Vec<Warning>,
    /// Stops its run.
    watch: Watch,
}

impl Missed {
    /// Returns the error of a run that gave no answer.
    fn failed(self: Box<Self>, error: RunError, report: Report) -> Error {
        Box::new(RunFailure { error, report, miss: self.miss, run: self.prepared.ran() }).into()
    }
}

/// The encoded inputs of a call, and its key.
pub(crate) struct Keyed {
    pub(crate) encoded: EncodedInputs,
    /// `None` when the task is not cached.
    pub(crate) key: Option<EntryKey>,
}

/// The answer of a run, before it is stored.
struct Answered {
    result: Option<Value>,
    encoded: Vec<u8>,
    contents: Arc<Contents>,
}

impl Host {
    /// Answers a call whose files and directories were resolved. Its run starts when its turn comes.
    pub(crate) async fn call(
        self: &Arc<Self>,
        prepared: &Prepared,
        keyed: Keyed,
        resolved: &Resolved,
        turn: Option<Turn>,
    ) -> Result<Outcome, Error> {
        let Resolved { inputs, given } = resolved;
        match self.begin(prepared, keyed, inputs, given)? {
            Begun::Hit(outcome) => {
                drop(turn);
                self.inputs.remember(given).await;
                Ok(*outcome)
            }
            Begun::Missed(mut missed) => {
                missed.turn = turn;
                self.finish(missed).await
            }
        }
    }

    /// Begins a call. A hit ends here.
    pub(crate) fn begin(
        &self,
        prepared: &Prepared,
        keyed: Keyed,
        inputs: &[Value],
        given: &Given,
    ) -> Result<Begun, Error> {
        let Keyed { encoded, key } = keyed;
        let mut warnings = given.warnings.clone();
        let (miss, moment) = match self.cache.lookup(prepared, key, &mut warnings)? {
            Answer::Hit(outcome) => {
                self.note_hit(key);
                return Ok(Begun::Hit(outcome));
            }
            Answer::Miss(miss, moment) => (miss, moment),
        };
        prepared.check_inputs_are_held(inputs)?;
        let (prepared, given) = (prepared.clone(), given.clone());
        let watch = Watch::default();
        Ok(Begun::Missed(Box::new(Missed { prepared, encoded, key, given, miss, moment, turn: None, warnings, watch })))
    }

    /// Looks for the answer to a call. Nothing runs, and nothing is stored.
    pub(crate) fn peek(&self, prepared: &Prepared, key: Option<EntryKey>) -> Result<Peeked, Error> {
        Ok(match self.cache.lookup(prepared, key, &mut Vec::new())? {
            Answer::Hit(hit) => Peeked { status: hit.status, key, saved_micros: Some(hit.provenance.run_micros) },
            Answer::Miss(miss, _) => Peeked { status: Status::Miss(miss), key, saved_micros: None },
        })
    }

    /// Answers a call that missed: by its own run, or by one for the same key that is under way.
    pub(crate) async fn finish(self: &Arc<Self>, missed: Box<Missed>) -> Result<Outcome, Error> {
        let is_shared = self.cache.keeps(&missed.prepared) && !missed.prepared.options.refresh;
        let (prepared, miss, watch) = (missed.prepared.clone(), missed.miss.clone(), missed.watch.clone());
        let (key, digest) = (missed.key.filter(|_| is_shared), prepared.component.digest);
        let run = self.clone().compute(missed);
        let answer = match key {
            Some(key) => {
                let limits = prepared.limits.clone();
                self.flights.fly((key, digest), limits, watch.clone(), run, &self.counters).await
            }
            None => lead(run, watch.clone()).await,
        };
        match answer {
            Ok(answer) => answer,
            Err(NoAnswer::Gone) => Err(gone()),
            Err(NoAnswer::Lost) => {
                let error = watch.time_is_up(&prepared.limits);
                Err(Box::new(RunFailure { error, report: watch.report(), miss, run: prepared.ran() }).into())
            }
        }
    }

    fn note_hit(&self, key: Option<EntryKey>) {
        self.counters.hits.add_one();
        if let Some(key) = key {
            self.cache.note_access(&key);
        }
    }

    /// Answers a call that missed: by a run, unless another process has run it by now.
    ///
    /// The future is boxed, and so are the large futures inside it. Futures are moved when they are handed on, and
    /// nested ones would take tens of kilobytes.
    fn compute(self: Arc<Self>, missed: Box<Missed>) -> Computing {
        let span = info_span!("larder.miss", task = %missed.prepared.task().exported.name, reason = missed.miss.code());
        Box::pin(async move { self.compute_in_span(missed).await }.instrument(span))
    }

    async fn compute_in_span(&self, mut missed: Box<Missed>) -> Result<Outcome, Error> {
        let mut turn = missed.turn.take();
        if let Some(turn) = &turn {
            turn.comes().await;
        }
        // The lock is held until the commit, so that its next holder finds the stored answer.
        let lock = match missed.key.filter(|_| self.cache.keeps(&missed.prepared)) {
            // Pass the turn on before waiting for another process. Otherwise, two processes whose calls come in
            // different orders would wait for each other.
            Some(key) => self.cache.lock_key(&key, || turn = None).await,
            None => None,
        };
        if lock.is_some()
            && let Some(outcome) = self.look_again(&mut missed)?
        {
            self.note_hit(missed.key);
            self.inputs.remember(&missed.given).await;
            return Ok(outcome);
        }
        self.counters.misses.add_one();
        let need = self.check_room(&missed.prepared)?;
        let spool = self.cache.spool(&missed.prepared)?;
        let ready = self.engine.ready(&missed.prepared.component, &mut missed.warnings).await?;
        let place = self.admission.enter(need, &self.counters, turn).await;
        let (returned, report) = self.run(&missed, &ready, spool).await?;
        // Another run may start while the answer is stored.
        drop(place);
        let answered = returned.and_then(|returned| self.answer(&missed, returned));
        // Encoding the answer is part of the run: a late answer is neither returned nor stored.
        let is_in_time = missed.watch.end();
        match answered {
            Ok(_) if !is_in_time => {
                let error = missed.watch.time_is_up(&missed.prepared.limits);
                Err(missed.failed(error, report))
            }
            Ok(answer) => Ok(self.settle(missed, answer, report).await),
            Err(RunError::LimitExceeded(exceeded)) => match self.cache.no_room(&missed.prepared, &exceeded) {
                Some(reason) => Err(reason.into()),
                None => Err(missed.failed(RunError::LimitExceeded(exceeded), report)),
            },
            Err(error) => Err(missed.failed(error, report)),
        }
    }

    /// Looks for an answer that another process stored while this call waited for the lock.
    fn look_again(&self, missed: &mut Missed) -> Result<Option<Outcome>, Error> {
        let is_as_it_was = |moment| self.cache.is_as_it_was(moment);
        if missed.prepared.options.refresh || missed.moment.as_ref().is_some_and(is_as_it_was) {
            return Ok(None);
        }
        match self.cache.lookup(&missed.prepared, missed.key, &mut missed.warnings)? {
            Answer::Hit(outcome) => Ok(Some(*outcome)),
            Answer::Miss(again, _) => {
                missed.miss = again;
                Ok(None)
            }
        }
    }

    /// Refuses a run that needs more than this machine or this host's budget has.
    fn check_room(&self, prepared: &Prepared) -> Result<Amount, Error> {
        let Decided { class, policy, .. } = &**prepared;
        if class.gpus > 0 {
            // A caller who asked for a graphics processor does not want a run on a processor.
            let task = prepared.task().exported.name.to_string();
            let (size, wanted, found) = (policy.size, class.gpus, self.settings.machine.gpus);
            return Err(Error::NoGpu { task, size, wanted, found });
        }
        let need = prepared.need();
        self.admission.check(need).map_err(|too_little| {
            let task = prepared.task().exported.qualified_name();
            Error::TooLarge { task, size: policy.size, too_little }
        })?;
        Ok(need)
    }

    async fn run(
        &self,
        missed: &Missed,
        ready: &Ready,
        spool: Option<PathBuf>,
    ) -> Result<(Result<Returned, RunError>, Report), Error> {
        let Missed { prepared, encoded, given, watch, .. } = missed;
        let exported = &prepared.task().exported;
        // The guest gets the decoded form of the keyed inputs, so that two calls with one key cannot differ.
        let inputs = value::decode_inputs(encoded.as_bytes(), &exported.signature)
            .map_err(|error| Error::Internal(error.to_string()))?;
        let version = prepared.ingredients.as_ref().map(|ingredients| &ingredients.version);
        let world = match &prepared.policy.open {
            Some(allowed) => {
                let config_path = prepared.component.config_path.as_deref();
                World::Open(allowed.clone().protecting(self.settings.protected(config_path)))
            }
            None => World::Sealed { seed: key::seed(&exported.name, &prepared.signature, version, encoded.as_bytes()) },
        };
        let call = Call {
            export: &exported.export,
            signature: &exported.signature,
            inputs,
            world,
            limits: &prepared.limits,
            contents: self.cache.snapshot(given.contents.clone()).await,
            spool,
            watch: watch.clone(),
        };
        let _running = self.counters.under_run.one();
        let ended = self.engine.run(ready, call).instrument(info_span!("larder.run")).await;
        self.counters.run_micros.add(ended.1.wall_micros);
        Ok(ended)
    }

    /// Encodes the returned value as it is stored, and decodes it again, so that a hit cannot differ from its miss.
    fn answer(&self, missed: &Missed, returned: Returned) -> Result<Answered, RunError> {
        let Returned { value, contents } = returned;
        missed.prepared.check_result_is_held(value.as_ref())?;
        let ty = missed.prepared.task().exported.signature.result.as_ref();
        let encoded =
            value::encode_result(value.as_ref(), ty).map_err(|error| RunError::Internal(error.to_string()))?;
        // It may be large, and is no longer needed.
        drop(value);
        let (asked, limit) = (encoded.len() as u64, missed.prepared.limits.result_bytes);
        self.counters.result_bytes.add(asked);
        if asked > limit {
            return Err(RunError::LimitExceeded(LimitExceeded::Result { limit, asked }));
        }
        let result = value::decode_result(&encoded, ty).map_err(|error| RunError::Internal(error.to_string()))?;
        Ok(Answered { result, encoded, contents: Arc::new(contents) })
    }

    /// Stores an answer if it may be stored, and returns it to the caller.
    async fn settle(&self, missed: Box<Missed>, answer: Answered, mut report: Report) -> Outcome {
        let Missed { prepared, encoded, key, given, miss, moment: _, turn: _, mut warnings, watch: _ } = *missed;
        let Answered { mut result, encoded: encoded_result, mut contents } = answer;
        let denials = std::mem::take(&mut report.denials);
        let peak_host_bytes = Some(report.peak_host_bytes);
        let entry = Entry {
            outcome: stored_outcome(result.as_ref()),
            result: encoded_result,
            input_digests: encoded.each().map(Digest::of).collect(),
            provenance: self.provenance(&prepared, report),
        };
        let stored = match key {
            Some(key) if prepared.may_store(entry.outcome == StoredOutcome::Err) => {
                let (result, contents) = (&mut result, &mut contents);
                let kept = Kept { entry: &entry, result, contents, learnt: given.commit() };
                Box::pin(self.cache.store_entry(&prepared, key, kept)).await.unwrap_or_else(|reason| {
                    warnings.push(Warning::NotStored(reason));
                    false
                })
            }
            Some(_) | None => {
                self.inputs.remember(&given).await;
                false
            }
        };
        let provenance = entry.provenance;
        Outcome {
            result,
            contents,
            status: Status::Miss(miss),
            key,
            stored,
            denials,
            provenance,
            peak_host_bytes,
            warnings,
        }
    }

    /// Describes the run that made an answer, as stored with it.
    fn provenance(&self, prepared: &Prepared, report: Report) -> Provenance {
        let Report {
            fuel_used,
            peak_memory_bytes,
            peak_scratch_bytes,
            peak_host_bytes: _,
            peak_scratch_files: _,
            host_calls,
            wall_micros,
            denials: _,
            stdout,
            stderr,
        } = report;
        Provenance {
            account: self.settings.account.clone(),
            workflow: self.settings.workflow.clone(),
            component_digest: prepared.component.digest,
            code_digest: prepared.component.code_digest,
            host_version: env!("CARGO_PKG_VERSION").to_owned(),
            engine_version: ENGINE_VERSION.to_owned(),
            finished_at_ms: now_ms(),
            run_micros: wall_micros,
            fuel_used: Some(fuel_used),
            peak_memory_bytes,
            stdout,
            stderr,
            peak_scratch_bytes: Some(peak_scratch_bytes),
            host_calls: Some(host_calls),
        }
    }
}

/// Encodes inputs, and derives their key.
pub(crate) fn keyed(prepared: &Prepared, inputs: &[Value]) -> Result<Keyed, Error> {
    let encoded = value::encode_inputs(inputs, &prepared.task().exported.signature)?;
    let key = prepared.cache_id.map(|id| id.entry(encoded.as_bytes()));
    Ok(Keyed { encoded, key })
}
