//! One call: key, lookup, and on a miss a sealed run and its commit.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tracing::{Instrument as _, info_span};

use super::files::{Given, Resolved};
use super::flight::Computing;
use super::keep::{Kept, storable, stored_outcome};
use super::lead::{self, NoAnswer};
use super::lookup::Answer;
use super::prepare::{Decided, Prepared};
use super::{Error, Larder, Outcome, RunFailure, Status, Turn, Warning};
use crate::key::{self, EntryKey};
use crate::miss::Miss;
use larder_base::Digest;
use larder_content::clock::now_ms;
use larder_content::{Contents, Quota};
use larder_sandbox::{Call, Ready, Report, Returned, RunError, Watch, World};
use larder_store::record::Entry;
use larder_store::{KeyLock, Locking, Moment, StoreError};
use larder_types::limits::LimitExceeded;
use larder_types::value::{self, EncodedInputs, Value};

impl Larder {
    /// Answers a call: from the cache, or by a sealed run whose result is then stored.
    ///
    /// Dropping the future stops the run; nothing is stored then. A run that exceeds its time is stopped wherever it
    /// passes through the host, and what it answers after that is neither given nor stored.
    ///
    /// A single operation of a guest cannot be interrupted: one `memory.fill` takes as long as a pass over the memory
    /// that the run may have. If a run has not come back a second after its time was up, this returns
    /// [`LimitExceeded::Time`] all the same. *A thread is left behind then*, until the operation is over: one of the
    /// runtime's, or one of Larder's own where the runtime has a single thread. It keeps the run's share of the
    /// [`Budget`](crate::Budget). The library never ends the process.
    ///
    /// # Errors
    ///
    /// [`Error`]: the inputs do not fit, the component cannot be made ready, or the run failed. A failing cache is no
    /// error: see [`Outcome::warnings`].
    pub async fn call(&self, prepared: &Prepared, inputs: &[Value]) -> Result<Outcome, Error> {
        if !prepared.task().exported.signature.has_blobs() {
            return match self.begin(prepared, inputs, &Given::default())? {
                Begun::Hit(outcome) => Ok(*outcome),
                Begun::Missed(missed) => self.finish(missed).await,
            };
        }
        let resolved = Box::pin(self.resolve(inputs, prepared.policy.file_names)).await?;
        self.call_resolved(prepared, &resolved).await
    }

    /// As [`Larder::call`], with inputs whose files and directories were resolved before.
    ///
    /// # Errors
    ///
    /// As [`Larder::call`].
    pub async fn call_resolved(&self, prepared: &Prepared, resolved: &Resolved) -> Result<Outcome, Error> {
        self.call_in_turn(prepared, resolved, None).await
    }

    /// As [`Larder::call_resolved`], whose run starts when its turn comes.
    ///
    /// # Errors
    ///
    /// As [`Larder::call`].
    #[doc(hidden)]
    pub async fn call_in_turn(
        &self,
        prepared: &Prepared,
        resolved: &Resolved,
        turn: Option<Turn>,
    ) -> Result<Outcome, Error> {
        let Resolved { inputs, given } = resolved;
        match self.begin(prepared, inputs, given)? {
            Begun::Hit(outcome) => {
                drop(turn);
                self.remember(given).await;
                Ok(*outcome)
            }
            Begun::Missed(mut missed) => {
                missed.turn = turn;
                self.finish(missed).await
            }
        }
    }

