//! Single flight: of all calls of this process that miss one key at the same time, one runs, and all get its answer.
//!
//! The run continues independently of its callers (see [`super::lead`]), so that no cancelled caller strands the
//! others. When all are cancelled, the run is stopped. If it fails, all who waited get the error, nothing is stored,
//! and the next call runs. Other processes are excluded by a lock on the key ([`larder_store::KeyLock`]), which the run
//! takes before it looks up once more.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::oneshot;

use super::lead::{self, Job, NoAnswer, lead};
use crate::counters::Counters;
use crate::error::Error;
use crate::key::EntryKey;
use crate::outcome::{Outcome, Status};
use larder_base::Digest;
use larder_sandbox::Watch;
use larder_types::limits::Limits;

/// The key that calls must share to share a run: the entry key and the component, since a hit reports if another
/// component made it.
pub(crate) type FlightKey = (EntryKey, Digest);

type Answer = Result<Outcome, Error>;

type Company = lead::Company<Answer>;

/// A run, as work that computes an answer.
pub(crate) type Computing = Job<Answer>;

/// The runs that are under way.
#[derive(Default)]
pub(crate) struct Flights {
    flying: Mutex<BTreeMap<FlightKey, Flight>>,
}

/// A run that is under way.
struct Flight {
    limits: Limits,
    waiting: Vec<oneshot::Sender<Answer>>,
    /// Keeps the run going. If it is gone, the run was stopped, or soon will be.
    company: Weak<Company>,
}

/// The way that a caller gets its answer.
enum Boarding {
    /// It begins a run that others may join.
    First(Arc<Company>),
    /// It waits for a run that is under way.
    Joined(Arc<Company>),
    /// The run that is under way has other limits: this one may stay within its own where the other exceeds them.
    Alone(Computing),
}

impl Flights {
    /// Returns the answer of `run`, or of a run for the same key that is already under way with the same limits.
    ///
    /// # Errors
    ///
    /// [`NoAnswer`] when the run was stopped, or did not come back in time.
    pub(crate) async fn fly(
        self: &Arc<Self>,
        key: FlightKey,
        limits: Limits,
        watch: Watch,
        run: Computing,
        counters: &Counters,
    ) -> Result<Answer, NoAnswer> {
        let (sender, answer) = oneshot::channel();
        match self.board(key, limits, &watch, sender, run) {
            Boarding::Alone(run) => lead(run, watch).await,
            Boarding::First(company) => {
                let landing = Landing { flights: self.clone(), key, company: Arc::downgrade(&company), answer: None };
                company.start(move |answer| landing.with(answer));
                company.wait(answer).await
            }
            Boarding::Joined(company) => {
                let answer = company.wait(answer).await;
                drop(company);
                counters.shared.add_one();
                Ok(answer?.map(|outcome| Outcome { status: Status::Shared, ..outcome }))
            }
        }
    }

    /// Joins a flight, or begins a new one.
    fn board(
        self: &Arc<Self>,
        key: FlightKey,
        limits: Limits,
        watch: &Watch,
        waiting: oneshot::Sender<Answer>,
        run: Computing,
    ) -> Boarding {
        let mut flying = self.lock();
        if let Some(flight) = flying.get_mut(&key)
            && let Some(company) = flight.company.upgrade()
        {
            if flight.limits != limits {
                return Boarding::Alone(run);
            }
            flight.waiting.push(waiting);
            return Boarding::Joined(company);
        }
        let company = Company::new(run, watch.clone());
        let flight = Flight { limits, waiting: vec![waiting], company: Arc::downgrade(&company) };
        // An earlier flight of this key is being stopped, and nobody waits for it any more.
        flying.insert(key, flight);
        Boarding::First(company)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<FlightKey, Flight>> {
        self.flying.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of a run, however it ends: the run is removed from the list, and its callers are told.
struct Landing {
    flights: Arc<Flights>,
    key: FlightKey,
    company: Weak<Company>,
    answer: Option<Answer>,
}

impl Landing {
    /// Ends the run with its answer, if it has one.
    fn with(mut self, answer: Option<Answer>) {
        self.answer = answer;
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut flying = self.flights.lock();
        let is_it = flying.get(&self.key).is_some_and(|flight| flight.company.ptr_eq(&self.company));
        let waiting = if is_it { flying.remove(&self.key).map(|flight| flight.waiting) } else { None };
        drop(flying);
        // Without an answer, the run was stopped or it panicked: the callers see their channels close.
        if let Some(answer) = self.answer.take() {
            tell(waiting.unwrap_or_default(), answer);
        }
    }
}

/// Sends the answer to everyone who waits for it. Cancelled callers are skipped.
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
