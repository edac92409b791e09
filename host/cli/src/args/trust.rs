//! The arguments of `larder trust`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  larder trust larder.toml\n  larder trust tools\n  larder trust --list\n  larder trust --remove larder.toml"
)]
pub(crate) struct Trust {
    /// A larder.toml, or the folder that has it
    #[arg(required_unless_present_any = ["list", "remove"])]
    pub(crate) path: Option<PathBuf>,
    /// List the files that are trusted
    #[arg(long, conflicts_with_all = ["path", "remove"])]
    pub(crate) list: bool,
    /// Trust this file no longer
    #[arg(long, value_name = "PATH", conflicts_with = "path")]
    pub(crate) remove: Option<PathBuf>,
}
