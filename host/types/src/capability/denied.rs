//! Denials: requests of a task that were refused.

use std::fmt;
use std::net::IpAddr;

use larder_base::excerpt::excerpt;

/// A denied request of a task.
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
        /// The address that the host resolved to, if the address was denied.
        address: Option<IpAddr>,
    },
    /// A TCP connection.
    Tcp {
        /// The address.
        address: IpAddr,
        /// The port.
        port: u16,
    },
    /// Looking up a name.
    Lookup(String),
    /// A TCP socket, in a world without TCP sockets.
    TcpSocket,
    /// Waiting for connections.
    Listen,
    /// A UDP socket.
    UdpSocket,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Import(import) => write!(f, "the import `{}`", excerpt(import)),
            Self::Http { method, host, port, address: None } => {
                write!(f, "HTTP {} to {}:{port}", excerpt(method), excerpt(host))
            }
            Self::Http { method, host, port, address: Some(address) } => {
                let (method, host) = (excerpt(method), excerpt(host));
                write!(f, "HTTP {method} to {host}:{port} at {address}, which is no public address")
            }
            Self::Tcp { address: IpAddr::V6(address), port } => write!(f, "TCP to [{address}]:{port}"),
            Self::Tcp { address, port } => write!(f, "TCP to {address}:{port}"),
            Self::Lookup(name) => write!(f, "looking up {}", excerpt(name)),
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

/// Denials of a run, and paths that it did not find: each once, in the order of the first request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denials {
    denied: Vec<Denied>,
    missed: Vec<String>,
}

impl Denials {
    /// Maximum number of denials that are kept: a guest can ask for any number of different things.
    pub(super) const MOST: usize = 32;

    /// Maximum length of a guest's text that is kept, in characters.
    const LONGEST: usize = 300;

    #[doc(hidden)]
    pub fn add(&mut self, denied: Denied) {
        let denied = shortened(denied);
        if self.denied.len() < Self::MOST && !self.denied.contains(&denied) {
            self.denied.push(denied);
        }
    }

    /// Sets the paths that the task did not find.
    #[doc(hidden)]
    pub fn with_missed(self, missed: Vec<String>) -> Self {
        Self { missed, ..self }
    }

    /// The first paths that the task looked for in its sealed folder and did not find. They are not denials: a task may
    /// ask whether a file exists.
    #[must_use]
    pub fn missed(&self) -> &[String] {
        &self.missed
    }

    /// Iterates over the denials, in the order of the first request.
    pub fn iter(&self) -> impl Iterator<Item = &Denied> {
        self.denied.iter()
    }

    /// Returns true if nothing was denied.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.denied.is_empty()
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
