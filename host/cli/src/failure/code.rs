//! Codes of errors: stable names for programs, such as `cache/full`.

use super::kind::Kind;
use larder::machine::address_space;
use larder::sandbox::SandboxError;
use larder::store::StoreError;
use larder::{Error, TooLittle};
use std::borrow::Cow;

/// A code; those that a limit or a run ends with are put together.
type Code = Cow<'static, str>;

/// The code of an error of this kind.
pub(super) fn code(kind: &Kind<'_>) -> Code {
    match kind {
        Kind::Refused(refusal) => refusal.code().into(),
        Kind::Call(error) => of_call(error),
        Kind::Problem(problem) => problem.code().into(),
        Kind::Authoring(error) => error.code().into(),
        Kind::Project(error) => error.code().into(),
        Kind::Store(error) => of_store(error).into(),
        Kind::Content(error) => error.code().into(),
        Kind::Argument(error) => error.code().into(),
        Kind::Approval(error) => error.code().into(),
        Kind::Config(error) => error.code().into(),
        Kind::Io => "io".into(),
        Kind::Unknown => "internal".into(),
    }
}

fn of_call(error: &Error) -> Code {
    let code = match error {
        Error::Component(error) => error.code(),
        Error::Declare(error) => error.code(),
        Error::Manifest(_) => "component/manifest",
        Error::Find(error) => error.code(),
        Error::NoSuchTask { .. } => "task",
        Error::Policy(error) => error.code(),
        Error::NoWorkflow { .. } => "policy",
        Error::NoGpu { .. } => "limit/gpus",
        Error::TooLarge { task: _, size: _, too_little: TooLittle::Cpus { .. } } => "limit/budget-cpus",
        Error::TooLarge { task: _, size: _, too_little: TooLittle::Memory { .. } } => "limit/budget-memory",
        Error::Input(error) => error.code(),
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
