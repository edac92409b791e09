//! The code digest: unchanged by custom sections at any depth, changed by every other byte.

use proptest::prelude::*;

use super::binary;
use crate::bytes::{NotAComponent, code_digest};
use larder_base::Digest;

/// The header of a component, whose sections 1 and 4 nest.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// One section: its id, its payload, and its range of bytes, header included.
pub(super) type Section<'a> = (u8, &'a [u8], std::ops::Range<usize>);

fn digest(bytes: &[u8]) -> Digest {
    code_digest(bytes).expect("a component")
}

/// Builds a component with one section.
pub(super) fn wrapped(id: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = COMPONENT.to_vec();
    push(&mut bytes, id, payload);
    bytes
}

fn push(bytes: &mut Vec<u8>, id: u8, payload: &[u8]) {
    bytes.push(id);
    let mut length = payload.len();
    while length >= 0x80 {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend_from_slice(payload);
}

/// Returns the sections of a module or component, without descending into them.
pub(super) fn sections(bytes: &[u8]) -> Vec<Section<'_>> {
    let mut found = Vec::new();
    let mut at = 8;
    while at < bytes.len() {
        let (start, id) = (at, bytes[at]);
        let (mut length, mut shift) = (0, 0);
        loop {
            at += 1;
            length |= usize::from(bytes[at] & 0x7f) << shift;
            shift += 7;
            if bytes[at] & 0x80 == 0 {
                break;
            }
        }
        at += 1;
        found.push((id, &bytes[at..at + length], start..at + length));
        at += length;
    }
    found
}

/// Rebuilds a module or component with other custom sections: removes the existing ones, and inserts what `next`
/// returns after each section, at any depth.
fn recustomised(bytes: &[u8], next: &mut impl FnMut() -> Option<Vec<u8>>) -> Vec<u8> {
    let mut rebuilt = bytes[..8].to_vec();
    for (id, payload, _) in sections(bytes) {
        if let Some(custom) = next() {
            push(&mut rebuilt, 0, &custom);
        }
        match id {
            0 => {}
            1 | 4 if bytes.starts_with(COMPONENT) => push(&mut rebuilt, id, &recustomised(payload, next)),
            _ => push(&mut rebuilt, id, payload),
        }
    }
    if let Some(custom) = next() {
        push(&mut rebuilt, 0, &custom);
    }
    rebuilt
}

/// Collects the ranges of custom sections, at any depth.
fn custom_ranges(bytes: &[u8], offset: usize, found: &mut Vec<std::ops::Range<usize>>) {
    for (id, payload, range) in sections(bytes) {
        match id {
            0 => found.push(offset + range.start..offset + range.end),
            1 | 4 if bytes.starts_with(COMPONENT) => {
                custom_ranges(payload, offset + range.end - payload.len(), found);
            }
            _ => {}
        }
    }
}

#[test]
fn the_digest_of_a_fixed_component_is_pinned() {
    // A change here invalidates every pinned result: bump the number in `DOMAIN` and say why.
    let bytes = wrapped(1, b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0");
    assert_eq!(digest(&bytes).to_string(), "79c5a589c8af2fb7c0471d15ab87c5b1d87c94af94919856917111c2e54dca79");
    let stream = b"larder code digest 1\n\0\x01\x0d\0\x02\x01\0\0\x01\0\x01\x01\x04\0\0\0\0\0\0\0\x01\x60\0\0\x03\x03";
    assert_eq!(digest(&bytes), Digest::of(stream));
}

#[test]
fn stripping_every_custom_section_keeps_the_digest() {
    let stripped = recustomised(&binary(), &mut || None);
    assert!(stripped.len() < binary().len(), "there was something to strip");
    assert_eq!(digest(&stripped), digest(&binary()));
}

#[test]
fn every_single_bit_outside_custom_sections_counts() {
    let bytes = binary();
    let mut custom = Vec::new();
    custom_ranges(&bytes, 0, &mut custom);
    assert!(custom.len() >= 3, "the fixture has names at several depths: {custom:?}");
    let (original, mut compared) = (digest(&bytes), 0);
    for position in (0..bytes.len()).filter(|position| !custom.iter().any(|range| range.contains(position))) {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[position] ^= 1 << bit;
            if let Ok(digest) = code_digest(&flipped) {
                assert_ne!(digest, original, "byte {position}, bit {bit}");
                compared += 1;
            }
        }
    }
    assert!(compared > 500, "only {compared} of the flips could be parsed");
}

#[test]
fn neighbours_differ() {
    let module = b"\0asm\x01\0\0\0";
    let digests = [
        digest(COMPONENT),
        digest(&wrapped(1, module)),
        digest(&wrapped(4, COMPONENT)),
        digest(&wrapped(4, &wrapped(4, COMPONENT))),
        digest(&[&wrapped(4, COMPONENT)[..], &wrapped(4, COMPONENT)[8..]].concat()),
        digest(&[&wrapped(1, module)[..], &wrapped(1, module)[8..]].concat()),
    ];
    for (position, digest) in digests.iter().enumerate() {
        assert!(!digests[..position].contains(digest), "{position}");
    }
}

#[test]
fn what_is_no_component_has_no_code_digest() {
    assert_eq!(code_digest(b""), Err(NotAComponent::Empty));
    assert_eq!(code_digest(b"\0asm\x01\0\0\0"), Err(NotAComponent::CoreModule));
    let bytes = binary();
    assert!(matches!(code_digest(&bytes[..bytes.len() - 1]), Err(NotAComponent::Truncated { .. })));
}

proptest! {
    #[test]
    fn custom_sections_anywhere_change_nothing(
        customs in proptest::collection::vec(proptest::option::of(("[a-z._]{0,12}", ".{0,200}")), 0..40),
    ) {
        let mut customs = customs.into_iter();
        let changed = recustomised(&binary(), &mut || {
            let (name, content) = customs.next()??;
            let mut payload = vec![name.len() as u8];
            payload.extend_from_slice(name.as_bytes());
            payload.extend_from_slice(content.as_bytes());
            Some(payload)
        });
        prop_assert_eq!(digest(&changed), digest(&binary()));
    }

    #[test]
    fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), nested in any::<bool>()) {
        let _ = code_digest(&bytes);
        bytes.splice(0..0, COMPONENT.iter().copied());
        let _ = code_digest(&bytes);
        if nested {
            let _ = code_digest(&wrapped(4, &bytes));
        }
    }

    #[test]
    fn no_mutation_makes_it_panic(
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = binary();
        let position = at.index(bytes.len());
        bytes[position] = with;
        bytes.truncate(cut.index(bytes.len()) + 1);
        let _ = code_digest(&bytes);
    }
}
