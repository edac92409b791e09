//! Work that continues by itself while somebody waits for it: a run, or the question to a manifest.
//!
//! The work runs in a separate tokio task, so that no cancelled caller strands another. On a single-threaded runtime it
//! has a thread of its own, since the callers wait on the runtime's. When all callers are cancelled, it is stopped.
//! Work that does not return within a second after its time limit is *lost*: its callers are told so and continue. Its
//! thread is left behind until it returns by itself, and with it everything that the work holds: its share of the
//! budget, its lock on a key.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, ready};

use futures_util::future::{AbortHandle, Abortable};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;

use crate::error::Error;
use larder_sandbox::Watch;

/// Work that continues by itself.
pub(crate) type Job<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Held by everyone who waits for some work. Dropping the last one stops the work.
pub(crate) struct Company<T> {
    work: Shared<T>,
    task: Mutex<Option<AbortHandle>>,
    watch: Watch,
}

/// Work, shared by the task that runs it and its callers. `None` when it is over.
type Shared<T> = Arc<Mutex<Option<Job<T>>>>;

/// The end of a wait without an answer.
pub(crate) enum NoAnswer {
    /// The work did not return in time, and still runs.
    Lost,
    /// It was stopped, or it panicked.
    Gone,
}

impl<T: Send + 'static> Company<T> {
    /// Creates the company of a piece of work that `watch` observes.
    pub(crate) fn new(work: Job<T>, watch: Watch) -> Arc<Self> {
        Arc::new(Self { work: Arc::new(Mutex::new(Some(work))), task: Mutex::default(), watch })
    }

    /// Starts the work, and calls `landing` when it is over, without an answer if it was stopped.
    pub(crate) fn start(&self, landing: impl FnOnce(Option<T>) + Send + 'static) {
        let work = self.work.clone();
        let going = std::future::poll_fn(move |context| {
            let mut work = work.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(going) = work.as_mut() else { return Poll::Ready(None) };
            let answer = ready!(going.as_mut().poll(context));
            *work = None;
            Poll::Ready(Some(answer))
        });
        let (task, registration) = AbortHandle::new_pair();
        let going = Abortable::new(going, registration);
        self.task.lock().unwrap_or_else(PoisonError::into_inner).replace(task);
        go_on_by_itself(async move { landing(going.await.ok().flatten()) });
    }

    /// Waits for the answer, which `landing` sends.
    pub(crate) async fn wait<A>(&self, answer: oneshot::Receiver<A>) -> Result<A, NoAnswer> {
        tokio::select! {
            biased;
            answer = answer => answer.map_err(|_| NoAnswer::Gone),
            () = self.watch.lost() => Err(NoAnswer::Lost),
        }
    }
}

impl<T> Drop for Company<T> {
    fn drop(&mut self) {
        self.watch.stop();
        if let Some(task) = self.task.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
        // A runtime drops an aborted task only when it gets a turn, which a caller may never give it again. So whatever
        // the work holds, such as a compiler's process, is dropped now. If a thread is running the work, that thread
        // drops it.
        if let Ok(mut work) = self.work.try_lock() {
            *work = None;
        }
    }
}

/// Runs `work` independently of its callers.
fn go_on_by_itself(work: impl Future<Output = ()> + Send + 'static) {
    let runtime = Handle::current();
    if runtime.runtime_flavor() == RuntimeFlavor::CurrentThread {
        let thread = std::thread::Builder::new().name("larder-run".to_owned());
        let spans = tracing::dispatcher::get_default(Clone::clone);
        let work = Arc::new(Mutex::new(Some(Box::pin(work))));
        let take = |work: &Mutex<Option<_>>| work.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (there, on) = (work.clone(), runtime.clone());
        let going = move || {
            if let Some(work) = take(&there) {
                tracing::dispatcher::with_default(&spans, || on.block_on(work));
            }
        };
        // Without a thread, the work runs on the caller's, which then waits for operations that cannot be interrupted.
        if thread.spawn(going).is_err()
            && let Some(work) = take(&work)
        {
            drop(runtime.spawn(work));
        }
    } else {
        drop(runtime.spawn(work));
    }
}

/// Runs work that has only this caller.
pub(crate) async fn lead<T: Send + 'static>(work: Job<T>, watch: Watch) -> Result<T, NoAnswer> {
    let (sender, answer) = oneshot::channel();
    let company = Company::new(work, watch);
    company.start(move |answer| {
        // A cancelled caller gets no answer.
        drop(answer.map(|answer| sender.send(answer)));
    });
    company.wait(answer).await
}

/// Returns the error of work that ended without an answer while somebody waited.
pub(crate) fn gone() -> Error {
    Error::Internal("a run was lost".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtimes() -> [Runtime; 2] {
        [Builder::new_current_thread(), Builder::new_multi_thread()]
            .map(|mut builder| builder.worker_threads(2).enable_all().build().unwrap())
    }

    #[test]
    fn work_that_does_not_come_back_is_lost_and_whoever_waits_goes_on() {
        for runtime in runtimes() {
            let (comes_back, held) = std::sync::mpsc::channel::<()>();
            let watch = Watch::default();
            let watched = watch.clone();
            let work = Box::pin(async move {
                watched.begin(Instant::now(), Instant::now());
                // Like an operation that cannot be interrupted, it keeps its thread.
                held.recv().is_ok()
            });
            let answer = runtime.block_on(lead(work, watch));
            assert!(matches!(answer, Err(NoAnswer::Lost)));
            comes_back.send(()).unwrap();
        }
    }

    #[test]
    fn work_is_stopped_when_nobody_waits_for_it() {
        for runtime in runtimes() {
            let (gone, is_gone) = std::sync::mpsc::channel::<()>();
            let work = Box::pin(async move {
                std::future::pending::<()>().await;
                drop(gone);
            });
            let waits = async {
                tokio::time::timeout(std::time::Duration::from_millis(10), lead(work, Watch::default())).await
            };
            assert!(runtime.block_on(waits).is_err());
            // The sender was dropped without sending, and so was the work.
            is_gone.recv().unwrap_err();
        }
    }
}
