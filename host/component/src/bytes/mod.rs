//! A component as bytes: read once, named by digest, recognised by its place on disk.
//!
//! The bytes that are hashed must be the bytes that are compiled (DESIGN.md, rule 7). So a file is opened and read
//! exactly once, and from then on only [`ComponentBytes`] is passed around. The digest covers the *binary* component: a
//! component in text format is parsed first, so that its digest does not depend on the layout of the text.
//!
//! This module must never see an engine, a store or a task: it knows that bytes are a component, not what the component
//! does. It never validates: it only checks that the sections are complete.

mod code_digest;
mod component_bytes;
mod error;
mod read;
mod sections;
#[cfg(test)]
mod tests;
mod text;
mod type_depth;

pub use self::code_digest::code_digest;
pub use self::component_bytes::ComponentBytes;
pub use self::error::{ComponentError, NotAComponent};
pub use self::read::read;
pub(crate) use self::sections::check as check_sections;
