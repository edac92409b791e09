//! `larder.toml`: what stands in it, read strictly.
//!
//! ```toml
//! name = "align"               # the component's name, for functions that its world exports itself
//! account = "lab"              # whose cache; searched upward from where `larder` is started
//! workflow = "nightly"         # likewise
//!
//! [build]
//! command = "cargo build --release --target wasm32-wasip2"
//! output = "target/wasm32-wasip2/release/align.wasm"
//! inputs = ["src", "Cargo.toml"]       # default: the whole folder, less what git ignores
//!
//! [[build.needs]]              # looked for before the command is run
//! program = "cargo"
//! check = "rustc --print target-libdir --target wasm32-wasip2 | xargs test -d"
//! install = "rustup target add wasm32-wasip2"                        # shown where it is missing
//! install-command = ["rustup", "target", "add", "wasm32-wasip2"]    # run where it is missing
//!
//! [tasks."pairwise#global"]
//! version = "2"                # or: pinned = true, or: cache = false
//! scope = "workflow"           # or "account"
//! cache-errors = true
//! size = "large"               # or { cpus = 4, memory-mib = 8192, storage-mib = 1024, gpus = 0 }
//! timeout-seconds = 60
//! file-names = true            # names of input files are inputs too
//! limits = { handles = 1000 }  # any of `[limits]`, for this task
//!
//! [limits]                     # for every task, whatever its size
//! result-mib = 16
//!
//! [sizes.small]                # what a size stands for
//! memory-mib = 2048
//!
//! [grants."net#fetch"]         # what an uncached task may reach
//! directories = [{ host = "data", guest = "/data", access = "read-write" }]
//! variables = ["LANG", "MODE=test"]
//! http = ["GET,HEAD@api.example.org"]
//! tcp = ["db.example.org:5432"]
//! ```

mod approvals;
mod error;
mod grants;
mod limits;
pub mod owner;
mod read;
mod size;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use self::approvals::{Approval, ApprovalError, Approvals, Standing};
pub use self::error::ConfigError;
#[doc(hidden)]
pub use self::grants::variable;
pub use self::grants::{DirectoryConfig, GrantsConfig};
pub(crate) use self::limits::lower;
pub use self::limits::{ClassConfig, LimitsConfig, SizesConfig};
pub use self::size::SizeConfig;
use larder_base::Digest;
use larder_component::declare::Scope;

/// The name of the file.
pub const FILE_NAME: &str = "larder.toml";

/// One `larder.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file.
    pub path: PathBuf,
    /// The folder it stands in; relative paths in it start here.
    pub folder: PathBuf,
    /// The digest of its text, by which it is approved.
    pub digest: Digest,
    /// Whether an operator stands behind it, who named it or approved it: its grants and the limits that it raises count
    /// only then. Of a file that was looked for it is `false`.
    pub is_trusted: bool,
    /// The component's name.
    pub name: Option<String>,
    /// Whose cache.
    pub account: Option<String>,
    /// Which workflow.
    pub workflow: Option<String>,
    /// How the component of this folder is built.
    pub build: Option<BuildConfig>,
    /// What is declared of single tasks, by the name that each is written under.
    pub tasks: BTreeMap<String, TaskConfig>,
    /// What every run may use.
    pub limits: LimitsConfig,
    /// What the sizes stand for.
    pub sizes: SizesConfig,
    /// What single tasks may reach, by the name that each is written under.
    pub grants: BTreeMap<String, GrantsConfig>,
}

/// The table `[build]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BuildConfig {
    /// A shell command that is run in the folder; none if the component is built by other means.
    pub command: Option<String>,
    /// The component, relative to the folder.
    pub output: PathBuf,
    /// The files and folders that the output depends on, relative to the folder; none: the whole folder.
    pub inputs: Option<Vec<PathBuf>>,
    /// What the command needs of the machine.
    #[serde(default)]
    pub needs: Vec<NeedConfig>,
}

