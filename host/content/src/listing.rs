//! Directories: their entries, and the one encoding that gives their digest.
//!
//! The encoding is deterministic CBOR (RFC 8949 §4.2.1): an array of entries, in the order of their names' bytes.
//!
//! | entry | encoded as |
//! |---|---|
//! | a file | `[0, name, executable, size, SHA-256 of its bytes]` |
//! | a directory | `[1, name, size of all files in it, digest of its listing]` |
//! | a symbolic link | `[2, name, target]` |
//!
//! So the digest of a directory is a Merkle digest: it changes with any name, kind, executable bit or byte below, and
//! with nothing else; it contains no time, owner or inode number. The store keeps the bytes of the encoding under that
//! digest, as it keeps a file.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};

use super::{Content, ContentError};
use larder_base::Digest;
use larder_base::cbor;

/// Maximum number of entries of a directory, at all levels together.
pub const MAX_ENTRIES: usize = 1_000_000;

/// Maximum nesting depth of directories.
pub const MAX_DEPTH: usize = 200;

const FILE: u8 = 0;
const DIRECTORY: u8 = 1;
const LINK: u8 = 2;

/// A directory with everything below it.
#[derive(Debug, Clone)]
pub struct Directory {
    /// The digest of its listing.
    pub digest: Digest,
    /// The total size of all files in it, in bytes.
    pub size: u64,
    /// Its entries by name.
    pub entries: BTreeMap<Box<str>, Node>,
    /// The charge for its memory, if there is one: it is given back when the directory is dropped.
    #[expect(dead_code, reason = "held for its drop alone")]
    pub(crate) charge: Charge,
}

/// A value that lives as long as a directory.
#[derive(Clone, Default)]
pub(crate) struct Charge(Option<Arc<dyn Any + Send + Sync>>);

impl fmt::Debug for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Charge" } else { "None" })
    }
}

/// The target of a name in a directory.
#[derive(Debug, Clone)]
pub enum Node {
    /// A file.
    File {
        /// The SHA-256 of its bytes.
        digest: Digest,
        /// True if its owner may execute it.
        executable: bool,
        /// Its bytes.
        content: Content,
    },
    /// A directory.
    Directory(Arc<Directory>),
    /// A symbolic link, with its target as it was found.
    Link(Box<str>),
}

/// The entries of one directory, without what is below it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing(pub BTreeMap<Box<str>, Listed>);

/// One entry of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// A file.
    File {
        /// True if its owner may execute it.
        executable: bool,
        /// Its length in bytes.
        size: u64,
        /// The SHA-256 of its bytes.
        digest: Digest,
    },
    /// A directory.
    Directory {
        /// The total size of all files in it, in bytes.
        size: u64,
        /// The digest of its listing.
        digest: Digest,
    },
    /// A symbolic link and its target.
    Link(Box<str>),
}

impl Directory {
    /// Returns the directory with these entries.
    #[must_use]
    pub fn new(entries: BTreeMap<Box<str>, Node>) -> Self {
        let listing = Listing::of(&entries);
        Self { digest: Digest::of(&listing.encode()), size: listing.size(), entries, charge: Charge::default() }
    }

    /// Returns the same directory, with a value that is dropped with it.
    #[must_use]
    #[doc(hidden)]
    pub fn with_charge(self, charge: impl Any + Send + Sync) -> Self {
        Self { charge: Charge(Some(Arc::new(charge))), ..self }
    }

    /// Returns its entries, without their contents.
    #[must_use]
    pub fn listing(&self) -> Listing {
        Listing::of(&self.entries)
    }
}

impl Listing {
    fn of(entries: &BTreeMap<Box<str>, Node>) -> Self {
        let listed = |node: &Node| match node {
            Node::File { digest, executable, content } => {
                Listed::File { executable: *executable, size: content.size, digest: *digest }
            }
            Node::Directory(directory) => Listed::Directory { size: directory.size, digest: directory.digest },
            Node::Link(target) => Listed::Link(target.clone()),
        };
        Self(entries.iter().map(|(name, node)| (name.clone(), listed(node))).collect())
    }

    /// Returns the total size of all files in the directory, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        let sizes = self.0.values().map(|listed| match listed {
            Listed::File { executable: _, size, digest: _ } | Listed::Directory { size, digest: _ } => *size,
            Listed::Link(_) => 0,
        });
        sizes.fold(0, u64::saturating_add)
    }

    /// Returns the encoding, whose SHA-256 is the directory's digest.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::written(64 * self.0.len() + 8, |cbor| {
            cbor.array(self.0.len() as u64)?;
            for (name, listed) in &self.0 {
                match listed {
                    Listed::File { executable, size, digest } => {
                        cbor.array(5)?.u8(FILE)?.str(name)?.bool(*executable)?.u64(*size)?.bytes(digest.as_bytes())?;
                    }
                    Listed::Directory { size, digest } => {
                        cbor.array(4)?.u8(DIRECTORY)?.str(name)?.u64(*size)?.bytes(digest.as_bytes())?;
                    }
                    Listed::Link(target) => {
                        cbor.array(3)?.u8(LINK)?.str(name)?.str(target)?;
                    }
                }
            }
            Ok(())
        })
    }

    /// Decodes the listing whose encoding is exactly `bytes`.
    ///
    /// # Errors
    ///
    /// [`ContentError::Damaged`] if there is no such listing.
    pub fn decode(bytes: &[u8]) -> Result<Self, ContentError> {
        let no_listing = |detail: String| ContentError::Damaged { detail: format!("no listing: {detail}") };
        let listing = decode(bytes).map_err(|error| no_listing(error.to_string()))?;
        // Each listing has one encoding, so this checks order, lengths and repeated names.
        if listing.encode() == bytes { Ok(listing) } else { Err(no_listing("not its one encoding".to_owned())) }
    }
}

fn decode(bytes: &[u8]) -> Result<Listing, Error> {
    let mut d = Decoder::new(bytes);
    let mut entries = BTreeMap::new();
    for _ in 0..length(&mut d)? {
        let (parts, kind, name) = (length(&mut d)?, d.u8()?, d.str()?);
        if matches!(name, "" | "." | "..") || name.contains(['/', '\0']) {
            return Err(Error::message("no name of an entry"));
        }
        let listed = match (parts, kind) {
            (5, FILE) => Listed::File { executable: d.bool()?, size: d.u64()?, digest: digest(&mut d)? },
            (4, DIRECTORY) => Listed::Directory { size: d.u64()?, digest: digest(&mut d)? },
            (3, LINK) => Listed::Link(target(d.str()?)?),
            (_, _) => return Err(Error::message("no kind of entry")),
        };
        entries.insert(name.into(), listed);
    }
    Ok(Listing(entries))
}

/// Checks a text that is the target of a link. It may be any text, but no system makes an empty one or one with a zero.
fn target(text: &str) -> Result<Box<str>, Error> {
    if text.is_empty() || text.contains('\0') { Err(Error::message("no target of a link")) } else { Ok(text.into()) }
}

fn length(d: &mut Decoder<'_>) -> Result<u64, Error> {
    if d.datatype()? != Type::Array {
        return Err(Error::message("no array"));
    }
    d.array()?.ok_or_else(|| Error::message("an array without a length"))
}

fn digest(d: &mut Decoder<'_>) -> Result<Digest, Error> {
    let bytes = d.bytes()?.try_into().map_err(|_| Error::message("no digest"))?;
    Ok(Digest::from_bytes(bytes))
}
