//! The object of `larder key --json`.

use std::collections::BTreeMap;

use serde::Serialize;

/// Key of a call.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct KeyReport {
    /// Digest of the ingredients, in hexadecimal digits; `null` where the task is not cached.
    pub(crate) cache_id: Option<String>,
    /// `true` if the task is cached.
    pub(crate) cached: bool,
    /// Ingredients of the key beside the inputs; `null` where the task is not cached.
    pub(crate) ingredients: Option<IngredientFacts>,
    /// SHA-256 of each input as it is encoded, in hexadecimal digits, by the names of the parameters.
    pub(crate) inputs: BTreeMap<String, String>,
    /// Key of the entry, in hexadecimal digits; `null` where the task is not cached.
    pub(crate) key: Option<String>,
}

/// Ingredients of a key that all calls of a task share.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct IngredientFacts {
    /// Account.
    pub(crate) account: String,
    /// Version of the format of keys.
    pub(crate) key_format: u32,
    /// Version of what a sealed task sees.
    pub(crate) sealed_world: u32,
    /// Canonical text of the signature.
    pub(crate) signature: String,
    /// Full name of the task.
    pub(crate) task: String,
    /// Declared version, or the code that it is pinned to.
    pub(crate) version: String,
    /// Workflow; `null` where the account shares the answers.
    pub(crate) workflow: Option<String>,
}
