//! Exit codes: every error has one, and all are decided here.

use std::process::ExitCode;

use super::kind::Kind;
use crate::problem::Problem;
use larder::component::{ComponentError, NotAComponent};
use larder::content::ContentError;
use larder::declare::{FindError, NotATaskReason};
use larder::project::ProjectError;
use larder::sandbox::{RunError, SandboxError};
use larder::{Error, RunFailure};
use larder_authoring::AuthoringError;

/// The result of the program, as its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Success.
    Done = 0,
    /// The task returned `err`.
    TaskErr = 1,
    /// Wrong usage or input.
    Usage = 2,
    /// The task trapped.
    Trapped = 3,
    /// A limit was exceeded.
    Limit = 4,
    /// A capability was denied.
    Denied = 5,
    /// The input is not a component, or not one that this host can run.
    NotAComponent = 6,
    /// The cache failed.
    Cache = 7,
    /// The build of a project failed.
    BuildFailed = 8,
    /// A bug in Larder.
    Bug = 70,
    /// Ctrl-C: 128 plus the number of SIGINT, as in shells.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Exit {
    /// Returns the result of `larder run` in another process from its exit code. Such a run builds nothing.
    pub(crate) fn of_a_run(code: u8) -> Self {
        let ends = [
            Self::Done,
            Self::TaskErr,
            Self::Usage,
            Self::Trapped,
            Self::Limit,
            Self::Denied,
            Self::NotAComponent,
            Self::Cache,
        ];
        ends.into_iter().find(|exit| *exit as u8 == code).unwrap_or(Self::Bug)
    }

    /// Returns the result of a command that returned an error of this kind.
    pub(super) fn of(kind: &Kind<'_>) -> Self {
        match kind {
            Kind::Refused(_) => Self::Usage,
            Kind::Call(error) => of_call(error),
            Kind::Problem(problem) => of_problem(problem),
            Kind::Authoring(error) => of_authoring(error),
            Kind::Project(error) => of_project(error),
            Kind::Store(_) => Self::Cache,
            Kind::Content(error) => of_content(error),
            Kind::Argument(_) | Kind::Approval(_) | Kind::Config(_) | Kind::Io => Self::Usage,
            Kind::Unknown => Self::Bug,
        }
    }
}

fn of_call(error: &Error) -> Exit {
    match error {
        Error::Component(error) => of_component(error),
        Error::Find(FindError::NotATask { reason: NotATaskReason::CannotRun(_), .. })
        | Error::Declare(_)
        | Error::Manifest(_) => Exit::NotAComponent,
        Error::Find(_)
        | Error::NoSuchTask { .. }
        | Error::Policy(_)
        | Error::NoWorkflow { .. }
        | Error::Input(_)
        | Error::NotRepresentable { .. }
        | Error::Content(_)
        | Error::NoSuchBlob { .. }
        | Error::OtherKind { .. }
        | Error::Changed
        | Error::NoThread { .. } => Exit::Usage,
        Error::NoGpu { .. } | Error::TooLarge { .. } => Exit::Limit,
        Error::LostBlob { .. } | Error::NotStored { .. } | Error::Store(_) | Error::OtherComponent { .. } => {
            Exit::Cache
        }
        Error::Sandbox(error) => of_sandbox(error),
        Error::Run(failure) => of_run(failure),
        Error::Shared(error) => of_call(error),
        Error::Internal(_) => Exit::Bug,
    }
}

const fn of_component(error: &ComponentError) -> Exit {
    match error {
        ComponentError::NotFound { .. } | ComponentError::Unreadable { .. } | ComponentError::Changed { .. } => {
            Exit::Usage
        }
        ComponentError::TooLarge { .. }
        | ComponentError::InFile { problem: NotAComponent::TextTooLarge { .. }, .. } => Exit::Limit,
        ComponentError::NotAFile { .. } | ComponentError::InFile { .. } => Exit::NotAComponent,
    }
}

fn of_sandbox(error: &SandboxError) -> Exit {
    match error {
        SandboxError::Engine(_) | SandboxError::CompilerFailed { .. } => Exit::Bug,
        SandboxError::Compile(_) | SandboxError::Link(_) | SandboxError::CompilerDied { .. } => Exit::NotAComponent,
        SandboxError::AddressSpace(_) | SandboxError::CompileLimit(_) | SandboxError::NoRoom(_) => Exit::Limit,
        SandboxError::System(_) | SandboxError::CompilerNotStarted { .. } | SandboxError::CompilerOutput { .. } => {
            Exit::Usage
        }
    }
}

fn of_run(failure: &RunFailure) -> Exit {
    let RunFailure { error, report, miss: _, run: _ } = failure;
    match error {
        RunError::Trapped { .. } | RunError::Exited(_) if report.denials.is_empty() => Exit::Trapped,
        // A denial is a likely cause.
        RunError::Trapped { .. } | RunError::Exited(_) | RunError::Denied(_) => Exit::Denied,
        RunError::NotRepresentable { .. } | RunError::EngineBug(_) => Exit::Trapped,
        RunError::LimitExceeded(_) | RunError::NoInstance(_) | RunError::NoMemory(_) => Exit::Limit,
        RunError::Directory { .. } | RunError::Protected { .. } | RunError::Input(_) => Exit::Usage,
        RunError::Stopped => Exit::Interrupted,
        RunError::Internal(_) => Exit::Bug,
    }
}

