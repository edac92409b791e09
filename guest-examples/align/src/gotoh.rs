//! Global alignment with affine gaps: Needleman and Wunsch (1970), in the form of Gotoh (1982).
//!
//! Three scores are kept for each cell, one for each way its last column can look: a pair, a gap in `b`, a gap in `a`.
//! Each takes constant time from its neighbours, since opening a gap and extending one are told apart by where they
//! come from. Only two rows of scores are alive at once; what survives of a cell is one byte that says how to go back.
//!
//! Scores are counted in halves, so that they stay whole numbers: equal scores are equal, and every machine breaks
//! ties alike.

use crate::blosum62::{self, Residue};

/// What a gap costs, in halves: 10 for its first residue and 0.5 for each further one.
const OPEN: i32 = 20;
const EXTEND: i32 = 1;

/// Stands for "not possible"; far enough from the end of the range to take costs off it.
const NEVER: i32 = i32::MIN / 2;

/// An optimal alignment.
pub(crate) struct Aligned {
    /// Twice the score.
    pub(crate) half_score: i32,
    /// Left to right; `None` is a gap.
    pub(crate) columns: Vec<(Option<Residue>, Option<Residue>)>,
}

/// How the last column looks. The order is the preference among equal scores.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Last {
    /// A residue of `a` with one of `b`.
    Pair,
    /// A residue of `a` with a gap.
    OnlyA,
    /// A gap with a residue of `b`.
    OnlyB,
}

/// The best scores of one cell: of the alignments of a prefix of `a` with a prefix of `b`, by their last column.
#[derive(Clone, Copy)]
struct Cell {
    pair: i32,
    only_a: i32,
    only_b: i32,
}

impl Cell {
    const NOWHERE: Cell = Cell { pair: NEVER, only_a: NEVER, only_b: NEVER };

    /// The best of the three and its last column.
    fn best(self) -> (i32, Last) {
        best(self.pair, self.only_a, self.only_b)
    }

    /// The best score with one more residue of `a` and a gap, and the last column it extends.
    fn then_only_a(self) -> (i32, Last) {
        best(self.pair - OPEN, self.only_a - EXTEND, self.only_b - OPEN)
    }

    /// The best score with one more residue of `b` and a gap, and the last column it extends.
    fn then_only_b(self) -> (i32, Last) {
        best(self.pair - OPEN, self.only_a - OPEN, self.only_b - EXTEND)
    }
}

fn best(pair: i32, only_a: i32, only_b: i32) -> (i32, Last) {
    if pair >= only_a && pair >= only_b {
        (pair, Last::Pair)
    } else if only_a >= only_b {
        (only_a, Last::OnlyA)
    } else {
        (only_b, Last::OnlyB)
    }
}

/// One of the best alignments of `a` with `b`; seen from the right, pairs come before gaps and gaps in `b` before gaps
/// in `a`.
pub(crate) fn align(a: &[Residue], b: &[Residue]) -> Aligned {
    let mut back = Traceback::new(a.len(), b.len());

    // The row above the first has one cell that exists: the empty alignment, which any column may follow.
    let mut above = vec![Cell::NOWHERE; b.len() + 1];
    let mut row = above.clone();
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            let (pair, before_pair) = match (i, j) {
                (0, 0) => (0, Last::Pair),
                (0, _) | (_, 0) => (NEVER, Last::Pair),
                _ => {
                    let (score, last) = above[j - 1].best();
                    (score + 2 * blosum62::score(a[i - 1], b[j - 1]), last)
                }
            };
            let (only_a, before_a) = if i == 0 { (NEVER, Last::Pair) } else { above[j].then_only_a() };
            let (only_b, before_b) = if j == 0 { (NEVER, Last::Pair) } else { row[j - 1].then_only_b() };
            row[j] = Cell { pair, only_a, only_b };
            back.set(i, j, [before_pair, before_a, before_b]);
        }
        std::mem::swap(&mut above, &mut row);
    }

    let (half_score, last) = above[b.len()].best();
    Aligned { half_score, columns: back.follow(a, b, last) }
}

/// For each cell and each of its three last columns, the column before: two bits each.
struct Traceback {
    width: usize,
    cells: Vec<u8>,
}

impl Traceback {
    fn new(a: usize, b: usize) -> Traceback {
        Traceback { width: b + 1, cells: vec![0; (a + 1) * (b + 1)] }
    }

