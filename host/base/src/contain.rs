//! Containment of panics in other people's code, over data that the code asserts to be impossible.
//!
//! It is for the database, which asserts the form of a file it wrote; the validator, which asserts on some components
//! that it should refuse; the generators of bindings, which do so on some worlds; and libraries that assert that the
//! system has a thread for them. A program built with `panic = "abort"` dies instead of going on.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Returns true if this thread is inside a call whose panic Larder contains and reports as a typed error.
///
/// A program's panic hook, which runs before the panic is caught, may stay silent then.
#[must_use]
pub fn panic_is_contained() -> bool {
    DEPTH.get() > 0
}

/// The message of a contained panic.
#[derive(Debug)]
pub struct Panicked(pub String);

/// Runs `call` and turns a panic in it into a value. The panic may break what `call` uses: the caller must drop that.
pub fn contain<T>(call: impl FnOnce() -> T) -> Result<T, Panicked> {
    DEPTH.set(DEPTH.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(call));
    DEPTH.set(DEPTH.get() - 1);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        Panicked(text.unwrap_or("a panic without a message").to_owned())
    })
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
}
