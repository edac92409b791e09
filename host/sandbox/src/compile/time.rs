//! Time limit of a helper, on a machine that is busy with other processes.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::param::clock_ticks_per_second;

/// Factor by which the time limit is extended for a helper that other processes slow down.
const AT_MOST: u32 = 10;

/// Returns true if a helper ends within its time.
pub(super) fn ends_in_time(process: &OwnedFd, id: u32, started: Instant, time: Duration) -> io::Result<bool> {
    // If the clock cannot represent a moment, there is no limit.
    let ends_by = |moment| ends_before(process, started.checked_add(moment));
    is_done_in_time(time, ends_by, || processor_time(id).unwrap_or(Duration::MAX))
}

/// Returns true if a process ends in `time`. `ends_by` waits for its end until a moment after its start;
/// `processor_time` is the processor time that it has used by then.
///
/// On a busy machine it may have had next to no processor time, which is not the component's fault. So it may go on,
/// up to a bound, as long as it works and has used less than `time` of the processors.
fn is_done_in_time(
    time: Duration,
    mut ends_by: impl FnMut(Duration) -> io::Result<bool>,
    mut processor_time: impl FnMut() -> Duration,
) -> io::Result<bool> {
    let quarter = time / 4;
    let mut worked = Duration::ZERO;
    for quarters in 3..=4 * AT_MOST {
        if ends_by(quarter.saturating_mul(quarters))? {
            return Ok(true);
        }
        let before = std::mem::replace(&mut worked, processor_time());
        let is_held_up = before < worked && worked < time;
        if quarters > 3 && !is_held_up {
            return Ok(false);
        }
    }
    Ok(false)
}

/// Returns the processor time of a process and its threads.
fn processor_time(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // proc_pid_stat(5): the program's name, in parentheses, may contain anything. The process's own time and the
    // system's for it are the 14th and 15th field, and the name is the 2nd.
    let mut fields = stat[stat.rfind(')')?..].split_ascii_whitespace().skip(12);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let total = ticks()?.checked_add(ticks()?)?;
    let nanos = total.checked_mul(1_000_000_000)? / clock_ticks_per_second();
    Some(Duration::from_nanos(nanos))
}

fn ends_before(process: &OwnedFd, deadline: Option<Instant>) -> io::Result<bool> {
    loop {
        let left = deadline.map(|deadline| timespec(deadline.saturating_duration_since(Instant::now())));
        match poll(&mut [PollFd::new(process, PollFlags::IN)], left.as_ref()) {
            Err(Errno::INTR) => {}
            ended => return Ok(ended? > 0),
        }
    }
}

fn timespec(duration: Duration) -> Timespec {
    let tv_sec = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    Timespec { tv_sec, tv_nsec: duration.subsec_nanos().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Duration = Duration::from_secs(40);

    /// Returns the verdict on a process that ends at `end` and works this percentage of the time, and the time of the
    /// verdict.
    fn verdict(end: Duration, percent: u32) -> (bool, Duration) {
        let now = std::cell::Cell::new(Duration::ZERO);
        let ends_by = |moment: Duration| {
            now.set(moment.min(end));
            Ok(end <= moment)
        };
        (is_done_in_time(TIME, ends_by, || now.get() * percent / 100).unwrap(), now.get())
    }

    #[test]
    fn a_helper_that_ends_in_time_is_not_stopped() {
        for percent in [0, 1, 100, 200] {
            for end in [Duration::ZERO, TIME / 2, TIME] {
                assert_eq!(verdict(end, percent), (true, end), "{percent} {end:?}");
            }
        }
    }

    #[test]
    fn a_helper_that_works_is_not_stopped_for_being_held_up() {
        // A tenth of a processor for ten times as long is the maximum.
        for (percent, end) in [(10, TIME * 2), (10, TIME * 10), (1, TIME * 10), (50, TIME * 2)] {
            assert_eq!(verdict(end, percent), (true, end), "{percent} {end:?}");
        }
    }

    #[test]
    fn a_helper_that_has_had_its_time_or_does_not_work_is_stopped() {
        for percent in [0, 100, 400] {
            assert_eq!(verdict(Duration::MAX, percent), (false, TIME), "{percent}");
        }
        assert_eq!(verdict(Duration::MAX, 50), (false, TIME * 2));
        assert_eq!(verdict(Duration::MAX, 1), (false, TIME * AT_MOST), "not for ever");
    }

    #[test]
    fn a_time_without_end_never_is_over() {
        let mut asked = 0;
        let ends_by = |moment| {
            asked += 1;
            assert!(moment >= Duration::MAX / 2);
            Ok(asked == 3)
        };
        let mut worked = Duration::ZERO;
        let works = || {
            worked += Duration::from_secs(1);
            worked
        };
        assert!(is_done_in_time(Duration::MAX, ends_by, works).unwrap());
    }

    #[test]
    fn the_time_that_a_process_had_is_known() {
        let own = std::process::id();
        let before = processor_time(own).unwrap();
        let begun = Instant::now();
        while processor_time(own).unwrap() == before {
            assert!(begun.elapsed() < Duration::from_secs(60), "it never grows");
        }
        assert_eq!(processor_time(0), None);
    }
}
