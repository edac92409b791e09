//! The options that every command has.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The cache folder [default: LARDER_CACHE_DIR, else `larder` in the XDG cache folder]
    #[arg(long, value_name = "DIR", global = true, help_heading = "Global options")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Serve hits from a cache that belongs to another user or that others may write to: nothing is written to it, and
    /// code that was compiled there is not loaded
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) trust_cache_owner: bool,
    /// Whose cache it is [default: `account` in larder.toml, else `default`]
    #[arg(long, value_name = "NAME", global = true, help_heading = "Global options")]
    pub(crate) account: Option<String>,
    /// The workflow that this call belongs to [default: `workflow` in larder.toml]
    #[arg(long, value_name = "NAME", global = true, help_heading = "Global options")]
    pub(crate) workflow: Option<String>,
    /// The larder.toml to go by, instead of the one beside the component or above it: all that it says counts
    #[arg(long, value_name = "PATH", global = true, help_heading = "Global options")]
    pub(crate) config: Option<PathBuf>,
    /// Print one JSON object on standard output (`batch`: its summary, on standard error)
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// Say more on standard error
    #[arg(short, long, global = true, conflicts_with = "quiet", help_heading = "Global options")]
    pub(crate) verbose: bool,
    /// Say nothing on standard error but errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Only name what a build needs and does not find; never run its `install-command`
    #[arg(
        long, global = true, env = "LARDER_NO_INSTALL", hide_env_values = true,
        value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Global options"
    )]
    pub(crate) no_install: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true, help_heading = "Global options")]
    pub(crate) color: When,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
