//! Errors of declaring a component's tasks.

use std::fmt;

use crate::bytes::NotAComponent;
use crate::declare::VersionProblem;
use larder_base::excerpt::{excerpt, passage};

/// The number of names that an error lists before it only counts them.
const LISTED: usize = 20;

/// Reason why a component's tasks could not be declared. Texts from the component are not escaped: the caller must
/// escape them before printing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeclareError {
    /// The bytes are not a component.
    #[error(transparent)]
    NotAComponent(#[from] NotAComponent),
    /// The component breaks a rule of the specification.
    #[error(
        "the component is not valid: {message} (at byte {offset}); build it again, with current tools",
        message = passage(message)
    )]
    Invalid {
        /// The validator's message.
        message: String,
        /// The position in bytes from the start of the binary component.
        offset: u64,
    },
    /// The component breaks a rule that the validator asserts instead of checking.
    #[error(
        "the component cannot be validated, such as for types that nest too deep: the validator fails ({message})",
        message = passage(message)
    )]
    Unvalidated {
        /// The validator's assertion message.
        message: String,
    },
    /// The component uses a feature that is disabled.
    #[error(
        "the component uses {feature}, which this host has off ({message}, at byte {offset}): build it without",
        message = passage(message)
    )]
    FeatureOff {
        /// The name of the feature.
        feature: &'static str,
        /// The validator's message.
        message: String,
        /// The position in bytes from the start of the binary component.
        offset: u64,
    },
    /// The component has too many exports to expand.
    #[error("the exports of the component are too large: written out they have more than {limit} {what}")]
    TooMuch {
        /// The kind of thing that was counted.
        what: &'static str,
        /// The greatest number allowed.
        limit: usize,
    },

    /// The manifest has a version that this host does not support.
    #[error(
        "the component exports `{interface}`, and this host reads manifests of `larder:task@0.1.x`: build the \
         component against the WIT of this host, or use a host of its version",
        interface = excerpt(interface)
    )]
    ManifestVersion {
        /// The exported interface.
        interface: String,
    },
    /// The type of the manifest does not match its version.
    #[error(
        "`{interface}` is not the manifest that its version promises: take the WIT of `larder:task` as it is; \
         expected `tasks: {expected}`, found {found}",
        interface = excerpt(interface)
    )]
    ManifestType {
        /// The exported interface.
        interface: String,
        /// The type of the export, perhaps cut short.
        found: String,
        /// The expected type.
        expected: String,
    },
    /// The component exports two manifests.
    #[error(
        "the component exports two manifests, `{first}` and `{second}`: keep one",
        first = excerpt(first), second = excerpt(second)
    )]
    TwoManifests {
        /// The manifest exported first.
        first: String,
        /// The other manifest.
        second: String,
    },
    /// The manifest's answer does not match its type: a bug in this host.
    #[error("the manifest's answer is not of its type: {place} should be {expected}; this is a bug in Larder")]
    ManifestValue {
        /// The place in the answer.
        place: &'static str,
        /// The expected value.
        expected: &'static str,
    },

    /// The declared needs of a task are invalid.
    #[error(
        "the manifest says what `{entry}` needs, and {problem}",
        entry = excerpt(entry), problem = passage(problem)
    )]
    Need {
        /// The name in the manifest.
        entry: String,
        /// The problem.
        problem: String,
    },
    /// The manifest names more tasks than a component may have.
    #[error("the manifest has {found} entries, and at most {limit} are read")]
    TooManyEntries {
        /// The number of entries.
        found: usize,
        /// The greatest number allowed.
        limit: usize,
    },
    /// The name of an entry has the wrong form.
    #[error(
        "the manifest names \"{entry}\", which is not the name of a task: write `interface#function`, \
         `namespace:package/interface#function`, or `component#function` for a function outside any interface",
        entry = excerpt(entry)
    )]
    EntryName {
        /// The name in the manifest.
        entry: String,
    },
    /// An entry names a task that does not exist.
    #[error(
        "the manifest names `{entry}`, which is no task of the component{}", choices(nearest, candidates),
        entry = excerpt(entry)
    )]
    EntryUnknown {
        /// The name in the manifest.
        entry: String,
        /// The tasks with the most similar names.
        nearest: Vec<String>,
        /// All tasks of the component.
        candidates: Vec<String>,
    },
    /// An entry could mean several tasks.
    #[error(
        "the manifest names `{entry}`, which could be {}: name one in full", list(candidates),
        entry = excerpt(entry)
    )]
    EntryAmbiguous {
        /// The name in the manifest.
        entry: String,
        /// The tasks that it could mean.
        candidates: Vec<String>,
    },
    /// Two entries name the same task.
    #[error(
        "the manifest speaks twice of the task `{task}`, as `{first}` and as `{second}`: keep one entry",
        first = excerpt(first), second = excerpt(second), task = excerpt(task)
    )]
    EntryTwice {
        /// The task.
        task: String,
        /// The name in the earlier entry.
        first: String,
        /// The name in the later entry.
        second: String,
    },
    /// An entry names the component with an invalid name.
    #[error(
        "the manifest names `{entry}`, but \"{component}\" cannot be the name of a component: take a kebab-case label, \
         such as `my-tools`",
        entry = excerpt(entry), component = excerpt(component)
    )]
    ComponentName {
        /// The name in the manifest.
        entry: String,
        /// The part of it that names the component.
        component: String,
    },
    /// Two entries give the component different names.
    #[error(
        "the manifest calls the component `{first}` and `{second}`: a component has one name",
        first = excerpt(first), second = excerpt(second)
    )]
    TwoComponentNames {
        /// The first name.
        first: String,
        /// The other name.
        second: String,
    },
    /// An entry declares an invalid version.
    #[error(
        "the manifest declares for `{entry}` a version that {problem}",
        entry = excerpt(entry)
    )]
    Version {
        /// The name in the manifest.
        entry: String,
        /// The problem with the version.
        problem: VersionProblem,
    },
    /// An entry gives a task a timeout of zero.
    #[error(
        "the manifest gives `{entry}` a timeout of 0 seconds: leave it out for the limit of the size",
        entry = excerpt(entry)
    )]
    ZeroTimeout {
        /// The name in the manifest.
        entry: String,
    },
    /// An entry declares a size in which nothing can run.
    #[error(
        "the manifest gives `{entry}` a custom size with {what} 0: one at least is needed",
        entry = excerpt(entry)
    )]
    ZeroResource {
        /// The name in the manifest.
        entry: String,
        /// The missing resource.
        what: &'static str,
    },

    /// Two versions of one interface would share a cache.
    #[error(
        "the component exports `{first}` and `{second}`, which are one task, `{task}`, and both declare {version}: \
         they would answer for each other. Declare different versions for them, naming each with the version of its \
         package, or export only one",
        first = excerpt(first), second = excerpt(second), task = excerpt(task)
    )]
    SameVersion {
        /// The name of both tasks.
        task: String,
        /// The export that comes first.
        first: String,
        /// The other export.
        second: String,
        /// The version that both declare, in words.
        version: String,
    },
}

impl DeclareError {
    /// The stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "component/declarations"
    }

    pub(super) fn invalid(error: &wasmparser::Error) -> Self {
        Self::Invalid { message: error.message().to_owned(), offset: error.offset() as u64 }
    }
}

/// Formats the names that could be meant, for the end of a message.
pub(super) fn choices(nearest: &[String], candidates: &[String]) -> impl fmt::Display {
    if candidates.is_empty() {
        return ": it has no tasks".to_owned();
    }
    match nearest.is_empty() {
        true => format!("; its tasks are {}", list(candidates)),
        false => format!(": did you mean {}? Its tasks are {}", list(nearest), list(candidates)),
    }
}

/// Formats the first names as a list.
pub(super) fn list(names: &[String]) -> impl fmt::Display {
    let mut text = names.iter().take(LISTED).map(|name| format!("`{}`", excerpt(name))).collect::<Vec<_>>().join(", ");
    if names.len() > LISTED {
        text.push_str(&format!(" and {} more", names.len() - LISTED));
    }
    text
}
