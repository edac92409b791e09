//! Reads the residues of the one record in a FASTA text.

use crate::blosum62::{self, Residue};

/// Why a text is no sequence.
#[derive(Debug, PartialEq)]
pub(crate) enum Error {
    /// There are no residues.
    Empty,
    /// A second header follows.
    SeveralRecords,
    /// `found`, after `position` residues, is none.
    NotAResidue { position: u32, found: char },
}

/// The residues of `text`, with or without a header line.
pub(crate) fn residues(text: &str) -> Result<Vec<Residue>, Error> {
    let mut residues = Vec::new();
    for (nth, line) in text.lines().filter(|line| !line.trim().is_empty()).enumerate() {
        if line.starts_with('>') {
            if nth > 0 {
                return Err(Error::SeveralRecords);
            }
            continue;
        }
        for found in line.chars().filter(|c| !c.is_whitespace()) {
            let position = residues.len() as u32;
            residues.push(blosum62::residue(found).ok_or(Error::NotAResidue { position, found })?);
        }
    }
    if residues.is_empty() { Err(Error::Empty) } else { Ok(residues) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> Result<String, Error> {
        Ok(residues(text)?.into_iter().map(blosum62::letter).collect())
    }

    #[test]
    fn header_line_breaks_and_case_do_not_matter() {
        for text in ["MVLS", "mvls", ">sp|P69905\nMVLS\n", "\r\n>x\r\nMV\r\n\r\nLS\r\n", " M V L S "] {
            assert_eq!(letters(text).as_deref(), Ok("MVLS"), "{text:?}");
        }
    }

    #[test]
    fn a_text_without_residues_is_empty() {
        for text in ["", "\n \n", ">only a header"] {
            assert_eq!(letters(text), Err(Error::Empty), "{text:?}");
        }
    }

    #[test]
    fn a_second_header_is_refused() {
        for text in [">x\nMV\n>y\nLS", "MV\n>y\nLS", ">x\n>y\nMV"] {
            assert_eq!(letters(text), Err(Error::SeveralRecords), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_residue_is_named_with_its_place() {
        for (text, position, found) in [("MV*", 2, '*'), (">x\nMVL\nJ", 3, 'J'), ("é", 0, 'é'), ("M-V", 1, '-')] {
            assert_eq!(letters(text), Err(Error::NotAResidue { position, found }), "{text:?}");
        }
    }
}
