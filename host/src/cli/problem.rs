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
    #[error("run {number} differs from run 1 at {place}: {other}, where run 1 has {first}")]
    NotTheSame { number: u32, place: String, first: String, other: String },
    #[error("interrupted; nothing of this run was stored")]
    Interrupted,
    #[error("standard output cannot be written: {0}")]
    Output(#[from] std::io::Error),
}
