//! Blocking work, on a thread that the runtime has for it.

use crate::error::Error;
use larder_base::contain::{Panicked, contain};

/// Runs work that blocks, on the disk or for long, on a thread for it, so that cancellation or a signal need not wait.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let started = contain(|| tokio::task::spawn_blocking(work));
    // The runtime panics if it cannot start its first thread for such work.
    let started = started.map_err(|Panicked(reason)| Error::NoThread { reason })?;
    started.await.map_err(|error| Error::Internal(error.to_string()))
}
