//! The arguments of `larder inspect` and `larder key`.

use std::path::PathBuf;

use clap::Args;

use super::call::{Called, Trusting};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  larder inspect tools.wasm\n  larder inspect guest-examples/align --json")]
pub(crate) struct Inspect {
    /// A component (.wasm or .wat), or a folder with a larder.toml
    pub(crate) component: PathBuf,
    #[command(flatten)]
    pub(crate) trusting: Trusting,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  larder key guest-examples/primes count-below limit=10",
    override_usage = "larder key [OPTIONS] <COMPONENT> <TASK> [NAME=VALUE]..."
)]
pub(crate) struct Key {
    #[command(flatten)]
    pub(crate) called: Called,
    #[command(flatten)]
    pub(crate) trusting: Trusting,
}