    /// Begins a call, whose files and directories were resolved before: a hit is over with this.
    ///
    /// # Errors
    ///
    /// As [`Larder::call`].
    #[doc(hidden)]
    pub fn begin(&self, prepared: &Prepared, inputs: &[Value], given: &Given) -> Result<Begun, Error> {
        let encoded = value::encode_inputs(inputs, &prepared.task().exported.signature)?;
        let key = prepared.cache_id.map(|id| id.entry(encoded.as_bytes()));
        let mut warnings = given.warnings.clone();
        let (miss, moment) = match self.lookup(prepared, key, &mut warnings)? {
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

    /// Answers a call that [`Larder::begin`] found no answer for.
    ///
    /// # Errors
    ///
    /// As [`Larder::call`].
    #[doc(hidden)]
    pub async fn finish(&self, missed: Box<Missed>) -> Result<Outcome, Error> {
        let is_shared = self.keeps(&missed.prepared) && !missed.prepared.options.refresh;
        let (prepared, miss, watch) = (missed.prepared.clone(), missed.miss.clone(), missed.watch.clone());
        let (key, digest) = (missed.key.filter(|_| is_shared), prepared.component.digest);
        let run = self.clone().compute(missed);
        let answer = match key {
            Some(key) => self.fly((key, digest), prepared.limits.clone(), watch.clone(), run).await,
            None => self.lead(run, watch.clone()).await,
        };
        match answer {
            Ok(answer) => answer,
            Err(NoAnswer::Gone) => Err(lead::gone()),
            Err(NoAnswer::Lost) => {
                let error = watch.time_is_up(&prepared.limits);
                Err(Box::new(RunFailure { error, report: watch.report(), miss, run: prepared.ran() }).into())
            }
        }
    }

    fn note_hit(&self, key: Option<EntryKey>) {
        self.host.counters.hits.add_one();
        if let (Some(store), Some(key)) = (self.host.store_to_write(), key) {
            let hour = now_ms() / MILLISECONDS_OF_AN_HOUR;
            store.note_access(key.as_bytes(), u32::try_from(hour).unwrap_or(u32::MAX));
        }
    }

    /// Answers a call that missed: by a run, unless another process has run it by now.
    ///
    /// What it does is boxed here, as is what is in it and large: futures are moved as they are handed on, and one inside
    /// the other they would be of tens of kilobytes.
    fn compute(self, missed: Box<Missed>) -> Computing {
        let span = info_span!("larder.miss", task = %missed.prepared.task().exported.name, reason = missed.miss.code());
        Box::pin(async move { self.compute_in_span(missed).await }.instrument(span))
    }

    async fn compute_in_span(&self, mut missed: Box<Missed>) -> Result<Outcome, Error> {
        let mut turn = missed.turn.take();
        if let Some(turn) = &turn {
            turn.comes().await;
        }
        // Held until the commit, so that whoever has it next finds what was stored.
        let lock = match missed.key.filter(|_| self.keeps(&missed.prepared)) {
            Some(key) => self.lock_key(&key, &mut turn).await,
            None => None,
        };
        if lock.is_some()
            && let Some(outcome) = self.look_again(&mut missed)?
        {
            self.note_hit(missed.key);
            self.remember(&missed.given).await;
            return Ok(outcome);
        }
        self.host.counters.misses.add_one();
        self.check_gpus(&missed.prepared)?;
        self.check_budget(&missed.prepared)?;
        let spool = self.spool(&missed.prepared)?;
        let ready = self.ready(&missed.prepared.component, &mut missed.warnings).await?;
        let place = self.admit(&missed.prepared, turn).await;
        let (returned, report) = self.run(&missed, &ready, spool).await?;
        // While its answer is stored, another may run.
        drop(place);
        let answered = returned.and_then(|returned| self.answer(&missed, returned));
        // What was made of the answer is a part of the run: a late one is none, and is not stored.
        let is_in_time = missed.watch.end();
        match answered {
            Ok(_) if !is_in_time => {
                let error = missed.watch.time_is_up(&missed.prepared.limits);
                Err(missed.failed(error, report))
            }
            Ok(answer) => Ok(self.settle(missed, answer, report).await),
            Err(error) => match self.no_room(&missed.prepared, &error) {
                Some(reason) => Err(reason.into()),
                None => Err(missed.failed(error, report)),
            },
        }
    }

    /// The reason for which the cache had no room for the files of a run, where that is why it failed, and not a limit of
    /// its own.
    fn no_room(&self, prepared: &Prepared, error: &RunError) -> Option<StoreError> {
        let RunError::LimitExceeded(LimitExceeded::Scratch { limit, asked }) = error else { return None };
        let own = Quota::new(prepared.limits.scratch_bytes).limit();
        let store = self.host.store_to_write().filter(|_| *limit < own && self.keeps(prepared))?;
        // What the run had is free again, so that one piece more than it had is what there was no room for.
        store.blobs().expect_room(asked.saturating_add(PIECE).min(own)).err()
    }

    /// The answer that another process has stored while this call waited for it to be done.
    fn look_again(&self, missed: &mut Missed) -> Result<Option<Outcome>, Error> {
        let is_as_it_was = |moment: &Moment| self.host.store.as_ref().is_some_and(|store| store.is_as_it_was(moment));
        if missed.prepared.options.refresh || missed.moment.as_ref().is_some_and(is_as_it_was) {
            return Ok(None);
        }
        match self.lookup(&missed.prepared, missed.key, &mut missed.warnings)? {
            Answer::Hit(outcome) => Ok(Some(*outcome)),
            Answer::Miss(again, _) => {
                missed.miss = again;
                Ok(None)
            }
        }
    }

    /// Waits until no other process runs for this key. None where locks cannot be had: then two may run.
    ///
    /// A turn is passed on before that: two processes whose calls come in other orders would wait for each other.
    async fn lock_key(&self, key: &EntryKey, turn: &mut Option<Turn>) -> Option<KeyLock> {
        let store = self.host.store.as_ref()?;
        let mut pause = SHORTEST_PAUSE;
        loop {
            match store.lock_key(key.as_bytes()).ok()? {
                Locking::Locked(lock) => return Some(lock),
                Locking::Busy => {
                    *turn = None;
                    Box::pin(tokio::time::sleep(pause)).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// A run on a processor is not what somebody asked for who asked for a graphics processor.
    fn check_gpus(&self, prepared: &Prepared) -> Result<(), Error> {
        let Decided { class, policy, .. } = &**prepared;
        if class.gpus == 0 {
            return Ok(());
        }
        let task = prepared.task().exported.name.to_string();
        let (size, wanted, found) = (policy.size, class.gpus, self.host.settings.machine.gpus);
        Err(Error::NoGpu { task, size, wanted, found })
    }

    async fn run(
        &self,
        missed: &Missed,
        ready: &Ready,
        spool: Option<PathBuf>,
    ) -> Result<(Result<Returned, RunError>, Report), Error> {
        let Missed { prepared, encoded, given, watch, .. } = missed;
        let exported = &prepared.task().exported;
        // The guest is handed the decoded form of what was keyed, so that two calls with one key cannot differ.
        let inputs = value::decode_inputs(encoded.as_bytes(), &exported.signature)
            .map_err(|error| Error::Internal(error.to_string()))?;
        let version = prepared.ingredients.as_ref().map(|ingredients| &ingredients.version);
        let world = match &prepared.policy.open {
            Some(allowed) => World::Open(allowed.clone().protecting(self.protected(&prepared.component))),
            None => World::Sealed { seed: key::seed(&exported.name, &prepared.signature, version, encoded.as_bytes()) },
        };
        let call = Call {
            export: &exported.export,
            signature: &exported.signature,
            inputs,
            world,
            limits: &prepared.limits,
            contents: self.snapshot(given.contents.clone()).await,
            spool,
            watch: watch.clone(),
        };
        self.host.counters.runs.add_one();
        let _running = self.host.counters.under_run.one();
        let running = Box::pin(self.host.sandbox.call(ready, call));
        let ended = running.instrument(info_span!("larder.run")).await;
        self.host.counters.run_micros.add(ended.1.wall_micros);
        self.forget_what_is_retired(&ended.0);
        Ok(ended)
    }

    /// What a task returned, encoded as it is stored, and the decoded form of that, so that a hit cannot differ from its
    /// miss.
    fn answer(&self, missed: &Missed, returned: Returned) -> Result<Answered, RunError> {
        let Returned { value, contents } = returned;
        missed.prepared.check_result_is_held(value.as_ref())?;
        let ty = missed.prepared.task().exported.signature.result.as_ref();
        let encoded =
            value::encode_result(value.as_ref(), ty).map_err(|error| RunError::Internal(error.to_string()))?;
        // It may be large, and is of no more use.
        drop(value);
        let (asked, limit) = (encoded.len() as u64, missed.prepared.limits.result_bytes);
        self.host.counters.result_bytes.add(asked);
        if asked > limit {
            return Err(RunError::LimitExceeded(LimitExceeded::Result { limit, asked }));
        }
        let result = value::decode_result(&encoded, ty).map_err(|error| RunError::Internal(error.to_string()))?;
        Ok(Answered { result, encoded, contents: Arc::new(contents) })
    }

    /// Stores an answer, where that is wanted, and gives it to the caller.
    async fn settle(&self, missed: Box<Missed>, answer: Answered, mut report: Report) -> Outcome {
        let Missed { prepared, encoded, key, given, miss, moment: _, turn: _, mut warnings, watch: _ } = *missed;
        let Answered { mut result, encoded: encoded_result, mut contents } = answer;
        let denials = std::mem::take(&mut report.denials);
        let peak_host_bytes = Some(report.peak_host_bytes);
        let entry = Entry {
            outcome: stored_outcome(result.as_ref()),
            result: encoded_result,
            input_digests: encoded.each().map(Digest::of).collect(),
            provenance: self.provenance(&prepared.component, report),
        };
        let stored = match key {
            Some(key) if storable(&prepared, entry.outcome) => {
                let kept = Kept { result: &mut result, contents: &mut contents, given: &given };
                Box::pin(self.store_entry(&prepared, key, &entry, kept, &mut warnings)).await
            }
            Some(_) | None => {
                self.remember(&given).await;
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
}

const MILLISECONDS_OF_AN_HOUR: u64 = 60 * 60 * 1000;

/// The most that a task adds to a file at a time.
const PIECE: u64 = 4 << 20;

/// How long to wait before asking again whether another process is done: at first, and at last.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// A call that has begun.
pub enum Begun {
    /// The answer was there.
    Hit(Box<Outcome>),
    /// It was not: see [`Larder::finish`].
    Missed(Box<Missed>),
}

/// A call that the cache had no answer for.
pub struct Missed {
    prepared: Prepared,
    encoded: EncodedInputs,
    key: Option<EntryKey>,
    given: Given,
    miss: Miss,
    /// When it was looked for.
    moment: Option<Moment>,
    /// When it may start, where that is asked.
    turn: Option<Turn>,
    warnings: Vec<Warning>,
    /// What stops its run.
    watch: Watch,
}

impl Missed {
    /// The key of the entry that is not there; `None` when the task is not cached.
    #[doc(hidden)]
    pub const fn key(&self) -> Option<EntryKey> {
        self.key
    }

    /// Has it start when its turn comes.
    #[doc(hidden)]
    pub fn set_turn(&mut self, turn: Turn) {
        self.turn = Some(turn);
    }

    /// The error of a run that gave no answer.
    fn failed(self: Box<Self>, error: RunError, report: Report) -> Error {
        Box::new(RunFailure { error, report, miss: self.miss, run: self.prepared.ran() }).into()
    }
}

/// What a run gave.
struct Answered {
    result: Option<Value>,
    encoded: Vec<u8>,
    contents: Arc<Contents>,
}
