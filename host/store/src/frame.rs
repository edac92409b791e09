//! The frame of a record: a digest that proves that the bytes were written for this key, in this table.
//!
//! The database checks its pages only when it repairs. So a plain read of a file with a flipped bit can return other
//! bytes, another key's value, or nothing. A digest over the value alone would detect the first; this one covers the
//! table and the key as well, and so detects the second. The third looks like a miss, and is treated as one.
//!
//! A stored value is `SHA-256(framed table, key and value) ‖ value`. It protects against accidents, not against
//! somebody who may write the file: they can compute a digest too.

use sha2::{Digest as _, Sha256};

/// The length of the digest before the value, in bytes.
const DIGEST_BYTES: usize = 32;

/// Separates this use of SHA-256 from every other. It ends in the version of the framing.
const DOMAIN: &[u8] = b"larder store record 1";

/// Returns the stored form of the value that `encode` appends to its argument.
pub(crate) fn seal_with(table: &str, key: &[u8], encode: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut stored = vec![0; DIGEST_BYTES];
    encode(&mut stored);
    let (place, value) = stored.split_at_mut(DIGEST_BYTES);
    place.copy_from_slice(&digest(table, key, value));
    stored
}

/// Returns the stored form of `value`.
#[cfg(test)]
pub(crate) fn seal(table: &str, key: &[u8], value: &[u8]) -> Vec<u8> {
    seal_with(table, key, |bytes| bytes.extend_from_slice(value))
}

/// Returns the value inside `stored`, or `None` if it was not written for this key.
pub(crate) fn open<'b>(table: &str, key: &[u8], stored: &'b [u8]) -> Option<&'b [u8]> {
    let (expected, value) = stored.split_at_checked(DIGEST_BYTES)?;
    (digest(table, key, value) == expected).then_some(value)
}

/// Computes the digest of a record. Lengths precede variable parts, so that no two triples give the same bytes.
fn digest(table: &str, key: &[u8], value: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    for part in [table.as_bytes(), key] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.update(value);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_opens_only_where_it_was_sealed() {
        let stored = seal("entries-v2", b"key", b"value");
        assert_eq!(open("entries-v2", b"key", &stored), Some(&b"value"[..]));
        for (table, key) in [("files-v1", &b"key"[..]), ("entries-v2", b"kez"), ("entries-v2k", b"ey"), ("", b"")] {
            assert_eq!(open(table, key, &stored), None, "{table} {key:?}");
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let stored = seal("entries-v2", b"key", b"value");
        for bit in 0..stored.len() * 8 {
            let mut other = stored.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open("entries-v2", b"key", &other), None, "bit {bit}");
        }
        for end in 0..stored.len() {
            assert_eq!(open("entries-v2", b"key", &stored[..end]), None, "cut at {end}");
        }
    }

    #[test]
    fn a_boundary_that_moves_is_another_record() {
        assert_ne!(digest("ab", b"cd", b"e"), digest("a", b"bcd", b"e"));
        assert_ne!(digest("a", b"bc", b"de"), digest("a", b"bcd", b"e"));
        assert_ne!(digest("a", b"", b""), digest("", b"a", b""));
    }

    #[test]
    fn the_bytes_of_a_frame_are_pinned() {
        let digest = data_encoding::HEXLOWER.encode(&seal("meta", b"format", &[1, 0, 0, 0])[..DIGEST_BYTES]);
        assert_eq!(digest, "5e3c29fab28e33a3ac9203f9f3ac939e9ed6f8eddc63b5471092103e6f419931");
    }
}
