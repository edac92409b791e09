//! What is kept of a run: which answers are, the entry with its provenance, and its commit.
//!
//! An answer is called stored only after its commit; one that cannot be stored is an answer all the same.

use std::sync::Arc;
use std::time::Instant;

use tracing::{Instrument as _, info_span};

use super::files::{self, Given};
use super::load::LoadedComponent;
use super::prepare::Prepared;
use super::{Larder, Warning};
use crate::key::{self, EntryKey, KEY_FORMAT, SEALED_WORLD};
use larder_content::Contents;
use larder_content::clock::now_ms;
use larder_sandbox::{ENGINE_VERSION, Report};
use larder_store::INGREDIENTS;
use larder_store::record::{self, Entry, Provenance, StoredOutcome};
use larder_types::value::Value;

/// What is kept with an entry: what the task returned, and what was learnt of its inputs.
pub(super) struct Kept<'a> {
    pub(super) result: &'a mut Option<Value>,
    pub(super) contents: &'a mut Arc<Contents>,
    pub(super) given: &'a Given,
}

impl Larder {
    /// Whether answers of this task are kept.
    pub(super) fn keeps(&self, prepared: &Prepared) -> bool {
        self.host.store_to_write().is_some() && prepared.policy.cache.is_some() && !prepared.options.asked.uncached
    }

    pub(super) fn provenance(&self, component: &LoadedComponent, report: Report) -> Provenance {
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

    pub(super) async fn store_entry(
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
        let ingredients = ingredients_record(ingredients);
        let mut commit = given.commit().put_entry(key.as_bytes(), entry).put(&INGREDIENTS, id.digest(), &ingredients);
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

pub(super) fn stored_outcome(result: Option<&Value>) -> StoredOutcome {
    match result {
        Some(Value::Result(Err(_))) => StoredOutcome::Err,
        _ => StoredOutcome::Ok,
    }
}

/// Only success is stored, and `err` where the task declares it.
pub(super) fn storable(prepared: &Prepared, outcome: StoredOutcome) -> bool {
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
