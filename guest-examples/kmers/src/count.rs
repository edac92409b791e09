//! Counts canonical k-mers, two bits a base.
//!
//! A strand and its reverse complement are one molecule, so a k-mer and its reverse complement are one k-mer: the
//! smaller of the two stands for both. With A, C, G, T as 0, 1, 2, 3 in two bits each, the numbers are in the order of
//! the letters, the complement of a base is 3 minus it, and both directions of a window follow from those of the window
//! before: the one by a base put in at its low end, the other at its high end. No window is read twice, and none is
//! ever written out as letters before the table is.
//!
//! The table is open addressing with linear probing, in one allocation. Its order is an accident of the hash: nobody
//! sees it, since it is sorted before it is handed out.
//!
//! Needs nothing but the standard library, and nothing of this crate.

/// The longest k-mer that fits 64 bits.
pub(crate) const MAX_K: u8 = 32;

/// How many k-mers are looked up together.
const BATCH: usize = 64;

/// What a byte of a sequence is: one of the four bases, or one of these.
const OTHER: u8 = 4;
const SPACE: u8 = 5;

const CODES: [u8; 256] = {
    let mut codes = [OTHER; 256];
    let mut base = 0;
    while base < 4 {
        codes[b"ACGT"[base] as usize] = base as u8;
        codes[b"acgt"[base] as usize] = base as u8;
        base += 1;
    }
    let mut space = 0;
    while space < 5 {
        codes[b" \t\r\n\x0c"[space] as usize] = SPACE;
        space += 1;
    }
    codes
};

/// Counts the k-mers of sequences that arrive in pieces.
pub(crate) struct Counter {
    k: u8,
    /// The bits that a k-mer has.
    mask: u64,
    /// Where the first base of the reverse complement stands.
    high: u32,
    /// The last `k` bases, or as many as there were since a sequence began or something was no base.
    window: Window,
    table: Table,
    total: u64,
}

#[derive(Clone, Copy, Default)]
struct Window {
    forward: u64,
    reverse: u64,
    bases: u8,
}

impl Counter {
    /// Counts k-mers of this length. `None` if it is not from 1 to [`MAX_K`].
    pub(crate) fn new(k: u8) -> Option<Counter> {
        (1..=MAX_K).contains(&k).then(|| Counter {
            k,
            mask: u64::MAX >> (64 - 2 * u32::from(k)),
            high: 2 * (u32::from(k) - 1),
            window: Window::default(),
            table: Table::new(),
            total: 0,
        })
    }

    /// A new sequence begins: no k-mer goes from one into the next.
    pub(crate) fn begin(&mut self) {
        self.window = Window::default();
    }

    /// The next letters of the sequence. White space is nothing; anything else but ACGT, in either case, is in no k-mer.
    pub(crate) fn add(&mut self, letters: &[u8]) {
        // In locals, and not behind `self`, so that they stay in registers.
        let (mut window, mut batch, mut filled) = (self.window, [0; BATCH], 0);
        for &letter in letters {
            let code = CODES[usize::from(letter)];
            if code >= OTHER {
                if code == OTHER {
                    window.bases = 0;
                }
                continue;
            }
            let base = u64::from(code);
            window.forward = (window.forward << 2 | base) & self.mask;
            window.reverse = window.reverse >> 2 | (3 - base) << self.high;
            if window.bases + 1 < self.k {
                window.bases += 1;
                continue;
            }
            window.bases = self.k - 1;
            batch[filled] = window.forward.min(window.reverse);
            filled += 1;
            if filled == BATCH {
                self.table.add_all(&batch);
                self.total += BATCH as u64;
                filled = 0;
            }
        }
        self.table.add_all(&batch[..filled]);
        self.total += filled as u64;
        self.window = window;
    }

    /// The length of the k-mers.
    pub(crate) fn k(&self) -> u8 {
        self.k
    }

    /// How many k-mers there were in all.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Every k-mer and how often it occurred, in the order of their letters.
    pub(crate) fn finish(self) -> Vec<(u64, u64)> {
        let mut counts = self.table.slots;
        counts.retain(|(_, count)| *count > 0);
        counts.sort_unstable();
        counts
    }
}

/// The letters of a k-mer.
pub(crate) fn letters(kmer: u64, k: u8) -> impl Iterator<Item = u8> {
    (0..u32::from(k)).rev().map(move |place| b"ACGT"[(kmer >> (2 * place) & 3) as usize])
}

/// How often each k-mer occurred. A slot is free as long as its count is zero.
struct Table {
    slots: Vec<(u64, u64)>,
    used: usize,
    /// From a hash to its slot: the number of slots is a power of two, and the high bits of a product are its best.
    shift: u32,
}

impl Table {
    fn new() -> Table {
        Table::with_bits(10)
    }

    fn with_bits(bits: u32) -> Table {
        Table { slots: vec![(0, 0); 1 << bits], used: 0, shift: 64 - bits }
    }

    /// Looks where each is going to be before it counts the first. A large table is not in the processor's caches: this way
    /// it waits for many slots at once, and not for one after the other.
    fn add_all(&mut self, kmers: &[u64]) {
        let last = self.slots.len() - 1;
        let looked = kmers.iter().fold(0, |all, &kmer| all ^ self.slots[self.hashed(kmer) & last].0);
        // Nobody needs what was seen, and what nobody needs is not computed.
        std::hint::black_box(looked);
        kmers.iter().for_each(|&kmer| self.add(kmer));
    }

    #[inline]
    fn add(&mut self, kmer: u64) {
        let slot = self.slot(kmer);
        let (found, count) = &mut self.slots[slot];
        *count += 1;
        if *count == 1 {
            *found = kmer;
            self.used += 1;
            // Up to two thirds full, a search is a few slots next to each other.
            if self.used > self.slots.len() / 3 * 2 {
                self.grow();
            }
        }
    }

