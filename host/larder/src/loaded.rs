//! Loaded components: their declarations, under the names and limits that apply here.

use std::path::PathBuf;

use crate::config::{GrantsConfig, LimitsConfig, SizesConfig, TaskConfig};
use crate::error::Error;
use crate::outcome::Warning;
use crate::source::Source;
use larder_base::Digest;
use larder_component::declare::{self, Declared, TaskDeclaration};
use larder_sandbox::EngineKind;

/// A component, identified by its digest, with its declarations.
///
/// ```
/// use larder::Larder;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::{path::Path, sync::Arc};
/// # let folder = tempfile::tempdir()?;
/// # let larder = Larder::builder().open()?;
/// let component = larder.load(Path::new("examples/sums.wat"), None).await?;
/// let names: Vec<_> = component.tasks().iter().map(|task| task.exported.name.to_string()).collect();
/// assert_eq!(names, ["examples:math/sums#add", "examples:math/sums#divide"]);
/// let signature = &component.tasks()[component.find("add")?].exported.signature;
/// assert_eq!(signature.canonical_text(), "func(a: u32, b: u32) -> u32");
/// assert!(component.find("multiply").is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct LoadedComponent {
    /// The digest of its bytes.
    pub digest: Digest,
    /// The digest of its code, without custom sections.
    pub code_digest: Digest,
    /// Its tasks, and its exports that are not tasks, under the names that apply here.
    pub declared: Declared,
    /// The table of each task in `larder.toml`, in their order.
    pub tables: Vec<Option<TaskConfig>>,
    /// Grants of a trusted `larder.toml` for each task, in their order. They take effect only when a caller passes them
    /// on, since only a caller knows the environment that they may name.
    pub grants: Vec<Option<GrantsConfig>>,
    /// Grants that the file would give each task if it were trusted. They never take effect.
    pub withheld_grants: Vec<Option<GrantsConfig>>,
    /// The `larder.toml` that applies to it.
    pub config_path: Option<PathBuf>,
    /// Limits of every run in `larder.toml`.
    pub limits: LimitsConfig,
    /// Sizes in `larder.toml`.
    pub sizes: SizesConfig,
    /// Warnings of the cache from loading.
    pub warnings: Vec<Warning>,
    /// True if `limits` and `sizes` may exceed the values that apply without them.
    pub(crate) may_raise_limits: bool,
    /// True if the file raises a limit on reading or compiling that does not count.
    pub(crate) withholds_compiling: bool,
    pub(crate) kind: EngineKind,
    pub(crate) source: Source,
}

impl LoadedComponent {
    /// Returns the task that `name` refers to: a full name, or any unambiguous short form of it.
    ///
    /// # Errors
    ///
    /// [`Error::Find`], which lists the candidates.
    pub fn find(&self, name: &str) -> Result<usize, Error> {
        Ok(declare::find_declared(&self.declared, name)?)
    }

    /// Returns the declarations of the tasks, in the order of the component.
    #[must_use]
    pub fn tasks(&self) -> &[TaskDeclaration] {
        &self.declared.tasks
    }
}
