//! What a task may reach outside itself: the capabilities that it needs, that an operator grants, and that it was
//! denied. Pure: it compares names and addresses, and opens nothing.
//!
//! A task gets what is both granted and needed. A component that says nothing of its needs gets what is granted.
//!
//! | capability | names | allows |
//! |---|---|---|
//! | open world | nothing | real clocks and real randomness |
//! | directory | a path in the guest; read-only or read-write | that folder and all below it, links out of it excepted |
//! | variable | a name | one environment variable |
//! | HTTP | host, port, methods | outgoing requests |
//! | TCP | host, port | outgoing connections, and looking the host's name up |
//!
//! A host is a name, `*.` and a name for all names below it, `*` for every name, an address, or a network such as
//! `10.0.0.0/8`. A name never reaches an address of this machine or of a private network, whatever it resolves to: such
//! an address must be named by a rule of its own, as an address or a network (`localhost` names this machine).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::str::FromStr;

use ipnet::IpNet;

/// How a directory may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Access {
    /// Files can be read.
    #[n(0)]
    ReadOnly,
    /// Files can be read, written, made and removed.
    #[n(1)]
    ReadWrite,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadOnly => "read-only",
            Self::ReadWrite => "read-write",
        })
    }
}

/// One thing that a task says it needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub enum Capability {
    /// Real clocks and real randomness.
    #[n(0)]
    OpenWorld,
    /// A directory, by its path in the guest.
    #[n(1)]
    Directory {
        /// The path, as the guest sees it.
        #[n(0)]
        path: String,
        /// What the task does there.
        #[n(1)]
        access: Access,
    },
    /// An environment variable.
    #[n(2)]
    Variable(#[n(0)] String),
    /// Outgoing HTTP requests.
    #[n(3)]
    Http(#[n(0)] HttpRule),
    /// Outgoing TCP connections.
    #[n(4)]
    Tcp(#[n(0)] TcpRule),
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenWorld => f.write_str("open world"),
            Self::Directory { path, access } => write!(f, "directory {path} ({access})"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Http(rule) => write!(f, "http {rule}"),
            Self::Tcp(rule) => write!(f, "tcp {rule}"),
        }
    }
}

/// Which hosts a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HostPattern {
    /// Every name; no address.
    AnyName,
    /// The names below this one, at any depth.
    Below(String),
    /// This name, in lower case.
    Name(String),
    /// The addresses of a network; a single address is a network of one.
    Network(IpNet),
}

/// A text that is no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a host: write a name, `*.` and a name, `*`, an address, or a network such as `10.0.0.0/8`")]
pub struct NotAHost(pub String);

impl FromStr for HostPattern {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(network) = bare.parse::<IpNet>() {
            return Ok(Self::Network(network.trunc()));
        }
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Self::Network(IpNet::from(address)));
        }
        let name = |name: &str| is_host_name(name).then(|| host_name(name)).ok_or_else(|| NotAHost(text.to_owned()));
        match text.strip_prefix("*.") {
            Some(parent) => Ok(Self::Below(name(parent)?)),
            None if text == "*" => Ok(Self::AnyName),
            None => Ok(Self::Name(name(text)?)),
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyName => f.write_str("*"),
            Self::Below(parent) => write!(f, "*.{parent}"),
            Self::Name(name) => f.write_str(name),
            Self::Network(network) => match (network.addr(), network.prefix_len() == network.max_prefix_len()) {
                (IpAddr::V6(address), true) => write!(f, "[{address}]"),
                (address, true) => write!(f, "{address}"),
                (IpAddr::V6(_), false) => write!(f, "[{network}]"),
                (IpAddr::V4(_), false) => write!(f, "{network}"),
            },
        }
    }
}

impl<C> minicbor::Encode<C> for HostPattern {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.to_string())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for HostPattern {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let at = d.position();
        d.str()?.parse().map_err(|error: NotAHost| minicbor::decode::Error::message(error).at(at))
    }
}

impl HostPattern {
    /// Whether the rule is about this host, as a guest names it.
    #[must_use]
    pub fn names(&self, host: &str) -> bool {
        let address = address(host);
        match self {
            Self::AnyName => address.is_none(),
            Self::Below(parent) => {
                address.is_none()
                    && host_name(host)
                        .strip_suffix(parent.as_str())
                        .is_some_and(|rest| rest.ends_with('.') && rest.len() > 1)
            }
            Self::Name(name) => address.is_none() && host_name(host) == *name,
            Self::Network(network) => address.is_some_and(|address| network.contains(&canonical(address))),
        }
    }

