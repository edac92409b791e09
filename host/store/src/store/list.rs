//! Reading many records in one snapshot: their number, and all references of an account.
//!
//! Accounts share bytes but not references: bytes that only another account stored cannot be accessed, and their
//! existence stays hidden. So a request for a digest first searches the references of its account, and then
//! [`crate::BLOBS`] for the bytes.

use std::collections::BTreeMap;

use larder_base::Digest;

use crate::error::StoreError;
use crate::handle::Handle;
use crate::keys::{Key as _, ReferenceKey};
use crate::lookup::{Damage, DamageReport, Stats};
use crate::record::{BlobKind, BlobReference};
use crate::tables::{BLOBS, BUILDS, COMPILED, DECLARATIONS, ENTRIES, INGREDIENTS, KNOWN_FILES, REFERENCES, RecordId};

use super::Store;

/// The references of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Its references, files first, and then by digest.
    pub known: Vec<(BlobKind, Digest, BlobReference)>,
    /// The references that could not be read. The next commit removes them.
    pub damaged: Vec<DamageReport>,
}

impl Store {
    /// Returns the number of records of each table. It reads a counter for each table, and no records.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read at all.
    pub fn stats(&self) -> Result<Stats, StoreError> {
        let reader = self.reader()?;
        let Some(handle) = reader.as_ref() else { return Ok(Stats::default()) };
        let tables = [
            ENTRIES.table(),
            INGREDIENTS.table(),
            KNOWN_FILES.table(),
            DECLARATIONS.table(),
            COMPILED.table(),
            BUILDS.table(),
            BLOBS.table(),
            REFERENCES.table(),
        ];
        let counts = handle.count(&self.place, tables).inspect_err(|error| self.forget(handle, error))?;
        let [entries, ingredients, known_files, declarations, compiled, builds, blobs, references] = counts;
        Ok(Stats { entries, ingredients, known_files, declarations, compiled, builds, blobs, references })
    }

    /// Returns all references of `account`, in one snapshot.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read, or if the database fails during the scan.
    pub fn references(&self, account: &str) -> Result<References, StoreError> {
        let reader = self.reader()?;
        let Some(handle) = reader.as_ref() else { return Ok(References::default()) };
        let read = self.read_references(handle, &Digest::of(account.as_bytes()));
        read.inspect_err(|error| self.forget(handle, error))
    }

    fn read_references(&self, handle: &Handle, account: &Digest) -> Result<References, StoreError> {
        let [first, last] = ReferenceKey::range(account);
        // By key, and each only once: a damaged tree may be out of order.
        let (mut known, mut damaged) = (BTreeMap::new(), Vec::new());
        handle.scan(&self.place, REFERENCES.table(), first.as_bytes(), last.as_bytes(), |key, stored| {
            // A damaged tree may also lead to an intact reference of another account, which this account must not see.
            if !key.starts_with(account.as_bytes()) {
                return;
            }
            let found = REFERENCES.open(key, stored).and_then(|reference| {
                let unknown = || Damage::Undecodable("its key is that of no reference".to_owned());
                Ok((ReferenceKey::parse(key, account).ok_or_else(unknown)?, reference))
            });
            match found {
                Ok((of, reference)) => drop(known.insert(of, reference)),
                Err(damage) => {
                    let record = RecordId::new(REFERENCES.table(), key);
                    damaged.push(record.report(damage));
                    self.remember_damaged(record);
                }
            }
        })?;
        let known = known.into_iter().map(|((kind, digest), reference)| (kind, digest, reference)).collect();
        Ok(References { known, damaged })
    }
}
