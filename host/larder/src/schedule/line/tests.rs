//! The rules of the line, each alone, and all of them under any sequence of events.

use proptest::prelude::*;

use super::*;

const BUDGET: Amount = Amount { runs: 6, cpus: 8, memory_bytes: 1000 };

const fn cpus(cpus: u32) -> Amount {
    Amount { runs: 1, cpus, memory_bytes: 0 }
}

fn called(line: &mut Line<u32>) -> Vec<u32> {
    std::iter::from_fn(|| line.go_in()).collect()
}

#[test]
fn who_fits_goes_in_and_the_next_when_there_is_room() {
    let mut line = Line::new(BUDGET);
    assert!(line.enter(cpus(5)) && !line.enter(cpus(4)));
    line.stand(cpus(4), 1);
    assert!(called(&mut line).is_empty());
    line.give_back(cpus(5));
    assert_eq!(called(&mut line), [1]);
}

#[test]
fn each_of_the_three_is_a_bound() {
    for need in [
        Amount { runs: 6, cpus: 0, memory_bytes: 0 },
        Amount { runs: 0, cpus: 8, memory_bytes: 0 },
        Amount { runs: 0, cpus: 0, memory_bytes: 1000 },
    ] {
        let mut line: Line<()> = Line::new(BUDGET);
        assert!(line.enter(need) && !line.enter(need), "{need:?}");
    }
}

#[test]
fn nobody_enters_past_those_who_wait() {
    let mut line = Line::new(BUDGET);
    assert!(line.enter(cpus(8)));
    line.stand(cpus(1), 1);
    line.give_back(cpus(8));
    // A run that waits for a call comes before all that arrive now.
    assert!(!line.enter(cpus(1)));
    assert_eq!(called(&mut line), [1]);
    assert!(line.enter(cpus(1)));
}

#[test]
fn room_that_the_first_cannot_use_is_used_by_another_but_not_for_ever() {
    let mut line = Line::new(BUDGET);
    assert!(line.enter(cpus(4)));
    line.stand(cpus(8), 0);
    let mut went_in = 0;
    for small in 1..200 {
        line.stand(cpus(4), small);
        for small in called(&mut line) {
            assert_ne!(small, 0);
            went_in += 1;
            // It is over at once, and the next arrives: one that fits is always waiting.
            line.give_back(cpus(4));
        }
    }
    assert_eq!(went_in, OVERTAKEN);
    line.give_back(cpus(4));
    assert_eq!(called(&mut line), [0], "the large one has all of it");
    line.give_back(cpus(8));
    assert_eq!(called(&mut line), [33, 34], "then it goes on where it stopped");
}

#[test]
fn small_ones_are_not_kept_out_by_large_ones() {
    let mut line = Line::new(BUDGET);
    assert!(line.enter(cpus(8)));
    line.stand(cpus(8), 1);
    line.stand(cpus(1), 2);
    for large in 3..50 {
        line.stand(cpus(8), large);
    }
    line.give_back(cpus(8));
    assert_eq!(called(&mut line), [1]);
    line.give_back(cpus(8));
    assert_eq!(called(&mut line), [2]);
}

#[test]
fn who_leaves_makes_way() {
    let mut line = Line::new(BUDGET);
    assert!(line.enter(cpus(4)));
    let large = line.stand(cpus(8), 0);
    for small in 1..=OVERTAKEN + 1 {
        line.stand(cpus(1), small);
    }
    for _ in 0..OVERTAKEN {
        assert_eq!(line.go_in().map(|_| line.give_back(cpus(1))), Some(()));
    }
    assert!(called(&mut line).is_empty());
    assert!(line.leave(large) && !line.leave(large));
    assert_eq!(called(&mut line), [OVERTAKEN + 1]);
}

/// An event.
#[derive(Debug, Clone)]
enum Step {
    Comes { cpus: u32, memory_bytes: u64 },
    Ends { which: usize },
    GoesAway { which: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let comes = (0_u32..=8, prop_oneof![Just(0), Just(1000), 0_u64..=1000])
        .prop_map(|(cpus, memory_bytes)| Step::Comes { cpus, memory_bytes });
    prop_oneof![
        4 => comes,
        3 => any::<usize>().prop_map(|which| Step::Ends { which }),
        1 => any::<usize>().prop_map(|which| Step::GoesAway { which }),
    ]
}

/// A run that arrived.
struct Who {
    need: Amount,
    ticket: Option<Ticket>,
    /// The number of runs before it when it arrived.
    before: u32,
    /// The number of runs that have started since.
    went_in: u32,
}

/// A line, and the state that it must agree with.
struct Model {
    line: Line<usize>,
    all: Vec<Who>,
    waiting: Vec<usize>,
    running: Vec<usize>,
}

impl Model {
    fn go_in(&mut self, who: usize) {
        for waiting in &self.waiting {
            self.all[*waiting].went_in += 1;
        }
        self.running.push(who);
        let used = self.running.iter().map(|who| self.all[*who].need).reduce(Amount::more).unwrap();
        assert!(used.fits(BUDGET), "{used:?}");
        let Who { before, went_in, .. } = self.all[who];
        assert!(went_in <= before + OVERTAKEN, "{went_in} went in, and {before} stood before");
    }

    fn call(&mut self) {
        while let Some(who) = self.line.go_in() {
            let at = self.waiting.iter().position(|waiting| *waiting == who).expect("it waited, and did not go away");
            self.waiting.remove(at);
            self.go_in(who);
        }
        let first = self.waiting.first().map(|who| self.all[*who].need);
        assert!(first.is_none_or(|need| !need.fits(self.line.free)), "the first fits, and waits");
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Comes { cpus, memory_bytes } => {
                let (need, who) = (Amount { runs: 1, cpus, memory_bytes }, self.all.len());
                let before = u32::try_from(self.waiting.len()).unwrap();
                self.all.push(Who { need, ticket: None, before, went_in: 0 });
                if self.line.enter(need) {
                    assert_eq!(before, 0);
                    self.go_in(who);
                } else {
                    self.all[who].ticket = Some(self.line.stand(need, who));
                    self.waiting.push(who);
                }
            }
            Step::Ends { which } if !self.running.is_empty() => {
                let who = self.running.remove(which % self.running.len());
                self.line.give_back(self.all[who].need);
            }
            Step::GoesAway { which } if !self.waiting.is_empty() => {
                let who = self.waiting.remove(which % self.waiting.len());
                assert!(self.line.leave(self.all[who].ticket.unwrap()));
            }
            Step::Ends { .. } | Step::GoesAway { .. } => {}
        }
        self.call();
    }
}

proptest! {
    #[test]
    fn the_budget_holds_nobody_starves_and_all_go_in_whatever_happens(
        steps in proptest::collection::vec(step(), 0..300),
    ) {
        let mut model = Model { line: Line::new(BUDGET), all: Vec::new(), waiting: Vec::new(), running: Vec::new() };
        for step in &steps {
            model.step(step);
        }
        // From here on no run arrives, and each that runs ends.
        while !model.running.is_empty() {
            model.step(&Step::Ends { which: 0 });
        }
        prop_assert!(model.waiting.is_empty());
        prop_assert_eq!(model.line.free, BUDGET);
    }
}
