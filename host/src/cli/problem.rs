//! The errors of the command line itself: what the library cannot know of.

use std::path::PathBuf;

/// What only the command line can get wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    #[error("no component is named: larder run <COMPONENT> <TASK> [NAME=VALUE]...")]
    NoComponent,
    #[error("no task is named: `larder inspect {}` lists the tasks of this component", component.display())]
    NoTask { component: PathBuf },
    #[error("{option} is empty")]
    EmptyName { option: &'static str },
    #[error(
        "{}/{} gives a name without saying which component it is of: add [build] output = \"…\"",
        folder.display(), crate::config::FILE_NAME
    )]
    NameOfNothing { folder: PathBuf },
    #[error("there is no cache folder: give one with --cache-dir or LARDER_CACHE_DIR, or set HOME")]
    NoCacheDir,
    #[error("--check runs a task sealed, and this one is granted something of the world outside")]
    CheckOpen,
    #[error("a run of --check ended without an answer ({status}): run without --check to see why")]
    CheckDied { status: String },
    #[error("run {number} of --check was stopped before it ended: {message}")]
    CheckStopped { number: u32, message: String },
    #[error("run {number} differs from run 1 at {place}: {other}, where run 1 has {first}")]
    NotTheSame { number: u32, place: String, first: String, other: String },
    #[error("`{text}` is no place for an output: write NAME=PATH")]
    NotAPlace { text: String },
    #[error("the result has no file or directory `{name}`: it has {}", list(known))]
    NoSuchOutput { name: String, known: Vec<String> },
    #[error("the result has several files or directories `{name}`: name one by its place, {}", list(known))]
    AmbiguousOutput { name: String, known: Vec<String> },
    #[error("two files or directories of the result would be put at {}", path.display())]
    TwoOutputs { path: PathBuf },
    #[error("{digest} is a directory: name a place for it with -o PATH")]
    DirectoryToStdout { digest: String },
    #[error("`{text}` means {}: `larder blob ls` lists what there is", meant(*found))]
    NotOneBlob { text: String, found: usize },
    #[error("`{text}` is too little of a digest: give {least} of its 64 digits or more")]
    ShortDigest { text: String, least: usize },
    #[error("{} has no extension that says what is in it: name it with --input-format", path.display())]
    NoFormat { path: PathBuf },
    #[error("{} cannot be read: {source}", path.display())]
    Inputs { path: PathBuf, source: std::io::Error },
    #[error("the inputs cannot be read on: {0}")]
    InputStream(std::io::Error),
    #[error("the inputs cannot be read on: {problem}")]
    NotAnArray { problem: String },
    #[error("this is no input: {problem}")]
    NotInputs { problem: String },
    #[error("`{first}` and `{second}` cannot both be the inputs: arguments are written name=value")]
    TwoInputs { first: String, second: String },
    #[error("the inputs come from `{inputs}` or from --each, not from both")]
    InputsAndEach { inputs: String },
    #[error("--each must have equally many of each, and found {}: --product makes every combination", found.join(", "))]
    UnequalEach { found: Vec<String> },
    #[error("these are more calls than can be counted")]
    TooManyCalls,
    #[error("line {line} of {} is no output of a batch: {problem}", path.display())]
    NotABatch { path: PathBuf, line: u64, problem: String },
    #[error("interrupted; nothing of this run was stored")]
    Interrupted,
    #[error("interrupted; the host was cut off in the middle of its work")]
    CutOff,
    #[error("standard output cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { "none".to_owned() } else { quoted.join(", ") }
}

fn meant(found: usize) -> String {
    match found {
        0 => "nothing that this account has stored".to_owned(),
        found => format!("{found} things that this account has stored"),
    }
}
