//! Turns to make a component ready: one caller compiles while the others wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use larder_base::Digest;

/// Components that are being made ready. Many calls may miss at the same moment, but only one of them needs to compile,
/// which takes seconds, and memory by the gigabyte.
#[derive(Debug, Default)]
pub(super) struct BeingMade(Mutex<HashMap<Digest, Weak<Turn>>>);

pub(super) type Turn = tokio::sync::Mutex<()>;

impl BeingMade {
    /// Returns the turn to make the component with this digest ready.
    pub(super) fn turn(&self, digest: Digest) -> Arc<Turn> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&digest).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Turn::default());
        turns.insert(digest, Arc::downgrade(&turn));
        turn
    }
}
