//! How a task is cached and bounded, from everyone who has a say: the caller, `larder.toml`, the manifest; the
//! first of them that speaks wins. Pure.

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
