//! Containment: a panic inside the database ends here.
//!
//! The database asserts what a file it wrote must look like, and a damaged file is not one it wrote: opening, reading,
//! writing and even closing it may panic. Rule 6 of the cache says that a damaged cache never changes an answer, so a
//! panic becomes a value here, and whoever gets it drops the handle: what a panic leaves behind is not to be used
//! again.
//!
//! Two things are not contained. A program built with `panic = "abort"` dies where this would have gone on. And redb
//! 4.6 has a destructor (of `ExtractIf`, in a commit) that can panic while a panic already unwinds, which ends any
//! process: it was met once in thousands of commits to files in which many bytes were flipped. That is why nothing is
//! written to a file whose structure is known to be damaged (`Store::note`), and why whoever has a result should not
//! let it depend on the commit.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Whether this thread is inside a call whose panic the store contains and reports as a typed error.
///
/// For a program's panic hook, which runs before the panic is caught: it may stay silent when this is true.
#[must_use]
pub fn panic_is_contained() -> bool {
    DEPTH.get() > 0
}

/// The message of a panic that was contained.
#[derive(Debug)]
pub(super) struct Panicked(pub(super) String);

/// Runs `call`, and turns a panic in it into a value.
pub(super) fn contain<T>(call: impl FnOnce() -> T) -> Result<T, Panicked> {
    DEPTH.set(DEPTH.get() + 1);
    // What `call` may leave in a broken state is the handle it uses, and the caller drops that handle on `Panicked`.
    let result = catch_unwind(AssertUnwindSafe(call));
    DEPTH.set(DEPTH.get() - 1);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        Panicked(text.unwrap_or("a panic without a message").to_owned())
    })
}

/// Something whose destructor may panic, and then is contained.
pub(super) struct Contained<T>(Option<T>);

impl<T> Contained<T> {
    pub(super) const fn new(inner: T) -> Self {
        Self(Some(inner))
    }

    pub(super) const fn get(&self) -> &T {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(contain(|| 7).unwrap(), 7);
        let seen = contain(|| {
            assert!(panic_is_contained());
            if true {
                panic!("page {} is not there", 3);
            }
        });
        assert_eq!(seen.unwrap_err().0, "page 3 is not there");
        assert!(!panic_is_contained());
    }

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
