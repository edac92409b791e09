//! The arguments, as they are typed.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::batch::Batch;
use larder::capability::{HttpRule, TcpRule};
use larder::policy;

/// Run typed tasks from WebAssembly components, each once: the next call with the same inputs is answered from the
/// cache.
#[derive(Debug, Parser)]
#[command(name = "larder", bin_name = "larder", version, propagate_version = true, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done                              5  a capability was denied
  1  the task returned err             6  not a component, or one that cannot be a task's
  2  wrong usage or input              7  the cache
  3  the task trapped                 70  a bug in Larder
  4  a limit was exceeded            130  interrupted

Examples:
  larder run guest-examples/primes count-below limit=1000000
  larder batch guest-examples/primes count-below limits.csv
  larder inspect tools.wasm
  larder key tools.wasm reverse 'items=[\"a\", \"b\"]'";

#[derive(Debug, Args)]
pub(super) struct Global {
    /// The cache folder [default: LARDER_CACHE_DIR, else `larder` in the XDG cache folder]
    #[arg(long, value_name = "DIR", global = true, help_heading = "Global options")]
    pub(super) cache_dir: Option<PathBuf>,
    /// Serve hits from a cache that belongs to another user or that others may write to: nothing is written to it, and
    /// code that was compiled there is not loaded
    #[arg(long, global = true, help_heading = "Global options")]
    pub(super) trust_cache_owner: bool,
    /// Whose cache it is [default: `account` in larder.toml, else `default`]
    #[arg(long, value_name = "NAME", global = true, help_heading = "Global options")]
    pub(super) account: Option<String>,
    /// The workflow that this call belongs to [default: `workflow` in larder.toml]
    #[arg(long, value_name = "NAME", global = true, help_heading = "Global options")]
    pub(super) workflow: Option<String>,
    /// The larder.toml to go by, instead of the one beside the component or above it: all that it says counts
    #[arg(long, value_name = "PATH", global = true, help_heading = "Global options")]
    pub(super) config: Option<PathBuf>,
    /// Print one JSON object on standard output (`batch`: its summary, on standard error)
    #[arg(long, global = true, help_heading = "Global options")]
    pub(super) json: bool,
    /// Say more on standard error
    #[arg(short, long, global = true, conflicts_with = "quiet", help_heading = "Global options")]
    pub(super) verbose: bool,
    /// Say nothing on standard error but errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(super) quiet: bool,
    /// Only name what a build needs and does not find; never run its `install-command`
    #[arg(
        long, global = true, env = "LARDER_NO_INSTALL", hide_env_values = true,
        value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Global options"
    )]
    pub(super) no_install: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true, help_heading = "Global options")]
    pub(super) color: When,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The command that only larder itself gives.
pub(super) const COMPILE_HELPER: &str = "compile-helper";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
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

/// What names a call, for the commands that take one.
#[derive(Debug, Args)]
pub(super) struct Called {
    /// A component (.wasm or .wat), or a folder with a larder.toml
    pub(super) component: Option<PathBuf>,
    /// The task: its full name, or any unambiguous short form (`interface#function`, `function`)
    pub(super) task: Option<String>,
    /// The arguments, by the names of the WIT parameters
    #[arg(value_name = "NAME=VALUE")]
    pub(super) arguments: Vec<String>,
    #[command(flatten)]
    pub(super) declared: Declared,
}

/// How far the component and what lies beside it are believed, for commands that load one.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct Trusting {
    /// Take nothing on the component's word: what it says to be cached is cached for its own code alone, all else that
    /// its manifest claims is left out, and no larder.toml is read
    #[arg(long, help_heading = "Trust options")]
    pub(super) untrusted: bool,
    /// Of a folder, take the component that is there, and run no build command
    #[arg(long, help_heading = "Trust options")]
    pub(super) no_build: bool,
}

