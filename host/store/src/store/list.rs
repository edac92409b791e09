//! Looking at many records at one moment: how many there are, and all references of an account.
//!
//! Bytes are shared between accounts and references are not: that somebody else stored the same bytes gives nobody
//! access to them, nor the knowledge that they are there. So whoever is asked for a digest looks among the references
//! of its account, before [`crate::BLOBS`] is asked for the bytes.

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
    /// Those that could not be read. The next commit drops them.
    pub damaged: Vec<DamageReport>,
}

impl Store {
    /// The number of records of each table. It reads a counter for each, no records.
    ///
    /// # Errors
    /// When the store cannot be read at all.
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
        let [first, last] = ReferenceKey::range(account);
        // By key, and each once: a damaged tree may have lost its order.
        let (mut known, mut damaged) = (BTreeMap::new(), Vec::new());
        handle.scan(&self.place, REFERENCES.table(), first.as_bytes(), last.as_bytes(), |key, stored| {
            // So it may lead to the reference of another account, which is sound, and is none of this one's business.
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
