//! What takes from a tenth of a second to seconds: measured in pairs, Larder and its floor one after the other, so that
//! a machine that is busy with something else is so for both.

use std::time::Instant;

/// How often each is measured.
const ROUNDS: usize = 5;

/// The times of both, in nanoseconds, in order.
pub(crate) struct Pairs {
    larder: Vec<f64>,
    floor: Vec<f64>,
}

impl Pairs {
    /// Measures both, the one that begins taking turns, after each has been done once.
    pub(crate) fn measure(name: &str, mut larder: impl FnMut(), mut floor: impl FnMut()) -> Self {
        larder();
        floor();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                theirs.push(timed(&mut floor));
                ours.push(timed(&mut larder));
            } else {
                ours.push(timed(&mut larder));
                theirs.push(timed(&mut floor));
            }
        }
        let pairs = Self { larder: sorted(ours), floor: sorted(theirs) };
        println!("{name}\n{}\n{}", told("larder", &pairs.larder), told("floor", &pairs.floor));
        pairs
    }

    /// The median of Larder's times.
    pub(crate) fn larder(&self) -> f64 {
        self.larder[ROUNDS / 2]
    }

    /// The median of the floor's times.
    pub(crate) fn floor(&self) -> f64 {
        self.floor[ROUNDS / 2]
    }
}

fn timed(work: &mut impl FnMut()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64() * 1e9
}

fn sorted(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_unstable_by(f64::total_cmp);
    times
}

fn told(whose: &str, times: &[f64]) -> String {
    let [least, .., greatest] = times else { return String::new() };
    let milliseconds = [*least, times[times.len() / 2], *greatest].map(|nanos| format!("{:.1} ms", nanos / 1e6));
    format!("  {whose:<8}[{}]", milliseconds.join(" "))
}