impl Trusting {
    pub(super) const fn trust(self) -> policy::Trust {
        if self.untrusted { policy::Trust::Untrusted } else { policy::Trust::Trusted }
    }
}

/// What is asked over what a task declares of its cache.
#[derive(Debug, Args)]
pub(super) struct Declared {
    /// Cache under this version, whatever is declared
    #[arg(long, value_name = "TEXT", conflicts_with = "pinned", help_heading = "Cache options")]
    pub(super) cache_version: Option<String>,
    /// Cache for exactly this code, whatever is declared
    #[arg(long, help_heading = "Cache options")]
    pub(super) pinned: bool,
    /// Who shares the result, whatever is declared
    #[arg(long, value_enum, help_heading = "Cache options")]
    pub(super) scope: Option<ScopeWord>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ScopeWord {
    /// All workflows of the account
    Account,
    /// The calls of one workflow
    Workflow,
}

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
pub(super) struct Run {
    #[command(flatten)]
    pub(super) called: Called,
    #[command(flatten)]
    pub(super) caching: Caching,
    #[command(flatten)]
    pub(super) allow: Allow,
    #[command(flatten)]
    pub(super) trusting: Trusting,
    #[command(flatten)]
    pub(super) together: Together,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Put the files and directories of the result into this folder, under their names
    #[arg(long, value_name = "DIR", help_heading = "Output options")]
    pub(super) out: Option<PathBuf>,
    /// Put one of them at this path: NAME is its name, or its place in the result, such as `ok.table`. What is there is
    /// replaced; a pipe or a device is written to; with - as PATH, or alone, a file goes to standard output, and the
    /// result is not printed
    #[arg(short, long, value_name = "NAME=PATH", help_heading = "Output options")]
    pub(super) output: Vec<String>,
    /// With --out: replace also files that are no outputs which this account stored
    #[arg(long, requires = "out", help_heading = "Output options")]
    pub(super) force: bool,
    /// Show what the task printed, also when a hit did not run it
    #[arg(long)]
    pub(super) logs: bool,
    /// Run a sealed task N times, each in a process and with a cache of its own, and compare result, fuel and output
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(2..),
        conflicts_with_all = ["out", "output", "refresh", "no_cache", "max_age", "strict", "trust_name", "format", "logs", "open", "allow_dir", "allow_dir_rw", "allow_env", "allow_http", "allow_tcp"]
    )]
    pub(super) check: Option<u32>,
    /// Print help: of this command, or of a task when one is named
    #[arg(short, long)]
    pub(super) help: bool,
}

/// How calls use the cache, for the commands that make them.
#[derive(Debug, Args)]
pub(super) struct Caching {
    /// Run, and overwrite what is stored
    #[arg(long, conflicts_with = "no_cache", help_heading = "Cache options")]
    pub(super) refresh: bool,
    /// Go without the cache: neither look up nor store, and compile anew
    #[arg(long, help_heading = "Cache options")]
    pub(super) no_cache: bool,
    /// Take entries that are older for misses (such as 90s, 12h, 7d)
    #[arg(long, value_name = "AGE", value_parser = humantime::parse_duration, help_heading = "Cache options")]
    pub(super) max_age: Option<Duration>,
    /// With --cache-version alone: take an entry made by other code for a hit, since the name is ours
    #[arg(long, help_heading = "Cache options")]
    pub(super) trust_name: bool,
    /// Make a hit that another component made an error
    #[arg(long, help_heading = "Cache options")]
    pub(super) strict: bool,
}

/// What runs may use of the machine, for the commands that make them.
#[derive(Debug, Args)]
pub(super) struct Together {
    /// How many processors all runs may keep busy together [default: those of the machine]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Size options")]
    pub(super) cpus: Option<u32>,
    /// How much memory all runs may use together, in MiB [default: that of the machine]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Size options")]
    pub(super) memory_mib: Option<u64>,
}

