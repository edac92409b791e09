//! The arguments of `larder run`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::allow::Allow;
use super::call::{Caching, Called, Together, Trusting};

const RUN_HELP: &str = "\
A value is JSON or WAVE, a plain word for a `string`, or @FILE for the content of a file (@@ for a text that starts
with @). A file or a directory is its path, or the sha256: digest of one that is stored; for a list of them, a pattern
(reads='data/*.fastq') or @LIST, a file with a path on each line. Parameters of type option may be left out. `larder run COMPONENT TASK --help` shows a task's parameters.

Examples:
  larder run guest-examples/word-stats word-stats text='to be or not to be' mode=strict
  larder run guest-examples/align global a=@a.fasta b=@b.fasta
  larder run guest-examples/kmers count reads=reads.fastq.gz k=21 --out results
  larder run tools.wasm reverse 'items=[\"a\", \"b\"]' --cache-version 1
  larder run tools.wasm fetch url=https://api.example.org/x --allow-http GET@api.example.org
  larder run guest-examples/primes count-below limit=1000 --check 5
  larder run tools.wasm reverse --help";

#[derive(Debug, Args)]
#[command(
    disable_help_flag = true,
    after_help = RUN_HELP,
    override_usage = "larder run [OPTIONS] <COMPONENT> <TASK> [NAME=VALUE]..."
)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) called: Called,
    #[command(flatten)]
    pub(crate) caching: Caching,
    #[command(flatten)]
    pub(crate) allow: Allow,
    #[command(flatten)]
    pub(crate) trusting: Trusting,
    #[command(flatten)]
    pub(crate) together: Together,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Put the files and directories of the result into this folder, under their names
    #[arg(long, value_name = "DIR", help_heading = "Output options")]
    pub(crate) out: Option<PathBuf>,
    /// Put one of them at this path: NAME is its name, or its place in the result, such as `ok.table`. What is there is
    /// replaced; a pipe or a device is written to; with - as PATH, or alone, a file goes to standard output, and the
    /// result is not printed
    #[arg(short, long, value_name = "NAME=PATH", help_heading = "Output options")]
    pub(crate) output: Vec<String>,
    /// With --out: replace also files that are no outputs which this account stored
    #[arg(long, requires = "out", help_heading = "Output options")]
    pub(crate) force: bool,
    /// Show what the task printed, also when a hit did not run it
    #[arg(long)]
    pub(crate) logs: bool,
    /// Run a sealed task N times, each in a process and with a cache of its own, and compare result, fuel and output
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(2..),
        conflicts_with_all = ["out", "output", "refresh", "no_cache", "max_age", "strict", "trust_name", "format", "logs", "open", "allow_dir", "allow_dir_rw", "allow_env", "allow_http", "allow_tcp"]
    )]
    pub(crate) check: Option<u32>,
    /// Print help: of this command, or of a task when one is named
    #[arg(short, long)]
    pub(crate) help: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// JSON
    #[default]
    Json,
    /// WAVE, the text format of WebAssembly values
    Wave,
}
