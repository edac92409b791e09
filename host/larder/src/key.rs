//! The key: it decides which stored result may answer a call. Pure and infallible; this page is its specification.
//!
//! An **entry key** is 64 bytes: the **cache id** (32), then the SHA-256 of the encoded inputs (32). All entries
//! of one task's cache are therefore one contiguous range of the store.
//!
//! The cache id is the SHA-256 of one deterministic CBOR array (RFC 8949 §4.2.1), so every part is framed and
//! typed, and no two lists of ingredients can run together:
//!
//! | # | ingredient | encoded as | why it is in |
//! |---|---|---|---|
//! | 0 | key format version | uint, [`KEY_FORMAT`] | an entry written under other rules never answers |
//! | 1 | sealed-world version | uint, [`SEALED_WORLD`] | what a task sees inside the sandbox is an input too |
//! | 2 | account | text | accounts never share |
//! | 3 | workflow | text, or null | a task of scope `workflow` never shares; null is the scope `account` |
//! | 4 | task name | `[kind, package or component or null, interface or null, function]` | the kinds are below |
//! | 5 | signature | text, canonical and fully expanded | a changed signature is another task |
//! | 6 | version | `[0, text]` declared, `[1, bytes]` pinned code digest | the author decides when old results expire |
//!
//! The kind of a task name is 0 for an interface of a package, 1 for a function exported by the world, and 2 for an
//! inline interface. A signature changes with the name or type of a parameter, field, case or result.
//!
//! The inputs are the CBOR array of the arguments in declared order, each encoded by its WIT type
//! ([`larder_types::value`]). A file is in it by the SHA-256 of its bytes, and a directory by that of its listing
//! ([`larder_content::Listing`]). Each has its size, which is redundant, and its name if the task declares that names
//! count, else null.
//!
//! Left out, on purpose:
//!
//! | left out | why |
//! |---|---|
//! | the component's code and digest | a print statement must not discard a day's results; `pinned` includes the code |
//! | the package's `@version` | each release changes it, if not the task; the author declares a version instead |
//! | size, limits, timeout, fuel | they decide whether a run finishes, never what it answers |
//! | grants | a cached task runs sealed: it has none |
//! | whether the export is `async` | it changes how the result travels, not what it is |
//! | type aliases (`celsius`, `fahrenheit`) | WIT types are structural: the component itself cannot tell them apart |
//! | host, engine and machine | the sealed world is the same everywhere; where it changes, its version is bumped |
//! | paths, times, owners and numbers of input files | equal content is one input; tasks see only positional ones |
//! | names of input files, unless the task declares `file-names` | likewise |
//! | whether a file or directory is given or lent (`own`, `borrow`) | it changes how content travels, not what it is |
//! | time | expiry is asked by the reader (`--max-age`), not written into the name of the answer |

use minicbor::Encoder;
use sha2::{Digest as _, Sha256};

use larder_base::Digest;
use larder_base::cbor::{self, Written};
use larder_types::TaskName;

/// The version of the table above. Bump it when an ingredient, its order or its encoding changes, or when the encoding
/// of values or the canonical text of a signature changes; the pinned digests in the tests show it.
pub const KEY_FORMAT: u32 = 1;

/// The version of what a sealed task can observe: the start and tick of its clocks, its random generator, the
/// behaviour of its scratch folder, the engine's treatment of NaN and relaxed SIMD. Bump it when any of them changes;
/// the pinned output of the guests `ambient` and `scratch` shows it.
///
/// 1: no files. 2: a scratch folder. 3: its flags, positions and links as the tests of WASI 0.3 have them.
pub const SEALED_WORLD: u32 = 3;

/// Ingredients of the cache id, beside the two format versions.
///
/// ```
/// use larder::TaskName;
/// use larder::key::{CacheId, Ingredients, KeyVersion};
///
/// let ingredients = Ingredients {
///     account: "ann".to_owned(),
///     workflow: None,
///     task: TaskName::Interface {
///         package: "examples:math".to_owned(),
///         interface: "sums".to_owned(),
///         function: "add".to_owned(),
///     },
///     signature: "func(a: string) -> u32".to_owned(),
///     version: KeyVersion::Declared("1".to_owned()),
/// };
/// let other = Ingredients { account: "bob".to_owned(), ..ingredients.clone() };
/// assert_ne!(CacheId::of(&ingredients), CacheId::of(&other));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingredients {
    /// The account that the cache belongs to: an opaque text that the embedder provides.
    pub account: String,
    /// The workflow, when the task's scope is `workflow`; `None` shares with the whole account.
    pub workflow: Option<String>,
    /// The task.
    pub task: TaskName,
    /// The canonical text of its signature.
    pub signature: String,
    /// The declared version, or the code it is pinned to.
    pub version: KeyVersion,
}

