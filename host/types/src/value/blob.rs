//! Files and directories as values: content by its digest, and the ways in which a person names content.
//!
//! A value that is keyed, stored or handed to a guest is [`BlobRef::Known`]: digest, size, and a name where names
//! count. A person types a path or a digest. Turning that into known content takes a disk or a store, which this module
//! never sees: the runner does it, for a whole call at once.

use std::fmt;
use std::path::PathBuf;

use larder_base::Digest;
use larder_base::excerpt::excerpt;

/// Prefix of the hexadecimal digits of a digest.
const SHA256: &str = "sha256:";

/// Prefix of a path that could be taken for something else.
const FILE: &str = "file:";

/// A file or a directory, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobRef {
    /// The content at this path, at the moment of the call.
    Path(PathBuf),
    /// The content that the account has stored under this digest.
    Stored {
        /// The digest.
        digest: Digest,
        /// The name of the content, if it is given one.
        name: Option<String>,
    },
    /// Known content.
    Known(Blob),
}

/// Known content: a file, or a directory by the digest of its listing.
///
/// Two are equal if digest, size and name are, even at different paths.
#[derive(Debug, Clone)]
pub struct Blob {
    /// The SHA-256 of the file's bytes, or of the directory's listing.
    pub digest: Digest,
    /// The length of the file, or of all files in the directory, in bytes.
    pub size: u64,
    /// The name, one part of a path.
    pub name: Option<String>,
    /// The path of the content on this machine, which is not part of the value.
    pub path: Option<PathBuf>,
}

/// A text or an object that does not name a file or a directory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotABlob {
    /// `sha256:` and something other than a digest.
    #[error("`{}`, whose digest is not 64 lower-case hexadecimal digits", excerpt(_0))]
    Digest(String),
    /// An empty text.
    #[error("an empty text")]
    Empty,
    /// An object without `digest` and `path`.
    #[error("an object without `digest` and `path`")]
    Nothing,
}

impl BlobRef {
    /// Parses `text` as a digest or a path.
    ///
    /// # Errors
    ///
    /// [`NotABlob`].
    pub fn parse(text: &str) -> Result<Self, NotABlob> {
        if text.starts_with(SHA256) {
            return Ok(Self::Stored { digest: digest(text)?, name: None });
        }
        match text.strip_prefix(FILE).unwrap_or(text) {
            "" => Err(NotABlob::Empty),
            path => Ok(Self::Path(path.into())),
        }
    }

    /// Returns the content, if it is known.
    #[must_use]
    pub const fn known(&self) -> Option<&Blob> {
        match self {
            Self::Known(blob) => Some(blob),
            Self::Path(_) | Self::Stored { digest: _, name: _ } => None,
        }
    }
}

impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        let Self { digest, size, name, path: _ } = self;
        (digest, size, name) == (&other.digest, &other.size, &other.name)
    }
}

impl Eq for Blob {}

/// Writes the digest as it is typed: `sha256:` and 64 hexadecimal digits.
impl fmt::Display for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(&self.digest))
    }
}

/// Returns the text of a digest, as it is typed.
pub(super) fn written(digest: &Digest) -> String {
    format!("{SHA256}{digest}")
}

/// Parses a digest, with or without its prefix.
pub(super) fn digest(text: &str) -> Result<Digest, NotABlob> {
    let digits = text.strip_prefix(SHA256).unwrap_or(text);
    digits.parse().map_err(|_| NotABlob::Digest(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_told_as_it_is_typed() {
        let blob = Blob { digest: Digest::of(b""), size: 0, name: None, path: None };
        let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(blob.to_string(), text);
        assert_eq!(BlobRef::parse(text), Ok(BlobRef::Stored { digest: blob.digest, name: None }));
        assert_eq!(BlobRef::Known(blob.clone()).known(), Some(&blob));
        assert_eq!(BlobRef::Path(text.into()).known(), None);
    }
}
