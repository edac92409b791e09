//! Capabilities that a task asks for, and grants that answer them.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use super::host::canonical;
use super::{HttpRule, TcpRule, is_public};

/// Access to a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Access {
    /// Files can be read.
    #[n(0)]
    ReadOnly,
    /// Files can be read, written, created and removed.
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

/// A capability that a task says it needs.
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
        /// The access that the task needs.
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

impl Capability {
    /// The need as a manifest declares it: a value of the variant `capability` of `larder:task/manifest`, in WAVE.
    #[must_use]
    pub fn declaration(&self) -> String {
        match self {
            Self::OpenWorld => "open-world".to_owned(),
            Self::Directory { path, access } => format!("directory({{path: {path:?}, access: {access}}})"),
            Self::Variable(name) => format!("variable({name:?})"),
            Self::Http(HttpRule { host, port, methods }) => {
                let host = host.to_string();
                let port = port.map_or_else(|| "none".to_owned(), |port| format!("some({port})"));
                format!("http({{host: {host:?}, port: {port}, methods: {methods:?}}})")
            }
            Self::Tcp(TcpRule { host, port }) => format!("tcp({{host: {:?}, port: {port}}})", host.to_string()),
        }
    }
}

impl Grants {
    /// Returns the grants that match none of `needs`, so that the task does not get them, as the needs that it would
    /// have to declare.
    #[must_use]
    pub fn undeclared(&self, needs: &[Capability]) -> Vec<Capability> {
        let Self { directories, variables, http, tcp } = self;
        let directories = directories.iter().map(|DirectoryGrant { host: _, guest, access }| {
            // A need for the path is enough for a match: the task then gets some access to it.
            Capability::Directory { path: guest.clone(), access: *access }
        });
        let variables = variables.iter().map(|(name, _)| Capability::Variable(name.clone()));
        let http = http.iter().cloned().map(Capability::Http);
        let tcp = tcp.iter().cloned().map(Capability::Tcp);
        let all = directories.chain(variables).chain(http).chain(tcp);
        all.filter(|granted| !needs.iter().any(|need| need.meets(granted))).collect()
    }
}

impl Capability {
    /// Returns true if a need and a grant overlap, as far as that is known without a name or an address.
    fn meets(&self, granted: &Self) -> bool {
        match (self, granted) {
            (Self::OpenWorld, Self::OpenWorld) => true,
            (Self::Directory { path: needed, access: _ }, Self::Directory { path, access: _ }) => {
                same_path(needed, path)
            }
            (Self::Variable(needed), Self::Variable(name)) => needed == name,
            (Self::Http(needed), Self::Http(rule)) => needed.host.meets(&rule.host),
            (Self::Tcp(needed), Self::Tcp(rule)) => needed.port == rule.port && needed.host.meets(&rule.host),
            (
                Self::OpenWorld | Self::Directory { .. } | Self::Variable(_) | Self::Http(_) | Self::Tcp(_),
                Self::OpenWorld | Self::Directory { .. } | Self::Variable(_) | Self::Http(_) | Self::Tcp(_),
            ) => false,
        }
    }
}

/// Grants of an operator to a task. The default grants the open world and nothing in it.
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
    /// The granted access.
    pub access: Access,
}

/// Capabilities of a task: the intersection of grants and needs.
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
    /// The paths of the host that no granted directory may cover.
    pub protected: Vec<ProtectedPath>,
}

/// A path of the host that no granted directory may contain, lie in, or be. A guest that could write there could change
/// what later runs load or believe; one that could read there would see other people's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedPath {
    /// Description of the path for a message: `the cache`.
    pub what: &'static str,
    /// The path, which need not exist.
    pub path: PathBuf,
    /// True if others keep things there too, so that a directory inside the path may be granted.
    pub is_shared: bool,
}

impl Allowed {
    /// Returns the same capabilities, with these paths protected as well.
    #[must_use]
    pub fn protecting(mut self, paths: impl IntoIterator<Item = ProtectedPath>) -> Self {
        self.protected.extend(paths);
        self
    }

    /// Describes the grants that are also needed, as far as that is known by name. Values of variables are left out:
    /// one may be a secret.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let directory = |DirectoryGrant { host, guest, access }: &DirectoryGrant| {
            format!("directory {} as {guest} ({access})", host.display())
        };
        let directories = self.directories.iter().map(directory);
        let variables = self.variables.iter().map(|(name, _)| format!("variable {name}"));
        let http = self.granted_http.iter().map(|rule| format!("http {rule}"));
        let tcp = self.granted_tcp.iter().map(|rule| format!("tcp {rule}"));
        directories.chain(variables).chain(http).chain(tcp).collect()
    }

    /// Returns the intersection of grants and needs. `needs` is `None` for a component that does not declare its needs.
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
                protected: Vec::new(),
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
            protected: Vec::new(),
        }
    }

    /// Returns true if a request is allowed, as far as its host is known by name.
    #[must_use]
    pub fn allows_http(&self, method: &str, host: &str, port: u16) -> bool {
        let in_one_of = |rules: &[HttpRule]| rules.iter().any(|rule| rule.allows(method, host, port));
        in_one_of(&self.granted_http) && self.needed_http.as_deref().is_none_or(in_one_of)
    }

    /// Returns true if a request that passes [`Allowed::allows_http`] may go to the address that its host resolved to.
    #[must_use]
    pub fn allows_http_address(&self, address: IpAddr, port: u16) -> bool {
        let address = canonical(address);
        let named = |rule: &HttpRule| rule.allows_port(port) && rule.host.names_address(address);
        is_public(address) || self.granted_http.iter().any(named)
    }

    /// Returns true if a name may be looked up: some connection to it is allowed.
    #[must_use]
    pub fn allows_lookup(&self, name: &str) -> bool {
        let in_one_of = |rules: &[TcpRule]| rules.iter().any(|rule| rule.host.names(name));
        in_one_of(&self.granted_tcp) && self.needed_tcp.as_deref().is_none_or(in_one_of)
    }

    /// Ports of the grants that allow a connection to this address, known by `name`. If there are none, a look-up of
    /// the name must not reveal the address.
    pub fn tcp_ports(&self, address: IpAddr, name: &str) -> impl Iterator<Item = u16> {
        self.granted_tcp.iter().map(|rule| rule.port).filter(move |port| self.allows_tcp(address, *port, [name]))
    }

    /// Returns the port of the first grant that covers this name.
    #[must_use]
    pub fn first_port_of(&self, name: &str) -> Option<u16> {
        self.granted_tcp.iter().find(|rule| rule.host.names(name)).map(|rule| rule.port)
    }

    /// Returns true if a connection to an address is allowed; `names` are the names that it was looked up by.
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
