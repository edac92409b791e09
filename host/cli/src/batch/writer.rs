//! The writer to standard output, on a separate thread, so that a slow reader only limits how far the batch gets ahead.

use std::io::{ErrorKind, Write as _};

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

use crate::problem::Problem;

/// Number of waiting groups of lines, in addition to those that the batch itself holds back.
const WAITING: usize = 2;

/// Reason why the writer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// There are no more lines.
    All,
    /// The reader has closed the output.
    Closed,
}

/// The outcome of the writer, sent when it ends.
pub(super) type Outcome = oneshot::Receiver<Result<Written, Problem>>;

/// Starts the writer. It takes lines until there are no more senders, or until they cannot be written.
///
/// It uses its own thread, not one of the runtime's threads for blocking work: it runs as long as the batch, and if the
/// system allows only one such thread, disk reads would wait for it for ever.
///
/// # Errors
///
/// [`Problem::NotStarted`]: the system refuses the thread.
pub(super) fn start() -> Result<(Sender<String>, Outcome), Problem> {
    let (sender, lines) = channel(WAITING);
    let (done, outcome) = oneshot::channel();
    let thread = std::thread::Builder::new().name("lines".to_owned());
    // An error means that the batch has failed and no longer waits.
    thread.spawn(move || drop(done.send(write(lines)))).map_err(Problem::NotStarted)?;
    Ok((sender, outcome))
}

fn write(mut lines: Receiver<String>) -> Result<Written, Problem> {
    let mut stdout = std::io::stdout().lock();
    // The reader gets a line as soon as it is ready; lines that are ready together cost one call.
    while let Some(ready) = lines.blocking_recv() {
        match stdout.write_all(ready.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Written::Closed),
            written => written?,
        }
    }
    Ok(Written::All)
}
