//! Answers of the store: a record, nothing, or a damaged record.
//!
//! Damage is an answer and not an error, because the caller continues as after a miss, and because it affects only one
//! record: the others stay valid.

use std::fmt;

/// The answer to a lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Lookup<T> {
    /// The record that was written for this key.
    Found(T),
    /// There is no record for this key.
    Absent,
    /// There is a record, but it can no longer be read. The caller treats it as a miss and warns; the next commit
    /// removes it.
    Damaged(DamageReport),
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamageReport {
    /// The table that contains it.
    pub table: &'static str,
    /// Its key, in hexadecimal digits.
    pub key: String,
    /// The kind of damage.
    pub damage: Damage,
}

/// A kind of damage to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// Its bytes were not written for its key.
    DigestMismatch,
    /// Its bytes are intact but are not a valid record: the writer was not a Larder of this format.
    Undecodable(String),
    /// The database failed while it searched for the record.
    Unreadable(String),
}

impl fmt::Display for DamageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the record {} in {} is damaged: ", self.key, self.table)?;
        match &self.damage {
            Damage::DigestMismatch => f.write_str("its bytes are not those that were written"),
            Damage::Undecodable(detail) => write!(f, "it cannot be decoded ({detail})"),
            Damage::Unreadable(detail) => write!(f, "the database cannot read it ({detail})"),
        }
    }
}

/// Numbers of records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Answers.
    pub entries: u64,
    /// Cache ids.
    pub ingredients: u64,
    /// Files with a stored digest.
    pub known_files: u64,
    /// Components with stored declarations.
    pub declarations: u64,
    /// Compiled components.
    pub compiled: u64,
    /// Projects that were built.
    pub builds: u64,
    /// Blobs, inline or in files, each counted once.
    pub blobs: u64,
    /// References from accounts to blobs.
    pub references: u64,
}
