//! Content that the host could not read while a task used it.

use std::sync::{Arc, Mutex, PoisonError};

use larder_content::ContentError;

/// The first content that the host could not read: whatever the task makes of it, the run fails.
#[derive(Clone, Default)]
pub(super) struct Faults(Arc<Mutex<Option<ContentError>>>);

impl Faults {
    /// Notes a fault; all but the first are forgotten.
    pub(super) fn add(&self, fault: ContentError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
    }

    /// Takes the first fault, if there was one.
    pub(super) fn take(&self) -> Option<ContentError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
