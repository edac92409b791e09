//! Work that goes on by itself while somebody waits for it: a run, or the question to a manifest.
//!
//! It goes on in a task of its own, so that no caller strands another by going away; on a runtime of one thread, in a
//! thread of its own, since that one is where the callers wait. When all have gone away, it is stopped. Work that does
//! not come back a second after its time was up is *lost*: whoever waits is told so and goes on. The thread that it is in
//! is left behind until it comes back by itself, and with it all that the work holds: its share of the budget, its lock
//! on a key.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, ready};

use futures_util::future::{AbortHandle, Abortable};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;

use crate::error::Error;
use larder_sandbox::Watch;

/// Work that goes on by itself.
pub(crate) type Job<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Held by everyone who waits for some work. When the last has gone away, so has the work.
pub(crate) struct Company<T> {
    work: Shared<T>,
    task: Mutex<Option<AbortHandle>>,
    watch: Watch,
}

/// Work, where both the task that it goes on in and who waits for it can reach it. `None` when it is over.
type Shared<T> = Arc<Mutex<Option<Job<T>>>>;

/// The end of a wait without an answer.
pub(crate) enum NoAnswer {
    /// The work did not come back in time, and goes on.
    Lost,
    /// It was stopped, or it panicked.
    Gone,
}

impl<T: Send + 'static> Company<T> {
    /// Company for work that `watch` is over.
    pub(crate) fn new(work: Job<T>, watch: Watch) -> Arc<Self> {
        Arc::new(Self { work: Arc::new(Mutex::new(Some(work))), task: Mutex::default(), watch })
    }

    /// Sets the work going, and has `landing` told when it is over; without an answer, if it was stopped.
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

    /// Waits for the answer, which the landing sends.
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
        // A runtime drops an aborted task when it has a turn, and a caller may never give it another: what the work holds,
        // such as a compiler's process, goes now. If a thread is at work on it, that one drops it.
        if let Ok(mut work) = self.work.try_lock() {
            *work = None;
        }
    }
}

/// Has `work` go on without whoever waits for it.
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
        // Where the system gives no thread, it goes on in the one that waits: what cannot be interrupted is waited for.
        if thread.spawn(going).is_err()
            && let Some(work) = take(&work)
        {
            drop(runtime.spawn(work));
        }
    } else {
        drop(runtime.spawn(work));
    }
}

/// Does work that nobody else waits for.
pub(crate) async fn lead<T: Send + 'static>(work: Job<T>, watch: Watch) -> Result<T, NoAnswer> {
    let (sender, answer) = oneshot::channel();
    let company = Company::new(work, watch);
    company.start(move |answer| {
        // Whoever has gone away is not there to be told.
        drop(answer.map(|answer| sender.send(answer)));
    });
    company.wait(answer).await
}

/// The error of work that ended without an answer although somebody waited.
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
                // As an operation does that cannot be interrupted, it keeps its thread.
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
            // Dropped unsent: the work is.
            is_gone.recv().unwrap_err();
        }
    }
}
