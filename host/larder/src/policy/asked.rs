//! The words of the three who have a say, and what they come to.

use std::time::Duration;

use larder_component::declare::{DeclaredVersion, Scope, Size};
use larder_types::capability::{Allowed, Grants};

/// What the caller asks for a call, over what is declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// A version from the command line or an API call.
    pub version: Option<DeclaredVersion>,
    /// Who shares the result.
    pub scope: Option<Scope>,
    /// Neither look up nor store.
    pub uncached: bool,
    /// What the operator lets the task reach; none: nothing, and the task runs sealed.
    pub grants: Option<Grants>,
    /// How far the component's word goes.
    pub trust: Trust,
}

/// Whether the manifest of a component is believed.
///
/// A declared version is a claim: whoever exports the same name and signature and declares the same version answers for
/// the same calls. A stranger's component must not make it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trust {
    /// It is. So is the `larder.toml` that the component was loaded under.
    #[default]
    Trusted,
    /// Nothing but that a task is cached, which it then is under the digest of the component's own code. Size, timeout,
    /// scope, needs and all else that it claims are left out, as is the `larder.toml`.
    Untrusted,
}

/// What holds for the calls of one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How results are remembered; `None`: never.
    pub cache: Option<CachePolicy>,
    /// The machine that one run needs.
    pub size: Size,
    /// The wall-clock limit, where one is declared.
    pub timeout: Option<Duration>,
    /// Whether the names of the files and directories that it is given are inputs too.
    pub file_names: bool,
    /// What the task may reach in the open world; none: it runs sealed.
    pub open: Option<Allowed>,
}

/// How the results of a task are remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachePolicy {
    /// Which results may answer for each other.
    pub version: DeclaredVersion,
    /// Who shares them.
    pub scope: Scope,
    /// Whether a result's `err` is remembered too.
    pub cache_errors: bool,
    /// Who gave the version.
    pub declared_by: DeclaredBy,
    /// Whether the version came from the caller alone: then an entry made by other code is a miss, since nothing
    /// but the name says that the two are the same task.
    pub rests_on_the_name: bool,
}

/// Who gave a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeclaredBy {
    /// The command line or the API call.
    Caller,
    /// `larder.toml`.
    Config,
    /// The component's own manifest.
    Manifest,
}

impl std::fmt::Display for DeclaredBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Caller => "the caller",
            Self::Config => "larder.toml",
            Self::Manifest => "the manifest",
        })
    }
}

/// Who asks for the open world for a task that is cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenedBy {
    /// The operator, with a grant.
    Grant,
    /// The task itself, with a need.
    Need,
}

impl std::fmt::Display for OpenedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Grant => "is granted something of the world outside",
            Self::Need => "says that it needs something of the world outside",
        })
    }
}
