//! The cache of a task, as a manifest or `larder.toml` declares it.

use std::fmt;
use std::str::FromStr;

use larder_base::excerpt::excerpt;

/// The longest text of a declared version, in bytes.
const MAX_VERSION: usize = 256;

/// The declaration of a task's cache.
#[derive(Debug, Clone, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct CacheDeclaration {
    /// The version. Results of one version may answer for each other.
    #[n(0)]
    pub version: DeclaredVersion,
    /// The calls that share results.
    #[n(1)]
    pub scope: Scope,
    /// True if a result's `err` is cached as well as its `ok`.
    #[n(2)]
    pub cache_errors: bool,
}

/// The effect of a code change on results that are already stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub enum DeclaredVersion {
    /// Results stay valid as long as this text stays the same.
    #[n(0)]
    Declared(#[n(0)] String),
    /// Results are valid only for exactly this code.
    #[n(1)]
    Pinned,
}

/// The calls that share results with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Scope {
    /// All workflows of an account.
    #[default]
    #[n(0)]
    Account,
    /// The calls of one workflow.
    #[n(1)]
    Workflow,
}

/// A fault of the text of a version, continuing "a version that …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VersionProblem {
    /// It is empty or consists of blanks, which would look like no version at all.
    #[error("is empty or has blanks only: write some text, such as `1`, or pin the code")]
    Empty,
    /// It is too long for the places where versions are listed.
    #[error("is longer than {MAX_VERSION} bytes: a word or a number is enough")]
    TooLong,
    /// It contains a control character, which nobody could see or type.
    #[error("has a control character in it, such as a line break: leave it out")]
    Control,
}

/// Checks that `text` can be a declared version, regardless of its source.
pub fn check_version_text(text: &str) -> Result<(), VersionProblem> {
    if text.trim().is_empty() {
        return Err(VersionProblem::Empty);
    }
    if text.len() > MAX_VERSION {
        return Err(VersionProblem::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(VersionProblem::Control);
    }
    Ok(())
}

/// A word that is not a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a scope: take `account` or `workflow`", excerpt(_0))]
pub struct NotAScope(pub String);

impl FromStr for Scope {
    type Err = NotAScope;

    fn from_str(word: &str) -> Result<Self, NotAScope> {
        match word {
            "account" => Ok(Self::Account),
            "workflow" => Ok(Self::Workflow),
            _ => Err(NotAScope(word.to_owned())),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "account",
            Self::Workflow => "workflow",
        })
    }
}

impl fmt::Display for DeclaredVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared(text) => write!(f, "the version `{text}`"),
            Self::Pinned => f.write_str("the pinned version"),
        }
    }
}
