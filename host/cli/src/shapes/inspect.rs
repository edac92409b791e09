//! The object of `larder inspect --json`.

use serde::Serialize;

use larder::declare;

/// Component with its tasks.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ComponentReport {
    /// Digest of the code, custom sections left out, in hexadecimal digits.
    pub(crate) code_digest: String,
    /// SHA-256 of the component, in hexadecimal digits.
    pub(crate) digest: String,
    /// `true` if it has a manifest.
    pub(crate) has_manifest: bool,
    /// Name that it gives itself.
    pub(crate) name: Option<String>,
    /// Exports that are no tasks.
    pub(crate) not_tasks: Vec<NotATask>,
    /// Exports that are.
    pub(crate) tasks: Vec<TaskReport>,
}

/// Export that is no task.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct NotATask {
    /// Export as the binary names it.
    pub(crate) export: String,
    /// Reason, in words.
    pub(crate) reason: String,
}

/// Task, with what holds for it when a caller asks for nothing.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TaskReport {
    /// `true` if the type of the function is `async`.
    #[serde(rename = "async")]
    pub(crate) is_async: bool,
    /// Caching of its answers; `null` where they are not cached.
    pub(crate) cache: Option<CacheFacts>,
    /// Documentation in the WIT of its folder.
    pub(crate) docs: Option<String>,
    /// Place of the function in the component.
    pub(crate) export: ExportFacts,
    /// `true` if the names of files are part of the inputs.
    pub(crate) file_names: bool,
    /// Everything that it is granted, in words; `null` where it runs sealed.
    pub(crate) granted: Option<Vec<String>>,
    /// Everything that it would be granted if its `larder.toml` were trusted, in words.
    pub(crate) granted_if_trusted: Option<Vec<String>>,
    /// Full name.
    pub(crate) name: String,
    /// Everything that its manifest says it needs, in words; `null` where it does not say.
    pub(crate) needs: Option<Vec<String>>,
    /// Version of the package of its interface.
    pub(crate) package_version: Option<String>,
    /// Parameters, in their order.
    pub(crate) params: Vec<ParamFacts>,
    /// Contradiction in what is declared, for which no call can be made.
    pub(crate) problem: Option<String>,
    /// WIT type of the result; `null` without one.
    pub(crate) result: Option<String>,
    /// WIT type of the function.
    pub(crate) signature: String,
    /// Size, such as `small`; `null` where there is a problem.
    pub(crate) size: Option<String>,
    /// Limit on the time of a run, in seconds, where one is declared.
    pub(crate) timeout_seconds: Option<u64>,
}

/// Parameter of a task.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ParamFacts {
    pub(crate) name: String,
    /// WIT type.
    #[serde(rename = "type")]
    pub(crate) ty: String,
}

/// Place of a function in a component.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ExportFacts {
    /// Name of the function.
    pub(crate) function: String,
    /// Exported instance; `null` for a function that the component exports itself.
    pub(crate) interface: Option<String>,
}

/// Caching of the answers of a task.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CacheFacts {
    /// `true` if `err` is cached, too.
    pub(crate) cache_errors: bool,
    /// Declarer of the version.
    pub(crate) from: String,
    /// `true` if the code of the component is the version.
    pub(crate) pinned: bool,
    /// Calls that share an answer.
    pub(crate) scope: ScopeWord,
    /// Declared version; `null` where it is pinned.
    pub(crate) version: Option<String>,
}

/// Calls that share an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum ScopeWord {
    /// Calls of an account.
    Account,
    /// Calls of a workflow.
    Workflow,
}

impl From<declare::Scope> for ScopeWord {
    fn from(scope: declare::Scope) -> Self {
        match scope {
            declare::Scope::Account => Self::Account,
            declare::Scope::Workflow => Self::Workflow,
        }
    }
}
