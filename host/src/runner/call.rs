//! One call: key, lookup, and on a miss a sealed run and its commit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{Instrument as _, info_span};

use super::files::{self, Given, Resolved};
use super::load::{LoadedComponent, look};
use super::{Error, Hit, Larder, Outcome, Peeked, Ran, RunFailure, Status, Warning};
use crate::capability::Denials;
use crate::clock::now_ms;
use crate::content::Contents;
use crate::declare::{DeclaredVersion, Scope, TaskDeclaration};
use crate::digest::Digest;
use crate::key::{self, CacheId, EntryKey, KEY_FORMAT, KeyVersion, SEALED_WORLD};
use crate::miss::Miss;
use crate::policy::{self, Asked, Policy};
use crate::record::{self, Entry, Provenance, StoredOutcome};
use crate::sandbox::{Call, ENGINE_VERSION, LimitExceeded, Limits, Ready, Report, Returned, RunError, World};
use crate::sizes::Class;
use crate::store::{KeyLock, Locking, Lookup};
use crate::value::{self, EncodedInputs, Value};

/// How a call uses the cache.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallOptions {
    /// What is asked over what is declared: a version, a scope, the open world.
    pub asked: Asked,
    /// Run, and overwrite the entry.
    pub refresh: bool,
    /// Accept an entry made by other code although its version came from the caller alone.
    pub trust_name: bool,
    /// Make a hit that another component made an error.
    pub strict: bool,
    /// Take entries that are older for misses.
    pub max_age: Option<Duration>,
}

/// One task of one component, under one set of options: what all its calls share.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The component.
    pub component: Arc<LoadedComponent>,
    /// What holds for the task.
    pub policy: Policy,
    /// What its cache id is made of; `None` when it is not cached.
    pub ingredients: Option<key::Ingredients>,
    /// The cache id; `None` when it is not cached.
    pub cache_id: Option<CacheId>,
    /// What a run may use.
    pub limits: Limits,
    /// What the task's size stands for here.
    pub class: Class,
    /// The canonical text of the task's signature.
    signature: String,
    task: usize,
    options: CallOptions,
}

impl Prepared {
    /// The declaration of the task.
    #[must_use]
    pub fn task(&self) -> &TaskDeclaration {
        &self.component.declared.tasks[self.task]
    }

    /// What a run of it is, for whoever reads its denials.
    #[must_use]
    pub fn ran(&self) -> Ran {
        let Policy { cache, size: _, timeout: _, file_names: _, open } = &self.policy;
        let task = self.task();
        Ran {
            task: task.exported.qualified_name(),
            is_cached: cache.is_some() && !self.options.asked.uncached,
            says_its_needs: task.needs.is_some(),
            is_open: open.is_some(),
        }
    }

    /// The key of the entry for these inputs; `None` when the task is not cached.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when an input is not of its parameter's type, or has a file or directory in it whose content is
    /// not known: see [`Larder::resolve`].
    pub fn key(&self, inputs: &[Value]) -> Result<Option<EntryKey>, Error> {
        let encoded = value::encode_inputs(inputs, &self.task().exported.signature)?;
        Ok(self.cache_id.map(|id| id.entry(encoded.as_bytes())))
    }
}

impl Larder {
    /// Decides how the calls of one task are cached and bounded.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], and [`Error::NoWorkflow`] for a task of scope `workflow` without one.
    pub fn prepare(
        &self,
        component: Arc<LoadedComponent>,
        task: usize,
        options: CallOptions,
    ) -> Result<Prepared, Error> {
        let declaration = component.declared.tasks.get(task).ok_or(Error::NoSuchTask { position: task })?;
        policy::check_asked(&component.declared.tasks, task, &options.asked)?;
        let policy = policy::policy(declaration, component.tables[task].as_ref(), &options.asked)?;
        let signature = declaration.exported.signature.canonical_text();
        let ingredients = self.ingredients(&component, declaration, &signature, &policy)?;
        let cache_id = ingredients.as_ref().map(CacheId::of);
        let sizes = component.sizes.over(self.host.settings.sizes);
        let class = sizes.class(policy.size, &self.host.settings.machine);
        let limits = self.limits(&class, &component, task, &policy);
        Ok(Prepared { policy, ingredients, cache_id, limits, class, signature, task, options, component })
    }

