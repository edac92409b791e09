//! The one who writes to standard output: on a thread of its own, so that a reader who takes their time keeps nobody
//! from anything but getting further ahead.

use std::io::{ErrorKind, Write as _};

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use crate::problem::Problem;

/// How many times lines that were ready together wait to be written, beside those that the batch itself holds back.
const WAITING: usize = 2;

/// Why the writer is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// There are no more lines.
    All,
    /// Nobody reads any more.
    Closed,
}

/// Starts the writer: it takes lines until there are no more senders, or until they cannot be written.
pub(super) fn start() -> (Sender<String>, JoinHandle<Result<Written, Problem>>) {
    let (sender, lines) = channel(WAITING);
    (sender, tokio::task::spawn_blocking(move || write(lines)))
}

fn write(mut lines: Receiver<String>) -> Result<Written, Problem> {
    let mut stdout = std::io::stdout().lock();
    // Whoever reads gets a line as soon as it is there; those that were ready together cost one call.
    while let Some(ready) = lines.blocking_recv() {
        match stdout.write_all(ready.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Written::Closed),
            written => written?,
        }
    }
    Ok(Written::All)
}
