//! The commands of the program, and what its help says of all of them.

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use super::author::{Bindings, Build, Componentize, New};
use super::batch::Batch;
use super::component::{Inspect, Key};
use super::global::Global;
use super::run::Run;
use super::store::{Blob, Cache};
use super::trust::Trust;

/// Run typed tasks from WebAssembly components, each once: the next call with the same inputs is answered from the
/// cache.
#[derive(Debug, Parser)]
#[command(name = "larder", bin_name = "larder", version, propagate_version = true, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done                              6  not a component, or one that cannot be a task's
  1  the task returned err             7  the cache
  2  wrong usage or input              8  the build of a project failed
  3  the task trapped                 70  a bug in Larder
  4  a limit was exceeded            130  interrupted
  5  a capability was denied

Examples:
  larder run guest-examples/primes count-below limit=1000000
  larder batch guest-examples/primes count-below limits.csv
  larder inspect tools.wasm
  larder key tools.wasm reverse 'items=[\"a\", \"b\"]'";

/// The command that only larder itself runs.
pub(crate) const COMPILE_HELPER: &str = "compile-helper";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a task, or answer from the cache
    Run(Box<Run>),
    /// Run a task for each of many inputs, or answer from the cache
    Batch(Box<Batch>),
    /// List the tasks of a component: name, signature, cache, size
    Inspect(Inspect),
    /// Show the cache key of a call, and each of its ingredients
    Key(Key),
    /// Make a project to begin with, in one of many languages
    New(New),
    /// Build the component of a folder with a larder.toml
    Build(Build),
    /// Write the bindings of a WIT world, for languages whose toolchain has none of its own
    Bindings(Bindings),
    /// Make a component of a core module
    Componentize(Componentize),
    /// Let the grants and the raised limits of a larder.toml count, as long as it does not change
    Trust(Trust),
    /// Show what each size of a task stands for on this machine
    #[command(after_help = "Examples:\n  larder sizes\n  larder sizes --json")]
    Sizes,
    /// Files and directories that are stored by their content: put in, listed, taken out
    Blob(Blob),
    /// Look after the cache
    Cache(Cache),
    /// Print a script that completes larder's arguments in a shell
    #[command(after_help = "Example:\n  larder completions bash > ~/.local/share/bash-completion/completions/larder")]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Compile the component on standard input, for the process that started this one
    #[command(name = COMPILE_HELPER, hide = true)]
    CompileHelper {
        /// What to compile for, and what it may use
        request: OsString,
    },
}
