//! Codes of errors: stable names for programs, such as `cache/full`.

use super::kind::Kind;
use larder::component::{ComponentError, NotAComponent};
use larder::content::ContentError;
use larder::declare::{FindError, NotATaskReason};
use larder::machine::address_space;
use larder::project::ProjectError;
use larder::sandbox::SandboxError;
use larder::store::StoreError;
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
        Kind::Store(error) => of_store(error).into(),
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
        Error::Store(error) => of_store(error),
        Error::OtherComponent { .. } => "cache/other-component",
        Error::Changed => "component/changed",
        Error::NoThread { .. } => "system/threads",
        Error::Internal(_) => "internal",
        Error::Sandbox(error) => return of_sandbox(error),
        Error::Run(failure) => return failure.error.code().into(),
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

fn of_sandbox(error: &SandboxError) -> Code {
    let code = match error {
        SandboxError::Engine(_) if address_space().is_some() => "limit/address-space",
        SandboxError::Engine(_) => "engine",
        SandboxError::Compile(_) | SandboxError::Link(_) => "component/compile",
        SandboxError::CompileLimit(limit) => return format!("limit/{}", limit.code()).into(),
        SandboxError::NoRoom(_) => "limit/instance",
        SandboxError::System(_) => "system/load",
        SandboxError::CompilerDied { .. } => "component/compiler-died",
        SandboxError::CompilerNotStarted { .. }
        | SandboxError::CompilerOutput { .. }
        | SandboxError::CompilerFailed { .. } => "compiler",
    };
    code.into()
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

const fn of_store(error: &StoreError) -> &'static str {
    match error {
        StoreError::NotADirectory { .. } => "cache/not-a-directory",
        StoreError::NotReadable { .. } => "cache/not-readable",
        StoreError::NotPrivate { .. } => "cache/not-private",
        StoreError::ReadOnly { .. } => "cache/read-only",
        StoreError::NeedsRepair { .. } => "cache/needs-repair",
        StoreError::Full { .. } => "cache/full",
        StoreError::NewerFormat { .. } => "cache/newer-format",
        StoreError::OtherFormat { .. } => "cache/other-format",
        StoreError::Damaged { .. } => "cache/damaged",
        StoreError::Locked { .. } => "cache/locked",
        StoreError::TooLarge { .. } => "cache/too-large",
        StoreError::BadName { .. } => "cache/bad-name",
        StoreError::ContentChanged { .. } => "cache/content-changed",
        StoreError::Io { .. } => "cache/io",
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
