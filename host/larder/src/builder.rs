//! Opening a host, setting by setting.

use std::path::PathBuf;

use crate::larder::Larder;
use crate::schedule::Budget;
use crate::settings::Settings;
use crate::sizes::Sizes;
use larder_sandbox::{CompileLimits, Compiler};
use larder_store::StoreError;
use larder_types::limits::Limits;

/// Settings of a host that is about to be opened: see [`Larder::builder`].
///
/// ```
/// use larder::{Larder, sandbox::Limits};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let larder = Larder::builder()
///     .cache_dir(folder.path())
///     .account("ann")
///     .workflow("nightly")
///     .cpus(2)
///     .limits(Limits { memory_bytes: 256 << 20, ..Limits::default() })
///     .open()?;
/// assert_eq!(larder.settings().workflow.as_deref(), Some("nightly"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is opened until `open`"]
pub struct Builder(Settings);

impl Larder {
    /// Returns the settings of a host without a cache, for the account `default`, under the default limits. The methods
    /// of the builder change them.
    pub fn builder() -> Builder {
        Builder(Settings::new(None))
    }
}

impl Builder {
    /// Sets the folder of the cache. The first result that is stored creates it.
    pub fn cache_dir(self, folder: impl Into<PathBuf>) -> Self {
        Self(Settings { cache_dir: Some(folder.into()), ..self.0 })
    }

    /// Believes the cache even if others could have written it: see [`Settings::trust_cache_owner`].
    pub fn trust_cache_owner(self) -> Self {
        Self(Settings { trust_cache_owner: true, ..self.0 })
    }

    /// Sets the account that the cache belongs to. Accounts never share results.
    pub fn account(self, account: impl Into<String>) -> Self {
        Self(Settings { account: account.into(), ..self.0 })
    }

    /// Sets the workflow that calls are made for.
    pub fn workflow(self, workflow: impl Into<String>) -> Self {
        Self(Settings { workflow: Some(workflow.into()), ..self.0 })
    }

    /// Sets the upper limits of every run, whatever its size.
    pub fn limits(self, limits: Limits) -> Self {
        Self(Settings { limits, ..self.0 })
    }

    /// Sets the resources that each size of a task stands for.
    pub fn sizes(self, sizes: Sizes) -> Self {
        Self(Settings { sizes, ..self.0 })
    }

    /// Sets the number of processors that all runs together may keep busy; by default, those of the machine. It may be
    /// more than the machine has, for tasks that wait for the network more than they compute.
    pub fn cpus(self, cpus: u32) -> Self {
        self.budget(|budget| Budget { cpus, ..budget })
    }

    /// Sets the memory that all runs together may use, in bytes; by default, that of the machine.
    pub fn memory(self, bytes: u64) -> Self {
        self.budget(|budget| Budget { memory_bytes: bytes, ..budget })
    }

    /// Sets the greatest number of concurrent runs, whatever their sizes.
    pub fn runs(self, runs: usize) -> Self {
        self.budget(|budget| Budget { runs: Some(runs), ..budget })
    }

    fn budget(self, change: impl FnOnce(Budget) -> Budget) -> Self {
        Self(Settings { budget: change(self.0.budget), ..self.0 })
    }

    /// Sets where components are compiled. Use a helper for components of people whom you do not trust.
    pub fn compiler(self, compiler: Compiler) -> Self {
        Self(Settings { compiler, ..self.0 })
    }

    /// Sets the limits of compiling one component in a helper.
    pub fn compile_limits(self, compile: CompileLimits) -> Self {
        Self(Settings { compile, ..self.0 })
    }

    /// Opens the host.
    ///
    /// # Errors
    ///
    /// The same as [`Larder::open`].
    pub fn open(self) -> Result<Larder, StoreError> {
        Larder::open(self.0)
    }
}
