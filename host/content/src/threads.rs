//! Threads for work that is faster on several processors, if the system gives any.
//!
//! It has its own pool, since the one that the libraries share panics if the system refuses it a thread. Without a pool
//! the work is done on the calling thread.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();

/// Does `work`, which is told if it may use parallel iterators.
pub fn in_parallel<T: Send>(work: impl FnOnce(bool) -> T + Send) -> T {
    match POOL.get_or_init(pool) {
        Some(pool) => pool.install(|| work(true)),
        None => work(false),
    }
}

fn pool() -> Option<ThreadPool> {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    // One thread would only take turns with the thread that waits for it.
    let build = |threads: usize| {
        let name = |index| format!("larder-{index}");
        (threads > 1).then(|| ThreadPoolBuilder::new().num_threads(threads).thread_name(name).build().ok()).flatten()
    };
    build(all).or_else(|| build(all / 2)).or_else(|| build(2))
}

#[cfg(test)]
mod tests {
    use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

    use super::*;

    #[test]
    fn the_work_is_done_either_way() {
        let sum = in_parallel(|parallel| match parallel {
            true => (0..1000).into_par_iter().sum::<u32>(),
            false => (0..1000).sum(),
        });
        assert_eq!(sum, 499_500);
    }
}
