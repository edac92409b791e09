//! The format of a database file: the version in its `meta` table, and the check that this version of Larder may use
//! it.

use redb::{Database, ReadTransaction, ReadableTable, TableError, WriteTransaction};

use crate::error::StoreError;
use crate::keys::{FormatKey, Key as _};
use crate::place::Place;
use crate::tables::{FORMAT, FORMAT_VERSION};

/// The format of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    /// No table at all: a database that was created but never written.
    Fresh,
    /// Only tables that are not Larder's.
    Foreign,
    /// The record of the version was altered.
    Unreadable,
    Version(u32),
}

impl Format {
    /// Reads the format of a file that is about to be used.
    pub(crate) fn of_opened(transaction: &ReadTransaction) -> Result<Self, redb::Error> {
        match transaction.open_table(FORMAT.table().definition()) {
            Ok(table) => Self::in_table(&table),
            Err(TableError::TableDoesNotExist(_)) if transaction.list_tables()?.next().is_none() => Ok(Self::Fresh),
            Err(TableError::TableDoesNotExist(_)) => Ok(Self::Foreign),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the format of a file that is about to be written: a newer Larder may have upgraded it since it was opened.
    pub(crate) fn of_written(transaction: &WriteTransaction) -> Result<Self, redb::Error> {
        Self::in_table(&transaction.open_table(FORMAT.table().definition())?)
    }

    fn in_table(table: &impl ReadableTable<&'static [u8], &'static [u8]>) -> Result<Self, redb::Error> {
        let key = FormatKey.as_bytes();
        let stored = table.get(key)?;
        let version = stored.as_ref().and_then(|stored| FORMAT.open(key, stored.value()).ok());
        Ok(version.map_or(Self::Unreadable, Self::Version))
    }

    /// Refuses a file that this version of Larder may not use. Format 1 is the first: a migration to a second format
    /// begins here.
    pub(crate) fn accept(self, place: &Place) -> Result<(), StoreError> {
        let path = || place.database.clone();
        match self {
            Self::Fresh | Self::Version(FORMAT_VERSION) => Ok(()),
            Self::Version(found) if found > FORMAT_VERSION => {
                Err(StoreError::NewerFormat { path: path(), found, supported: FORMAT_VERSION })
            }
            Self::Version(found) => Err(StoreError::OtherFormat {
                path: path(),
                detail: format!("its format, {found}, was never released"),
            }),
            Self::Foreign => {
                Err(StoreError::OtherFormat { path: path(), detail: "a redb database of another program".to_owned() })
            }
            Self::Unreadable => {
                Err(StoreError::Damaged { path: path(), detail: "the record of its format is unreadable".to_owned() })
            }
        }
    }
}

/// Writes the format version, which marks the file as Larder's.
pub(crate) fn initialise(database: &Database) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    let stored = FORMAT.seal(&FormatKey, &FORMAT_VERSION);
    transaction.open_table(FORMAT.table().definition())?.insert(FormatKey.as_bytes(), stored.as_slice())?;
    Ok(transaction.commit()?)
}
