//! Options that open the world for a task.

use clap::Args;

use larder::capability::{HttpRule, TcpRule};

/// Access of a task in the open world; any of these options opens it.
#[derive(Debug, Args)]
#[group(multiple = true)]
pub(crate) struct Allow {
    /// Let the task see real clocks and randomness: it is not cached then
    #[arg(long, help_heading = "Open world options")]
    pub(crate) open: bool,
    /// Let the task read a directory of the host, under the same path or under GUEST
    #[arg(long, value_name = "DIR[::GUEST]", help_heading = "Open world options")]
    pub(crate) allow_dir: Vec<String>,
    /// Let the task read and write a directory of the host
    #[arg(long, value_name = "DIR[::GUEST]", help_heading = "Open world options")]
    pub(crate) allow_dir_rw: Vec<String>,
    /// Pass an environment variable on, or set it
    #[arg(long, value_name = "NAME[=VALUE]", value_parser = variable, help_heading = "Open world options")]
    pub(crate) allow_env: Vec<String>,
    /// Let the task make HTTP requests: to a name, `*.` and a name, `*`, an address or a network; without a port, to
    /// 80 and 443; without methods, with every one
    #[arg(long, value_name = "[METHOD,…@]HOST[:PORT]", help_heading = "Open world options")]
    pub(crate) allow_http: Vec<HttpRule>,
    /// Let the task open TCP connections
    #[arg(long, value_name = "HOST:PORT", help_heading = "Open world options")]
    pub(crate) allow_tcp: Vec<TcpRule>,
    /// Refuse every grant: run the task sealed, whatever larder.toml says
    #[arg(
        long,
        conflicts_with_all = ["open", "allow_dir", "allow_dir_rw", "allow_env", "allow_http", "allow_tcp"],
        help_heading = "Trust options"
    )]
    pub(crate) sealed: bool,
}

impl Allow {
    pub(crate) fn is_any(&self) -> bool {
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