    /// The slot of a k-mer, or the free one that it is to have.
    #[inline]
    fn slot(&self, kmer: u64) -> usize {
        let last = self.slots.len() - 1;
        let mut slot = self.hashed(kmer);
        loop {
            let (found, count) = self.slots[slot & last];
            if count == 0 || found == kmer {
                return slot & last;
            }
            slot += 1;
        }
    }

    /// Where the search for a k-mer begins.
    #[inline]
    fn hashed(&self, kmer: u64) -> usize {
        // Fibonacci hashing, after the high half has been folded into the low one. Fixed, as all of a task must be:
        // whoever chooses sequences that collide has a slow run of their own.
        ((kmer ^ kmer >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize
    }

    #[cold]
    fn grow(&mut self) {
        let mut larger = Table::with_bits(64 - self.shift + 1);
        for &(kmer, count) in self.slots.iter().filter(|(_, count)| *count > 0) {
            let slot = larger.slot(kmer);
            larger.slots[slot] = (kmer, count);
        }
        larger.used = self.used;
        *self = larger;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// The definition, on letters: every window of ACGT, the smaller of it and its reverse complement.
    fn naive(sequences: &[&str], k: usize) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for sequence in sequences {
            let upper: Vec<u8> =
                sequence.bytes().filter(|b| !b.is_ascii_whitespace()).map(|b| b.to_ascii_uppercase()).collect();
            for window in upper.windows(k).filter(|window| window.iter().all(|base| b"ACGT".contains(base))) {
                let reverse = window.iter().rev().map(|base| match base {
                    b'A' => b'T',
                    b'C' => b'G',
                    b'G' => b'C',
                    _ => b'A',
                });
                let canonical = window.to_vec().min(reverse.collect());
                *counts.entry(String::from_utf8(canonical).unwrap()).or_insert(0) += 1;
            }
        }
        counts
    }

    fn counted(sequences: &[&str], k: u8, piece: usize) -> Vec<(String, u64)> {
        let mut counter = Counter::new(k).unwrap();
        for sequence in sequences {
            counter.begin();
            sequence.as_bytes().chunks(piece).for_each(|letters| counter.add(letters));
        }
        let total = counter.total();
        let counts = counter.finish();
        assert_eq!(total, counts.iter().map(|(_, count)| count).sum::<u64>());
        counts
            .into_iter()
            .map(|(kmer, count)| (String::from_utf8(letters(kmer, k).collect()).unwrap(), count))
            .collect()
    }

    /// Letters that follow from a number, `odd` of which in a hundred are no base.
    fn sequence(seed: u64, length: usize, odd: u64) -> String {
        let mut state = seed;
        let mut next = |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let letters = (0..length).map(|_| match next(100) {
            percent if percent < odd => b"N-RY \n"[next(6) as usize],
            _ => b"ACGTacgt"[next(8) as usize],
        });
        String::from_utf8(letters.collect()).unwrap()
    }

    #[test]
    fn every_length_is_counted_as_the_definition_says() {
        for k in 1..=MAX_K {
            for odd in [0, 3] {
                let (a, b) = (sequence(u64::from(k), 3000, odd), sequence(7, 40, odd));
                let sequences = [a.as_str(), &b, "ACG", "", &a[100..300]];
                let expected: Vec<_> = naive(&sequences, k.into()).into_iter().collect();
                assert_eq!(counted(&sequences, k, usize::MAX), expected, "k = {k}");
            }
        }
    }

    #[test]
    fn pieces_do_not_matter() {
        let text = sequence(1, 2000, 3);
        let whole = counted(&[&text], 11, usize::MAX);
        for piece in [1, 2, 3, 10, 11, 12, 1000] {
            assert_eq!(counted(&[&text], 11, piece), whole, "pieces of {piece}");
        }
    }

    #[test]
    fn a_strand_and_its_reverse_complement_count_alike() {
        assert_eq!(counted(&["AACCGGTTAC"], 4, 3), counted(&["GTAACCGGTT"], 4, 3));
        // A palindrome is its own reverse complement, and counts once for each place.
        assert_eq!(counted(&["ACGTACGT"], 4, 3).first(), Some(&("ACGT".to_owned(), 2)));
    }

    #[test]
    fn no_kmer_goes_over_the_border_of_sequences_or_over_what_is_no_base() {
        assert_eq!(counted(&["AC", "GT"], 3, 9), []);
        assert_eq!(counted(&["ACNGT", "AC-GT", "AC.GT"], 3, 9), []);
        assert_eq!(counted(&["AC GT", "AC\r\nGT"], 4, 9), [("ACGT".to_owned(), 2)]);
    }

    #[test]
    fn the_longest_kmers_use_every_bit() {
        let poly = ["A".repeat(33), "T".repeat(32), "G".repeat(32)];
        let poly = poly.each_ref().map(String::as_str);
        assert_eq!(counted(&poly, 32, 5), [("A".repeat(32), 3), ("C".repeat(32), 1)]);
    }

    #[test]
    fn only_lengths_from_1_to_32_are_counted() {
        assert!((1..=32).all(|k| Counter::new(k).is_some()));
        assert!([0, 33, 64, 255].into_iter().all(|k| Counter::new(k).is_none()));
    }

    #[test]
    fn a_table_that_grows_loses_nothing() {
        let text = sequence(3, 200_000, 0);
        let counts = counted(&[&text], 15, 4096);
        assert!(counts.len() > 150_000, "{}", counts.len());
        assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 200_000 - 14);
        assert!(counts.is_sorted());
    }
}
