//! Rules of caching and limits for a task, from its three sources: the caller, `larder.toml`, the manifest. The first
//! of them that has a setting wins. Pure.

mod asked;
mod error;
mod rules;
mod tables;
#[cfg(test)]
mod tests;
mod trust;
mod world;

pub use self::asked::{Asked, CachePolicy, DeclaredBy, OpenedBy, Policy, Trust};
pub use self::error::PolicyError;
pub use self::rules::policy;
pub use self::tables::{check_asked, check_versions, policy_at, tables};
