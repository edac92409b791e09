//! The only way to lock a mutex in this crate.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`, even after a panic. No lock of this crate guards a partial update: each holds one value that is
/// replaced as a whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
