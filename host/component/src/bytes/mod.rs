//! A component as bytes: read once, named by digest, recognised by its place on disk.
//!
//! What was hashed must be what is compiled (DESIGN.md, rule 7), so a file is opened and read exactly once, and
//! from then on only [`ComponentBytes`] travels. The digest is over the *binary* component: a component written
//! as text is parsed first, so that its digest does not depend on how the text is laid out.
//!
//! This module must never see an engine, a store or a task: it knows that bytes are a component's, not what the
//! component does. It never validates either: it only checks that the sections are whole.

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
