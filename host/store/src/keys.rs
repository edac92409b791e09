//! Keys: the layout of every key of every table.
//!
//! All keys of a table have the same length, and their parts are at fixed places, so no two keys have the same bytes.
//! Digests are SHA-256.
//!
//! | key | table | bytes | layout |
//! |---|---|---|---|
//! | [`FormatKey`] | `meta` | 6 | the text `format` |
//! | [`EntryKey`] | `entries-v2` | 64 | cache id (32) ‖ digest of the encoded inputs (32) |
//! | [`MakerKey`] | `makers-v1` | 48 | cache id (32) ‖ maker id (16) |
//! | [`Digest`] | `ingredients-v1` | 32 | cache id |
//! | [`Digest`] | `files-v1`, `builds-v1` | 32 | digest of a path |
//! | [`Digest`] | `declarations-v1` | 32 | digest of a component |
//! | [`Digest`] | `compiled-v1` | 32 | digest of component and engine |
//! | [`Digest`] | `blobs-v1` | 32 | digest of the bytes |
//! | [`ReferenceKey`] | `blob-references-v1` | 65 | digest of the account's name (32) ‖ kind (1) ‖ blob digest (32) |
//! | [`AccessKey`] | `accesses-v1` | 32 | first half of the cache id (16) ‖ first half of the inputs' digest (16) |
//!
//! Another layout changes the meaning of the stored bytes: it bumps [`crate::FORMAT_VERSION`] and renames the table.

use larder_base::{BlobKind, Digest};

use crate::record::MAKER_ID_BYTES;

/// The length of an entry key: cache id ‖ SHA-256 of the encoded inputs.
pub const ENTRY_KEY_BYTES: usize = 2 * DIGEST_BYTES;

/// The length of a digest.
const DIGEST_BYTES: usize = 32;

/// The length of each half of an [`AccessKey`].
const HALF_BYTES: usize = DIGEST_BYTES / 2;

/// The key of a record in its table.
pub trait Key {
    /// Returns the bytes of the key in the database, which also determine the order of its table.
    fn as_bytes(&self) -> &[u8];
}

/// The key of an entry.
pub(crate) type EntryKey = [u8; ENTRY_KEY_BYTES];

impl Key for EntryKey {
    fn as_bytes(&self) -> &[u8] {
        self
    }
}

impl Key for Digest {
    fn as_bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// The key of the format version. It can never change: every future version reads it first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormatKey;

impl Key for FormatKey {
    fn as_bytes(&self) -> &[u8] {
        b"format"
    }
}

/// The key of a maker: it begins with the cache id, so that the makers of one cache are neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct MakerKey([u8; DIGEST_BYTES + MAKER_ID_BYTES]);

impl MakerKey {
    /// Returns the key of the maker `id` of the entry at `entry`.
    pub(crate) fn of(entry: &EntryKey, id: &[u8; MAKER_ID_BYTES]) -> Self {
        let mut key = [0; DIGEST_BYTES + MAKER_ID_BYTES];
        let (cache_id, rest) = key.split_at_mut(DIGEST_BYTES);
        cache_id.copy_from_slice(&entry[..DIGEST_BYTES]);
        rest.copy_from_slice(id);
        Self(key)
    }
}

impl Key for MakerKey {
    fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The key of an account's reference to a blob.
///
/// The account is represented by its digest, which has the same length for every name: no account's name is a prefix of
/// another's, and all references of an account form one range of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferenceKey([u8; REFERENCE_KEY_BYTES]);

const REFERENCE_KEY_BYTES: usize = DIGEST_BYTES + 1 + DIGEST_BYTES;

impl ReferenceKey {
    /// Returns the key of the reference of `account` to the blob with `digest`.
    #[must_use]
    pub fn new(account: &str, kind: BlobKind, digest: &Digest) -> Self {
        let mut key = [0; REFERENCE_KEY_BYTES];
        key[..DIGEST_BYTES].copy_from_slice(Digest::of(account.as_bytes()).as_bytes());
        key[DIGEST_BYTES] = match kind {
            BlobKind::File => 0,
            BlobKind::Directory => 1,
        };
        key[DIGEST_BYTES + 1..].copy_from_slice(digest.as_bytes());
        Self(key)
    }

