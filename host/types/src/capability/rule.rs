//! Network rules for HTTP requests and TCP connections, and their text form.

use std::fmt;
use std::str::FromStr;

use super::host::{HostPattern, NotAHost};
use larder_base::excerpt::excerpt;

/// Rule for HTTP requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct HttpRule {
    /// The hosts.
    #[n(0)]
    pub host: HostPattern,
    /// The port; `None` is the scheme's own, 80 or 443.
    #[n(1)]
    pub port: Option<u16>,
    /// The methods, in upper case; empty for every method.
    #[n(2)]
    pub methods: Vec<String>,
}

impl fmt::Display for HttpRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.methods.is_empty() {
            write!(f, "{}@", self.methods.join(","))?;
        }
        write!(f, "{}", self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// A text that is not a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARule {
    /// The host is invalid.
    #[error(transparent)]
    Host(#[from] NotAHost),
    /// The port is missing or not a number.
    #[error("`{}` has no port: write HOST:PORT, with a port from 1 to 65535", excerpt(_0))]
    Port(String),
    /// A URL with a path: only whole hosts can be granted.
    #[error("`{}` has a path, and only whole hosts can be granted: write [METHOD,…@]HOST[:PORT]", excerpt(_0))]
    Path(String),
    /// An invalid method.
    #[error("`{}` is not a list of HTTP methods such as `GET,HEAD`: write [METHOD,…@]HOST[:PORT]", excerpt(_0))]
    Methods(String),
}

/// Splits `HOST[:PORT]`; an IPv6 address or network before a port is in brackets.
fn host_and_port(text: &str) -> Result<(HostPattern, Option<u16>), NotARule> {
    let port = |port: &str| match port.parse() {
        Ok(0) | Err(_) => Err(NotARule::Port(text.to_owned())),
        Ok(port) => Ok(Some(port)),
    };
    if let Ok(host) = text.parse() {
        return Ok((host, None));
    }
    match text.rsplit_once(':') {
        Some((host, number)) => Ok((host.parse()?, port(number)?)),
        None => Err(NotAHost(text.to_owned()).into()),
    }
}

/// Parses `[METHOD,…@]HOST[:PORT]`, or the start of a URL, `https://HOST[:PORT]`, whose scheme then sets the port.
impl FromStr for HttpRule {
    type Err = NotARule;

    fn from_str(text: &str) -> Result<Self, NotARule> {
        let (methods, rest) = match text.split_once('@') {
            Some((methods, rest)) => (methods.split(',').map(str::to_ascii_uppercase).collect(), rest),
            None => (Vec::new(), text),
        };
        if methods.iter().any(|method: &String| {
            method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
        }) {
            return Err(NotARule::Methods(text.to_owned()));
        }
        let (scheme_port, rest) = match (rest.strip_prefix("https://"), rest.strip_prefix("http://")) {
            (Some(rest), _) => (Some(443), rest),
            (None, Some(rest)) => (Some(80), rest),
            (None, None) => (None, rest),
        };
        let rest = if scheme_port.is_some() { rest.strip_suffix('/').unwrap_or(rest) } else { rest };
        if rest.contains('/')
            && rest.parse::<HostPattern>().is_err()
            && !rest.starts_with('[')
            && !is_network_with_port(rest)
        {
            return Err(NotARule::Path(text.to_owned()));
        }
        let (host, port) = host_and_port(rest)?;
        Ok(Self { host, port: port.or(scheme_port), methods })
    }
}

fn is_network_with_port(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, _)| matches!(host.parse(), Ok(HostPattern::Network(_))))
}

/// Parses `HOST:PORT`.
impl FromStr for TcpRule {
    type Err = NotARule;

    fn from_str(text: &str) -> Result<Self, NotARule> {
        let (host, port) = host_and_port(text)?;
        Ok(Self { host, port: port.ok_or_else(|| NotARule::Port(text.to_owned()))? })
    }
}

impl HttpRule {
    pub(super) fn allows_port(&self, port: u16) -> bool {
        match self.port {
            Some(named) => named == port,
            None => port == 80 || port == 443,
        }
    }

    pub(super) fn allows(&self, method: &str, host: &str, port: u16) -> bool {
        let method_is_named = || self.methods.iter().any(|named| named.eq_ignore_ascii_case(method));
        self.host.names(host) && self.allows_port(port) && (self.methods.is_empty() || method_is_named())
    }
}

/// Rule for TCP connections.
#[derive(Debug, Clone, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct TcpRule {
    /// The hosts.
    #[n(0)]
    pub host: HostPattern,
    /// The port.
    #[n(1)]
    pub port: u16,
}

impl fmt::Display for TcpRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
