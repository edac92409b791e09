//! Options that name a call, and those for its caching and its limits.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use larder::policy;

/// Component, task and arguments of a call, for the commands that take one.
#[derive(Debug, Args)]
pub(crate) struct Called {
    /// A component (.wasm or .wat), or a folder with a larder.toml
    pub(crate) component: Option<PathBuf>,
    /// The task: its full name, or any unambiguous short form (`interface#function`, `function`)
    pub(crate) task: Option<String>,
    /// The arguments, by the names of the WIT parameters
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) arguments: Vec<String>,
    #[command(flatten)]
    pub(crate) declared: Declared,
}

/// Trust in the component and the files beside it, for commands that load one.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Trusting {
    /// Take nothing on the component's word: what it says to be cached is cached for its own code alone, all else that
    /// its manifest claims is left out, and no larder.toml is read
    #[arg(long, help_heading = "Trust options")]
    pub(crate) untrusted: bool,
    /// Of a folder, take the component that is there, and run no build command
    #[arg(long, help_heading = "Trust options")]
    pub(crate) no_build: bool,
}

impl Trusting {
    pub(crate) const fn trust(self) -> policy::Trust {
        if self.untrusted { policy::Trust::Untrusted } else { policy::Trust::Trusted }
    }
}

/// Options that override a task's declaration of its cache.
#[derive(Debug, Args)]
pub(crate) struct Declared {
    /// Cache under this version, whatever is declared
    #[arg(long, value_name = "TEXT", conflicts_with = "pinned", help_heading = "Cache options")]
    pub(crate) cache_version: Option<String>,
    /// Cache for exactly this code, whatever is declared
    #[arg(long, help_heading = "Cache options")]
    pub(crate) pinned: bool,
    /// Who shares the result, whatever is declared
    #[arg(long, value_enum, help_heading = "Cache options")]
    pub(crate) scope: Option<ScopeWord>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScopeWord {
    /// All workflows of the account
    Account,
    /// The calls of one workflow
    Workflow,
}

/// Use of the cache, for the commands that make calls.
#[derive(Debug, Args)]
pub(crate) struct Caching {
    /// Run, and overwrite what is stored
    #[arg(long, conflicts_with = "no_cache", help_heading = "Cache options")]
    pub(crate) refresh: bool,
    /// Go without the cache: neither look up nor store, and compile anew
    #[arg(long, help_heading = "Cache options")]
    pub(crate) no_cache: bool,
    /// Take entries that are older for misses (such as 90s, 12h, 7d)
    #[arg(long, value_name = "AGE", value_parser = humantime::parse_duration, help_heading = "Cache options")]
    pub(crate) max_age: Option<Duration>,
    /// With --cache-version alone: take an entry made by other code for a hit, since the name is ours
    #[arg(long, help_heading = "Cache options")]
    pub(crate) trust_name: bool,
    /// Make a hit that another component made an error
    #[arg(long, help_heading = "Cache options")]
    pub(crate) strict: bool,
}

/// Limits on all runs together, for the commands that make them.
#[derive(Debug, Args)]
pub(crate) struct Together {
    /// How many processors all runs may keep busy together [default: those of the machine]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Size options")]
    pub(crate) cpus: Option<u32>,
    /// How much memory all runs may use together, in MiB [default: that of the machine]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Size options")]
    pub(crate) memory_mib: Option<u64>,
}