/// What a task may reach in the open world; any of these opens it.
#[derive(Debug, Args)]
#[group(multiple = true)]
pub(super) struct Allow {
    /// Let the task see real clocks and randomness: it is not cached then
    #[arg(long, help_heading = "Open world options")]
    pub(super) open: bool,
    /// Let the task read a directory of the host, under the same path or under GUEST
    #[arg(long, value_name = "DIR[::GUEST]", help_heading = "Open world options")]
    pub(super) allow_dir: Vec<String>,
    /// Let the task read and write a directory of the host
    #[arg(long, value_name = "DIR[::GUEST]", help_heading = "Open world options")]
    pub(super) allow_dir_rw: Vec<String>,
    /// Pass an environment variable on, or set it
    #[arg(long, value_name = "NAME[=VALUE]", value_parser = variable, help_heading = "Open world options")]
    pub(super) allow_env: Vec<String>,
    /// Let the task make HTTP requests: to a name, `*.` and a name, `*`, an address or a network; without a port, to
    /// 80 and 443; without methods, with every one
    #[arg(long, value_name = "[METHOD,…@]HOST[:PORT]", help_heading = "Open world options")]
    pub(super) allow_http: Vec<HttpRule>,
    /// Let the task open TCP connections
    #[arg(long, value_name = "HOST:PORT", help_heading = "Open world options")]
    pub(super) allow_tcp: Vec<TcpRule>,
    /// Refuse every grant: run the task sealed, whatever larder.toml says
    #[arg(
        long,
        conflicts_with_all = ["open", "allow_dir", "allow_dir_rw", "allow_env", "allow_http", "allow_tcp"],
        help_heading = "Trust options"
    )]
    pub(super) sealed: bool,
}

impl Allow {
    pub(super) fn is_any(&self) -> bool {
        let Self { open, allow_dir, allow_dir_rw, allow_env, allow_http, allow_tcp, sealed: _ } = self;
        let directories = !allow_dir.is_empty() || !allow_dir_rw.is_empty();
        *open || directories || !allow_env.is_empty() || !allow_http.is_empty() || !allow_tcp.is_empty()
    }
}

