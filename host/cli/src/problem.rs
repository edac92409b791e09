//! The errors of the command line itself, which the library does not know.

use larder_base::excerpt::{excerpt, passage};
use std::path::PathBuf;

/// An error that only the command line knows.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("no component is named: larder run <COMPONENT> <TASK> [NAME=VALUE]...")]
    NoComponent,
    #[error("no task is named: `larder inspect {}` lists the tasks of this component", component.display())]
    NoTask { component: PathBuf },
    #[error("{option} {problem}")]
    NotAnOwner { option: &'static str, problem: OwnerProblem },
    #[error(
        "{}/{} gives a name without saying which component it is of: add [build] output = \"…\"",
        folder.display(), larder::config::FILE_NAME
    )]
    NameOfNothing { folder: PathBuf },
    #[error("--untrusted reads no larder.toml: expected it without --config")]
    ConfigUntrusted,
    #[error("--untrusted reads no larder.toml: expected the file of a component, found the folder {}", folder.display())]
    FolderUntrusted { folder: PathBuf },
    #[error("{} is about the component that it builds: expected that one, found {}", config.display(), component.display())]
    OtherComponent { config: PathBuf, component: PathBuf },
    #[error("the component of {} has not been built: {} does not exist", folder.display(), output.display())]
    NotBuilt { folder: PathBuf, output: PathBuf },
    #[error("cannot trust {}: expected a {} or its folder", path.display(), larder::config::FILE_NAME)]
    NotALarderToml { path: PathBuf },
    #[error("cannot trust {}: it does not exist", path.display())]
    NothingToTrust { path: PathBuf },
    #[error("there is no folder to remember it in: set XDG_STATE_HOME or HOME")]
    NoStateDir,
    #[error("there is no cache folder: give one with --cache-dir or LARDER_CACHE_DIR, or set HOME")]
    NoCacheDir,
    #[error("cannot start: {0}")]
    NotStarted(std::io::Error),
    #[error("--check runs a task sealed, and this one is granted something of the world outside")]
    CheckOpen,
    #[error("a run of --check ended without an answer ({status}): run without --check to see why")]
    CheckDied { status: String },
    #[error("run {number} of --check was stopped before it ended: {message}", message = passage(message))]
    CheckStopped { number: u32, message: String },
    #[error(
        "run {number} differs from run 1 at {place}: {other}, where run 1 has {first}",
        place = excerpt(place), first = excerpt(first), other = excerpt(other)
    )]
    NotTheSame { number: u32, place: String, first: String, other: String },
    #[error("`{text}` is no place for an output: write NAME=PATH", text = excerpt(text))]
    NotAPlace { text: String },
    #[error("the result has no file or directory `{name}`: {}", has(known), name = excerpt(name))]
    NoSuchOutput { name: String, known: Vec<String> },
    #[error(
        "the result has several files or directories `{name}`: name one by its place, {}", list(known),
        name = excerpt(name)
    )]
    AmbiguousOutput { name: String, known: Vec<String> },
    #[error("the result has not one file or directory, and so none that `-` could mean: {}", has(known))]
    NotOneOutput { known: Vec<String> },
    #[error("cannot put {} into a folder: {}", reserved(name, inside.as_deref()), why_reserved(name, inside.as_deref()))]
    ReservedName { place: String, name: String, inside: Option<String> },
    #[error("standard output is for a file (-o), so that there is no place for --json")]
    JsonAndFile,
    #[error("two files or directories of the result would be put at {}", path.display())]
    TwoOutputs { path: PathBuf },
    #[error(
        "cannot put {} at two paths: {} and {}", part(place), first.display(), second.display()
    )]
    TwoPlaces { place: String, first: PathBuf, second: PathBuf },
    #[error("{digest} is a directory: name a place for it with -o PATH")]
    DirectoryToStdout { digest: String },
    #[error("`{text}` means {}: `larder blob ls` lists what there is", meant(*found), text = excerpt(text))]
    NotOneBlob { text: String, found: usize },
    #[error("`{text}` is too little of a digest: give {least} of its 64 digits or more", text = excerpt(text))]
    ShortDigest { text: String, least: usize },
    #[error("{} has no extension that says what is in it: name it with --input-format", path.display())]
    NoFormat { path: PathBuf },
    #[error("{} cannot be read: {source}", path.display())]
    Inputs { path: PathBuf, source: std::io::Error },
    #[error("the inputs cannot be read on: {0}")]
    InputStream(std::io::Error),
    #[error("the inputs cannot be read on: {problem}", problem = passage(problem))]
    NotAnArray { problem: String },
    #[error("this is no input: {problem}", problem = passage(problem))]
    NotInputs { problem: String },
    #[error(
        "`{first}` and `{second}` cannot both be the inputs: arguments are written name=value",
        first = excerpt(first), second = excerpt(second)
    )]
    TwoInputs { first: String, second: String },
    #[error("the inputs come from `{inputs}` or from --each, not from both", inputs = excerpt(inputs))]
    InputsAndEach { inputs: String },
    #[error("--each must have equally many of each, and found {}: --product makes every combination", found.join(", "))]
    UnequalEach { found: Vec<String> },
    #[error("these are more calls than can be counted")]
    TooManyCalls,
    #[error("line {line} of {} is no output of a batch: {problem}", path.display(), problem = passage(problem))]
    NotABatch { path: PathBuf, line: u64, problem: String },
    #[error("cannot leave {variable} out of the environment: {source}; unset it")]
    Environment { variable: &'static str, source: std::io::Error },
    #[error(transparent)]
    NotAParameter { source: larder::arguments::ArgumentError },
    #[error("standard input can be read once: as INPUTS, or as one PREVIOUS")]
    StdinTwice,
    #[error("--out {}: {problem}", out.display())]
    NotATemplate { out: PathBuf, problem: String },
    #[error("the call has no folder for its files: {problem}")]
    NoFolder { problem: String },
    #[error("the folder {} is that of call {first}: two calls cannot have one", folder.display())]
    SameFolder { folder: PathBuf, first: u64 },
    #[error("interrupted; nothing of this run was stored")]
    Interrupted,
    #[error("interrupted; the host was cut off in the middle of its work")]
    CutOff,
    #[error("standard output cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

impl Problem {
    /// Returns the stable name of the problem, for programs.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::NoComponent
            | Self::NoTask { .. }
            | Self::NotAnOwner { .. }
            | Self::ConfigUntrusted
            | Self::FolderUntrusted { .. }
            | Self::CheckOpen
            | Self::NotAPlace { .. }
            | Self::NoSuchOutput { .. }
            | Self::AmbiguousOutput { .. }
            | Self::NotOneOutput { .. }
            | Self::JsonAndFile
            | Self::TwoOutputs { .. }
            | Self::TwoPlaces { .. }
            | Self::DirectoryToStdout { .. }
            | Self::NoFormat { .. }
            | Self::TwoInputs { .. }
            | Self::InputsAndEach { .. }
            | Self::UnequalEach { .. }
            | Self::StdinTwice
            | Self::Environment { .. }
            | Self::NotATemplate { .. }
            | Self::TooManyCalls => "usage",
            Self::NameOfNothing { .. } | Self::OtherComponent { .. } => "config",
            Self::NotBuilt { .. } => "build/not-built",
            Self::NotALarderToml { .. } | Self::NothingToTrust { .. } | Self::NoStateDir => "trust",
            Self::NoFolder { .. } | Self::SameFolder { .. } => "inputs/no-folder",
            Self::NotAParameter { .. } => "argument",
            Self::ReservedName { .. } => "output/reserved-name",
            Self::NotInputs { .. } => "inputs/not-one",
            Self::NotAnArray { .. } => "inputs/not-an-array",
            Self::Inputs { .. } | Self::InputStream(_) => "inputs/unreadable",
            Self::NotABatch { .. } => "inputs/not-a-batch",
            Self::NotOneBlob { .. } | Self::ShortDigest { .. } => "blob/unknown",
            Self::CheckDied { .. } => "check/died",
            Self::CheckStopped { .. } => "check/stopped",
            Self::NotTheSame { .. } => "check/different",
            Self::NotStarted(_) => "system/start",
            Self::NoCacheDir => "cache/no-folder",
            Self::Interrupted | Self::CutOff => "interrupted",
            Self::Output(_) => "output",
        }
    }
}

