//! Global alignment of two protein sequences, as a task.
//!
//! This file joins the WIT contract to plain Rust: `fasta` reads the inputs, `gotoh` aligns them with the scores
//! of `blosum62`. None of the three knows that it runs in a component, which is why they are tested natively.

mod blosum62;
mod fasta;
mod gotoh;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Align;

    wit_bindgen::generate!({ path: ["../../wit", "wit"], world: "examples:align/align", generate_all });
    export!(Align);
}

use bindings::exports::examples::align::pairwise::{self, AlignError, Alignment, Input, Misfit};
use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};

/// The traceback takes a byte per cell, and a `small` task must be able to hold it.
const MAX_CELLS: u64 = 64 << 20;

struct Align;

impl manifest::Guest for Align {
    fn tasks() -> Vec<Task> {
        vec![Task {
            name: "pairwise#global".to_owned(),
            size: Size::Small,
            // The version names what a result means, not this code: it changes with the scores, the gap costs or the
            // choice among alignments of equal score, and with nothing else.
            cache: Some(Cache {
                version: Version::Declared("1".to_owned()),
                scope: Scope::Account,
                cache_errors: false,
            }),
            timeout_seconds: None,
            needs: Vec::new(),
            file_names: false,
        }]
    }
}

impl pairwise::Guest for Align {
    fn global(a: String, b: String) -> Result<Alignment, AlignError> {
        let a = fasta::residues(&a).map_err(|error| refuse(Input::A, error))?;
        let b = fasta::residues(&b).map_err(|error| refuse(Input::B, error))?;
        let cells = a.len() as u64 * b.len() as u64;
        if cells > MAX_CELLS {
            return Err(AlignError::TooLong(cells));
        }
        Ok(describe(&gotoh::align(&a, &b)))
    }
}

fn refuse(input: Input, error: fasta::Error) -> AlignError {
    match error {
        fasta::Error::Empty => AlignError::Empty(input),
        fasta::Error::SeveralRecords => AlignError::SeveralRecords(input),
        fasta::Error::NotAResidue { position, found } => AlignError::NotAResidue(Misfit { input, position, found }),
    }
}

fn describe(aligned: &gotoh::Aligned) -> Alignment {
    let mut result = Alignment {
        score: f64::from(aligned.half_score) / 2.0,
        length: 0,
        identities: 0,
        similarities: 0,
        gaps: 0,
        a: String::new(),
        midline: String::new(),
        b: String::new(),
    };
    for &(a, b) in &aligned.columns {
        let identical = a.is_some() && a == b;
        let similar = a.zip(b).is_some_and(|(a, b)| blosum62::score(a, b) > 0);
        result.length += 1;
        result.identities += u32::from(identical);
        result.similarities += u32::from(similar);
        result.gaps += u32::from(a.is_none() || b.is_none());
        result.a.push(a.map_or('-', blosum62::letter));
        result.midline.push(if identical {
            '|'
        } else if similar {
            ':'
        } else {
            ' '
        });
        result.b.push(b.map_or('-', blosum62::letter));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALPHA: &str = include_str!("../data/P69905.fasta");
    const BETA: &str = include_str!("../data/P68871.fasta");

    fn global(a: &str, b: &str) -> Result<Alignment, AlignError> {
        <Align as pairwise::Guest>::global(a.to_owned(), b.to_owned())
    }

    fn aligned(a: &str, b: &str) -> Alignment {
        global(a, b).expect("both inputs are sequences")
    }

    /// The worked example of the EMBOSS documentation (`needle`, EBLOSUM62, 10.0 and 0.5): score 292.5, identity
    /// 65/149, similarity 90/149, gaps 9/149.
    #[test]
    fn haemoglobins_align_as_published() {
        let found = aligned(ALPHA, BETA);
        assert_eq!(found.score, 292.5);
        assert_eq!((found.length, found.identities, found.similarities, found.gaps), (149, 65, 90, 9));
        assert_eq!(
            found.a,
            "MV-LSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSFPTTKTYFPHF-DLS-----HGSAQVKGHGKKVADALTNAVAHVDDMPNALSALSDLHAHKLR\
             VDPVNFKLLSHCLLVTLAAHLPAEFTPAVHASLDKFLASVSTVLTSKYR"
        );
        assert_eq!(
            found.b,
            "MVHLTPEEKSAVTALWGKV--NVDEVGGEALGRLLVVYPWTQRFFESFGDLSTPDAVMGNPKVKAHGKKVLGAFSDGLAHLDNLKGTFATLSELHCDKLH\
             VDPENFRLLGNVLVCVLAHHFGKEFTPPVQAAYQKVVAGVANALAHKYH"
        );
        assert!(found.midline.starts_with("|| |:| :|: |"), "{}", found.midline);
    }

    #[test]
    fn exchanged_inputs_have_the_same_score() {
        assert_eq!(aligned(ALPHA, BETA).score, aligned(BETA, ALPHA).score);
    }

    #[test]
    fn a_sequence_is_identical_to_itself() {
        let found = aligned(ALPHA, ALPHA);
        assert_eq!((found.length, found.identities, found.similarities, found.gaps), (142, 142, 142, 0));
        assert_eq!(found.midline, "|".repeat(142));
        assert_eq!(found.a, found.b);
    }

    #[test]
    fn a_gap_costs_ten_and_a_half_for_each_further_residue() {
        // W pairs with W for 11.
        assert_eq!(aligned("AW", "W").score, 11.0 - 10.0);
        assert_eq!(aligned("WAAA", "W").score, 11.0 - 11.0);
        assert_eq!(aligned("WWAAAAAWW", "WWWW").score, 44.0 - 12.0);
    }

    #[test]
    fn two_gaps_may_touch() {
        // 8 × W/P would cost 32, two gaps of 8 cost 27.
        let found = aligned(&"W".repeat(8), &"P".repeat(8));
        assert_eq!((found.score, found.length, found.gaps), (-27.0, 16, 16));
    }

    #[test]
    fn a_positive_pair_is_similar_and_a_gap_is_not() {
        let found = aligned("ILWA", "VLW");
        assert_eq!((found.identities, found.similarities, found.gaps), (2, 3, 1));
        assert_eq!((found.a.as_str(), found.midline.as_str(), found.b.as_str()), ("ILWA", ":|| ", "VLW-"));
    }

    #[test]
    fn the_input_at_fault_is_named() {
        assert!(matches!(global("", BETA), Err(AlignError::Empty(Input::A))));
        assert!(matches!(global(ALPHA, ">no residues\n"), Err(AlignError::Empty(Input::B))));
        assert!(matches!(global(">x\nMV\n>y\nMV", BETA), Err(AlignError::SeveralRecords(Input::A))));
        assert!(matches!(
            global(ALPHA, ">x\nMV\nH1"),
            Err(AlignError::NotAResidue(Misfit { input: Input::B, position: 3, found: '1' }))
        ));
    }

    #[test]
    fn what_would_not_fit_in_memory_is_refused() {
        let (a, b) = ("A".repeat(1 << 14), "A".repeat((1 << 12) + 1));
        assert!(matches!(global(&a, &b), Err(AlignError::TooLong(67_125_248))));
    }
}
