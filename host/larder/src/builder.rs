//! Opening a host, setting by setting.

use std::path::PathBuf;

use crate::larder::Larder;
use crate::schedule::Budget;
use crate::settings::Settings;
use crate::sizes::Sizes;
use larder_sandbox::{CompileLimits, Compiler};
use larder_store::StoreError;
use larder_types::limits::Limits;

/// Settings of a host that is about to be opened; see [`Larder::builder`].
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
    /// A host without a cache, for the account `default`, under the limits that hold by default: what follows changes
    /// that.
    pub fn builder() -> Builder {
        Builder(Settings::new(None))
    }
}

impl Builder {
    /// Where the cache is. The folder is made by the first result that is stored.
    pub fn cache_dir(self, folder: impl Into<PathBuf>) -> Self {
        Self(Settings { cache_dir: Some(folder.into()), ..self.0 })
    }

    /// Believe the cache also where others could have written it: see [`Settings::trust_cache_owner`].
    pub fn trust_cache_owner(self) -> Self {
        Self(Settings { trust_cache_owner: true, ..self.0 })
    }

    /// Whose cache it is: accounts never share.
    pub fn account(self, account: impl Into<String>) -> Self {
        Self(Settings { account: account.into(), ..self.0 })
    }

    /// The workflow that calls are made for.
    pub fn workflow(self, workflow: impl Into<String>) -> Self {
        Self(Settings { workflow: Some(workflow.into()), ..self.0 })
    }

    /// What a run may use at most, whatever its size.
    pub fn limits(self, limits: Limits) -> Self {
        Self(Settings { limits, ..self.0 })
    }

    /// What the sizes of tasks stand for.
    pub fn sizes(self, sizes: Sizes) -> Self {
        Self(Settings { sizes, ..self.0 })
    }

    /// How many processors runs may keep busy, all together: those of the machine, unless it is said here. For tasks that
    /// wait for the network more than they compute, it may be more than there are.
    pub fn cpus(self, cpus: u32) -> Self {
        self.budget(|budget| Budget { cpus, ..budget })
    }

    /// How much memory runs may use, all together, in bytes: that of the machine, unless it is said here.
    pub fn memory(self, bytes: u64) -> Self {
        self.budget(|budget| Budget { memory_bytes: bytes, ..budget })
    }

    /// How many runs there may be at the same time, whatever their sizes.
    pub fn runs(self, runs: usize) -> Self {
        self.budget(|budget| Budget { runs: Some(runs), ..budget })
    }

    fn budget(self, change: impl FnOnce(Budget) -> Budget) -> Self {
        Self(Settings { budget: change(self.0.budget), ..self.0 })
    }

    /// Where components are compiled: name a helper for those of people whom you do not trust.
    pub fn compiler(self, compiler: Compiler) -> Self {
        Self(Settings { compiler, ..self.0 })
    }

    /// What compiling one component may use, in a helper.
    pub fn compile_limits(self, compile: CompileLimits) -> Self {
        Self(Settings { compile, ..self.0 })
    }

    /// Opens the host.
    ///
    /// # Errors
    ///
    /// As [`Larder::open`].
    pub fn open(self) -> Result<Larder, StoreError> {
        Larder::open(self.0)
    }
}
