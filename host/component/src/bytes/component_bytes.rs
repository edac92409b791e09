//! The bytes of a component, with their digest.

use super::{NotAComponent, code_digest, sections, text};
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
