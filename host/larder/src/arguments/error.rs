//! Errors of the arguments of a call.

use std::path::{Path, PathBuf};

use larder_base::excerpt::{excerpt, passage};
use larder_types::Field;
use larder_types::value::{ValueError, type_text};

/// Arguments that are not valid inputs of a call.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentError {
    /// A text that is not `name=value`.
    #[error("`{typed}` is not an argument: arguments are written name=value", typed = excerpt(typed))]
    NotAnArgument {
        /// The text.
        typed: String,
    },
    /// No parameter has this name.
    #[error(
        "there is no parameter `{name}`{}: the parameters are {}", did_you_mean(nearest.as_deref()), list(known),
        name = excerpt(name)
    )]
    Unknown {
        /// The name given.
        name: String,
        /// The nearest parameter's name.
        nearest: Option<String>,
        /// All parameters, with their types.
        known: Vec<String>,
    },
    /// The same parameter twice.
    #[error("parameter `{name}` is given more than once", name = excerpt(name))]
    Repeated {
        /// The parameter.
        name: String,
    },
    /// Parameters without a value.
    #[error("missing: {}", list(missing))]
    Missing {
        /// The parameters, with their types.
        missing: Vec<String>,
    },
    /// A value that is not of its parameter's type.
    #[error(
        "parameter `{name}`{}: {}{source}",
        should_be(ty, source),
        within(file.as_deref()),
        name = excerpt(name)
    )]
    IllTyped {
        /// The parameter.
        name: String,
        /// Its type, shortened.
        ty: String,
        /// The file that has the value, if it is the content of one.
        file: Option<PathBuf>,
        /// The fault, and its place.
        source: Box<ValueError>,
    },
    /// A pattern that matches nothing.
    #[error(
        "parameter `{name}`: nothing matches `{pattern}`{}", or_a_list(pattern),
        name = excerpt(name), pattern = excerpt(pattern)
    )]
    NothingMatches {
        /// The parameter.
        name: String,
        /// The pattern.
        pattern: String,
    },
    /// A pattern that should match one thing.
    #[error(
        "parameter `{name}` takes one, and {found} match `{pattern}`",
        name = excerpt(name), pattern = excerpt(pattern)
    )]
    NotOne {
        /// The parameter.
        name: String,
        /// The pattern.
        pattern: String,
        /// The number of things that match it.
        found: usize,
    },
    /// A malformed pattern, or one that leads to something unreadable.
    #[error("parameter `{name}`: {problem}", name = excerpt(name), problem = passage(problem))]
    NotAPattern {
        /// The parameter.
        name: String,
        /// The fault.
        problem: String,
    },
    /// A file behind `@` that cannot be read.
    #[error("parameter `{name}`: {} cannot be read: {source}", path.display(), name = excerpt(name))]
    Unreadable {
        /// The parameter.
        name: String,
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A file behind `@` that is too large to be a value.
    #[error(
        "parameter `{name}`: {} has more than {max} bytes, which is too much for a value", path.display(),
        name = excerpt(name)
    )]
    TooLarge {
        /// The parameter.
        name: String,
        /// The file.
        path: PathBuf,
        /// The most that is read, in bytes.
        max: u64,
    },
    /// A file behind `@` that should be text and is not.
    #[error(
        "parameter `{name}`: {} is not UTF-8 text (the first bad byte is byte {position})", path.display(),
        name = excerpt(name)
    )]
    NotText {
        /// The parameter.
        name: String,
        /// The file.
        path: PathBuf,
        /// The offset of the first byte that is not UTF-8.
        position: usize,
    },
}

impl ArgumentError {
    /// Returns the stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "argument"
    }
}

/// Longest type that a message repeats, in bytes.
const LONG: usize = 60;

/// Returns the type that the value should have, unless the error already says it at length.
fn should_be(ty: &str, source: &ValueError) -> String {
    if ty.len() > LONG && source.names_type() { String::new() } else { format!(" should be {}", excerpt(ty)) }
}

fn within(file: Option<&Path>) -> String {
    file.map(|file| format!("in {}, ", file.display())).unwrap_or_default()
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!(" (did you mean `{}`?)", excerpt(nearest))).unwrap_or_default()
}

/// Returns a hint for a list of words in brackets: a pattern reads it as a set of characters, but a list may be meant.
pub(super) fn or_a_list(pattern: &str) -> &'static str {
    let is_bracketed = pattern.starts_with('[') && pattern.ends_with(']');
    if is_bracketed { "; a list has its paths in quotes, as in [\"a\", \"b\"]" } else { "" }
}

/// Number of parameters that a message lists before it only counts them.
const LISTED: usize = 20;

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut text = names.iter().take(LISTED).map(|name| excerpt(name)).collect::<Vec<_>>().join(", ");
    if names.len() > LISTED {
        text.push_str(&format!(" and {} more", names.len() - LISTED));
    }
    text
}

pub(super) fn ill_typed(param: &Field, source: ValueError) -> ArgumentError {
    ArgumentError::IllTyped { name: param.name.clone(), ty: type_text(&param.ty), file: None, source: Box::new(source) }
}

/// Returns a parameter with its type, for a list of parameters.
pub(super) fn named(param: &Field) -> String {
    format!("`{}: {}`", param.name, type_text(&param.ty))
}

pub(super) fn unknown(name: &str, params: &[Field]) -> ArgumentError {
    let nearest = params
        .iter()
        .map(|param| (strsim::jaro_winkler(&param.name, name), &param.name))
        .filter(|(similarity, _)| *similarity >= 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.clone());
    ArgumentError::Unknown { name: name.to_owned(), nearest, known: params.iter().map(named).collect() }
}
