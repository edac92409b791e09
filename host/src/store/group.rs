//! Group commit: threads that commit at the same time share one transaction.
//!
//! A transaction costs milliseconds, nearly all of it waiting for the disk, and the same for one change as for
//! hundreds. So whoever gets the turn to write takes along everything that waits, and answers those it took along.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::commit::Commit;
use super::error::StoreError;

/// Locks `mutex`. Nothing under our locks is left half done by a panic: each holds one value that is replaced whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the answer to a waiting commit is left.
type Answer = Arc<Mutex<Option<Result<(), StoreError>>>>;

/// The commits that wait, and whether somebody writes.
#[derive(Debug, Default)]
pub(super) struct Group {
    queue: Mutex<Queue>,
    /// How many transactions there were, also of those that failed.
    transactions: AtomicU64,
    /// Told when a batch is answered. All who wait are woken at once: handing on a mutex would wake one at a time, and
    /// each would find the next batch gone without it.
    answered: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<(Commit, Answer)>,
    writing: bool,
}

impl Group {
    /// How many transactions there were.
    pub(super) fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    /// Has `write` make the changes of `commit`, perhaps with those of other threads, perhaps on another thread.
    pub(super) fn commit(
        &self,
        commit: Commit,
        write: impl Fn(&[&Commit]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let answer = Answer::default();
        let mut queue = lock(&self.queue);
        queue.waiting.push((commit, answer.clone()));
        loop {
            if let Some(result) = lock(&answer).take() {
                return result;
            }
            if !queue.writing {
                break;
            }
            queue = self.answered.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.writing = true;
        let turn = Turn { group: self, batch: std::mem::take(&mut queue.waiting) };
        drop(queue);
        turn.write(|commits| {
            self.transactions.fetch_add(1, Ordering::Relaxed);
            write(commits)
        });
        drop(turn);
        lock(&answer).take().unwrap_or_else(|| Err(abandoned()))
    }
}

/// The turn to write, with the commits it took along. However it ends, each of them has an answer and the turn passes
/// on.
struct Turn<'g> {
    group: &'g Group,
    batch: Vec<(Commit, Answer)>,
}

impl Turn<'_> {
    fn write(&self, write: impl Fn(&[&Commit]) -> Result<(), StoreError>) {
        let commits: Vec<&Commit> = self.batch.iter().map(|(commit, _)| commit).collect();
        let shared = write(&commits);
        for (commit, answer) in &self.batch {
            // One commit that cannot be stored, being too large perhaps, must not fail the others.
            let alone = if shared.is_err() && self.batch.len() > 1 { write(&[commit]) } else { shared.clone() };
            *lock(answer) = Some(alone);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut queue = lock(&self.group.queue);
        for (_, answer) in &self.batch {
            lock(answer).get_or_insert_with(|| Err(abandoned()));
        }
        queue.writing = false;
        self.group.answered.notify_all();
    }
}

/// The answer to a commit whose writer panicked: a bug of ours, of which the others only learn that nothing is known.
fn abandoned() -> StoreError {
    let source = Arc::new(io::Error::other("the thread that was writing this commit panicked"));
    StoreError::Io { path: PathBuf::new(), source }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc;
    use std::thread;

    use super::*;
    use crate::digest::Digest;

    fn commit(of: &str) -> Commit {
        Commit::new().remove_build(&Digest::of(of.as_bytes()))
    }

    fn too_large() -> StoreError {
        StoreError::TooLarge { path: "x".into(), bytes: 1 }
    }

    #[test]
    fn those_who_wait_share_the_next_transaction() {
        let group = Arc::new(Group::default());
        let (entered, first_is_in) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let first = thread::spawn({
            let group = group.clone();
            move || {
                group.commit(commit("first"), |commits| {
                    entered.send(commits.len()).unwrap();
                    released.recv().unwrap();
                    Ok(())
                })
            }
        });
        assert_eq!(first_is_in.recv().unwrap(), 1);
        let transactions = Arc::new(AtomicUsize::new(0));
        let others: Vec<_> = (0..8)
            .map(|i| {
                let (group, transactions) = (group.clone(), transactions.clone());
                thread::spawn(move || {
                    group.commit(commit(&i.to_string()), |commits| {
                        assert_eq!(commits.len(), 8);
                        transactions.fetch_add(1, Ordering::SeqCst);
                        Ok(())
                    })
                })
            })
            .collect();
        while lock(&group.queue).waiting.len() < 8 {
            thread::yield_now();
        }
        release.send(()).unwrap();
        first.join().unwrap().unwrap();
        others.into_iter().for_each(|other| other.join().unwrap().unwrap());
        assert_eq!((transactions.load(Ordering::SeqCst), group.transactions()), (1, 2));
    }

    #[test]
    fn a_commit_that_fails_fails_alone() {
        let group = Group::default();
        let good = Answer::default();
        lock(&group.queue).waiting.push((commit("good"), good.clone()));
        // `bad` takes `good` along; whatever holds `bad` fails.
        let bad = commit("bad").and(commit("bad"));
        let result = group.commit(bad, |commits| {
            if commits.iter().any(|commit| commit.changes.len() == 2) { Err(too_large()) } else { Ok(()) }
        });
        assert!(matches!(result, Err(StoreError::TooLarge { .. })));
        assert!(lock(&good).take().unwrap().is_ok());
    }

    #[test]
    fn a_writer_that_panics_strands_no_one() {
        let group = Group::default();
        let taken_along = Answer::default();
        lock(&group.queue).waiting.push((commit("other"), taken_along.clone()));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            group.commit(commit("ours"), |_| panic!("a bug"))
        }));
        assert!(panicked.is_err());
        assert!(matches!(lock(&taken_along).take(), Some(Err(StoreError::Io { .. }))));
        group.commit(commit("next"), |_| Ok(())).unwrap();
    }
}
