//! Single flight: of all calls of this process that miss one key at the same time, one runs, and all get its answer.
//!
//! The run is a task of its own, so that no caller strands the others by going away; when all have gone, it is stopped.
//! If it fails, all who waited get the error, nothing is stored, and the next call runs. Other processes are kept out
//! by a lock on the key ([`crate::store::KeyLock`]), which the run takes before it looks up once more.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Poll, ready};

use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::{Error, Larder, Outcome, Status};
use crate::digest::Digest;
use crate::key::EntryKey;
use crate::sandbox::Limits;

/// What calls must have in common to share a run: the key, and the component, since a hit of one made by another is
/// told as such.
pub(super) type FlightKey = (EntryKey, Digest);

type Answer = Result<Outcome, Error>;

/// What a run is to whoever has it going.
pub(super) type Computing = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// The runs that are under way.
#[derive(Default)]
pub(super) struct Flights {
    flying: Mutex<BTreeMap<FlightKey, Flight>>,
}

/// A run that is under way.
struct Flight {
    limits: Limits,
    waiting: Vec<oneshot::Sender<Answer>>,
    /// What keeps it going. Gone, it was stopped, or soon will be.
    company: Weak<Company>,
}

/// A run, where both the task that it goes on in and who waits for it can reach it. None when it is over.
type Run = Arc<Mutex<Option<Computing>>>;

/// Held by everyone who waits for a run. When the last has gone away, so has the run.
struct Company {
    run: Run,
    task: Mutex<Option<AbortHandle>>,
}

impl Company {
    fn new(run: Computing) -> Arc<Self> {
        Arc::new(Self { run: Arc::new(Mutex::new(Some(run))), task: Mutex::default() })
    }

    /// Sets the run going, in a task of its own.
    fn start(&self, landing: Landing) {
        let run = self.run.clone();
        let going = std::future::poll_fn(move |context| {
            let mut run = run.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(going) = run.as_mut() else { return Poll::Ready(None) };
            let answer = ready!(going.as_mut().poll(context));
            *run = None;
            Poll::Ready(Some(answer))
        });
        let task = tokio::spawn(async move { landing.with(going.await) });
        self.task.lock().unwrap_or_else(PoisonError::into_inner).replace(task.abort_handle());
    }
}

impl Drop for Company {
    fn drop(&mut self) {
        if let Some(task) = self.task.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
        // A runtime drops an aborted task when it has a turn, and a caller may never give it another: what the run holds,
        // such as a compiler's process, goes now. If a thread is at work on it, that one drops it.
        if let Ok(mut run) = self.run.try_lock() {
            *run = None;
        }
    }
}

impl Flights {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<FlightKey, Flight>> {
        self.flying.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a caller comes to its answer.
enum Boarding {
    /// It begins a run that others may join.
    First(Arc<Company>),
    /// It waits for one that is under way.
    Joined(Arc<Company>),
    /// The one that is under way has other limits: what exceeds them may not exceed its own.
    Alone(Computing),
}

impl Larder {
    /// The answer of `run`, or of a run for the same key that is under way already, under the same limits.
    pub(super) async fn fly(&self, key: FlightKey, limits: Limits, run: Computing) -> Answer {
        let (sender, answer) = oneshot::channel();
        let lost = |_| Error::Internal("a run was lost".to_owned());
        match self.board(key, limits, sender, run) {
            Boarding::Alone(run) => run.await,
            Boarding::First(company) => {
                company.start(Landing { larder: self.clone(), key, company: Arc::downgrade(&company), answer: None });
                let answer = answer.await;
                drop(company);
                answer.map_err(lost)?
            }
            Boarding::Joined(company) => {
                let answer = answer.await;
                drop(company);
                self.host.counters.shared.add_one();
                answer.map_err(lost)?.map(|outcome| Outcome { status: Status::Shared, ..outcome })
            }
        }
    }

    /// Joins a flight, or begins one.
    fn board(&self, key: FlightKey, limits: Limits, waiting: oneshot::Sender<Answer>, run: Computing) -> Boarding {
        let mut flying = self.host.flights.lock();
        if let Some(flight) = flying.get_mut(&key)
            && let Some(company) = flight.company.upgrade()
        {
            if flight.limits != limits {
                return Boarding::Alone(run);
            }
            flight.waiting.push(waiting);
            return Boarding::Joined(company);
        }
        let company = Company::new(run);
        let flight = Flight { limits, waiting: vec![waiting], company: Arc::downgrade(&company) };
        // What may have been in its place is being stopped, and nobody waits for it any more.
        flying.insert(key, flight);
        Boarding::First(company)
    }
}

/// The end of a run, however it ends: it is taken out of the list, and who waits for it is told.
struct Landing {
    larder: Larder,
    key: FlightKey,
    company: Weak<Company>,
    answer: Option<Answer>,
}

impl Landing {
    /// The run has come to its end by itself.
    fn with(mut self, answer: Option<Answer>) {
        self.answer = answer;
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut flying = self.larder.host.flights.lock();
        let is_it = flying.get(&self.key).is_some_and(|flight| flight.company.ptr_eq(&self.company));
        let waiting = if is_it { flying.remove(&self.key).map(|flight| flight.waiting) } else { None };
        drop(flying);
        // Without an answer it was stopped, or it panicked: the channels close, and that says it.
        if let Some(answer) = self.answer.take() {
            tell(waiting.unwrap_or_default(), answer);
        }
    }
}

/// Gives the answer to everyone who waits for it. Whoever has gone away is not there to be told.
fn tell(mut waiting: Vec<oneshot::Sender<Answer>>, answer: Answer) {
    let Some(last) = waiting.pop() else { return };
    match answer {
        Ok(outcome) => {
            for other in waiting {
                let _ = other.send(Ok(outcome.clone()));
            }
            let _ = last.send(Ok(outcome));
        }
        Err(error) if waiting.is_empty() => drop(last.send(Err(error))),
        Err(error) => {
            let error = Arc::new(error);
            for waiting in waiting.into_iter().chain([last]) {
                let _ = waiting.send(Err(Error::Shared(error.clone())));
            }
        }
    }
}
