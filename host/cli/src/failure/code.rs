//! Codes of errors: stable names for programs, such as `cache/full`.

use super::kind::Kind;
use larder::component::{ComponentError, NotAComponent};
use larder::content::ContentError;
use larder::declare::{FindError, NotATaskReason};
use larder::project::ProjectError;
use larder::{Error, TooLittle};
use larder_authoring::AuthoringError;
use std::borrow::Cow;

/// A code; those that a limit or a run ends with are put together.
type Code = Cow<'static, str>;

/// The code of an error of this kind.
pub(super) fn code(kind: &Kind<'_>) -> Code {
    match kind {
        Kind::Refused(refusal) => refusal.code().into(),
        Kind::Call(error) => of_call(error),
        Kind::Problem(problem) => problem.code().into(),
        Kind::Authoring(error) => of_authoring(error).into(),
        Kind::Project(error) => of_project(error).into(),
        Kind::Store(error) => error.code().into(),
        Kind::Content(error) => of_content(error).into(),
        Kind::Argument => "argument".into(),
        Kind::Approval => "trust".into(),
        Kind::Config(_) => "config".into(),
        Kind::Io => "io".into(),
        Kind::Unknown => "internal".into(),
    }
}

fn of_call(error: &Error) -> Code {
    let code = match error {
        Error::Component(error) => of_component(error),
        Error::Declare(_) => "component/declarations",
        Error::Manifest(_) => "component/manifest",
        Error::Find(FindError::NotATask { reason: NotATaskReason::CannotRun(_), .. }) => "component/cannot-run",
        Error::Find(_) | Error::NoSuchTask { .. } => "task",
        Error::Policy(_) | Error::NoWorkflow { .. } => "policy",
        Error::NoGpu { .. } => "limit/gpus",
        Error::TooLarge { task: _, size: _, too_little: TooLittle::Cpus { .. } } => "limit/budget-cpus",
        Error::TooLarge { task: _, size: _, too_little: TooLittle::Memory { .. } } => "limit/budget-memory",
        Error::Input(_) => "argument",
        Error::NotRepresentable { .. } => "argument/not-representable",
        Error::Content(_) => "input",
        Error::NoSuchBlob { .. } => "blob/unknown",
        Error::OtherKind { .. } => "blob/other-kind",
        Error::LostBlob { .. } => "blob/lost",
        Error::NotStored { .. } => "cache/not-stored",
        Error::Store(error) => error.code(),
        Error::OtherComponent { .. } => "cache/other-component",
        Error::Changed => "component/changed",
        Error::NoThread { .. } => "system/threads",
        Error::Internal(_) => "internal",
        Error::Sandbox(error) => return error.code(),
        Error::Run(failure) => return failure.error.code(),
        Error::Shared(error) => return of_call(error),
    };
    code.into()
}

const fn of_component(error: &ComponentError) -> &'static str {
    match error {
        ComponentError::NotFound { .. } | ComponentError::Unreadable { .. } | ComponentError::Changed { .. } => {
            "component/unreadable"
        }
        ComponentError::TooLarge { .. }
        | ComponentError::InFile { problem: NotAComponent::TextTooLarge { .. }, .. } => "limit/component-bytes",
        ComponentError::NotAFile { .. } | ComponentError::InFile { .. } => "component/not-a-component",
    }
}

const fn of_authoring(error: &AuthoringError) -> &'static str {
    match error {
        AuthoringError::Wit { .. } => "author/wit",
        AuthoringError::NoBindings { .. } => "author/no-bindings",
        AuthoringError::Unreadable { .. } => "author/unreadable",
        AuthoringError::Unwritable { .. } | AuthoringError::Output(_) => "author/unwritable",
        AuthoringError::WorldOfNothing { .. }
        | AuthoringError::NotAName { .. }
        | AuthoringError::Exists { .. }
        | AuthoringError::NoEngine { .. } => "usage",
        AuthoringError::Already { .. }
        | AuthoringError::NotComponentized { .. }
        | AuthoringError::ExportsNothing { .. } => "author/not-componentized",
    }
}

const fn of_project(error: &ProjectError) -> &'static str {
    match error {
        ProjectError::Config(_) => "config",
        ProjectError::NotAFolder { .. } => "component/unreadable",
        ProjectError::Inputs(_) => "build/inputs",
        ProjectError::NoConfig { .. } | ProjectError::NoBuild { .. } => "component/no-project",
        ProjectError::NoCommand { .. }
        | ProjectError::NotStarted { .. }
        | ProjectError::Failed { .. }
        | ProjectError::NoOutput { .. } => "build/failed",
        ProjectError::Missing { .. } => "build/missing",
        ProjectError::InstallNotStarted { .. }
        | ProjectError::InstallFailed { .. }
        | ProjectError::StillMissing { .. } => "build/not-installed",
        ProjectError::Wit { .. } => "build/wit",
    }
}

const fn of_content(error: &ContentError) -> &'static str {
    match error {
        ContentError::Damaged { .. } => "blob/lost",
        ContentError::InTheWay { .. } | ContentError::Unwritable { .. } => "output",
        ContentError::NotReplaced { .. } => "output/not-replaced",
        ContentError::NotFound { .. }
        | ContentError::Unreadable { .. }
        | ContentError::IsDirectory { .. }
        | ContentError::NotDirectory { .. }
        | ContentError::Special { .. }
        | ContentError::NotUtf8 { .. }
        | ContentError::LinkNotUtf8 { .. }
        | ContentError::TooManyEntries { .. }
        | ContentError::TooDeep { .. }
        | ContentError::Changed { .. }
        | ContentError::Stopped => "input",
    }
}
