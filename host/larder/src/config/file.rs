//! The file `larder.toml` as a whole.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::size;
use super::{GrantsConfig, LimitsConfig, SizeConfig, SizesConfig};
use larder_base::Digest;
use larder_component::declare::Scope;

/// The name of the file.
pub const FILE_NAME: &str = "larder.toml";

/// One `larder.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file.
    pub path: PathBuf,
    /// The folder that it is in; relative paths in it start here.
    pub folder: PathBuf,
    /// The digest of its text, by which it is approved.
    pub digest: Digest,
    /// True if an operator named or approved the file: only then do its grants and the limits that it raises count.
    /// `false` for a file that was searched for.
    pub is_trusted: bool,
    /// The component's name.
    pub name: Option<String>,
    /// The account that the cache belongs to.
    pub account: Option<String>,
    /// The workflow that calls belong to.
    pub workflow: Option<String>,
    /// The build of the component of this folder.
    pub build: Option<BuildConfig>,
    /// Declarations for single tasks, by the name in the file.
    pub tasks: BTreeMap<String, TaskConfig>,
    /// Limits of every run.
    pub limits: LimitsConfig,
    /// Resources that the sizes stand for.
    pub sizes: SizesConfig,
    /// Grants for single tasks, by the name in the file.
    pub grants: BTreeMap<String, GrantsConfig>,
}

/// The table `[build]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BuildConfig {
    /// A shell command that is run in the folder; `None` if the component is built by other means.
    pub command: Option<String>,
    /// The component, relative to the folder.
    pub output: PathBuf,
    /// The files and folders that the output depends on, relative to the folder; `None` means the whole folder.
    pub inputs: Option<Vec<PathBuf>>,
    /// Needs of the command: what must be on the machine.
    #[serde(default)]
    pub needs: Vec<NeedConfig>,
}

/// A table `[[build.needs]]`: something that must be there before the command can succeed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct NeedConfig {
    /// A program on the `PATH`, or, with a `check`, what it checks, in words.
    pub program: String,
    /// A shell command, run in the folder, that succeeds if the need is met. With `None`, the program is searched for.
    pub check: Option<String>,
    /// Instructions to meet the need if it is missing: a command, or words.
    pub install: String,
    /// A program and its arguments, run in the folder without a shell, that install it. With `None`, it is only
    /// reported.
    pub install_command: Option<Vec<String>>,
}

/// A table `[tasks."…"]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TaskConfig {
    /// The declared version.
    pub version: Option<String>,
    /// True if the results are valid for exactly this code.
    #[serde(default)]
    pub pinned: bool,
    /// `false` means never cached, whatever the manifest says.
    pub cache: Option<bool>,
    /// The scope in which results are shared.
    #[serde(default, deserialize_with = "size::scope")]
    pub scope: Option<Scope>,
    /// True if a result's `err` is cached too.
    pub cache_errors: Option<bool>,
    /// The machine that one run needs.
    pub size: Option<SizeConfig>,
    /// The wall-clock limit in seconds.
    pub timeout_seconds: Option<u32>,
    /// True if the names of the files and directories among its inputs are inputs too.
    pub file_names: Option<bool>,
    /// Limits of a run of this task.
    #[serde(default)]
    pub limits: LimitsConfig,
}

impl NeedConfig {
    /// Returns the command that installs the need, as one line to show; `None` if there is no such command.
    #[must_use]
    pub fn install_command_line(&self) -> Option<String> {
        self.install_command.as_ref().map(|command| command.join(" "))
    }
}

impl Config {
    /// Returns true if anything in it counts only when it is trusted, or might.
    #[must_use]
    pub fn wants_trust(&self) -> bool {
        !self.grants.is_empty()
            || self.limits != LimitsConfig::default()
            || self.sizes != SizesConfig::default()
            || self.tasks.values().any(|task| task.limits != LimitsConfig::default() || task.timeout_seconds.is_some())
    }
}
