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
    /// Returns whether anything in it counts only when it is trusted, or may.
    #[must_use]
    pub fn wants_trust(&self) -> bool {
        !self.grants.is_empty()
            || self.limits != LimitsConfig::default()
            || self.sizes != SizesConfig::default()
            || self.tasks.values().any(|task| task.limits != LimitsConfig::default() || task.timeout_seconds.is_some())
    }
}
