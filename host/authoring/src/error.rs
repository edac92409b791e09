//! Errors of this crate: failures to make a project, bindings or a component.

use std::io;
use std::path::PathBuf;

use larder_base::excerpt::{excerpt, passage};
use larder_content::ContentError;

use crate::patch::PatchError;

/// Failure to make a project, bindings or a component.
#[derive(Debug, thiserror::Error)]
pub enum AuthoringError {
    /// The WIT cannot be read, is invalid, or does not have the world.
    #[error("the WIT of {} cannot be used: {message}", path.display(), message = passage(message))]
    Wit {
        /// The file or folder.
        path: PathBuf,
        /// The problem, with its line and column.
        message: String,
    },
    /// The language has no bindings for an item in the world.
    #[error("there are no bindings in {language} for this world: {message}", message = passage(&reason.to_string()))]
    NoBindings {
        /// The language.
        language: &'static str,
        /// The reason.
        reason: BindingsError,
    },
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The output cannot be written to its destination.
    #[error(transparent)]
    Output(#[from] ContentError),
    /// The file is already a component, not a core module.
    #[error("{} is a component already", path.display())]
    Already {
        /// The file.
        path: PathBuf,
    },
    /// The module cannot be made into a component.
    #[error("no component can be made of {}: {message}", path.display(), message = passage(message))]
    NotComponentized {
        /// The module.
        path: PathBuf,
        /// The problem.
        message: String,
    },
    /// The component would export nothing, so that it would have no task.
    #[error("a component of {} would export nothing: {}", path.display(), export_advice(*is_command))]
    ExportsNothing {
        /// The file.
        path: PathBuf,
        /// True for a command, which has a `_start`.
        is_command: bool,
    },
    /// A world is named, but the WIT that contains it is missing.
    #[error("the world {world} is named without its WIT: add --wit PATH")]
    WorldOfNothing {
        /// The world.
        world: String,
    },
    /// The name is not valid for a project.
    #[error("`{name}` is no name for a project: {problem}", name = excerpt(name))]
    NotAName {
        /// The name.
        name: String,
        /// The rule that the name breaks.
        problem: &'static str,
    },
    /// The project's folder exists, and is not empty.
    #[error("{} is there already, and it is not empty", folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// The language has no engines to choose from.
    #[error("projects in {language} have no engine to choose")]
    NoEngine {
        /// The language.
        language: &'static str,
    },
}

impl AuthoringError {
    /// The stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Wit { .. } => "author/wit",
            Self::NoBindings { .. } => "author/no-bindings",
            Self::Unreadable { .. } => "author/unreadable",
            Self::Unwritable { .. } | Self::Output(_) => "author/unwritable",
            Self::WorldOfNothing { .. } | Self::NotAName { .. } | Self::Exists { .. } | Self::NoEngine { .. } => {
                "usage"
            }
            Self::Already { .. } | Self::NotComponentized { .. } | Self::ExportsNothing { .. } => {
                "author/not-componentized"
            }
        }
    }
}

/// Reason why a language has no bindings for a world.
#[derive(Debug, thiserror::Error)]
pub enum BindingsError {
    /// Strings in UTF-16 are requested in a language other than C.
    #[error("only those in C can have strings in UTF-16")]
    Utf16,
    /// An async export, in a language that does not support them.
    #[error("`{function}` is async, which they cannot have: use those in C, also from C++")]
    Async {
        /// The function.
        function: String,
    },
    /// An error or a panic of the generator.
    #[error("{0}")]
    Generator(String),
    /// The generator's output is not the text that the changes to it were made for.
    #[error(transparent)]
    Patch(#[from] PatchError),
}

/// Advice to the author of a component without exports.
const fn export_advice(is_command: bool) -> &'static str {
    if is_command {
        "it is a program, with a `_start`, and a task is an exported function; build a library (in C \
         `-mexec-model=reactor`, in Rust `crate-type = [\"cdylib\"]`) that implements the exports of a world"
    } else {
        "link the bindings of a world with exports into it (`larder bindings`), or name that world with --wit"
    }
}
