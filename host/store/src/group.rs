//! Group commit: calls that commit at the same time share one transaction.
//!
//! A transaction costs milliseconds, nearly all of it waiting for the disk, regardless of the number of changes. So the
//! holder of the turn to write takes all waiting commits along, answers them, and passes the turn to a commit that has
//! arrived meanwhile. No thread is needed to wait: each caller registers a function for its notices, and a turn is a
//! notice like an answer.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::commit::Commit;
use crate::error::StoreError;
use crate::mutex::lock;

/// A notice to a caller that commits.
pub(crate) enum Notice {
    /// The result of the commit.
    Written(Result<(), StoreError>),
    /// The turn to write belongs to this caller.
    Turn(Turn),
}

/// A function that receives a notice. It must not block: blocking work belongs in the turn.
type Notify = Box<dyn FnOnce(Notice) + Send>;

/// The waiting commits, and the turn to write. Clones share the same group.
#[derive(Clone, Default)]
pub(crate) struct Group(Arc<Shared>);

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// The number of transactions, including failed ones.
    transactions: AtomicU64,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(Commit, Notify)>,
    /// True if a caller has the turn.
    is_taken: bool,
    /// True if a thread is passing the turn on.
    is_handed_on: bool,
}

impl Group {
    /// Returns the number of transactions so far.
    pub(crate) fn transactions(&self) -> u64 {
        self.0.transactions.load(Ordering::Relaxed)
    }

    /// Adds `commit` to the waiting commits; the next holder of the turn writes it. `tell` receives the notice.
    pub(crate) fn join(&self, commit: Commit, tell: Notify) {
        lock(&self.0.queue).waiting.push_back((commit, tell));
        self.hand_on();
    }

    /// Gives the turn to the first waiting caller, unless it is taken.
    fn hand_on(&self) {
        let mut queue = lock(&self.0.queue);
        if queue.is_handed_on {
            return;
        }
        queue.is_handed_on = true;
        // A loop, since a turn may come back at once: from a runtime that is shut down and accepts no more work.
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

/// The turn to write. When dropped, it passes to the next caller; if it was not used, its commit is dropped too.
pub(crate) struct Turn {
    group: Group,
    commit: Commit,
}

impl Turn {
    /// Calls `write` with the changes of this commit and of all waiting commits, in one transaction. Returns the answer
    /// to this commit, and a value that notifies the others when it is dropped.
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
        // A commit that cannot be stored, perhaps because it is too large, must not fail the others.
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

/// The commits that a turn took along. Each of them is answered, even after a panic.
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

/// The answers to the commits that were written along. They are sent when this is dropped.
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

/// The answer to a commit whose writer panicked. That is a bug in Larder; the result of the commit is unknown.
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

    /// Writes a commit that has no others with it.
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
        // Commits that arrive during the write are not taken along.
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
            // Every commit that contains `bad` fails.
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
        // A hundred thousand waiting callers are gone, each of which drops the turn as soon as it gets it.
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