const fn of_problem(problem: &Problem) -> Exit {
    match problem {
        Problem::NoComponent
        | Problem::NoTask { .. }
        | Problem::NotAnOwner { .. }
        | Problem::NameOfNothing { .. }
        | Problem::OtherComponent { .. }
        | Problem::ConfigUntrusted
        | Problem::FolderUntrusted { .. }
        | Problem::NotALarderToml { .. }
        | Problem::NothingToTrust { .. }
        | Problem::NoStateDir
        | Problem::CheckOpen
        | Problem::NotAPlace { .. }
        | Problem::NoSuchOutput { .. }
        | Problem::AmbiguousOutput { .. }
        | Problem::NotOneOutput { .. }
        | Problem::JsonAndFile
        | Problem::TwoOutputs { .. }
        | Problem::TwoPlaces { .. }
        | Problem::DirectoryToStdout { .. }
        | Problem::NoFormat { .. }
        | Problem::TwoInputs { .. }
        | Problem::InputsAndEach { .. }
        | Problem::UnequalEach { .. }
        | Problem::StdinTwice
        | Problem::Environment { .. }
        | Problem::NotATemplate { .. }
        | Problem::TooManyCalls
        | Problem::NoFolder { .. }
        | Problem::SameFolder { .. }
        | Problem::NotAParameter { .. }
        | Problem::ReservedName { .. }
        | Problem::NotInputs { .. }
        | Problem::NotAnArray { .. }
        | Problem::Inputs { .. }
        | Problem::InputStream(_)
        | Problem::NotABatch { .. }
        | Problem::NotOneBlob { .. }
        | Problem::ShortDigest { .. }
        | Problem::NotStarted(_)
        | Problem::Output(_) => Exit::Usage,
        Problem::CheckStopped { .. } => Exit::Limit,
        Problem::NotBuilt { .. } => Exit::NotAComponent,
        Problem::NoCacheDir => Exit::Cache,
        Problem::CheckDied { .. } | Problem::NotTheSame { .. } => Exit::Bug,
        Problem::Interrupted | Problem::CutOff => Exit::Interrupted,
    }
}

const fn of_authoring(error: &AuthoringError) -> Exit {
    match error {
        AuthoringError::Wit { .. }
        | AuthoringError::NoBindings { .. }
        | AuthoringError::Unreadable { .. }
        | AuthoringError::Unwritable { .. }
        | AuthoringError::Output(_)
        | AuthoringError::WorldOfNothing { .. }
        | AuthoringError::NotAName { .. }
        | AuthoringError::Exists { .. }
        | AuthoringError::NoEngine { .. } => Exit::Usage,
        AuthoringError::Already { .. }
        | AuthoringError::NotComponentized { .. }
        | AuthoringError::ExportsNothing { .. } => Exit::NotAComponent,
    }
}

const fn of_project(error: &ProjectError) -> Exit {
    match error {
        ProjectError::Config(_) | ProjectError::NotAFolder { .. } | ProjectError::Inputs(_) => Exit::Usage,
        // There is nothing to build.
        ProjectError::NoConfig { .. } | ProjectError::NoBuild { .. } => Exit::NotAComponent,
        ProjectError::NoCommand { .. }
        | ProjectError::NotStarted { .. }
        | ProjectError::Failed { .. }
        | ProjectError::NoOutput { .. }
        | ProjectError::Missing { .. }
        | ProjectError::InstallNotStarted { .. }
        | ProjectError::InstallFailed { .. }
        | ProjectError::StillMissing { .. }
        | ProjectError::Wit { .. } => Exit::BuildFailed,
    }
}

const fn of_content(error: &ContentError) -> Exit {
    match error {
        ContentError::Damaged { .. } => Exit::Cache,
        ContentError::InTheWay { .. }
        | ContentError::Unwritable { .. }
        | ContentError::NotReplaced { .. }
        | ContentError::NotFound { .. }
        | ContentError::Unreadable { .. }
        | ContentError::IsDirectory { .. }
        | ContentError::NotDirectory { .. }
        | ContentError::Special { .. }
        | ContentError::NotUtf8 { .. }
        | ContentError::LinkNotUtf8 { .. }
        | ContentError::TooManyEntries { .. }
        | ContentError::TooDeep { .. }
        | ContentError::Changed { .. }
        | ContentError::Stopped => Exit::Usage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_build_has_an_exit_code_of_its_own() {
        let folder = || "project".into();
        for (error, exit) in [
            (ProjectError::NoOutput { command: "make".into(), output: "out.wasm".into() }, Exit::BuildFailed),
            (ProjectError::Missing { folder: folder(), missing: Vec::new() }, Exit::BuildFailed),
            (ProjectError::Wit { folder: folder(), message: "no".into() }, Exit::BuildFailed),
            (ProjectError::NoConfig { folder: folder() }, Exit::NotAComponent),
        ] {
            assert_eq!(Exit::of(&Kind::of(&anyhow::Error::from(error))), exit);
        }
        assert_eq!(Exit::BuildFailed as u8, 8);
    }
}