    /// Whether the rule names this address itself, not only a name that resolves to it.
    fn names_address(&self, address: IpAddr) -> bool {
        match self {
            Self::AnyName | Self::Below(_) => false,
            Self::Name(name) => name == "localhost" && address.is_loopback(),
            Self::Network(network) => network.contains(&address),
        }
    }
}

/// The address that a host is written as, if it is one.
fn address(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

/// A name as it is compared: in lower case, without the dot of the root.
fn host_name(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn is_host_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// An address that stands for an IPv4 address (RFC 4291 §2.5.5.2, RFC 6052) is that address.
fn canonical(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return v4.into();
    }
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            Ipv4Addr::new(a, b, c, d).into()
        }
        _ => address,
    }
}

/// Whether an address is one of the public internet: not this machine's, not a private network's, not a special one
/// (the registries of RFC 6890).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match canonical(address) {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let benchmarking = a == 198 && (18..20).contains(&b);
            let protocol = (a, b, c) == (192, 0, 0);
            !(v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_documentation()
                || v4.is_multicast()
                || shared
                || benchmarking
                || protocol
                || a == 0
                || a >= 240)
        }
        IpAddr::V6(v6) => {
            // Only 2000::/3 is given out; what is embedded or documented in it is left out again.
            let [first, second, ..] = v6.segments();
            let global = first & 0xe000 == 0x2000;
            let special =
                (first == 0x2001 && (second < 0x200 || second == 0xdb8)) || first == 0x2002 || first == 0x3fff;
            global && !special && v6 != Ipv6Addr::UNSPECIFIED
        }
    }
}

/// Which HTTP requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct HttpRule {
    /// To which hosts.
    #[n(0)]
    pub host: HostPattern,
    /// To which port; `None`: the scheme's own, 80 or 443.
    #[n(1)]
    pub port: Option<u16>,
    /// With which methods, in upper case; empty: with every one.
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

/// A text that is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARule {
    /// The host in it is none.
    #[error(transparent)]
    Host(#[from] NotAHost),
    /// The port is missing or no number.
    #[error("`{0}` has no port: write HOST:PORT, with a port from 1 to 65535")]
    Port(String),
    /// A URL with a path: what is granted is a host.
    #[error("`{0}` has a path, and only whole hosts can be granted: write [METHOD,…@]HOST[:PORT]")]
    Path(String),
    /// A method that is none.
    #[error("`{0}` is not a list of HTTP methods such as `GET,HEAD`: write [METHOD,…@]HOST[:PORT]")]
    Methods(String),
}

/// Splits `HOST[:PORT]`; an IPv6 address or network stands in brackets where a port follows.
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

/// `[METHOD,…@]HOST[:PORT]`, or the beginning of a URL, `https://HOST[:PORT]`, whose scheme then is the port.
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

/// `HOST:PORT`
impl FromStr for TcpRule {
    type Err = NotARule;

    fn from_str(text: &str) -> Result<Self, NotARule> {
        let (host, port) = host_and_port(text)?;
        Ok(Self { host, port: port.ok_or_else(|| NotARule::Port(text.to_owned()))? })
    }
}

impl HttpRule {
    fn allows_port(&self, port: u16) -> bool {
        match self.port {
            Some(named) => named == port,
            None => port == 80 || port == 443,
        }
    }

    fn allows(&self, method: &str, host: &str, port: u16) -> bool {
        let method_is_named = || self.methods.iter().any(|named| named.eq_ignore_ascii_case(method));
        self.host.names(host) && self.allows_port(port) && (self.methods.is_empty() || method_is_named())
    }
}

/// Which TCP connections.
#[derive(Debug, Clone, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct TcpRule {
    /// To which hosts.
    #[n(0)]
    pub host: HostPattern,
    /// To which port.
    #[n(1)]
    pub port: u16,
}

impl fmt::Display for TcpRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What an operator grants to a task. The default grants the open world and nothing in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Directories of the host.
    pub directories: Vec<DirectoryGrant>,
    /// Environment variables, with their values.
    pub variables: Vec<(String, String)>,
    /// Outgoing HTTP requests.
    pub http: Vec<HttpRule>,
    /// Outgoing TCP connections.
    pub tcp: Vec<TcpRule>,
}

