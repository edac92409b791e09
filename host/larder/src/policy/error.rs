//! Errors of policies.

use larder_base::excerpt::excerpt;
use larder_component::declare::{FindError, VersionProblem};

use super::asked::OpenedBy;

/// A setting or declaration that is invalid for a task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A version for a name without a namespace, which any stranger's component could have.
    #[error(
        "task `{task}` has no namespace, so a version says nothing about which component it belongs to: give the \
         component a name (`name = \"…\"` in its larder.toml), or pin its code",
        task = excerpt(task)
    )]
    Nameless {
        /// The task.
        task: String,
    },
    /// A scope for a task that is not cached.
    #[error("task `{task}` is not cached, so a scope means nothing: give it a version", task = excerpt(task))]
    ScopeWithoutVersion {
        /// The task.
        task: String,
    },
    /// A malformed version from the caller.
    #[error("the version given for task `{task}` {problem}", task = excerpt(task))]
    Version {
        /// The task.
        task: String,
        /// The fault.
        problem: VersionProblem,
    },
    /// A version for one of two tasks that the cache cannot tell apart.
    #[error(
        "`{first}` and `{second}` are one task to the cache, and with the same version they would answer for each \
         other: declare a version for each in {file}, as in `[tasks.\"{first}\"]`",
        file = crate::config::FILE_NAME,
        first = excerpt(first), second = excerpt(second)
    )]
    Twins {
        /// The one exported first.
        first: String,
        /// The other.
        second: String,
    },
    /// A table `[tasks."…"]` that does not name one task of the component.
    #[error("{file} has a table for a task that cannot be found: {source}", file = crate::config::FILE_NAME)]
    Config {
        /// The table, and the tasks that exist.
        source: FindError,
    },
    /// A version for a task of an untrusted component: other components that declare it would get its answers.
    #[error(
        "task `{task}` is of a component that is not trusted, which shares no cache: expected no version but its own \
         code's"
    )]
    Untrusted {
        /// The task.
        task: String,
    },
    /// The open world for a cached task.
    #[error(
        "task `{task}` is cached, and it {by}: a cached answer could depend on what is not in its key; run it without a \
         version, or with `cache = false` in {file}",
        file = crate::config::FILE_NAME,
        task = excerpt(task)
    )]
    CachedAndOpen {
        /// The task.
        task: String,
        /// The source of the request.
        by: OpenedBy,
    },
    /// Two tables for one task.
    #[error(
        "{file} has two tables for task `{task}`: `{first}` and `{second}`", file = crate::config::FILE_NAME,
        task = excerpt(task), first = excerpt(first), second = excerpt(second)
    )]
    Twice {
        /// The task.
        task: String,
        /// One of the two, as written.
        first: String,
        /// The other.
        second: String,
    },
}

impl PolicyError {
    /// Returns the stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "policy"
    }
}
