//! Containment: the panics of a database that meets damage, also when it is closed.
//!
//! The database asserts what a file it wrote must look like, and a damaged file is not one it wrote: opening, reading,
//! writing and even closing it may panic. Rule 6 of the cache says that a damaged cache never changes an answer, so a
//! panic becomes a value, and whoever gets it drops the handle: what a panic leaves behind is not to be used again.
//!
//! One panic is not contained: redb 4.6 has a destructor (of `ExtractIf`, in a commit) that can panic while a panic
//! already unwinds, which ends any process: it was met once in thousands of commits to files in which many bytes were
//! flipped. That is why nothing is written to a file whose structure is known to be damaged (`Store::note`), and why
//! whoever has a result should not let it depend on the commit.

use larder_base::contain::{Panicked, contain};

use crate::error::{Intent, StoreError};
use crate::place::Place;

/// Something whose destructor may panic, and then is contained.
pub(crate) struct Contained<T>(Option<T>);

impl<T> Contained<T> {
    pub(crate) const fn new(inner: T) -> Self {
        Self(Some(inner))
    }

    pub(crate) const fn get(&self) -> &T {
        self.0.as_ref().expect("it is taken only when dropped")
    }
}

impl<T> Drop for Contained<T> {
    fn drop(&mut self) {
        let inner = self.0.take();
        // Every commit was durable before it was acknowledged, so nothing is lost with a close that fails.
        drop(contain(|| drop(inner)));
    }
}

/// Runs a call into redb: its panic, and every error it has, become ours.
pub(crate) fn guard<T>(
    place: &Place,
    intent: Intent,
    call: impl FnOnce() -> Result<T, redb::Error>,
) -> Result<T, StoreError> {
    match contain(call) {
        Ok(result) => result.map_err(|error| StoreError::from_redb(&place.database, intent, error)),
        Err(Panicked(detail)) => Err(StoreError::Damaged { path: place.database.clone(), detail }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destructor_that_panics_is_contained() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("poisoned");
            }
        }
        drop(Contained::new(Bomb));
    }
}
