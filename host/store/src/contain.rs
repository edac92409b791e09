//! Containment of panics in a damaged database, including panics when it is closed.
//!
//! The database asserts the structure of the files that it wrote, and a damaged file violates it: opening, reading,
//! writing and even closing it may panic. Rule 6 of the cache says that a damaged cache never changes an answer. So a
//! panic becomes a value, and its receiver drops the handle, whose state is no longer usable.
//!
//! One panic is not contained. redb 4.6 has a destructor (of `ExtractIf`, in a commit) that can panic while a panic
//! already unwinds, which ends any process. It happened once in thousands of commits to files in which many bytes were
//! flipped. So nothing is written to a file whose structure is known to be damaged (`Store::note`), and a caller that
//! has a result should not let it depend on the commit.

use larder_base::contain::{Panicked, contain};

use crate::error::{Intent, StoreError};
use crate::place::Place;

/// A value whose destructor may panic; the panic is contained.
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
        // Every commit was durable before it was acknowledged, so a failed close loses nothing.
        drop(contain(|| drop(inner)));
    }
}

/// Runs a call into redb, and converts its panics and errors.
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
