//! A folder that builds a component: its `larder.toml`, the command, and the check that it must run again.

mod announcer;
mod build;
mod error;
mod needs;
#[cfg(test)]
mod tests;

pub use self::build::Project;
pub use self::error::ProjectError;