    fn set(&mut self, i: usize, j: usize, [pair, only_a, only_b]: [Last; 3]) {
        self.cells[i * self.width + j] = pair as u8 | (only_a as u8) << 2 | (only_b as u8) << 4;
    }

    fn before(&self, i: usize, j: usize, last: Last) -> Last {
        match self.cells[i * self.width + j] >> (2 * last as u8) & 3 {
            0 => Last::Pair,
            1 => Last::OnlyA,
            _ => Last::OnlyB,
        }
    }

    fn follow(&self, a: &[Residue], b: &[Residue], mut last: Last) -> Vec<(Option<Residue>, Option<Residue>)> {
        let (mut i, mut j) = (a.len(), b.len());
        let mut columns = Vec::with_capacity(i + j);
        while i > 0 || j > 0 {
            let before = self.before(i, j, last);
            let (in_a, in_b) = (last != Last::OnlyB, last != Last::OnlyA);
            columns.push((in_a.then(|| a[i - 1]), in_b.then(|| b[j - 1])));
            i -= usize::from(in_a);
            j -= usize::from(in_b);
            last = before;
        }
        columns.reverse();
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, without any of the algorithm: the best over every alignment there is.
    fn naive(a: &[Residue], b: &[Residue], last: Option<Last>) -> i32 {
        if a.is_empty() && b.is_empty() {
            return 0;
        }
        let gap = |this| if last == Some(this) { EXTEND } else { OPEN };
        let mut best = i32::MIN;
        if let ([x, a @ ..], [y, b @ ..]) = (a, b) {
            best = best.max(2 * blosum62::score(*x, *y) + naive(a, b, Some(Last::Pair)));
        }
        if let [_, a @ ..] = a {
            best = best.max(naive(a, b, Some(Last::OnlyA)) - gap(Last::OnlyA));
        }
        if let [_, b @ ..] = b {
            best = best.max(naive(a, b, Some(Last::OnlyB)) - gap(Last::OnlyB));
        }
        best
    }

    /// What the columns of an alignment add up to.
    fn price(columns: &[(Option<Residue>, Option<Residue>)]) -> i32 {
        let mut last = None;
        let mut sum = 0;
        for &(a, b) in columns {
            let this = match (a, b) {
                (Some(_), None) => Last::OnlyA,
                (None, Some(_)) => Last::OnlyB,
                _ => Last::Pair,
            };
            sum += match a.zip(b) {
                Some((a, b)) => 2 * blosum62::score(a, b),
                None if last == Some(this) => -EXTEND,
                None => -OPEN,
            };
            last = Some(this);
        }
        sum
    }

    /// Every sequence over `letters` of at most `longest` residues, the empty one included.
    fn sequences(letters: &str, longest: usize) -> Vec<Vec<Residue>> {
        let mut all = vec![Vec::new()];
        let mut start = 0;
        for _ in 0..longest {
            let end = all.len();
            for shorter in start..end {
                for letter in letters.chars().filter_map(blosum62::residue) {
                    all.push([all[shorter].as_slice(), &[letter]].concat());
                }
            }
            start = end;
        }
        all
    }

    fn assert_optimal(a: &[Residue], b: &[Residue]) {
        let aligned = align(a, b);
        assert_eq!(aligned.half_score, naive(a, b, None), "{a:?} {b:?}");
        assert_eq!(aligned.half_score, price(&aligned.columns), "{a:?} {b:?}");
        assert!(aligned.columns.iter().filter_map(|column| column.0).eq(a.iter().copied()));
        assert!(aligned.columns.iter().filter_map(|column| column.1).eq(b.iter().copied()));
    }

    #[test]
    fn every_pair_of_short_sequences_is_aligned_optimally() {
        // W and P are as unlike as residues get, W and Y are alike.
        let all = sequences("WPY", 4);
        for a in &all {
            for b in &all {
                assert_optimal(a, b);
            }
        }
    }

    #[test]
    fn long_gaps_on_both_sides_are_optimal() {
        // Short sequences never make two gaps cheaper than pairs: these do.
        let runs = ["WWWWWWWW", "PPPPPPPP", "WPPPPPPP", "PPPPPPPW", "WWWWPPPP", "YWWWWWWP", "WY", "P"];
        let runs = runs.map(|run| run.chars().filter_map(blosum62::residue).collect::<Vec<_>>());
        for a in &runs {
            for b in &runs {
                assert_optimal(a, b);
            }
        }
    }
}
