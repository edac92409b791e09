//! Errors of loading and calling: one type over the errors of each stage.

use std::borrow::Cow;
use std::sync::Arc;

use crate::policy::PolicyError;
use crate::schedule::TooLittle;
use larder_base::BlobKind;
use larder_base::Digest;
use larder_base::excerpt::{excerpt, passage};
use larder_component::ComponentError;
use larder_component::declare::{DeclareError, FindError, Size};
use larder_content::ContentError;
use larder_sandbox::{Report, RunError, SandboxError, instead_of};
use larder_store::StoreError;
use larder_types::value::{FoundInteger, TypeMismatch};

/// Reason that a component could not be loaded, or that a call gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes could not be read, or are not a component.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// The component's declarations are broken.
    #[error(transparent)]
    Declare(#[from] DeclareError),
    /// The component's manifest could not be asked.
    #[error("the component's manifest cannot be read: asked for its tasks, {}", _0.error)]
    Manifest(Box<ManifestFailure>),
    /// No task has that name, or several have it.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The component has no task at this position: it belongs to another component.
    #[error("the component has no task at position {position}")]
    NoSuchTask {
        /// The position.
        position: usize,
    },
    /// The cache is asked for something that it cannot do for this task.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The task's scope is `workflow`, and the call belongs to none.
    #[error("task `{task}` shares its results within a workflow, and none is given", task = excerpt(task))]
    NoWorkflow {
        /// The task.
        task: String,
    },
    /// The task's size has graphics processors.
    #[error(
        "task `{task}` is of size {size}, which needs {wanted} GPU{s}, {have}; give it another size in {file}, as in \
         `[tasks.\"{task}\"]` with `size = \"large\"`, to run it on processors",
        s = if *wanted == 1 { "" } else { "s" },
        have = have_gpus(*found),
        file = crate::config::FILE_NAME,
        task = excerpt(task)
    )]
    NoGpu {
        /// The task.
        task: String,
        /// Its size.
        size: Size,
        /// The number of graphics processors of that size.
        wanted: u32,
        /// The number of graphics processors visible on this machine.
        found: u32,
    },
    /// The task needs more than all runs of this host may use together, so it would wait forever.
    #[error("task `{task}`, of size {size}, {too_little}: it would wait for ever", task = excerpt(task))]
    TooLarge {
        /// The task, as written in `larder.toml`.
        task: String,
        /// Its size.
        size: Size,
        /// The resource that is too small, with the amounts.
        too_little: TooLittle,
    },
    /// A path among the inputs cannot be read as content.
    #[error("an input cannot be had: {0}")]
    Content(#[source] ContentError),
    /// A digest among the inputs that this account has not stored.
    #[error("this account has stored no {} sha256:{digest}", kind_word(*kind))]
    NoSuchBlob {
        /// The expected kind.
        kind: BlobKind,
        /// The digest.
        digest: Digest,
    },
    /// The digest of a directory where a file is expected, or the other way round.
    #[error("sha256:{digest} is a {}, and a {} is meant", kind_word(kind.other()), kind_word(*kind))]
    OtherKind {
        /// The expected kind.
        kind: BlobKind,
        /// The digest.
        digest: Digest,
    },
    /// Something that this account has stored is lost or damaged.
    #[error("sha256:{digest} was stored and is lost: {error}; run the task that made it again, or store it again")]
    LostBlob {
        /// The digest.
        digest: Digest,
        /// The fault.
        error: ContentError,
    },
    /// Something could not be stored.
    #[error("it was not stored: {reason}", reason = passage(reason))]
    NotStored {
        /// The reason.
        reason: String,
    },
    /// An input is not of its parameter's type.
    #[error("an input does not fit: {0}")]
    Input(#[from] TypeMismatch),
    /// The component would receive another integer than this input: its language cannot represent it.
    #[error(
        "parameter `{parameter}` has the {integer}, which JavaScript on QuickJS cannot hold: use {}",
        instead_of(integer),
        parameter = excerpt(parameter)
    )]
    NotRepresentable {
        /// The parameter.
        parameter: String,
        /// The integer.
        integer: FoundInteger,
    },
    /// The engine cannot take the component.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The cache cannot be used at all.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another component made the entry, and the caller asked to be strict.
    #[error(
        "the entry was made by another component ({}, this is {}), which the caller does not accept",
        stored.short(), current.short()
    )]
    OtherComponent {
        /// The component that made the entry.
        stored: Digest,
        /// The component at hand.
        current: Digest,
    },
    /// The component's file changed between reading its declarations and compiling it.
    #[error("the component changed while it was being used: run again")]
    Changed,
    /// The run that several calls waited for failed.
    #[error(transparent)]
    Shared(Arc<Error>),
    /// The run failed.
    #[error(transparent)]
    Run(#[from] Box<RunFailure>),
    /// The system gives this process no more threads.
    #[error("cannot start a thread: {reason}")]
    NoThread {
        /// The error of the system.
        reason: String,
    },
    /// An invariant of Larder does not hold.
    #[error("internal error: {}", passage(_0))]
    Internal(String),
}