/// A directory of the host that a task sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryGrant {
    /// The directory on the host.
    pub host: PathBuf,
    /// Its path in the guest.
    pub guest: String,
    /// How it may be used.
    pub access: Access,
}

/// What a task gets: what is both granted and needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Directories of the host, each with the lesser of the access that is granted and needed.
    pub directories: Vec<DirectoryGrant>,
    /// Environment variables, with their values.
    pub variables: Vec<(String, String)>,
    granted_http: Vec<HttpRule>,
    granted_tcp: Vec<TcpRule>,
    needed_http: Option<Vec<HttpRule>>,
    needed_tcp: Option<Vec<TcpRule>>,
}

impl Allowed {
    /// The intersection of what is granted and what is needed; `None` for a component that does not say what it needs.
    #[must_use]
    pub fn of(grants: &Grants, needs: Option<&[Capability]>) -> Self {
        let Grants { directories, variables, http, tcp } = grants.clone();
        let Some(needs) = needs else {
            return Self {
                directories,
                variables,
                granted_http: http,
                granted_tcp: tcp,
                needed_http: None,
                needed_tcp: None,
            };
        };
        let access = |guest: &str| {
            let needed = needs.iter().filter_map(|need| match need {
                Capability::Directory { path, access } if same_path(path, guest) => Some(*access),
                Capability::Directory { .. }
                | Capability::OpenWorld
                | Capability::Variable(_)
                | Capability::Http(_)
                | Capability::Tcp(_) => None,
            });
            needed.max()
        };
        let directory = |grant: DirectoryGrant| {
            access(&grant.guest).map(|needed| DirectoryGrant { access: grant.access.min(needed), ..grant })
        };
        let needs_variable =
            |name: &str| needs.iter().any(|need| matches!(need, Capability::Variable(needed) if needed == name));
        let needed_http =
            needs.iter().filter_map(|need| if let Capability::Http(rule) = need { Some(rule.clone()) } else { None });
        let needed_tcp =
            needs.iter().filter_map(|need| if let Capability::Tcp(rule) = need { Some(rule.clone()) } else { None });
        Self {
            directories: directories.into_iter().filter_map(directory).collect(),
            variables: variables.into_iter().filter(|(name, _)| needs_variable(name)).collect(),
            granted_http: http,
            granted_tcp: tcp,
            needed_http: Some(needed_http.collect()),
            needed_tcp: Some(needed_tcp.collect()),
        }
    }

    /// Whether a request may be made, as far as its host is known by name.
    #[must_use]
    pub fn allows_http(&self, method: &str, host: &str, port: u16) -> bool {
        let in_one_of = |rules: &[HttpRule]| rules.iter().any(|rule| rule.allows(method, host, port));
        in_one_of(&self.granted_http) && self.needed_http.as_deref().is_none_or(in_one_of)
    }

    /// Whether a request that [`Allowed::allows_http`] may be made to the address that its host resolved to.
    #[must_use]
    pub fn allows_http_address(&self, address: IpAddr, port: u16) -> bool {
        let address = canonical(address);
        let named = |rule: &HttpRule| rule.allows_port(port) && rule.host.names_address(address);
        is_public(address) || self.granted_http.iter().any(named)
    }

    /// Whether a name may be looked up: some connection to it is allowed.
    #[must_use]
    pub fn allows_lookup(&self, name: &str) -> bool {
        let in_one_of = |rules: &[TcpRule]| rules.iter().any(|rule| rule.host.names(name));
        in_one_of(&self.granted_tcp) && self.needed_tcp.as_deref().is_none_or(in_one_of)
    }

    /// The ports of the grants under which a connection to this address is allowed, as it is known by `name`.
    /// None: a look-up of the name must not give the address away.
    pub fn tcp_ports(&self, address: IpAddr, name: &str) -> impl Iterator<Item = u16> {
        self.granted_tcp.iter().map(|rule| rule.port).filter(move |port| self.allows_tcp(address, *port, [name]))
    }

    /// The port of the first grant that is about this name.
    #[must_use]
    pub fn first_port_of(&self, name: &str) -> Option<u16> {
        self.granted_tcp.iter().find(|rule| rule.host.names(name)).map(|rule| rule.port)
    }