fn variable(text: &str) -> Result<String, String> {
    match text.split_once('=').map_or(text, |(name, _)| name) {
        "" => Err("there is no name: write NAME or NAME=VALUE".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// JSON
    #[default]
    Json,
    /// WAVE, the text format of WebAssembly values
    Wave,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  larder inspect tools.wasm\n  larder inspect guest-examples/align --json")]
pub(super) struct Inspect {
    /// A component (.wasm or .wat), or a folder with a larder.toml
    pub(super) component: PathBuf,
    #[command(flatten)]
    pub(super) trusting: Trusting,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  larder key guest-examples/primes count-below limit=10",
    override_usage = "larder key [OPTIONS] <COMPONENT> <TASK> [NAME=VALUE]..."
)]
pub(super) struct Key {
    #[command(flatten)]
    pub(super) called: Called,
    #[command(flatten)]
    pub(super) trusting: Trusting,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  larder trust larder.toml\n  larder trust tools\n  larder trust --list\n  larder trust --remove larder.toml"
)]
pub(super) struct Trust {
    /// A larder.toml, or the folder that has it
    #[arg(required_unless_present_any = ["list", "remove"])]
    pub(super) path: Option<PathBuf>,
    /// List the files that are trusted
    #[arg(long, conflicts_with_all = ["path", "remove"])]
    pub(super) list: bool,
    /// Trust this file no longer
    #[arg(long, value_name = "PATH", conflicts_with = "path")]
    pub(super) remove: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  larder new --lang python word-count\n  larder new --lang javascript --engine starlingmonkey pages"
)]
pub(super) struct New {
    /// Its name: lower-case words with `-` between them
    pub(super) name: String,
    /// The language
    #[arg(short, long, value_enum)]
    pub(super) lang: LanguageWord,
    /// What interprets the language inside the component [default: quickjs]
    #[arg(long, value_enum)]
    pub(super) engine: Option<EngineWord>,
    /// The folder to make [default: one with the name, here]
    #[arg(long, value_name = "DIR")]
    pub(super) path: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LanguageWord {
    Rust,
    Python,
    #[value(name = "javascript", alias = "js")]
    JavaScript,
    #[value(name = "typescript", alias = "ts")]
    TypeScript,
    C,
    #[value(alias = "c++")]
    Cpp,
    Go,
    Zig,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EngineWord {
    /// Small, quick to start
    #[value(name = "quickjs")]
    QuickJs,
    /// Large, with much of what the web has
    #[value(name = "starlingmonkey")]
    StarlingMonkey,
}

/// A world, for the commands that read WIT.
#[derive(Debug, Args)]
pub(super) struct OfWorld {
    /// The world [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub(super) world: Option<String>,
    /// How the guest keeps strings in its memory
    #[arg(long, value_name = "ENCODING", value_enum, default_value_t)]
    pub(super) strings: StringsWord,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum StringsWord {
    #[default]
    Utf8,
    Utf16,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  larder bindings c --out build\n  larder bindings go --wit wit --world my:tools/tools --out build"
)]
pub(super) struct Bindings {
    /// The language; C is also for those that read its headers, such as Zig
    #[arg(value_enum)]
    pub(super) language: BindingWord,
    /// The WIT: a file, or a folder with the packages that it uses in `deps/`
    #[arg(long, value_name = "PATH", default_value = "wit")]
    pub(super) wit: PathBuf,
    #[command(flatten)]
    pub(super) world: OfWorld,
    /// The folder that they are written into
    #[arg(short, long, value_name = "DIR")]
    pub(super) out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum BindingWord {
    #[value(alias = "zig")]
    C,
    #[value(alias = "c++")]
    Cpp,
    Go,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  larder componentize build/module.wasm -o tools.wasm\n  larder componentize build/module.wasm --wit wit -o tools.wasm"
)]
pub(super) struct Componentize {
    /// The module, as a compiler made it for WASI 0.1 (as a reactor) or for no system at all
    pub(super) module: PathBuf,
    /// The WIT of the world that it implements, if its bindings did not link that into it
    #[arg(long, value_name = "PATH")]
    pub(super) wit: Option<PathBuf>,
    #[command(flatten)]
    pub(super) world: OfWorld,
    /// Where the component is written; - is standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  larder build guest-examples/align")]
pub(super) struct Build {
    /// A folder with a larder.toml
    #[arg(default_value = ".")]
    pub(super) folder: PathBuf,
    /// Build even if no input has changed
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  larder blob put reads.fastq\n  larder blob ls\n  larder blob get sha256:1f3a… -o reads.fastq"
)]
pub(super) struct Blob {
    #[command(subcommand)]
    pub(super) command: BlobCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum BlobCommand {
    /// Store files and directories, and print their digests
    #[command(after_help = "Example:\n  larder run tools.wasm count \"reads=$(larder blob put reads.fastq)\"")]
    Put {
        /// Files and directories
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Write what is stored under a digest to a path, or a file to standard output
    #[command(after_help = "Examples:\n  larder blob get sha256:1f3a… -o reads.fastq\n  larder blob get 1f3a | head")]
    Get {
        /// The digest, or enough of its beginning, which are four digits at least
        digest: String,
        /// Where to: a file is replaced, a directory must not be there; - is standard output, as without it
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
    /// List what this account has stored
    #[command(after_help = "Examples:\n  larder blob ls\n  larder blob ls --json --account lab")]
    Ls,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  larder cache path")]
pub(super) struct Cache {
    #[command(subcommand)]
    pub(super) command: CacheCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum CacheCommand {
    /// Print the cache folder
    #[command(after_help = "Examples:\n  du -sh \"$(larder cache path)\"\n  larder cache path --json")]
    Path,
}
