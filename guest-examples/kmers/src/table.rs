//! From a file of sequences to the table of its k-mers: all of the task but the contract.

use std::io::{Read, Write};

use super::count::{Counter, letters};
use super::gzip;
use super::records::{self, Error, Event};

/// What was counted.
#[derive(Debug, PartialEq)]
pub(crate) struct Counted {
    /// Sequences of the input.
    pub(crate) sequences: u64,
    /// Letters of all sequences together.
    pub(crate) letters: u64,
    /// Lines of the table.
    pub(crate) distinct: u64,
    /// The sum of the table.
    pub(crate) total: u64,
}

/// Counts the k-mers of `reads` and writes a line for each to `table`, small pieces at a time: it is to be buffered.
pub(crate) fn write(reads: impl Read, mut counter: Counter, mut table: impl Write) -> Result<Counted, Error> {
    let reads = gzip::unpacked(reads).map_err(Error::Io)?;
    let totals = records::read(reads, |event| match event {
        Event::Begin => counter.begin(),
        Event::Letters(letters) => counter.add(letters),
    })?;
    let (k, total) = (counter.k(), counter.total());
    let counts = counter.finish();
    let mut line = Vec::new();
    for &(kmer, count) in &counts {
        line.clear();
        line.extend(letters(kmer, k));
        writeln!(line, "\t{count}").and_then(|()| table.write_all(&line)).map_err(Error::Io)?;
    }
    Ok(Counted { sequences: totals.sequences, letters: totals.letters, distinct: counts.len() as u64, total })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENOME: &[u8] = include_bytes!("../data/NC_001422.1.fasta");
    const READS: &[u8] = include_bytes!("../data/reads.fastq.gz");

    fn table(reads: &[u8], k: u8) -> (Counted, String) {
        let mut table = Vec::new();
        let counted = write(reads, Counter::new(k).unwrap(), &mut table).unwrap();
        (counted, String::from_utf8(table).unwrap())
    }

    /// The numbers of this and the next test come from a program of ten lines in another language, which counts strings.
    #[test]
    fn a_genome_has_its_known_counts() {
        let (counted, bases) = table(GENOME, 1);
        assert_eq!(counted, Counted { sequences: 1, letters: 5386, distinct: 2, total: 5386 });
        // 44.76 % G and C, as published.
        assert_eq!(bases, "A\t2975\nC\t2411\n");
        let (counted, words) = table(GENOME, 11);
        assert_eq!((counted.distinct, counted.total), (5361, 5376));
        assert!(words.contains("\nCTTCTGCGTCA\t2\n"));
        assert_eq!((table(GENOME, 32).0.distinct, table(GENOME, 3).1.lines().next()), (5355, Some("AAA\t311")));
    }

    #[test]
    fn packed_reads_have_their_known_counts() {
        let (counted, words) = table(READS, 21);
        assert_eq!(counted, Counted { sequences: 250, letters: 25_000, distinct: 7161, total: 19_665 });
        assert!(words.contains("\nTAAAGTTAGACCAAACCATGA\t9\n"));
        assert!(words.lines().is_sorted() && words.lines().count() == 7161);
    }
}
