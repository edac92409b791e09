//! Capabilities that a task asks for, and grants that answer them.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use super::host::canonical;
use super::{HttpRule, TcpRule, is_public};

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
    /// Grants that are not among `needs`, so that the task does not get them, as the needs that it would have to
    /// declare.
    #[must_use]
    pub fn undeclared(&self, needs: &[Capability]) -> Vec<Capability> {
        let Self { directories, variables, http, tcp } = self;
        let directories = directories.iter().map(|DirectoryGrant { host: _, guest, access }| {
            // Of a path that it needs the task gets something.
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
    /// Tells whether a need and a grant have something in common, as far as that can be told without a name or an address.
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
    /// The paths of the host that none of the directories may cover.
    pub protected: Vec<ProtectedPath>,
}

/// A path of the host that no granted directory may contain, lie in, or be. A guest that could write there could change
/// what later runs load or believe; one that could read there would see what is other people's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedPath {
    /// What is there, for a message: `the cache`.
    pub what: &'static str,
    /// The path, which need not exist.
    pub path: PathBuf,
    /// Whether others keep things there, too, so that a directory in it may be granted.
    pub is_shared: bool,
}

impl Allowed {
    /// The same, with these paths protected as well.
    #[must_use]
    pub fn protecting(mut self, paths: impl IntoIterator<Item = ProtectedPath>) -> Self {
        self.protected.extend(paths);
        self
    }

    /// What is granted and, as far as it is known by name, needed, in words. Values of variables are left out: one may
    /// be a secret.
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
