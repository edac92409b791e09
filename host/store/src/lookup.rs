//! Answers of the store: a record, nothing, or a record that is damaged.
//!
//! Damage is an answer and not an error, because the caller goes on as with a miss, and because it is about one record:
//! the others are as good as before.

use std::fmt;

/// The answer to a lookup.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Lookup<T> {
    /// The record that was written for this key.
    Found(T),
    /// Nothing is kept for this key.
    Absent,
    /// Something was kept, and can no longer be read. To the caller it is a miss and a warning; the next commit drops
    /// it.
    Damaged(DamageReport),
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamageReport {
    /// The table it is in.
    pub table: &'static str,
    /// Its key, in hexadecimal digits.
    pub key: String,
    /// The kind of damage.
    pub damage: Damage,
}

/// A kind of damage to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// Its bytes are not those that were written for its key.
    DigestMismatch,
    /// Its bytes are intact and are not a record: the writer was not a Larder of this format.
    Undecodable(String),
    /// The database failed on the way to it.
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
    /// Files whose digest is remembered.
    pub known_files: u64,
    /// Components whose declarations are remembered.
    pub declarations: u64,
    /// Compiled components.
    pub compiled: u64,
    /// Projects that were built.
    pub builds: u64,
    /// Blobs, inline or in files, each counted once.
    pub blobs: u64,
    /// References of accounts to blobs.
    pub references: u64,
}
