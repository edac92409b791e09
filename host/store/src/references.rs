//! References: which account stored which blob, and so may have its bytes.
//!
//! Bytes are shared between accounts and references are not: that somebody else stored the same bytes gives nobody
//! access to them, nor the knowledge that they are there. So whoever is asked for a digest looks here, by account,
//! before `blobs` is asked where the bytes are.
//!
//! A key is SHA-256(account) ‖ kind ‖ digest, of 65 bytes: the account has one length however it is called, so that no
//! name of an account is the beginning of another's, and all that it has is one range.

use std::collections::BTreeMap;

use super::commit::Seen;
use super::handle::Handle;
use super::look::{report, unframe};
use super::table::Table;
use super::{DamageReport, Lookup, Store, StoreError};
use crate::record::{BlobKind, BlobReference};
use larder_base::Digest;

/// The length of a digest, and of each part of a key but the kind.
const DIGEST_BYTES: usize = 32;

/// The length of a key.
const KEY_BYTES: usize = DIGEST_BYTES + 1 + DIGEST_BYTES;

/// What an account has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Its references, files first, and then by digest.
    pub known: Vec<(BlobKind, Digest, BlobReference)>,
    /// Those that could not be read. The next commit drops them.
    pub damaged: Vec<DamageReport>,
}

/// The key of a reference.
pub(super) fn key(account: &str, kind: BlobKind, digest: &Digest) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    key[..DIGEST_BYTES].copy_from_slice(Digest::of(account.as_bytes()).as_bytes());
    key[DIGEST_BYTES] = match kind {
        BlobKind::File => 0,
        BlobKind::Directory => 1,
    };
    key[DIGEST_BYTES + 1..].copy_from_slice(digest.as_bytes());
    key
}

/// What a key of the range of `account` refers to.
fn parse(key: &[u8], account: &Digest) -> Option<(BlobKind, Digest)> {
    let (&kind, digest) = key.strip_prefix(account.as_bytes())?.split_first()?;
    let kind = match kind {
        0 => BlobKind::File,
        1 => BlobKind::Directory,
        _ => return None,
    };
    Some((kind, Digest::from_bytes(digest.try_into().ok()?)))
}

impl Store {
    /// What `account` stored with `digest`.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub fn get_reference(
        &self,
        account: &str,
        kind: BlobKind,
        digest: &Digest,
    ) -> Result<Lookup<BlobReference>, StoreError> {
        self.get(Table::References, &key(account, kind, digest))
    }

    /// All that `account` stored, as of one moment.
    ///
    /// # Errors
    /// When the store cannot be read, or the database fails on the way through.
    pub fn references(&self, account: &str) -> Result<References, StoreError> {
        let reader = self.reader()?;
        let Some(handle) = reader.as_ref() else { return Ok(References::default()) };
        let read = self.read_references(handle, &Digest::of(account.as_bytes()));
        read.inspect_err(|error| self.forget(handle, error))
    }

    fn read_references(&self, handle: &Handle, account: &Digest) -> Result<References, StoreError> {
        let first = account.as_bytes().as_slice();
        let last = [first, &[u8::MAX; KEY_BYTES - DIGEST_BYTES]].concat();
        // By key, and each once: a damaged tree may have lost its order.
        let (mut known, mut damaged) = (BTreeMap::new(), Vec::new());
        handle.scan(&self.place, Table::References, first, &last, |key, stored| {
            // So it may lead to the reference of another account, which is sound, and is none of this one's business.
            if !key.starts_with(first) {
                return;
            }
            let decode = |value: &[u8]| {
                let of = parse(key, account).ok_or_else(|| "its key is that of no reference".to_owned())?;
                let reference = minicbor::decode(value).map_err(|error| error.to_string())?;
                Ok((of, reference))
            };
            match unframe(Table::References, key, stored, decode) {
                Ok((of, reference)) => drop(known.insert(of, reference)),
                Err(damage) => {
                    self.remember_damaged(Seen::at(Table::References, key));
                    damaged.push(report(Table::References, key, damage));
                }
            }
        })?;
        let known = known.into_iter().map(|((kind, digest), reference)| (kind, digest, reference)).collect();
        Ok(References { known, damaged })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_for_its_account_alone() {
        let (ann, digest) = (Digest::of(b"ann"), Digest::of(b"x"));
        for kind in [BlobKind::File, BlobKind::Directory] {
            let key = key("ann", kind, &digest);
            assert_eq!(parse(&key, &ann), Some((kind, digest)));
            assert_eq!(parse(&key, &Digest::of(b"an")), None);
            assert_eq!(parse(&key[..64], &ann), None);
            assert_eq!(parse(&[&key[..], &[0]].concat(), &ann), None);
        }
        let mut of_no_kind = key("ann", BlobKind::File, &digest);
        of_no_kind[32] = 2;
        assert_eq!(parse(&of_no_kind, &ann), None);
    }
}