impl Error {
    /// Returns the stable code of the error for programs, such as `component/manifest`.
    ///
    /// The codes of limits and of runs are composed, so the set is open: `limit/fuel`, `trap/unreachable`.
    #[must_use]
    pub fn code(&self) -> Cow<'static, str> {
        let code = match self {
            Self::Component(error) => error.code(),
            Self::Declare(error) => error.code(),
            Self::Manifest(_) => "component/manifest",
            Self::Find(error) => error.code(),
            Self::NoSuchTask { .. } => "task",
            Self::Policy(error) => error.code(),
            Self::NoWorkflow { .. } => "policy",
            Self::NoGpu { .. } => "limit/gpus",
            Self::TooLarge { task: _, size: _, too_little } => too_little.code(),
            Self::Input(error) => error.code(),
            Self::NotRepresentable { .. } => "argument/not-representable",
            Self::Content(_) => "input",
            Self::NoSuchBlob { .. } => "blob/unknown",
            Self::OtherKind { .. } => "blob/other-kind",
            Self::LostBlob { .. } => "blob/lost",
            Self::NotStored { .. } => "cache/not-stored",
            Self::Store(error) => error.code(),
            Self::OtherComponent { .. } => "cache/other-component",
            Self::Changed => "component/changed",
            Self::NoThread { .. } => "system/threads",
            Self::Internal(_) => "internal",
            Self::Sandbox(error) => return error.code(),
            Self::Run(failure) => return failure.error.code(),
            Self::Shared(error) => return error.code(),
        };
        code.into()
    }
}

const fn kind_word(kind: BlobKind) -> &'static str {
    match kind {
        BlobKind::File => "file",
        BlobKind::Directory => "directory",
    }
}

fn have_gpus(found: u32) -> String {
    match found {
        0 => "and this machine has none (there is neither /dev/nvidia0 nor /dev/dri/renderD128)".to_owned(),
        found => format!("and this version of Larder has no way to give a task one, though the machine has {found}"),
    }
}

/// A manifest that gave no answer, with the usage and output of its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestFailure {
    /// The error of the run.
    pub error: RunError,
    /// Usage and output of the run.
    pub report: Report,
}

/// A run that gave no result, with its usage and output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct RunFailure {
    /// The error of the run.
    pub error: RunError,
    /// Usage and output of the run.
    pub report: Report,
    /// The reason that the cache did not answer.
    pub miss: crate::miss::Miss,
    /// The task and its world.
    pub run: Ran,
}

/// A task and the world that it ran in, to interpret its denials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The task's name, as written in `larder.toml`.
    pub task: String,
    /// True if its answer is cached, so that it can only run sealed.
    pub is_cached: bool,
    /// True if its manifest declares its needs.
    pub says_its_needs: bool,
    /// True if it ran in the open world.
    pub is_open: bool,
}

impl Ran {
    /// Returns the name of the world that it ran in.
    #[must_use]
    pub const fn world(&self) -> &'static str {
        if self.is_open { "open" } else { "sealed" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Programs match on the codes, so they must not change.
    #[test]
    fn codes_are_pinned() {
        let digest = Digest::of(b"");
        let large = |too_little| Error::TooLarge { task: String::new(), size: Size::Small, too_little };
        let gpu = Error::NoGpu { task: String::new(), size: Size::SmallGpu, wanted: 1, found: 0 };
        let codes = [
            (Error::NoSuchTask { position: 1 }, "task"),
            (Error::NoWorkflow { task: String::new() }, "policy"),
            (gpu, "limit/gpus"),
            (large(TooLittle::Cpus { needed: 2, budget: 1 }), "limit/budget-cpus"),
            (large(TooLittle::Memory { needed: 2, budget: 1 }), "limit/budget-memory"),
            (Error::Content(ContentError::Stopped), "input"),
            (Error::NoSuchBlob { kind: BlobKind::File, digest }, "blob/unknown"),
            (Error::OtherKind { kind: BlobKind::File, digest }, "blob/other-kind"),
            (Error::LostBlob { digest, error: ContentError::Stopped }, "blob/lost"),
            (Error::NotStored { reason: String::new() }, "cache/not-stored"),
            (Error::OtherComponent { stored: digest, current: digest }, "cache/other-component"),
            (Error::Changed, "component/changed"),
            (Error::NoThread { reason: String::new() }, "system/threads"),
            (Error::Internal(String::new()), "internal"),
        ];
        for (error, code) in codes {
            assert_eq!(error.code(), code);
            assert_eq!(Error::Shared(Arc::new(error)).code(), code);
        }
    }
}
