//! Content that the host could not read while a task used it.

use std::sync::{Arc, Mutex, PoisonError};

use larder_content::ContentError;

/// The first content that the host could not read. The run fails, whatever the task does.
#[derive(Clone, Default)]
pub(super) struct Faults(Arc<Mutex<Option<ContentError>>>);

impl Faults {
    /// Records a fault; all but the first are dropped.
    pub(super) fn add(&self, fault: ContentError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
    }

    /// Takes the first fault, if any.
    pub(super) fn take(&self) -> Option<ContentError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
