//! The arguments of `larder blob` and `larder cache`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  larder blob put reads.fastq\n  larder blob ls\n  larder blob get sha256:1f3a… -o reads.fastq"
)]
pub(crate) struct Blob {
    #[command(subcommand)]
    pub(crate) command: BlobCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BlobCommand {
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
pub(crate) struct Cache {
    #[command(subcommand)]
    pub(crate) command: CacheCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Print the cache folder
    #[command(after_help = "Examples:\n  du -sh \"$(larder cache path)\"\n  larder cache path --json")]
    Path,
}
