//! Why there is no project, no bindings or no component.

use larder_base::excerpt::{excerpt, passage};
use std::io;
use std::path::PathBuf;

use larder_content::ContentError;

/// Why there is no project, no bindings or no component.
#[derive(Debug, thiserror::Error)]
pub enum AuthoringError {
    /// The WIT cannot be read, or is not WIT, or does not have the world.
    #[error("the WIT of {} cannot be used: {message}", path.display(), message = passage(message))]
    Wit {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, where.
        message: String,
    },
    /// The generator has no bindings for something in the world.
    #[error("there are no bindings in {language} for this world: {message}", message = passage(message))]
    NoBindings {
        /// For which language.
        language: &'static str,
        /// What the generator says.
        message: String,
    },
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What was made cannot be put where it should be.
    #[error(transparent)]
    Output(#[from] ContentError),
    /// What should become a component is one already.
    #[error("{} is a component already", path.display())]
    Already {
        /// The file.
        path: PathBuf,
    },
    /// No component can be made of the module.
    #[error("no component can be made of {}: {message}", path.display(), message = passage(message))]
    NotComponentized {
        /// The module.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The component would export nothing, so that it would have no task.
    #[error("a component of {} would export nothing: {}", path.display(), what_to_export(*is_command))]
    ExportsNothing {
        /// The file.
        path: PathBuf,
        /// Whether it is a program: it has a `_start`.
        is_command: bool,
    },
    /// A world is named, and no WIT that has it.
    #[error("the world {world} is named without its WIT: add --wit PATH")]
    WorldOfNothing {
        /// The world.
        world: String,
    },
    /// A name that a project cannot have.
    #[error("`{name}` is no name for a project: {problem}", name = excerpt(name))]
    NotAName {
        /// The name.
        name: String,
        /// What a name has to be.
        problem: &'static str,
    },
    /// The project's folder is there already.
    #[error("{} is there already, and it is not empty", folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// The language has no such engine.
    #[error("projects in {language} have no engine to choose")]
    NoEngine {
        /// The language.
        language: &'static str,
    },
}

const fn what_to_export(is_command: bool) -> &'static str {
    if is_command {
        "it is a program, with a `_start`, and a task is an exported function; build a library (in C \
         `-mexec-model=reactor`, in Rust `crate-type = [\"cdylib\"]`) that implements the exports of a world"
    } else {
        "link the bindings of a world with exports into it (`larder bindings`), or name that world with --wit"
    }
}
