//! Group commit: calls that commit at the same time share one transaction.
//!
//! A transaction costs milliseconds, nearly all of it waiting for the disk, and the same for one change as for
//! hundreds. So whoever gets the turn to write takes along everything that waits, answers those it took along, and
//! hands the turn on to one of those who came meanwhile. Nobody needs a thread to wait: each leaves word how it wants
//! to be told, and a turn is told like an answer.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::commit::Commit;
use crate::error::StoreError;
use crate::mutex::lock;

/// A notice to somebody who commits.
pub(crate) enum Notice {
    /// The commit was written, or could not be.
    Written(Result<(), StoreError>),
    /// The turn to write is theirs.
    Turn(Turn),
}

/// A function that takes a notice. It must not block: that is for whoever gets the turn, and not here.
type Notify = Box<dyn FnOnce(Notice) + Send>;

/// The commits that wait, and the turn to write. A clone is the same group.
#[derive(Clone, Default)]
pub(crate) struct Group(Arc<Shared>);

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// The number of transactions, also of those that failed.
    transactions: AtomicU64,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(Commit, Notify)>,
    /// Somebody has the turn.
    is_taken: bool,
    /// A thread is seeing to it that somebody has.
    is_handed_on: bool,
}

impl Group {
    /// The number of transactions so far.
    pub(crate) fn transactions(&self) -> u64 {
        self.0.transactions.load(Ordering::Relaxed)
    }

    /// Has the changes of `commit` written, by whoever's turn it is next, and `tell` told.
    pub(crate) fn join(&self, commit: Commit, tell: Notify) {
        lock(&self.0.queue).waiting.push_back((commit, tell));
        self.hand_on();
    }

    /// Gives the turn to the first who waits, unless somebody has it.
    fn hand_on(&self) {
        let mut queue = lock(&self.0.queue);
        if queue.is_handed_on {
            return;
        }
        queue.is_handed_on = true;
        // A loop, since a turn may come back at once: from a runtime that is shut down, and takes on no more work.
        while !queue.is_taken
            && let Some((commit, tell)) = queue.waiting.pop_front()
        {
            queue.is_taken = true;
            drop(queue);
            tell(Notice::Turn(Turn { group: self.clone(), commit }));
            queue = lock(&self.0.queue);
        }
        queue.is_handed_on = false;
    }
}

/// The turn to write. However it ends, it passes on; if it was not used, its commit goes with it.
pub(crate) struct Turn {
    group: Group,
    commit: Commit,
}

impl Turn {
    /// Has `write` make the changes of this commit, and of all that wait, in one transaction. The others are told when
    /// what is returned beside the answer to this commit is dropped.
    pub(crate) fn write(
        self,
        write: impl Fn(&[&Commit]) -> Result<(), StoreError>,
    ) -> (Result<(), StoreError>, Answered) {
        let along = Along(std::mem::take(&mut lock(&self.group.0.queue).waiting));
        let write = |commits: &[&Commit]| {
            self.group.0.transactions.fetch_add(1, Ordering::Relaxed);
            write(commits)
        };
        let others = along.0.iter().map(|(commit, _)| commit);
        let shared = write(&[&self.commit].into_iter().chain(others).collect::<Vec<_>>());
        let is_alone = along.0.is_empty();
        // One commit that cannot be stored, being too large perhaps, must not fail the others.
        let answer = |commit: &Commit| if shared.is_ok() || is_alone { shared.clone() } else { write(&[commit]) };
        let own = answer(&self.commit);
        (own, along.answer(answer))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.group.0.queue).is_taken = false;
        self.group.hand_on();
    }
}

/// The commits that a turn took along. However it ends, each of them is answered.
struct Along(VecDeque<(Commit, Notify)>);

impl Along {
    fn answer(mut self, answer: impl Fn(&Commit) -> Result<(), StoreError>) -> Answered {
        let mut answered = Answered(Vec::with_capacity(self.0.len()));
        while let Some((commit, tell)) = self.0.pop_front() {
            answered.0.push((tell, answer(&commit)));
        }
        answered
    }
}

/// The answers to the commits that were written along. Each is given when this is dropped.
#[must_use]
pub(crate) struct Answered(Vec<(Notify, Result<(), StoreError>)>);

impl Drop for Answered {
    fn drop(&mut self) {
        for (tell, result) in self.0.drain(..) {
            tell(Notice::Written(result));
        }
    }
}

impl Drop for Along {
    fn drop(&mut self) {
        for (_, tell) in self.0.drain(..) {
            tell(Notice::Written(Err(abandoned())));
        }
    }
}

