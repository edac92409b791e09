//! The network of an open run: the addresses that it may reach, and the names that it looked up. Only this module
//! checks addresses.
//!
//! It also has the limits on resources of the machine that all runs share: look-ups occupy threads; connections and
//! sockets occupy file descriptors.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime_wasi::sockets::SocketAddrUse;

use crate::denials::Recorder;
use crate::http::Destination;
use larder_types::capability::{Allowed, Denied, HostPattern};

/// Maximum number of concurrent look-ups of one run; more of them wait.
const LOOKUPS_AT_ONCE: usize = 8;

/// Maximum number of open HTTP connections of one run; further requests wait for one to end.
const CONNECTIONS_AT_ONCE: usize = 64;

/// Maximum number of open TCP sockets of one run.
pub(super) const SOCKETS_AT_ONCE: usize = 256;

/// Maximum number of addresses that are remembered with their names. Further look-ups return no more addresses.
const REMEMBERED: usize = 10_000;

/// The network of one run.
pub(crate) struct Network {
    pub(super) allowed: Allowed,
    denials: Recorder,
    /// The names under which this run looked each address up.
    names: Mutex<BTreeMap<IpAddr, BTreeSet<String>>>,
    lookups: Semaphore,
    connections: Arc<Semaphore>,
}

/// Reason why a look-up has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAnswer {
    Denied,
    NotAName,
    Unresolvable,
    TooMany,
}

impl Network {
    pub(super) fn new(allowed: Allowed, denials: Recorder) -> Self {
        Self {
            allowed,
            denials,
            names: Mutex::default(),
            lookups: Semaphore::new(LOOKUPS_AT_ONCE),
            connections: Arc::new(Semaphore::new(CONNECTIONS_AT_ONCE)),
        }
    }

    /// Returns true if a socket may be used like this; a denial is recorded.
    pub(super) fn permits(&self, address: SocketAddr, purpose: SocketAddrUse) -> bool {
        let denied = match purpose {
            SocketAddrUse::TcpConnect if self.allows_tcp(address) => return true,
            SocketAddrUse::TcpConnect => Denied::Tcp { address: address.ip().to_canonical(), port: address.port() },
            // Also asked before each connection: any port of any of the machine's addresses. Nobody can connect to it
            // while nothing listens.
            SocketAddrUse::TcpBind if address.ip().is_unspecified() && address.port() == 0 => return true,
            SocketAddrUse::TcpBind | SocketAddrUse::TcpListen | SocketAddrUse::TcpAccept => Denied::Listen,
            SocketAddrUse::UdpBind | SocketAddrUse::UdpSend | SocketAddrUse::UdpReceive => Denied::UdpSocket,
        };
        self.denials.add(denied);
        false
    }

    fn allows_tcp(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let looked_up = names.get(&ip).into_iter().flatten().map(String::as_str);
        self.allowed.allows_tcp(ip, address.port(), looked_up)
    }

    /// Returns the addresses of a name to which this run may make some connection.
    pub(super) async fn look_up(&self, name: &str) -> Result<Vec<IpAddr>, NoAnswer> {
        // An address needs no look-up, and is checked on connection.
        if let Ok(address) = name.parse::<IpAddr>() {
            return Ok(vec![address]);
        }
        let Ok(HostPattern::Name(normal)) = name.parse() else { return Err(NoAnswer::NotAName) };
        if !self.allowed.allows_lookup(&normal) {
            self.denials.add(Denied::Lookup(normal));
            return Err(NoAnswer::Denied);
        }
        let all = self.resolve(name, 0).await.map_err(|_| NoAnswer::Unresolvable)?;
        let all = all.into_iter().map(|address| address.ip().to_canonical()).collect::<Vec<_>>();
        let (reachable, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|address| self.allowed.tcp_ports(*address, &normal).next().is_some());
        match (reachable.is_empty(), others.first(), self.allowed.first_port_of(&normal)) {
            (true, Some(address), Some(port)) => {
                self.denials.add(Denied::Tcp { address: *address, port });
                Err(NoAnswer::Denied)
            }
            (true, _, _) => Err(NoAnswer::Unresolvable),
            (false, _, _) => self.remember(normal, reachable),
        }
    }

    fn remember(&self, name: String, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, NoAnswer> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.values().map(BTreeSet::len).sum::<usize>() + addresses.len() > REMEMBERED {
            return Err(NoAnswer::TooMany);
        }
        for address in &addresses {
            names.entry(*address).or_default().insert(name.clone());
        }
        Ok(addresses)
    }

    /// Resolves the addresses to which a request may be sent, exactly once. Returns `None` if the request is denied,
    /// which is recorded.
    pub(super) async fn resolve_for(&self, destination: &Destination) -> std::io::Result<Option<Vec<SocketAddr>>> {
        let Destination { method, host, port, tls: _ } = destination;
        if !self.allowed.allows_http(method, host, *port) {
            self.denials.add(destination.clone().denied(None));
            return Ok(None);
        }
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let all = self.resolve(bare, *port).await?;
        let (allowed, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|address| self.allowed.allows_http_address(address.ip(), *port));
        match others.first() {
            Some(refused) if allowed.is_empty() => {
                self.denials.add(destination.clone().denied(Some(refused.ip().to_canonical())));
                Ok(None)
            }
            Some(_) | None => Ok(Some(allowed)),
        }
    }

    async fn resolve(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let _turn = self.lookups.acquire().await;
        Ok(tokio::net::lookup_host((host, port)).await?.collect())
    }

    /// Waits for a connection slot.
    pub(super) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.connections).acquire_owned().await.ok()
    }
}
