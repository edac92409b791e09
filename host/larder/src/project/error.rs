//! Errors of a project and of its build.

use std::path::PathBuf;

use crate::config::{ConfigError, FILE_NAME, NeedConfig};
use larder_base::excerpt::passage;

/// A folder that is not a project, or a component that could not be built.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is no such folder.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// The path that was given.
        path: PathBuf,
    },
    /// The folder has no `larder.toml`.
    #[error(
        "{} is a folder without a {FILE_NAME}: name a component, or write one with [build] output = \"…\"",
        folder.display()
    )]
    NoConfig {
        /// The folder.
        folder: PathBuf,
    },
    /// Its `larder.toml` does not define a build.
    #[error("{}/{FILE_NAME} does not say which file is the component: add [build] output = \"…\"", folder.display())]
    NoBuild {
        /// The folder.
        folder: PathBuf,
    },
    /// The `larder.toml` is broken.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An input of the build cannot be examined.
    #[error("the inputs of the build cannot be listed: {0}")]
    Inputs(String),
    /// The output does not exist, and there is no command that makes it.
    #[error("{} does not exist, and {FILE_NAME} has no [build] command that makes it", output.display())]
    NoCommand {
        /// The component that is missing.
        output: PathBuf,
    },
    /// The machine lacks what the command needs.
    #[error("the build in {} needs {}, which is not here", folder.display(), listed(missing))]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The needs that are missing, with the way to install each.
        missing: Vec<NeedConfig>,
    },
    /// The WIT has an error in it.
    #[error("the WIT in {} is not right: {message}", folder.display(), message = passage(message))]
    Wit {
        /// The folder.
        folder: PathBuf,
        /// The parser's message, with file and line.
        message: String,
    },
    /// The command that installs a need could not be started.
    #[error("cannot start `{command}`, which installs {}: {source}", need.program)]
    InstallNotStarted {
        /// The need that is missing.
        need: Box<NeedConfig>,
        /// The command.
        command: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The command that installs a need failed.
    #[error("`{command}`, which installs {}, failed ({status}); its output stands above", need.program)]
    InstallFailed {
        /// The need that is missing.
        need: Box<NeedConfig>,
        /// The command.
        command: String,
        /// Its exit status.
        status: std::process::ExitStatus,
    },
    /// The command that installs a need succeeded, and the need is still missing.
    #[error("`{command}` succeeded, but {} is still missing: is its `check` right?", need.program)]
    StillMissing {
        /// The need that is missing.
        need: Box<NeedConfig>,
        /// The command.
        command: String,
    },
    /// The command could not be started.
    #[error("the build command `{}` cannot be started: {source}", in_one_line(command))]
    NotStarted {
        /// The command.
        command: String,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The command failed.
    #[error("the build command `{}` failed ({status}); what it said stands above", in_one_line(command))]
    Failed {
        /// The command.
        command: String,
        /// Its exit status.
        status: std::process::ExitStatus,
    },
    /// The command succeeded without making the output.
    #[error(
        "the build command `{}` succeeded, but {} does not exist: is [build] output right?",
        in_one_line(command), output.display()
    )]
    NoOutput {
        /// The command.
        command: String,
        /// The component that is missing.
        output: PathBuf,
    },
}

impl ProjectError {
    /// Returns the stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Config(error) => error.code(),
            Self::NotAFolder { .. } => "component/unreadable",
            Self::Inputs(_) => "build/inputs",
            Self::NoConfig { .. } | Self::NoBuild { .. } => "component/no-project",
            Self::NoCommand { .. } | Self::NotStarted { .. } | Self::Failed { .. } | Self::NoOutput { .. } => {
                "build/failed"
            }
            Self::Missing { .. } => "build/missing",
            Self::InstallNotStarted { .. } | Self::InstallFailed { .. } | Self::StillMissing { .. } => {
                "build/not-installed"
            }
            Self::Wit { .. } => "build/wit",
        }
    }
}

/// Returns a command as a message shows it: the last of several lines.
pub(super) fn in_one_line(command: &str) -> String {
    let mut lines = command.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next_back()) {
        (Some(_), Some(last)) => format!("… {last}"),
        (Some(line), None) => line.to_owned(),
        (None, _) => String::new(),
    }
}

fn listed(missing: &[NeedConfig]) -> String {
    missing.iter().map(|need| need.program.as_str()).collect::<Vec<_>>().join(" and ")
}
