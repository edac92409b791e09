//! The bytes of a component, with their digest.

use super::{NotAComponent, code_digest, sections, text};
use larder_base::Digest;

/// The bytes of one binary component, and their digest.
///
/// The sections are complete at every depth. Whether they are *valid* is for a validator to decide.
#[derive(Clone, PartialEq, Eq)]
pub struct ComponentBytes {
    bytes: Vec<u8>,
    digest: Digest,
}

impl ComponentBytes {
    /// Creates a component from bytes in binary or text format. Binary bytes are taken over, not copied.
    pub fn new(bytes: Vec<u8>) -> Result<Self, NotAComponent> {
        let bytes = if text::is_text(&bytes) { text::parse(&bytes)? } else { bytes };
        sections::check(&bytes)?;
        Ok(Self { digest: Digest::of(&bytes), bytes })
    }

    /// Returns the binary component.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the SHA-256 of the binary component.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Computes the digest of the component's code alone; see [`code_digest`].
    pub fn code_digest(&self) -> Result<Digest, NotAComponent> {
        code_digest(&self.bytes)
    }

    /// Consumes `self` and returns the binary component.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Shows the length and the digest, not megabytes of bytes.
impl std::fmt::Debug for ComponentBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ComponentBytes").field("len", &self.bytes.len()).field("digest", &self.digest).finish()
    }
}
