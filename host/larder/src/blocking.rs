//! Work that blocks, on a thread of the runtime for it.

use crate::error::Error;
use larder_base::contain::{Panicked, contain};

/// Does what blocks, on the disk or for long, on a thread for it: a caller that goes away or a signal need not wait.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let started = contain(|| tokio::task::spawn_blocking(work));
    // The runtime asserts that there is a first thread for such work.
    let started = started.map_err(|Panicked(reason)| Error::NoThread { reason })?;
    started.await.map_err(|error| Error::Internal(error.to_string()))
}