/// A table `[[build.needs]]`: something that has to be there before the command can succeed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct NeedConfig {
    /// A program on the `PATH`, or, with a `check`, what it checks, in words.
    pub program: String,
    /// A shell command, run in the folder, that succeeds where it is there; none: the program is looked for.
    pub check: Option<String>,
    /// What to do where it is not: a command, or words.
    pub install: String,
    /// A program and its arguments, run in the folder without a shell, that install it; none: it is only named.
    pub install_command: Option<Vec<String>>,
}

/// A table `[tasks."…"]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TaskConfig {
    /// The declared version.
    pub version: Option<String>,
    /// Whether the results are good for exactly this code.
    #[serde(default)]
    pub pinned: bool,
    /// `false`: never cached, whatever the manifest says.
    pub cache: Option<bool>,
    /// Who shares the results.
    #[serde(default, deserialize_with = "size::scope")]
    pub scope: Option<Scope>,
    /// Whether a result's `err` is remembered too.
    pub cache_errors: Option<bool>,
    /// The machine that one run needs.
    pub size: Option<SizeConfig>,
    /// The wall-clock limit in seconds.
    pub timeout_seconds: Option<u32>,
    /// Whether the names of the files and directories that it is given are inputs too.
    pub file_names: Option<bool>,
    /// What a run of this task may use.
    #[serde(default)]
    pub limits: LimitsConfig,
}

impl NeedConfig {
    /// The command that installs the need, as one line to show; `None` if there is no such command.
    #[must_use]
    pub fn install_command_line(&self) -> Option<String> {
        self.install_command.as_ref().map(|command| command.join(" "))
    }
}

impl Config {
    /// Reads the `larder.toml` of `folder`, if it has one. It is not [trusted](Config::is_trusted).
    ///
    /// # Errors
    ///
    /// [`ConfigError`]: the file fails the ownership rule ([`owner`]), cannot be read, is not TOML, has an unknown key, or
    /// contradicts itself.
    pub fn in_folder(folder: &Path) -> Result<Option<Self>, ConfigError> {
        read::file(&folder.join(FILE_NAME))
    }

    /// Reads the file at `path`, which an operator names: it is [trusted](Config::is_trusted).
    ///
    /// # Errors
    ///
    /// As [`Config::in_folder`]; it is an error, too, if there is no file.
    pub fn named(path: &Path) -> Result<Self, ConfigError> {
        let config = read::file(path)?.ok_or_else(|| ConfigError::Unreadable {
            path: path.to_owned(),
            source: std::io::ErrorKind::NotFound.into(),
        })?;
        Ok(Self { is_trusted: true, ..config })
    }

    /// Reads `text` as the `larder.toml` at `path`, which need not exist. It is [trusted](Config::is_trusted).
    ///
    /// # Errors
    ///
    /// As [`Config::in_folder`], but for reading the file.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        read::parse(path, text)
    }

    /// Returns whether anything in it counts only when it is trusted, or may.
    #[must_use]
    pub fn wants_trust(&self) -> bool {
        !self.grants.is_empty()
            || self.limits != LimitsConfig::default()
            || self.sizes != SizesConfig::default()
            || self.tasks.values().any(|task| task.limits != LimitsConfig::default() || task.timeout_seconds.is_some())
    }

    /// Reads the nearest `larder.toml` in `folder` or above it.
    ///
    /// # Errors
    ///
    /// As [`Config::in_folder`]; a file that is broken or fails the ownership rule is an error, it is not passed over.
    pub fn nearest(folder: &Path) -> Result<Option<Self>, ConfigError> {
        Self::upward(folder).next().transpose()
    }

    /// Every `larder.toml` from `folder` upward, nearest first.
    pub fn upward(folder: &Path) -> impl Iterator<Item = Result<Self, ConfigError>> {
        folder.ancestors().filter_map(|folder| Self::in_folder(folder).transpose())
    }
}

#[cfg(test)]
mod tests;
