//! Entries: the stored record of a run, and its commit.
//!
//! An answer counts as stored only after its commit. An answer that cannot be stored is still an answer.

use std::sync::Arc;
use std::time::Instant;

use tracing::{Instrument as _, info_span};

use super::account::Cache;
use super::content::contents_of;
use crate::key::{self, EntryKey, KEY_FORMAT, SEALED_WORLD};
use crate::prepare::Prepared;
use larder_content::Contents;
use larder_store::record::{self, Entry, StoredOutcome};
use larder_store::{Commit, INGREDIENTS};
use larder_types::value::Value;

/// An answer that is about to be stored.
pub(crate) struct Kept<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) result: &'a mut Option<Value>,
    pub(crate) contents: &'a mut Arc<Contents>,
    /// The records of the inputs, to be stored with the answer.
    pub(crate) learnt: Commit,
}

impl Cache {
    /// Stores an answer under a key, if this task's answers are stored. Returns the reason for a failure, for a
    /// warning.
    pub(crate) async fn store_entry(&self, prepared: &Prepared, key: EntryKey, kept: Kept<'_>) -> Result<bool, String> {
        let (Some(store), Some(ingredients), Some(id)) =
            (self.store_to_write(), &prepared.ingredients, prepared.cache_id)
        else {
            return Ok(false);
        };
        let Kept { entry, result, contents, learnt } = kept;
        let ingredients = ingredients_record(ingredients);
        let mut commit = learnt.put_entry(key.as_bytes(), entry).put(&INGREDIENTS, id.digest(), &ingredients);
        if let Some(result) = result.as_ref() {
            commit = self.publish(result, contents, commit).await?;
        }
        let began = Instant::now();
        let committed = self.commit(commit).instrument(info_span!("larder.commit")).await;
        self.counters.commit_micros.add_since(began);
        committed?;
        self.counters.commits.add_one();
        // From now on, the contents are read from the store.
        if let Ok(stored) = contents_of(store, result.as_mut()) {
            *contents = Arc::new(stored);
        }
        Ok(true)
    }
}

pub(crate) fn stored_outcome(result: Option<&Value>) -> StoredOutcome {
    match result {
        Some(Value::Result(Err(_))) => StoredOutcome::Err,
        _ => StoredOutcome::Ok,
    }
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