    /// What a run may use: the size's share of what the host allows, and over it the operator's word in `larder.toml`.
    fn limits(&self, class: &Class, component: &LoadedComponent, task: usize, policy: &Policy) -> Limits {
        let table = component.tables[task].as_ref();
        let mut limits = component.limits.over(class.limits(&self.host.settings.limits));
        if let Some(table) = table {
            limits = table.limits.over(limits);
        }
        if let Some(timeout) = policy.timeout {
            // A guest, in its manifest, can only ask for less.
            let by_operator = table.is_some_and(|table| table.timeout_seconds.is_some());
            limits.timeout = if by_operator { timeout } else { timeout.min(limits.timeout) };
        }
        limits
    }

    fn ingredients(
        &self,
        component: &LoadedComponent,
        task: &TaskDeclaration,
        signature: &str,
        policy: &Policy,
    ) -> Result<Option<key::Ingredients>, Error> {
        let Some(cache) = &policy.cache else { return Ok(None) };
        let workflow = match cache.scope {
            Scope::Account => None,
            Scope::Workflow => Some(
                self.host
                    .settings
                    .workflow
                    .clone()
                    .ok_or_else(|| Error::NoWorkflow { task: task.exported.name.to_string() })?,
            ),
        };
        let version = match &cache.version {
            DeclaredVersion::Declared(text) => KeyVersion::Declared(text.clone()),
            DeclaredVersion::Pinned => KeyVersion::Pinned(component.code_digest),
        };
        Ok(Some(key::Ingredients {
            account: self.host.settings.account.clone(),
            workflow,
            task: task.exported.name.clone(),
            signature: signature.to_owned(),
            version,
        }))
    }

    /// Answers a call: from the cache, or by a sealed run whose result is then stored.
    ///
    /// Dropping the future stops the run; nothing is stored then.
    ///
    /// # Errors
    ///
    /// [`Error`]: the inputs do not fit, the component cannot be made ready, or the run failed. A failing cache is no
    /// error: see [`Outcome::warnings`].
    pub async fn call(&self, prepared: &Prepared, inputs: &[Value]) -> Result<Outcome, Error> {
        if !prepared.task().exported.signature.has_blobs() {
            return self.call_with(prepared, inputs, &Given::default()).await;
        }
        let Resolved { inputs, given } = self.resolve(inputs, prepared.policy.file_names).await?;
        self.call_with(prepared, &inputs, &given).await
    }

    /// As [`Larder::call`], with inputs whose files and directories were resolved before.
    ///
    /// # Errors
    ///
    /// As [`Larder::call`].
    pub async fn call_resolved(&self, prepared: &Prepared, resolved: &Resolved) -> Result<Outcome, Error> {
        self.call_with(prepared, &resolved.inputs, &resolved.given).await
    }

    /// Says whether a call would be answered from the cache. Nothing runs, nothing is compiled and nothing is stored;
    /// the files among the inputs are read, if the store does not remember their digests.
    ///
    /// # Errors
    ///
    /// As [`Larder::call`], as far as that can be known without a run.
    pub async fn peek(&self, prepared: &Prepared, inputs: &[Value]) -> Result<Peeked, Error> {
        let resolved = if prepared.task().exported.signature.has_blobs() {
            Some(self.resolve(inputs, prepared.policy.file_names).await?)
        } else {
            None
        };
        let key = prepared.key(resolved.as_ref().map_or(inputs, |resolved| &resolved.inputs))?;
        Ok(match self.lookup(prepared, key, &mut Vec::new())? {
            Answer::Hit(hit) => Peeked { status: hit.status, key, saved_micros: Some(hit.provenance.run_micros) },
            Answer::Miss(miss) => Peeked { status: Status::Miss(miss), key, saved_micros: None },
        })
    }

    async fn call_with(&self, prepared: &Prepared, inputs: &[Value], given: &Given) -> Result<Outcome, Error> {
        let encoded = value::encode_inputs(inputs, &prepared.task().exported.signature)?;
        let key = prepared.cache_id.map(|id| id.entry(encoded.as_bytes()));
        let mut warnings = Vec::new();
        let miss = match self.lookup(prepared, key, &mut warnings)? {
            Answer::Hit(outcome) => return Ok(self.hit(*outcome, given).await),
            Answer::Miss(miss) => miss,
        };
        prepared.check_inputs_are_held(inputs)?;
        let is_shared = key.filter(|_| self.keeps(prepared) && !prepared.options.refresh);
        let missed = Missed { prepared: prepared.clone(), encoded, key, given: given.clone(), miss, warnings };
        match is_shared {
            Some(key) => {
                let larder = self.clone();
                let run = async move { larder.compute(missed).await };
                self.fly((key, prepared.component.digest), &prepared.limits, run).await
            }
            None => self.compute(missed).await,
        }
    }

