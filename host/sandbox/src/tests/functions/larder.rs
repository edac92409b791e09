//! Bounds of the functions of `larder:task`.

use super::bound::Ends::{AtOnce, Waits};
use super::bound::Fuel::{Byte, Entry as EntryFuel, None as CallFuel};
use super::bound::Keeps::{Directory, Entry, Nothing, Shown, Writer};
use super::bound::{Row, row};

/// Rows by interface.
pub(super) const TABLE: &[(&str, &[Row])] = &[(
    "larder:task/files@0.1.0",
    &[
        row(
            Entry,
            CallFuel,
            AtOnce,
            &[
                "[resource]file",
                "[resource]directory",
                "[method]directory.open-file",
                "[method]directory.open-directory",
            ],
        ),
        row(Writer, CallFuel, AtOnce, &["[resource]writer", "[static]writer.create"]),
        row(Writer, Byte, AtOnce, &["[method]writer.write"]),
        row(Entry, Byte, AtOnce, &["[static]file.from-bytes", "[static]writer.finish"]),
        row(Entry, Byte, Waits, &["[static]file.from-path"]),
        row(Directory, EntryFuel, Waits, &["[static]directory.from-path"]),
        row(Shown, EntryFuel, AtOnce, &["[method]file.path", "[method]directory.path"]),
        row(Nothing, Byte, AtOnce, &["[method]file.read"]),
        row(Nothing, EntryFuel, AtOnce, &["[method]directory.entries"]),
        row(
            Nothing,
            CallFuel,
            AtOnce,
            &[
                "[method]file.name",
                "[method]file.size",
                "[method]file.digest",
                "[method]directory.name",
                "[method]directory.size",
                "[method]directory.digest",
            ],
        ),
    ],
)];