    /// Whether a connection may be made to an address; `names` are those that it was looked up by.
    #[must_use]
    pub fn allows_tcp<'n>(&self, address: IpAddr, port: u16, names: impl IntoIterator<Item = &'n str>) -> bool {
        let address = canonical(address);
        let mut hosts: Vec<String> = names.into_iter().map(str::to_owned).collect();
        hosts.push(address.to_string());
        let in_one_of = |rules: &[TcpRule]| {
            rules.iter().any(|rule| rule.port == port && hosts.iter().any(|host| rule.host.names(host)))
        };
        let named = |rule: &TcpRule| rule.port == port && rule.host.names_address(address);
        in_one_of(&self.granted_tcp)
            && self.needed_tcp.as_deref().is_none_or(in_one_of)
            && (is_public(address) || self.granted_tcp.iter().any(named))
    }
}

fn same_path(a: &str, b: &str) -> bool {
    let parts = |path: &str| {
        path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect::<Vec<_>>()
    };
    parts(a) == parts(b)
}

/// Something that a task wanted and did not get.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Denied {
    /// A function that no task can have: `interface#function`, or the name of a function that the world imports itself.
    Import(String),
    /// An HTTP request.
    Http {
        /// Its method.
        method: String,
        /// The host, as the guest wrote it.
        host: String,
        /// The port.
        port: u16,
        /// The address that the host resolved to, where that is what was denied.
        address: Option<IpAddr>,
    },
    /// A TCP connection.
    Tcp {
        /// The address.
        address: IpAddr,
        /// The port.
        port: u16,
    },
    /// A name to be looked up.
    Lookup(String),
    /// A TCP socket, in a world that has none.
    TcpSocket,
    /// To wait for connections.
    Listen,
    /// A UDP socket.
    UdpSocket,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Import(import) => write!(f, "the import `{import}`"),
            Self::Http { method, host, port, address: None } => write!(f, "HTTP {method} to {host}:{port}"),
            Self::Http { method, host, port, address: Some(address) } => {
                write!(f, "HTTP {method} to {host}:{port} at {address}, which is no public address")
            }
            Self::Tcp { address: IpAddr::V6(address), port } => write!(f, "TCP to [{address}]:{port}"),
            Self::Tcp { address, port } => write!(f, "TCP to {address}:{port}"),
            Self::Lookup(name) => write!(f, "looking up {name}"),
            Self::TcpSocket => f.write_str("a TCP socket"),
            Self::Listen => f.write_str("waiting for TCP connections"),
            Self::UdpSocket => f.write_str("a UDP socket"),
        }
    }
}

impl std::error::Error for Denied {}

impl Denied {
    /// A stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Import(_) => "import",
            Self::Http { .. } => "http",
            Self::Tcp { .. } | Self::TcpSocket => "tcp",
            Self::Lookup(_) => "lookup",
            Self::Listen => "listen",
            Self::UdpSocket => "udp",
        }
    }
}

/// What a run was denied: each thing once, in the order it was first wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denials(Vec<Denied>);

impl Denials {
    /// How many different things are remembered: a guest could want any number.
    const MOST: usize = 32;

    /// The longest text of a guest that is remembered, in characters.
    const LONGEST: usize = 300;

    pub(crate) fn add(&mut self, denied: Denied) {
        let denied = shortened(denied);
        if self.0.len() < Self::MOST && !self.0.contains(&denied) {
            self.0.push(denied);
        }
    }

    /// They, in the order they were first wanted.
    pub fn iter(&self) -> impl Iterator<Item = &Denied> {
        self.0.iter()
    }

    /// Whether nothing was denied.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn shortened(denied: Denied) -> Denied {
    let short = |text: String| text.chars().take(Denials::LONGEST).collect::<String>();
    match denied {
        Denied::Import(import) => Denied::Import(short(import)),
        Denied::Http { method, host, port, address } => {
            Denied::Http { method: short(method), host: short(host), port, address }
        }
        Denied::Lookup(name) => Denied::Lookup(short(name)),
        Denied::Tcp { .. } | Denied::TcpSocket | Denied::Listen | Denied::UdpSocket => denied,
    }
}

#[cfg(test)]
mod tests;
