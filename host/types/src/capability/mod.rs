//! Capabilities of a task outside itself: those that it needs, that an operator grants, and that it was denied. This
//! module is pure: it compares names and addresses, and opens nothing.
//!
//! A task gets what is both granted and needed. A component that declares no needs gets what is granted.
//!
//! | capability | names | allows |
//! |---|---|---|
//! | open world | nothing | real clocks and real randomness |
//! | directory | a path in the guest; read-only or read-write | that folder and all below it, except links out of it |
//! | variable | a name | one environment variable |
//! | HTTP | host, port, methods | outgoing requests |
//! | TCP | host, port | outgoing connections, and looking the host's name up |
//!
//! A host is a name, `*.` and a name for all names below it, `*` for every name, an address, or a network such as
//! `10.0.0.0/8`. A name never reaches an address of this machine or of a private network, whatever it resolves to: such
//! an address needs its own rule, as an address or a network (`localhost` names this machine).

mod denied;
mod grant;
mod host;
mod rule;
#[cfg(test)]
mod tests;

pub use self::denied::{Denials, Denied};
pub use self::grant::{Access, Allowed, Capability, DirectoryGrant, Grants, ProtectedPath};
pub use self::host::{HostPattern, NotAHost, is_public};
pub use self::rule::{HttpRule, NotARule, TcpRule};
