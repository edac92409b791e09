//! The bound of each function that the host provides, and of one handle of each resource. The list is complete: a
//! function that is missing here fails the test.

use super::bound::Row;
use super::{larder, wasi_0_2, wasi_0_3};

/// Returns all functions, by interface.
pub(super) fn table() -> impl Iterator<Item = (&'static str, &'static [Row])> {
    [larder::TABLE, wasi_0_2::TABLE, wasi_0_3::TABLE].into_iter().flatten().copied()
}
