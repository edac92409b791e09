//! The store itself: opening it, and the current handle of the database.
//!
//! | file | operations |
//! |---|---|
//! | `mod` | opens it; provides the paths in its folder |
//! | `look` | looks up one record |
//! | `list` | reads many records in one snapshot |
//! | `write` | commits |

pub(crate) mod list;
pub(crate) mod look;
mod shared;
mod write;

pub use self::shared::{Opening, Store};
