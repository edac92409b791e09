//! Components that were loaded: what they declare, under the names and limits that hold here.

use std::path::PathBuf;

use crate::config::{GrantsConfig, LimitsConfig, SizesConfig, TaskConfig};
use crate::error::Error;
use crate::outcome::Warning;
use crate::source::Source;
use larder_base::Digest;
use larder_component::declare::{self, Declared, TaskDeclaration};
use larder_sandbox::EngineKind;

/// A component, known by its digest, with what it declares.
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
    /// The digest of its code, custom sections left out.
    pub code_digest: Digest,
    /// Its tasks and what is not one, under the names that hold here.
    pub declared: Declared,
    /// What `larder.toml` says of each task, in their order.
    pub tables: Vec<Option<TaskConfig>>,
    /// What a `larder.toml` that is trusted grants to each task, in their order. Nobody has it until a caller passes it
    /// on, since only a caller knows the environment that it may name.
    pub grants: Vec<Option<GrantsConfig>>,
    /// What it would grant to each task if it were trusted. Nobody gets it.
    pub withheld_grants: Vec<Option<GrantsConfig>>,
    /// The `larder.toml` that speaks of it.
    pub config_path: Option<PathBuf>,
    /// What `larder.toml` says of every run.
    pub limits: LimitsConfig,
    /// What `larder.toml` says of sizes.
    pub sizes: SizesConfig,
    /// What the cache could not do while loading.
    pub warnings: Vec<Warning>,
    /// Whether `limits` and `sizes` may be above what holds without them.
    pub(crate) may_raise_limits: bool,
    /// Whether the file raises a limit on reading or compiling that does not count.
    pub(crate) withholds_compiling: bool,
    pub(crate) kind: EngineKind,
    pub(crate) source: Source,
}

impl LoadedComponent {
    /// The task that `name` means: a full name, or any unambiguous short form of it.
    ///
    /// # Errors
    ///
    /// [`Error::Find`], which lists the candidates.
    pub fn find(&self, name: &str) -> Result<usize, Error> {
        Ok(declare::find_declared(&self.declared, name)?)
    }

    /// The declarations of the tasks, in the order of the component.
    #[must_use]
    pub fn tasks(&self) -> &[TaskDeclaration] {
        &self.declared.tasks
    }
}