/// The answer to a commit whose writer panicked: a bug of ours, of which the others only learn that nothing is known.
pub(crate) fn abandoned() -> StoreError {
    let source = Arc::new(io::Error::other("the thread that was writing this commit panicked"));
    StoreError::Io { path: PathBuf::new(), source }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc::{self, Receiver};
    use std::thread;

    use super::*;
    use crate::tables::BUILDS;
    use larder_base::Digest;

    fn commit(of: &str) -> Commit {
        Commit::new().remove(&BUILDS, &Digest::of(of.as_bytes()))
    }

    fn too_large() -> StoreError {
        StoreError::TooLarge { path: "x".into(), bytes: 1 }
    }

    fn join(group: &Group, commit: Commit) -> Receiver<Notice> {
        let (sender, told) = mpsc::channel();
        group.join(commit, Box::new(move |what| drop(sender.send(what))));
        told
    }

    fn turn(told: &Receiver<Notice>) -> Turn {
        let Ok(Notice::Turn(turn)) = told.try_recv() else { panic!("it is not their turn") };
        turn
    }

    fn written(told: &Receiver<Notice>) -> Result<(), StoreError> {
        let Ok(Notice::Written(result)) = told.try_recv() else { panic!("it was not written") };
        result
    }

    /// Writes a commit that nobody joined.
    fn expect_one(commits: &[&Commit]) -> Result<(), StoreError> {
        assert_eq!(commits.len(), 1);
        Ok(())
    }

    #[test]
    fn those_who_wait_share_the_next_transaction_and_hold_no_thread() {
        let group = Group::default();
        let first = turn(&join(&group, commit("first")));
        let others: Vec<_> = (0..8).map(|i| join(&group, commit(&i.to_string()))).collect();
        assert!(others.iter().all(|told| told.try_recv().is_err()), "somebody else has the turn");
        // Those who come while it is written are not taken along.
        let late = std::cell::OnceCell::new();
        let write = |commits: &[&Commit]| {
            assert_eq!(commits.len(), 9);
            late.set(join(&group, commit("late"))).unwrap();
            Ok(())
        };
        first.write(write).0.unwrap();
        others.iter().for_each(|told| written(told).unwrap());
        turn(late.get().unwrap()).write(expect_one).0.unwrap();
        assert_eq!(group.transactions(), 2);
    }

    #[test]
    fn a_commit_that_fails_fails_alone() {
        let group = Group::default();
        for bad_is_first in [true, false] {
            // Whatever holds `bad` fails.
            let (good, bad) = (commit("good"), commit("bad").and(commit("bad")));
            let (first, second) = if bad_is_first { (bad, good) } else { (good, bad) };
            let first = turn(&join(&group, first));
            let second = join(&group, second);
            let (result, others) = first.write(|commits| {
                if commits.iter().any(|commit| commit.changes.len() == 2) { Err(too_large()) } else { Ok(()) }
            });
            assert!(second.try_recv().is_err(), "it is told when the writer says so");
            drop(others);
            assert_eq!(matches!(result, Err(StoreError::TooLarge { .. })), bad_is_first);
            assert_eq!(written(&second).is_ok(), bad_is_first);
        }
    }

    #[test]
    fn a_writer_that_panics_strands_no_one() {
        let group = Group::default();
        let ours = turn(&join(&group, commit("ours")));
        let taken_along = join(&group, commit("other"));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ours.write(|_| panic!("a bug"))));
        assert!(panicked.is_err());
        assert!(matches!(written(&taken_along), Err(StoreError::Io { .. })));
        turn(&join(&group, commit("next"))).write(|_| Ok(())).0.unwrap();
    }

    #[test]
    fn a_turn_that_nobody_uses_passes_on() {
        let group = Group::default();
        let unused = turn(&join(&group, commit("unused")));
        // Of those who wait, a hundred thousand are gone, each of whom leaves the turn where it gets it.
        for _ in 0..100_000 {
            group.join(commit("gone"), Box::new(drop));
        }
        let last = join(&group, commit("last"));
        drop(unused);
        turn(&last).write(expect_one).0.unwrap();
    }

    #[test]
    fn threads_that_commit_at_once_are_all_answered() {
        let (group, written) = (Group::default(), AtomicUsize::new(0));
        let write = |commits: &[&Commit]| {
            written.fetch_add(commits.len(), Ordering::SeqCst);
            Ok(())
        };
        thread::scope(|scope| {
            for i in 0..8 {
                let group = &group;
                scope.spawn(move || {
                    for j in 0..1000 {
                        match join(group, commit(&format!("{i} {j}"))).recv().unwrap() {
                            Notice::Turn(turn) => turn.write(write).0.unwrap(),
                            Notice::Written(result) => result.unwrap(),
                        }
                    }
                });
            }
        });
        assert_eq!(written.into_inner(), 8000);
    }
}
