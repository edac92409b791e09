//! The store itself: opening it, and the handle of the database that is in use at the moment.
//!
//! | file | what one does with a store |
//! |---|---|
//! | `mod` | opens it; what follows from the folder alone |
//! | `look` | looks up one record |
//! | `list` | looks at many records at one moment |
//! | `write` | commits |

pub(crate) mod list;
pub(crate) mod look;
mod shared;
mod write;

pub use self::shared::{Opening, Store};
