//! BLOSUM62: how likely two residues replace each other in related proteins, in half bits.
//!
//! Henikoff and Henikoff, "Amino acid substitution matrices from protein blocks", PNAS 89 (1992), 10915–10919, as NCBI
//! distributes it, without the row for a stop codon.

/// The letters of the matrix, in the order of its rows: twenty amino acids, B (Asx), Z (Glx) and X (any).
const LETTERS: [u8; 23] = *b"ARNDCQEGHILKMFPSTWYVBZX";

#[rustfmt::skip]
const SCORES: [[i8; 23]; 23] = [
    [ 4, -1, -2, -2,  0, -1, -1,  0, -2, -1, -1, -1, -1, -2, -1,  1,  0, -3, -2,  0, -2, -1,  0], // A
    [-1,  5,  0, -2, -3,  1,  0, -2,  0, -3, -2,  2, -1, -3, -2, -1, -1, -3, -2, -3, -1,  0, -1], // R
    [-2,  0,  6,  1, -3,  0,  0,  0,  1, -3, -3,  0, -2, -3, -2,  1,  0, -4, -2, -3,  3,  0, -1], // N
    [-2, -2,  1,  6, -3,  0,  2, -1, -1, -3, -4, -1, -3, -3, -1,  0, -1, -4, -3, -3,  4,  1, -1], // D
    [ 0, -3, -3, -3,  9, -3, -4, -3, -3, -1, -1, -3, -1, -2, -3, -1, -1, -2, -2, -1, -3, -3, -2], // C
    [-1,  1,  0,  0, -3,  5,  2, -2,  0, -3, -2,  1,  0, -3, -1,  0, -1, -2, -1, -2,  0,  3, -1], // Q
    [-1,  0,  0,  2, -4,  2,  5, -2,  0, -3, -3,  1, -2, -3, -1,  0, -1, -3, -2, -2,  1,  4, -1], // E
    [ 0, -2,  0, -1, -3, -2, -2,  6, -2, -4, -4, -2, -3, -3, -2,  0, -2, -2, -3, -3, -1, -2, -1], // G
    [-2,  0,  1, -1, -3,  0,  0, -2,  8, -3, -3, -1, -2, -1, -2, -1, -2, -2,  2, -3,  0,  0, -1], // H
    [-1, -3, -3, -3, -1, -3, -3, -4, -3,  4,  2, -3,  1,  0, -3, -2, -1, -3, -1,  3, -3, -3, -1], // I
    [-1, -2, -3, -4, -1, -2, -3, -4, -3,  2,  4, -2,  2,  0, -3, -2, -1, -2, -1,  1, -4, -3, -1], // L
    [-1,  2,  0, -1, -3,  1,  1, -2, -1, -3, -2,  5, -1, -3, -1,  0, -1, -3, -2, -2,  0,  1, -1], // K
    [-1, -1, -2, -3, -1,  0, -2, -3, -2,  1,  2, -1,  5,  0, -2, -1, -1, -1, -1,  1, -3, -1, -1], // M
    [-2, -3, -3, -3, -2, -3, -3, -3, -1,  0,  0, -3,  0,  6, -4, -2, -2,  1,  3, -1, -3, -3, -1], // F
    [-1, -2, -2, -1, -3, -1, -1, -2, -2, -3, -3, -1, -2, -4,  7, -1, -1, -4, -3, -2, -2, -1, -2], // P
    [ 1, -1,  1,  0, -1,  0,  0,  0, -1, -2, -2,  0, -1, -2, -1,  4,  1, -3, -2, -2,  0,  0,  0], // S
    [ 0, -1,  0, -1, -1, -1, -1, -2, -2, -1, -1, -1, -1, -2, -1,  1,  5, -2, -2,  0, -1, -1,  0], // T
    [-3, -3, -4, -4, -2, -2, -3, -2, -2, -3, -2, -3, -1,  1, -4, -3, -2, 11,  2, -3, -4, -3, -2], // W
    [-2, -2, -2, -3, -2, -1, -2, -3,  2, -1, -1, -2, -1,  3, -3, -2, -2,  2,  7, -1, -3, -2, -1], // Y
    [ 0, -3, -3, -3, -1, -2, -2, -3, -3,  3,  1, -2,  1, -1, -2, -2,  0, -3, -1,  4, -3, -2, -1], // V
    [-2, -1,  3,  4, -3,  0,  1, -1,  0, -3, -4,  0, -3, -3, -2,  0, -1, -4, -3, -3,  4,  1, -1], // B
    [-1,  0,  0,  1, -3,  3,  4, -2,  0, -3, -3,  1, -1, -3, -1,  0, -1, -3, -2, -2,  1,  4, -1], // Z
    [ 0, -1, -1, -1, -2, -1, -1, -1, -1, -1, -1, -1, -1, -1, -2,  0,  0, -2, -1, -1, -1, -1, -1], // X
];

/// A row of the matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Residue(u8);

/// The residue that a one-letter code stands for, in either case.
pub(crate) fn residue(letter: char) -> Option<Residue> {
    let letter = letter.to_ascii_uppercase();
    let row = LETTERS.iter().position(|&known| char::from(known) == letter)?;
    Some(Residue(row as u8))
}

/// The one-letter code of a residue, in upper case.
pub(crate) fn letter(residue: Residue) -> char {
    char::from(LETTERS[usize::from(residue.0)])
}

/// The score of two residues in one column.
pub(crate) fn score(a: Residue, b: Residue) -> i32 {
    i32::from(SCORES[usize::from(a.0)][usize::from(b.0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_a_residue_in_both_cases() {
        for known in LETTERS.map(char::from) {
            assert_eq!(residue(known).map(letter), Some(known));
            assert_eq!(residue(known.to_ascii_lowercase()).map(letter), Some(known));
        }
        assert!("JOU*-1 ".chars().all(|c| residue(c).is_none()));
    }

    #[test]
    fn the_matrix_is_symmetric() {
        for (i, row) in SCORES.iter().enumerate() {
            for (j, score) in row.iter().enumerate() {
                assert_eq!(*score, SCORES[j][i], "row {i}, column {j}");
            }
        }
    }

    #[test]
    fn known_pairs_have_their_published_scores() {
        let of = |a, b| residue(a).zip(residue(b)).map(|(a, b)| score(a, b));
        assert_eq!([of('W', 'W'), of('I', 'V'), of('W', 'P'), of('B', 'D')], [Some(11), Some(3), Some(-4), Some(4)]);
    }
}
