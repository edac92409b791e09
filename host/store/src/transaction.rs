//! One write transaction: everything that a group of commits writes.

use redb::{ReadableTable as _, WriteTransaction};

use crate::accesses::Hour;
use crate::commit::Change;
use crate::frame;
use crate::keys::{AccessKey, Key as _};
use crate::tables::{ACCESSES, RecordId};
use crate::value::Value as _;

/// Removes the records in `damaged` that are still damaged.
pub(crate) fn drop_damaged(transaction: &WriteTransaction, damaged: &[RecordId]) -> Result<(), redb::Error> {
    for RecordId { table, key } in damaged {
        let mut opened = transaction.open_table(table.definition())?;
        let sound =
            opened.get(key.as_slice())?.is_none_or(|stored| frame::open(table.name(), key, stored.value()).is_some());
        if !sound {
            opened.remove(key.as_slice())?;
        }
    }
    Ok(())
}

/// Stores the latest hour of each entry.
pub(crate) fn write_accesses(
    transaction: &WriteTransaction,
    accesses: &[(AccessKey, Hour)],
) -> Result<(), redb::Error> {
    if accesses.is_empty() {
        return Ok(());
    }
    let mut sorted = accesses.to_vec();
    // For each entry, the latest access comes last.
    sorted.sort_unstable();
    let mut opened = transaction.open_table(ACCESSES.definition())?;
    for (key, hour) in sorted {
        let is_later = opened
            .get(key.as_bytes())?
            .is_none_or(|stored| Hour::decode(stored.value()).map_or(true, |old| old < hour));
        if is_later {
            opened.insert(key.as_bytes(), hour.to_le_bytes().as_slice())?;
        }
    }
    Ok(())
}

/// Applies `changes`, sorted by table and then by key: each table is opened once, and neighbours in the tree are
/// written together.
pub(crate) fn apply(transaction: &WriteTransaction, changes: &[&Change]) -> Result<(), redb::Error> {
    let mut sorted = changes.to_vec();
    // The sort is stable, so of two changes to one key the later still comes later.
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    for group in sorted.chunk_by(|a, b| a.id.table == b.id.table) {
        let Some(first) = group.first() else { continue };
        let mut opened = transaction.open_table(first.id.table.definition())?;
        for change in group.chunk_by(|a, b| a.id.key == b.id.key).filter_map(|of_one_key| of_one_key.last()) {
            let Change { id: RecordId { table: _, key }, stored, is_shared } = change;
            let is_there = |stored: &[u8]| {
                Ok::<_, redb::Error>(opened.get(key.as_slice())?.is_some_and(|there| there.value() == stored))
            };
            match stored {
                Some(stored) if *is_shared && is_there(stored)? => {}
                Some(stored) => drop(opened.insert(key.as_slice(), stored.as_slice())?),
                None => drop(opened.remove(key.as_slice())?),
            }
        }
    }
    Ok(())
}