    /// Waits for a place among those that run at the same time, and gives it back when the run is over: while its
    /// answer is being stored, another may run.
    async fn admitted<T>(&self, run: impl Future<Output = T>) -> T {
        // The semaphore is never closed.
        let _place = self.host.admission.acquire().await;
        run.await
    }

    /// Whether answers of this task are kept.
    fn keeps(&self, prepared: &Prepared) -> bool {
        self.host.store_to_write().is_some() && prepared.policy.cache.is_some() && !prepared.options.asked.uncached
    }

    async fn hit(&self, outcome: Outcome, given: &Given) -> Outcome {
        self.host.counters.hits.add_one();
        self.remember(given).await;
        outcome
    }

    /// Answers a call that missed: by a run, unless another process has run it by now.
    async fn compute(&self, missed: Missed) -> Result<Outcome, Error> {
        let span = info_span!("larder.miss", task = %missed.prepared.task().exported.name, reason = missed.miss.code());
        self.compute_in_span(missed).instrument(span).await
    }

    async fn compute_in_span(&self, missed: Missed) -> Result<Outcome, Error> {
        let Missed { prepared, encoded, key, given, mut miss, mut warnings } = missed;
        let prepared = &prepared;
        let signature = &prepared.task().exported.signature;
        // Held until the commit, so that whoever has it next finds what was stored.
        let _lock = match key.filter(|_| self.keeps(prepared)) {
            Some(key) => self.lock_key(&key).await,
            None => None,
        };
        if _lock.is_some() && !prepared.options.refresh {
            match self.lookup(prepared, key, &mut warnings)? {
                Answer::Hit(outcome) => return Ok(self.hit(*outcome, &given).await),
                Answer::Miss(again) => miss = again,
            }
        }
        self.host.counters.misses.add_one();
        self.check_gpus(prepared)?;
        let ready = self.ready(&prepared.component, &mut warnings).await?;
        let (returned, mut report) = self.admitted(self.run(prepared, &ready, &encoded, &given)).await?;
        let checked =
            returned.and_then(|returned| prepared.check_result_is_held(returned.value.as_ref()).map(|()| returned));
        let Returned { value: result, contents } = match checked {
            Ok(returned) => returned,
            Err(error) => return Err(Box::new(RunFailure { error, report, miss, run: prepared.ran() }).into()),
        };
        let internal = |error: String| Error::Internal(error);
        let encoded_result = value::encode_result(result.as_ref(), signature.result.as_ref())
            .map_err(|error| internal(error.to_string()))?;
        self.host.counters.result_bytes.add(encoded_result.len() as u64);
        let limit = prepared.limits.result_bytes;
        if encoded_result.len() as u64 > limit {
            let error = RunError::LimitExceeded(LimitExceeded::Result { limit, asked: encoded_result.len() as u64 });
            return Err(Box::new(RunFailure { error, report, miss, run: prepared.ran() }).into());
        }
        // The decoded form of what is stored, so that a hit cannot differ from its miss.
        let mut result = value::decode_result(&encoded_result, signature.result.as_ref())
            .map_err(|error| internal(error.to_string()))?;
        let mut contents = Arc::new(contents);
        let denials = std::mem::take(&mut report.denials);
        let provenance = self.provenance(&prepared.component, report);
        let entry = Entry {
            outcome: stored_outcome(result.as_ref()),
            result: encoded_result,
            input_digests: encoded.each().map(Digest::of).collect(),
            provenance,
        };
        let stored = match key {
            Some(key) if storable(prepared, entry.outcome) => {
                let kept = Kept { result: &mut result, contents: &mut contents, given: &given };
                self.store_entry(prepared, key, &entry, kept, &mut warnings).await
            }
            Some(_) | None => {
                self.remember(&given).await;
                false
            }
        };
        let provenance = entry.provenance;
        Ok(Outcome { result, contents, status: Status::Miss(miss), key, stored, denials, provenance, warnings })
    }

