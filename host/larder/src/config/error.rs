//! Errors of a `larder.toml`.

use larder_base::excerpt::{excerpt, passage};
use std::path::PathBuf;

use super::owner::Distrust;

/// A `larder.toml` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is there and cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The file fails the ownership rule: somebody else could have written it. Such a file is skipped if it was only
    /// searched for.
    #[error("{} is ignored: {reason}", path.display())]
    Distrusted {
        /// The file.
        path: PathBuf,
        /// The reason for distrust: who could have written it.
        reason: Distrust,
    },
    /// The file is not TOML, or a value is not of the type it should be.
    #[error("{} is not right:\n{message}", path.display(), message = passage(message))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The parser's message, with the place.
        message: String,
    },
    /// An unknown key.
    #[error("{} has an unknown key `{key}`{}", path.display(), did_you_mean(nearest.as_deref()), key = excerpt(key))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key, with the tables it stands in.
        key: String,
        /// The nearest key that is known there.
        nearest: Option<String>,
    },
    /// Two keys of a task that contradict each other.
    #[error("{}: task `{task}` says both {first} and {second}: keep one", path.display(), task = excerpt(task))]
    Contradiction {
        /// The file.
        path: PathBuf,
        /// The task, as written.
        task: String,
        /// One of the two.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A limit of the component as a whole, given for one task.
    #[error(
        "{}: task `{task}` has the limit `{key}`, which is one of the component as a whole: put it in [limits]",
        path.display(),
        key = excerpt(key), task = excerpt(task)
    )]
    OfTheComponent {
        /// The file.
        path: PathBuf,
        /// The task, as written.
        task: String,
        /// The key.
        key: &'static str,
    },
    /// A text that is empty or is not a name.
    #[error(
        "{}: {key} is `{value}`, which is no {expected}", path.display(),
        key = excerpt(key), value = excerpt(value)
    )]
    NotAName {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The text found.
        value: String,
        /// A description of what was expected.
        expected: &'static str,
    },
}

impl ConfigError {
    /// Returns the stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "config"
    }
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!(": did you mean `{}`?", excerpt(nearest))).unwrap_or_default()
}
