//! The one who writes to standard output: on a thread of its own, so that a reader who takes their time keeps nobody
//! from anything but getting further ahead.

use std::io::{ErrorKind, Write as _};

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

use crate::problem::Problem;

/// Number of times that lines that were ready together wait to be written, beside those that the batch itself holds back.
const WAITING: usize = 2;

/// Why the writer is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// There are no more lines.
    All,
    /// Nobody reads any more.
    Closed,
}

/// The outcome of the writer, which comes when it is done.
pub(super) type Outcome = oneshot::Receiver<Result<Written, Problem>>;

/// Starts the writer: it takes lines until there are no more senders, or until they cannot be written.
///
/// It has a thread of its own, and none of the runtime's for blocking work: it lasts as long as the batch, and where the
/// system allows no second such thread, whoever reads the disk would wait for it for ever.
///
/// # Errors
///
/// [`Problem::NotStarted`]: the system refuses the thread.
pub(super) fn start() -> Result<(Sender<String>, Outcome), Problem> {
    let (sender, lines) = channel(WAITING);
    let (done, outcome) = oneshot::channel();
    let thread = std::thread::Builder::new().name("lines".to_owned());
    // Nobody waits any more where the batch has failed.
    thread.spawn(move || drop(done.send(write(lines)))).map_err(Problem::NotStarted)?;
    Ok((sender, outcome))
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
