//! The settings of the three sources (caller, `larder.toml`, manifest), and the policy that results.

use std::time::Duration;

use larder_component::declare::{DeclaredVersion, Scope, Size};
use larder_types::capability::{Allowed, Grants};

/// Settings of the caller for a call, which take precedence over declarations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// A version from the command line or an API call.
    pub version: Option<DeclaredVersion>,
    /// The scope in which the result is shared.
    pub scope: Option<Scope>,
    /// True to neither look up nor store.
    pub uncached: bool,
    /// Grants of the operator to the task. With `None`, the task runs sealed.
    pub grants: Option<Grants>,
    /// Trust in the component's own declarations.
    pub trust: Trust,
}

/// Trust in the declarations of a component.
///
/// A declared version is a claim: all components that export the same name and signature and declare the same version
/// answer for the same calls. A stranger's component must not make it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trust {
    /// The declarations count, and so does the `larder.toml` that the component was loaded under.
    #[default]
    Trusted,
    /// Only the declaration that a task is cached counts; it is then cached under the digest of the component's own
    /// code. Size, timeout, scope, needs and everything else that the component claims are ignored, and so is the
    /// `larder.toml`.
    Untrusted,
}

/// The resulting policy for the calls of one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The policy for caching results; `None` means never.
    pub cache: Option<CachePolicy>,
    /// The machine that one run needs.
    pub size: Size,
    /// The wall-clock limit, where one is declared.
    pub timeout: Option<Duration>,
    /// True if the names of the files and directories among the inputs are inputs too.
    pub file_names: bool,
    /// Capabilities of the task in the open world. With `None`, it runs sealed.
    pub open: Option<Allowed>,
}

/// The policy for caching the results of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachePolicy {
    /// The version: results of the same version may answer for each other.
    pub version: DeclaredVersion,
    /// The scope in which they are shared.
    pub scope: Scope,
    /// True if a result's `err` is cached too.
    pub cache_errors: bool,
    /// The source of the version.
    pub declared_by: DeclaredBy,
    /// True if the version came from the caller alone. Then an entry made by other code is a miss, since only the name
    /// says that the two are the same task.
    pub rests_on_the_name: bool,
}

/// The source of a version.
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

/// The source of a request for the open world, for a cached task.
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
