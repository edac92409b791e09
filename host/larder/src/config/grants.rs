//! The tables `[grants."…"]` of `larder.toml`: what an operator lets one task reach.

use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use larder_types::capability::{Access, DirectoryGrant, Grants, HttpRule, TcpRule};

/// A table `[grants."…"]`. Even an empty one opens the world of the task: it gets real clocks and randomness.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct GrantsConfig {
    /// Directories of the host.
    pub directories: Vec<DirectoryConfig>,
    /// Environment variables: `NAME` passes one on, `NAME=value` sets it.
    pub variables: Vec<String>,
    /// Outgoing HTTP requests: `[METHOD,…@]HOST[:PORT]`.
    #[serde(deserialize_with = "parsed")]
    pub http: Vec<HttpRule>,
    /// Outgoing TCP connections: `HOST:PORT`.
    #[serde(deserialize_with = "parsed")]
    pub tcp: Vec<TcpRule>,
}

/// A directory of the host that a task sees.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DirectoryConfig {
    /// The directory, relative to the folder of the `larder.toml`.
    pub host: PathBuf,
    /// Its path in the guest; `None` means as `host` is written.
    pub guest: Option<String>,
    /// The kind of access; `None` means read-only.
    #[serde(default, deserialize_with = "access")]
    pub access: Option<Access>,
}

impl GrantsConfig {
    /// Returns the grants, with paths relative to `folder` and variables looked up with `variable`.
    #[must_use]
    pub fn grants(&self, folder: &Path, variable: impl Fn(&str) -> Option<String>) -> Grants {
        let Self { directories, variables, http, tcp } = self;
        let directory = |DirectoryConfig { host, guest, access }: &DirectoryConfig| DirectoryGrant {
            guest: guest.clone().unwrap_or_else(|| host.to_string_lossy().into_owned()),
            access: access.unwrap_or(Access::ReadOnly),
            host: folder.join(host),
        };
        Grants {
            directories: directories.iter().map(directory).collect(),
            variables: variables.iter().filter_map(|text| self::variable(text, &variable)).collect(),
            http: http.clone(),
            tcp: tcp.clone(),
        }
    }
}

/// Returns `NAME` and `value` of `NAME=value`, or `NAME` and the value that `passed` has for it.
pub fn variable(text: &str, passed: impl Fn(&str) -> Option<String>) -> Option<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => Some((text.to_owned(), passed(text)?)),
    }
}

fn parsed<'de, D: Deserializer<'de>, T: std::str::FromStr<Err: std::fmt::Display>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
}

fn access<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Access>, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        ReadOnly,
        ReadWrite,
    }
    Ok(Some(match Word::deserialize(deserializer)? {
        Word::ReadOnly => Access::ReadOnly,
        Word::ReadWrite => Access::ReadWrite,
    }))
}
