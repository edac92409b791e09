//! The objects of `larder trust --json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

/// File that was approved: `larder trust PATH`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Approved<'a> {
    /// Everything that it grants, in words, by the names of the tasks.
    pub(crate) grants: BTreeMap<&'a str, Vec<String>>,
    pub(crate) path: &'a Path,
    /// SHA-256 of its content, in hexadecimal digits.
    pub(crate) sha256: String,
}

/// File that is trusted no longer: `larder trust --remove PATH`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Removed<'a> {
    pub(crate) path: &'a Path,
    /// `true` if it was trusted before.
    pub(crate) removed: bool,
}

/// File of the list of those that are trusted: `larder trust --list`, an array of them.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ApprovedFile<'a> {
    pub(crate) path: &'a Path,
    /// SHA-256 of the content that was approved, in hexadecimal digits.
    pub(crate) sha256: String,
    /// State of the file today.
    pub(crate) standing: StandingWord,
}

/// State of a file that was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum StandingWord {
    /// It is as it was approved.
    Trusted,
    /// It has changed since, and does not count.
    Changed,
    /// It is not there.
    Missing,
}

impl StandingWord {
    /// Returns the state as a word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Changed => "changed",
            Self::Missing => "missing",
        }
    }
}
