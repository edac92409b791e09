//! Settings of a host: plain data that every part of it reads.

use std::path::{Path, PathBuf};

use crate::schedule::Budget;
use crate::sizes::Sizes;
use larder_sandbox::machine::Machine;
use larder_sandbox::{CompileLimits, Compiler};
use larder_types::capability::ProtectedPath;
use larder_types::limits::Limits;

/// Size limit of a component by default: script engines that contain a large program have 20 to 40 MB.
pub const DEFAULT_MAX_COMPONENT_BYTES: u64 = 256 << 20;

/// Settings of a [`Larder`](crate::Larder): its cache, its account and the limits of runs.
///
/// ```
/// use larder::{Larder, Settings};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let settings = Settings { read_only: true, ..Settings::new(Some(folder.path().join("cache"))) };
/// let larder = Larder::open(settings)?;
/// assert!(!larder.cache_is_foreign());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Settings {
    /// The cache folder; `None` runs without a cache.
    pub cache_dir: Option<PathBuf>,
    /// The account, an opaque text. Accounts never share results.
    pub account: String,
    /// True to read the cache without writing to it, neither answers nor anything else that is learnt.
    pub read_only: bool,
    /// True to trust the cache even if others could have written it: see
    /// [`Larder::cache_is_foreign`](crate::Larder::cache_is_foreign). Otherwise such a cache is refused.
    pub trust_cache_owner: bool,
    /// Resources that all runs of this host may use together; runs that do not fit wait. The whole machine by default.
    pub budget: Budget,
    /// The workflow that calls are made for; needed by tasks of scope `workflow`.
    pub workflow: Option<String>,
    /// Upper limits of every run, whatever its size.
    pub limits: Limits,
    /// Resources that the sizes of tasks stand for.
    pub sizes: Sizes,
    /// The machine, which limits the sizes.
    pub machine: Machine,
    /// Size limit of a component, in bytes.
    pub max_component_bytes: u64,
    /// The compiler: this process or a helper. The default is this process, which is for trusted components; use a
    /// [`Compiler::Helper`] to compile those of strangers.
    pub compiler: Compiler,
    /// Limits of compiling one component in a helper.
    pub compile: CompileLimits,
    /// Paths that no granted directory may cover, in addition to the cache, the folder of temporary files, this program
    /// and the `larder.toml` of the component.
    pub protected: Vec<ProtectedPath>,
}

impl Settings {
    /// Returns the defaults, with the cache in `cache_dir`, for the account `default`.
    #[must_use]
    pub fn new(cache_dir: Option<PathBuf>) -> Self {
        let machine = Machine::here();
        Self {
            sizes: Sizes::on(&machine),
            machine,
            cache_dir,
            read_only: false,
            trust_cache_owner: false,
            budget: Budget::of(&machine),
            account: "default".to_owned(),
            workflow: None,
            limits: Limits::default(),
            max_component_bytes: DEFAULT_MAX_COMPONENT_BYTES,
            compiler: Compiler::InProcess,
            compile: CompileLimits::default(),
            protected: Vec::new(),
        }
    }

    /// Returns the paths that no directory granted to a task may cover; `config_path` is the `larder.toml` of its
    /// component.
    pub(crate) fn protected(&self, config_path: Option<&Path>) -> Vec<ProtectedPath> {
        let Self { cache_dir, compiler, protected, .. } = self;
        let path = |what, path| ProtectedPath { what, path, is_shared: false };
        let helper = match compiler {
            Compiler::InProcess => None,
            Compiler::Helper { program, .. } => Some(path("the program that compiles", program.clone())),
        };
        let mut paths = protected.clone();
        paths.extend(cache_dir.clone().map(|folder| path("the cache", folder)));
        let temporary = path("the folder of temporary files", std::env::temp_dir());
        paths.push(ProtectedPath { is_shared: true, ..temporary });
        paths.extend(std::env::current_exe().ok().map(|program| path("the running program", program)));
        paths.extend(helper);
        paths.extend(config_path.map(|file| path("the larder.toml of the component", file.to_owned())));
        paths
    }
}