/// Fault of the name of an account or a workflow, continuing "--account …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum OwnerProblem {
    #[error("is empty")]
    Empty,
    #[error("has more than {MAX_OWNER} bytes: expected a name")]
    TooLong,
    #[error("has a control character in it, such as a line break: expected a name")]
    Control,
}

/// The longest name of an account or a workflow, in bytes: the index of every entry contains it.
const MAX_OWNER: usize = 256;

/// Checks that `name` is a valid name of an account or a workflow.
pub(super) fn check_owner(name: &str) -> Result<(), OwnerProblem> {
    if name.trim().is_empty() {
        return Err(OwnerProblem::Empty);
    }
    if name.len() > MAX_OWNER {
        return Err(OwnerProblem::TooLong);
    }
    if name.chars().any(char::is_control) { Err(OwnerProblem::Control) } else { Ok(()) }
}

fn reserved(name: &str, inside: Option<&str>) -> String {
    inside
        .map_or_else(|| format!("an output named `{name}`"), |inside| format!("an output with `{name}/{inside}` in it"))
}

fn why_reserved(name: &str, inside: Option<&str>) -> &'static str {
    if inside.is_none() && name.starts_with('.') {
        "programs act on files whose names begin with a dot"
    } else {
        "larder would act on it"
    }
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", excerpt(name))).collect();
    if quoted.is_empty() { "none".to_owned() } else { quoted.join(", ") }
}

/// Describes the files and directories in a result; the result may itself be one, which has no place.
fn has(places: &[String]) -> String {
    match places {
        [whole] if whole.is_empty() => "it is one itself, without a name".to_owned(),
        places => format!("it has {}", list(places)),
    }
}

/// Describes a part of the result by its place, which is empty for the whole result.
fn part(place: &str) -> String {
    if place.is_empty() { "the result".to_owned() } else { format!("`{place}` of the result") }
}

fn meant(found: usize) -> String {
    match found {
        0 => "nothing that this account has stored".to_owned(),
        found => format!("{found} things that this account has stored"),
    }
}