/// The version of a task, on which its results depend beside its name and inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyVersion {
    /// A text that the author declared.
    Declared(String),
    /// The digest of the component's code.
    Pinned(Digest),
}

/// Formats the version for people: the declared text, or `pinned to` the code's digest.
impl std::fmt::Display for KeyVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Declared(text) => f.write_str(text),
            Self::Pinned(code) => write!(f, "pinned to {code}"),
        }
    }
}

/// The SHA-256 that names one task's cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CacheId(Digest);

/// The 64 bytes that name one stored result.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryKey([u8; 64]);

impl CacheId {
    /// Computes the cache id of these ingredients.
    #[must_use]
    pub fn of(ingredients: &Ingredients) -> Self {
        // Destructured without `..`: a new ingredient that is not encoded does not compile.
        let Ingredients { account, workflow, task, signature, version } = ingredients;
        Self(Digest::of(&cbor::written(256, |cbor| {
            cbor.array(7)?.u32(KEY_FORMAT)?.u32(SEALED_WORLD)?.str(account)?;
            text_or_null(cbor, workflow.as_deref())?;
            encode_name(cbor, task)?;
            cbor.str(signature)?;
            encode_version(cbor, version)
        })))
    }

    /// Returns the digest itself.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.0
    }

    /// Computes the key of the entry for these inputs, encoded as one CBOR array.
    #[must_use]
    pub fn entry(&self, encoded_inputs: &[u8]) -> EntryKey {
        let mut key = [0; 64];
        key[..32].copy_from_slice(self.0.as_bytes());
        key[32..].copy_from_slice(&Sha256::digest(encoded_inputs));
        EntryKey(key)
    }
}

impl EntryKey {
    /// Returns the 64 bytes, as the store takes them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// Returns the first 12 hexadecimal digits of each half, for people; never for identity.
    #[must_use]
    pub fn short(&self) -> String {
        let hex = data_encoding::HEXLOWER;
        format!("{}.{}", hex.encode(&self.0[..6]), hex.encode(&self.0[32..38]))
    }
}

impl std::fmt::Display for EntryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl std::fmt::Debug for EntryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EntryKey({self})")
    }
}

/// Computes the seed of the sealed world's random numbers for a call: the SHA-256 of the CBOR array of task name,
/// signature, version (null when the task is not cached) and encoded inputs.
///
/// Account and workflow are not in it: the same call gives the same result everywhere.
#[must_use]
pub fn seed(task: &TaskName, signature: &str, version: Option<&KeyVersion>, encoded_inputs: &[u8]) -> [u8; 32] {
    let bytes = cbor::written(256 + encoded_inputs.len(), |cbor| {
        cbor.array(5)?.u32(SEALED_WORLD)?;
        encode_name(cbor, task)?;
        cbor.str(signature)?;
        match version {
            Some(version) => encode_version(cbor, version)?,
            None => {
                cbor.null()?;
            }
        }
        cbor.bytes(encoded_inputs)?;
        Ok(())
    });
    *Digest::of(&bytes).as_bytes()
}

fn text_or_null(cbor: &mut Encoder<Vec<u8>>, text: Option<&str>) -> Written {
    match text {
        Some(text) => cbor.str(text)?,
        None => cbor.null()?,
    };
    Ok(())
}

fn encode_name(cbor: &mut Encoder<Vec<u8>>, name: &TaskName) -> Written {
    let (kind, owner, interface, function) = match name {
        TaskName::Interface { package, interface, function } => (0, Some(package), Some(interface), function),
        TaskName::World { component, function } => (1, component.as_ref(), None, function),
        TaskName::Inline { component, interface, function } => (2, component.as_ref(), Some(interface), function),
    };
    cbor.array(4)?.u8(kind)?;
    text_or_null(cbor, owner.map(String::as_str))?;
    text_or_null(cbor, interface.map(String::as_str))?;
    cbor.str(function)?;
    Ok(())
}

fn encode_version(cbor: &mut Encoder<Vec<u8>>, version: &KeyVersion) -> Written {
    match version {
        KeyVersion::Declared(text) => cbor.array(2)?.u8(0)?.str(text)?,
        KeyVersion::Pinned(code) => cbor.array(2)?.u8(1)?.bytes(code.as_bytes())?,
    };
    Ok(())
}

#[cfg(test)]
mod tests;
