//! A directory: its entries, and the one encoding that its digest is of.
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
//! with nothing else; there is no time, owner or number of a node in it. The bytes of the encoding are what the store
//! keeps for it, under that digest, as it keeps a file.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};

use super::{Content, ContentError};
use larder_base::Digest;
use larder_base::cbor;

/// How many entries a directory may have, all that is below it counted.
pub const MAX_ENTRIES: usize = 1_000_000;

/// How deep directories may be nested in one.
pub const MAX_DEPTH: usize = 200;

const FILE: u8 = 0;
const DIRECTORY: u8 = 1;
const LINK: u8 = 2;

/// A directory with all that is below it.
#[derive(Debug, Clone)]
pub struct Directory {
    /// The digest of its listing.
    pub digest: Digest,
    /// The bytes of all files in it, added up.
    pub size: u64,
    /// Its entries by name.
    pub entries: BTreeMap<Box<str>, Node>,
    /// The charge for the memory that it takes, where there is one: it is given back when the directory is dropped.
    #[expect(dead_code, reason = "held for its drop alone")]
    pub(crate) charge: Charge,
}

/// Something that lasts as long as a directory does.
#[derive(Clone, Default)]
pub(crate) struct Charge(Option<Arc<dyn Any + Send + Sync>>);

impl fmt::Debug for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Charge" } else { "None" })
    }
}

/// What a name in a directory leads to.
#[derive(Debug, Clone)]
pub enum Node {
    /// A file.
    File {
        /// The SHA-256 of its bytes.
        digest: Digest,
        /// Whether its owner may execute it.
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
        /// Whether its owner may execute it.
        executable: bool,
        /// Its length in bytes.
        size: u64,
        /// The SHA-256 of its bytes.
        digest: Digest,
    },
    /// A directory.
    Directory {
        /// The bytes of all files in it.
        size: u64,
        /// The digest of its listing.
        digest: Digest,
    },
    /// A symbolic link and its target.
    Link(Box<str>),
}

impl Directory {
    /// The directory with these entries.
    #[must_use]
    pub fn new(entries: BTreeMap<Box<str>, Node>) -> Self {
        let listing = Listing::of(&entries);
        Self { digest: Digest::of(&listing.encode()), size: listing.size(), entries, charge: Charge::default() }
    }

    /// The same directory, with something that is dropped when it is.
    #[must_use]
    #[doc(hidden)]
    pub fn with_charge(self, charge: impl Any + Send + Sync) -> Self {
        Self { charge: Charge(Some(Arc::new(charge))), ..self }
    }

    /// Its entries, without what is below.
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

    /// The bytes of all files in the directory.
    #[must_use]
    pub fn size(&self) -> u64 {
        let sizes = self.0.values().map(|listed| match listed {
            Listed::File { executable: _, size, digest: _ } | Listed::Directory { size, digest: _ } => *size,
            Listed::Link(_) => 0,
        });
        sizes.fold(0, u64::saturating_add)
    }

    /// The encoding, whose SHA-256 is the directory's digest.
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

    /// The listing whose encoding is exactly `bytes`.
    ///
    /// # Errors
    ///
    /// [`ContentError::Damaged`] when there is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, ContentError> {
        let no_listing = |detail: String| ContentError::Damaged { detail: format!("no listing: {detail}") };
        let listing = decode(bytes).map_err(|error| no_listing(error.to_string()))?;
        // One encoding for each listing: order, lengths and names that stand twice are all checked by this.
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

/// Any text that a link can have as its target: no system makes one of nothing, or with a zero in it.
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
