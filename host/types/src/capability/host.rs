//! Hosts of a rule, and addresses of the public internet.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

use larder_base::excerpt::excerpt;

/// Pattern of the hosts that a rule covers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HostPattern {
    /// Every name, but no address.
    AnyName,
    /// The names below this one, at any depth.
    Below(String),
    /// This name, in lower case.
    Name(String),
    /// The addresses of a network; a single address is a network of one.
    Network(IpNet),
}

/// A text that is not a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not a host: write a name, `*.` and a name, `*`, an address, or a network such as `10.0.0.0/8`",
    excerpt(_0)
)]
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
    /// Returns true if the rule covers this host, as a guest names it.
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

    /// Returns true if both rules may cover one host. That is not known of two patterns of names: they may.
    pub(super) fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(name), rule) | (rule, Self::Name(name)) => rule.names(name),
            (Self::Network(network), rule @ (Self::AnyName | Self::Below(_)))
            | (rule @ (Self::AnyName | Self::Below(_)), Self::Network(network)) => {
                rule.names(&network.addr().to_string())
            }
            (Self::Network(one), Self::Network(two)) => one.contains(two) || two.contains(one),
            (Self::AnyName | Self::Below(_), Self::AnyName | Self::Below(_)) => true,
        }
    }

    /// Returns true if the rule names this address itself, not only a name that resolves to it.
    pub(super) fn names_address(&self, address: IpAddr) -> bool {
        match self {
            Self::AnyName | Self::Below(_) => false,
            Self::Name(name) => name == "localhost" && address.is_loopback(),
            Self::Network(network) => network.contains(&address),
        }
    }
}

/// Parses a host that is written as an address.
fn address(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok()
}

/// Normalizes a name for comparison: lower case, without the dot of the root.
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

/// Returns the IPv4 address that an address stands for (RFC 4291 §2.5.5.2, RFC 6052), or else the address itself.
pub(super) fn canonical(address: IpAddr) -> IpAddr {
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

/// Returns true if an address is on the public internet: it does not belong to this machine, a private network or a
/// special range (the registries of RFC 6890).
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
            // Only 2000::/3 is assigned; its ranges for embedded addresses and for documentation are excluded again.
            let [first, second, ..] = v6.segments();
            let global = first & 0xe000 == 0x2000;
            let special =
                (first == 0x2001 && (second < 0x200 || second == 0xdb8)) || first == 0x2002 || first == 0x3fff;
            global && !special && v6 != Ipv6Addr::UNSPECIFIED
        }
    }
}