    /// Returns the first and the last possible key of the account whose name has the digest `account`.
    pub(crate) fn range(account: &Digest) -> [Self; 2] {
        [0, u8::MAX].map(|rest| {
            let mut key = [rest; REFERENCE_KEY_BYTES];
            key[..DIGEST_BYTES].copy_from_slice(account.as_bytes());
            Self(key)
        })
    }

    /// Returns the kind and the digest in `key`, or `None` if it is not a key of `account`.
    pub(crate) fn parse(key: &[u8], account: &Digest) -> Option<(BlobKind, Digest)> {
        let (&kind, digest) = key.strip_prefix(account.as_bytes())?.split_first()?;
        let kind = match kind {
            0 => BlobKind::File,
            1 => BlobKind::Directory,
            _ => return None,
        };
        Some((kind, Digest::from_bytes(digest.try_into().ok()?)))
    }
}

impl Key for ReferenceKey {
    fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The key of an entry's last use: half of each of the two digests in the entry's key. That is enough to distinguish
/// entries, and takes half the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AccessKey([u8; Self::BYTES]);

impl AccessKey {
    /// The length of the key.
    pub(crate) const BYTES: usize = 2 * HALF_BYTES;

    /// Returns the key of the last use of the entry at `entry`.
    pub(crate) fn of(entry: &EntryKey) -> Self {
        let mut key = [0; Self::BYTES];
        for (half, digest) in key.chunks_exact_mut(HALF_BYTES).zip(entry.chunks_exact(DIGEST_BYTES)) {
            half.copy_from_slice(&digest[..HALF_BYTES]);
        }
        Self(key)
    }

    /// Creates the key with these bytes.
    pub(crate) const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }
}

impl Key for AccessKey {
    fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns an entry key in which every byte has another value.
    fn entry() -> EntryKey {
        std::array::from_fn(|at| at as u8)
    }

    fn hex(key: &impl Key) -> String {
        data_encoding::HEXLOWER.encode(key.as_bytes())
    }

    #[test]
    fn the_bytes_of_every_key_are_pinned() {
        let digest = Digest::of(b"x");
        assert_eq!(FormatKey.as_bytes(), b"format");
        assert_eq!(Key::as_bytes(&entry()), entry());
        assert_eq!(Key::as_bytes(&digest), digest.as_bytes());
        let first_half = "000102030405060708090a0b0c0d0e0f";
        let cache_id = format!("{first_half}101112131415161718191a1b1c1d1e1f");
        assert_eq!(hex(&MakerKey::of(&entry(), &[0xaa; 16])), format!("{cache_id}{}", "aa".repeat(16)));
        assert_eq!(hex(&AccessKey::of(&entry())), format!("{first_half}202122232425262728292a2b2c2d2e2f"));
        for (kind, byte) in [(BlobKind::File, "00"), (BlobKind::Directory, "01")] {
            let expected = format!("{}{byte}{digest}", Digest::of(b"ann"));
            assert_eq!(hex(&ReferenceKey::new("ann", kind, &digest)), expected);
        }
    }

    #[test]
    fn a_reference_is_read_back_for_its_account_alone() {
        let (ann, digest) = (Digest::of(b"ann"), Digest::of(b"x"));
        for kind in [BlobKind::File, BlobKind::Directory] {
            let ReferenceKey(key) = ReferenceKey::new("ann", kind, &digest);
            assert_eq!(ReferenceKey::parse(&key, &ann), Some((kind, digest)));
            assert_eq!(ReferenceKey::parse(&key, &Digest::of(b"an")), None);
            assert_eq!(ReferenceKey::parse(&key[..64], &ann), None);
            assert_eq!(ReferenceKey::parse(&[&key[..], &[0]].concat(), &ann), None);
            let [first, last] = ReferenceKey::range(&ann);
            assert!(first.as_bytes() <= &key[..] && &key[..] <= last.as_bytes());
            let [first, last] = ReferenceKey::range(&Digest::of(b"an"));
            assert!(&key[..] < first.as_bytes() || last.as_bytes() < &key[..]);
        }
        let ReferenceKey(mut of_no_kind) = ReferenceKey::new("ann", BlobKind::File, &digest);
        of_no_kind[32] = 2;
        assert_eq!(ReferenceKey::parse(&of_no_kind, &ann), None);
    }
}
