//! A component as bytes: read once, named by digest, recognised by its place on disk.
//!
//! What was hashed must be what is compiled (DESIGN.md, rule 7), so a file is opened and read exactly once, and
//! from then on only [`ComponentBytes`] travels. The digest is over the *binary* component: a component written
//! as text is parsed first, so that its digest does not depend on how the text is laid out.
//!
//! This module must never see an engine, a store or a task: it knows that bytes are a component's, not what the
//! component does. It never validates either: it only checks that the sections are whole.

mod code_digest;
mod error;
mod read;
mod sections;
mod text;
mod type_depth;

#[cfg(test)]
mod tests;

pub use self::code_digest::code_digest;
pub use self::error::{ComponentError, NotAComponent};
pub use self::read::read;
pub(crate) use self::sections::check as check_sections;

use larder_base::Digest;

/// The bytes of one binary component, and their digest.
///
/// The sections are whole at every depth; whether they are *valid* only a validator knows.
#[derive(Clone, PartialEq, Eq)]
pub struct ComponentBytes {
    bytes: Vec<u8>,
    digest: Digest,
}

impl ComponentBytes {
    /// A component that an embedder already holds, in binary or as text. Binary bytes are taken over, not copied.
    pub fn new(bytes: Vec<u8>) -> Result<Self, NotAComponent> {
        let bytes = if text::is_text(&bytes) { text::parse(&bytes)? } else { bytes };
        sections::check(&bytes)?;
        Ok(Self { digest: Digest::of(&bytes), bytes })
    }

    /// The binary component.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The SHA-256 of the binary component.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The digest of the component's code alone; see [`code_digest`].
    pub fn code_digest(&self) -> Result<Digest, NotAComponent> {
        code_digest(&self.bytes)
    }

    /// The binary component, given away.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Megabytes of bytes help nobody: their number and digest do.
impl std::fmt::Debug for ComponentBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ComponentBytes").field("len", &self.bytes.len()).field("digest", &self.digest).finish()
    }
}
