//! Denials of a run, from any source: a call of the guest, or a request under way.

use std::sync::{Arc, Mutex, PoisonError};

use larder_types::capability::{Denials, Denied};

/// The record of one run. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<Denials>>);

impl Recorder {
    /// Records a denial.
    pub(super) fn add(&self, denied: Denied) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(denied);
    }

    /// Takes the recorded denials.
    pub(super) fn take(&self) -> Denials {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