    /// Waits until no other process runs for this key. None where locks cannot be had: then two may run.
    async fn lock_key(&self, key: &EntryKey) -> Option<KeyLock> {
        let store = self.host.store.as_ref()?;
        let mut pause = SHORTEST_PAUSE;
        loop {
            match store.lock_key(key.as_bytes()).ok()? {
                Locking::Locked(lock) => return Some(lock),
                Locking::Busy => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// A run on a processor is not what somebody asked for who asked for a graphics processor.
    fn check_gpus(&self, prepared: &Prepared) -> Result<(), Error> {
        let Prepared { class, policy, .. } = prepared;
        if class.gpus == 0 {
            return Ok(());
        }
        let task = prepared.task().exported.name.to_string();
        let (size, wanted, found) = (policy.size, class.gpus, self.host.settings.machine.gpus);
        Err(Error::NoGpu { task, size, wanted, found })
    }

    fn lookup(&self, prepared: &Prepared, key: Option<EntryKey>, warnings: &mut Vec<Warning>) -> Result<Answer, Error> {
        let Prepared { policy, options, component, .. } = prepared;
        let (Some(key), Some(cache)) = (key, &policy.cache) else { return Ok(Answer::Miss(Miss::NotDeclared)) };
        let store = match &self.host.store {
            Some(store) if !options.asked.uncached => store,
            Some(_) | None => return Ok(Answer::Miss(Miss::CacheOff)),
        };
        if options.refresh {
            return Ok(Answer::Miss(Miss::Refresh));
        }
        let entry = match store.get_entry(key.as_bytes()) {
            Ok(Lookup::Found(entry)) => entry,
            Ok(Lookup::Absent) => return Ok(Answer::Miss(Miss::NoEntry)),
            Ok(Lookup::Damaged(report)) => return Ok(Answer::Miss(Miss::Damaged(report.to_string()))),
            Err(error) => return Ok(Answer::Miss(Miss::Unreadable(error.to_string()))),
        };
        let Entry { outcome, result, input_digests: _, provenance } = entry;
        let other_code = provenance.code_digest != component.code_digest;
        if cache.rests_on_the_name && other_code && !options.trust_name {
            let (stored, current) = (provenance.code_digest, component.code_digest);
            return Ok(Answer::Miss(Miss::OtherCode { stored, current }));
        }
        let age_ms = now_ms().saturating_sub(provenance.finished_at_ms);
        if let Some(max_age) = options.max_age {
            let max_age_ms = u64::try_from(max_age.as_millis()).unwrap_or(u64::MAX);
            if age_ms > max_age_ms {
                return Ok(Answer::Miss(Miss::TooOld { age_ms, max_age_ms }));
            }
        }
        // An `err` was stored when the task declared that it may be; by now it may not.
        if outcome == StoredOutcome::Err && !cache.cache_errors {
            return Ok(Answer::Miss(Miss::NoEntry));
        }
        let ty = prepared.task().exported.signature.result.as_ref();
        let mut result = match value::decode_result(&result, ty) {
            Ok(result) => result,
            Err(error) => return Ok(Answer::Miss(Miss::Damaged(error.to_string()))),
        };
        let contents = match files::contents_of(store, result.as_mut()) {
            Ok(contents) => Arc::new(contents),
            Err(lost) => return Ok(Answer::Miss(Miss::Damaged(lost.to_string()))),
        };
        let other = (provenance.component_digest != component.digest).then_some(provenance.component_digest);
        if let Some(stored) = other.filter(|_| options.strict) {
            return Err(Error::OtherComponent { stored, current: component.digest });
        }
        Ok(Answer::Hit(Box::new(Outcome {
            result,
            contents,
            status: Status::Hit(Hit { made_by_other_component: other }),
            key: Some(key),
            stored: true,
            denials: Denials::default(),
            provenance,
            warnings: std::mem::take(warnings),
        })))
    }

    async fn run(
        &self,
        prepared: &Prepared,
        ready: &Ready,
        encoded: &EncodedInputs,
        given: &Given,
    ) -> Result<(Result<Returned, RunError>, Report), Error> {
        let exported = &prepared.task().exported;
        // The guest is handed the decoded form of what was keyed, so that two calls with one key cannot differ.
        let inputs = value::decode_inputs(encoded.as_bytes(), &exported.signature)
            .map_err(|error| Error::Internal(error.to_string()))?;
        let version = prepared.ingredients.as_ref().map(|ingredients| &ingredients.version);
        let world = match &prepared.policy.open {
            Some(allowed) => World::Open(allowed.clone()),
            None => World::Sealed { seed: key::seed(&exported.name, &prepared.signature, version, encoded.as_bytes()) },
        };
        let call = Call {
            export: &exported.export,
            signature: &exported.signature,
            inputs,
            world,
            limits: &prepared.limits,
            contents: self.snapshot(given.contents.clone()).await,
            spool: self.spool(&exported.signature),
        };
        self.host.counters.runs.add_one();
        let ended = self.host.sandbox.call(ready, call).instrument(info_span!("larder.run")).await;
        self.host.counters.run_micros.add(ended.1.wall_micros);
        Ok(ended)
    }

    fn provenance(&self, component: &LoadedComponent, report: Report) -> Provenance {
        let Report {
            fuel_used,
            peak_memory_bytes,
            peak_scratch_bytes,
            peak_scratch_files: _,
            host_calls,
            wall_micros,
            denials: _,
            stdout,
            stderr,
        } = report;
        Provenance {
            account: self.host.settings.account.clone(),
            workflow: self.host.settings.workflow.clone(),
            component_digest: component.digest,
            code_digest: component.code_digest,
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

    async fn store_entry(
        &self,
        prepared: &Prepared,
        key: EntryKey,
        entry: &Entry,
        kept: Kept<'_>,
        warnings: &mut Vec<Warning>,
    ) -> bool {
        let (Some(store), Some(ingredients), Some(id)) =
            (self.host.store_to_write(), &prepared.ingredients, prepared.cache_id)
        else {
            return false;
        };
        let Kept { result, contents, given } = kept;
        let mut commit = given.commit().put_entry(key.as_bytes(), entry);
        if look(store.get_ingredients(id.digest()), warnings).is_none() {
            commit = commit.put_ingredients(id.digest(), &ingredients_record(ingredients));
        }
        if let Some(result) = result.as_ref() {
            commit = match self.publish(store, result, contents, commit).await {
                Ok(commit) => commit,
                Err(reason) => {
                    warnings.push(Warning::NotStored(reason));
                    return false;
                }
            };
        }
        let began = Instant::now();
        let committed = self.commit(commit).instrument(info_span!("larder.commit")).await;
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.host.counters.commit_micros.add(micros);
        match committed {
            Ok(()) => {
                self.host.counters.commits.add_one();
                // From now on they are found where the store has them.
                if let Ok(stored) = files::contents_of(store, result.as_mut()) {
                    *contents = Arc::new(stored);
                }
                true
            }
            Err(reason) => {
                warnings.push(Warning::NotStored(reason));
                false
            }
        }
    }
}

/// How long to wait before asking again whether another process is done: at first, and at last.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// A call that the cache had no answer for.
struct Missed {
    prepared: Prepared,
    encoded: EncodedInputs,
    key: Option<EntryKey>,
    given: Given,
    miss: Miss,
    warnings: Vec<Warning>,
}

/// What is kept with an entry: what the task returned, and what was learnt of its inputs.
struct Kept<'a> {
    result: &'a mut Option<Value>,
    contents: &'a mut Arc<Contents>,
    given: &'a Given,
}

enum Answer {
    Hit(Box<Outcome>),
    Miss(Miss),
}

fn stored_outcome(result: Option<&Value>) -> StoredOutcome {
    match result {
        Some(Value::Result(Err(_))) => StoredOutcome::Err,
        _ => StoredOutcome::Ok,
    }
}

/// Only success is stored, and `err` where the task declares it.
fn storable(prepared: &Prepared, outcome: StoredOutcome) -> bool {
    let cache_errors = prepared.policy.cache.as_ref().is_some_and(|cache| cache.cache_errors);
    !prepared.options.asked.uncached && (outcome == StoredOutcome::Ok || cache_errors)
}

fn ingredients_record(ingredients: &key::Ingredients) -> record::Ingredients {
    let key::Ingredients { account, workflow, task, signature, version } = ingredients;
    record::Ingredients {
        account: account.clone(),
        workflow: workflow.clone(),
        task: task.to_string(),
        signature: signature.clone(),
        version: version.to_string(),
        format_version: KEY_FORMAT,
        sealed_world_version: SEALED_WORLD,
    }
}
