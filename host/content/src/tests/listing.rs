//! Tests of the encoding of a directory: each has one, and the decoder accepts nothing else.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use minicbor::Encoder;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use larder_base::Digest;

/// Written and hashed by another program. If this fails, every directory has a new digest: entries that were made with
/// an old one are never found again.
#[test]
fn the_encoding_and_its_digest_are_pinned() {
    let sample = directory([("é", file(&[0; 300])), ("f", program(b"abc")), ("d", folder([])), ("a", link("../b"))]);
    let encoded = concat!(
        "84",
        "83026161642e2e2f62",
        "84016164005820",
        "76be8b528d0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac71",
        "85006166f5035820",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "850062c3a9f419012c5820",
        "d13d4a8b3b8add19b5970157f09d00c12cbda4fed4d74d8493156523f7069b66",
    );
    assert_eq!(HEXLOWER.encode(&sample.listing().encode()), encoded);
    let digest = "953d5a54626d091455647b809c48f67d6ca609ffc2aa8c7fdbc8244dcbe7f3fc";
    assert_eq!((sample.digest.to_string().as_str(), sample.size), (digest, 303));
    let empty = "76be8b528d0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac71";
    assert_eq!(directory([]).digest.to_string(), empty, "the digest of the byte 80");
}

#[test]
fn neighbours_differ() {
    let inner = || folder([("x", file(b"1"))]);
    // A file that holds the very bytes that are the listing of `inner`.
    let listing = directory([("x", file(b"1"))]).listing().encode();
    let neighbours = [
        directory([]),
        directory([("a", file(b"1"))]),
        directory([("b", file(b"1"))]),
        directory([("a", program(b"1"))]),
        directory([("a", file(b"2"))]),
        directory([("a", file(b""))]),
        directory([("a", folder([]))]),
        directory([("a", link("1"))]),
        directory([("a", link("2"))]),
        directory([("a", link("./1"))]),
        directory([("a", file(b"1")), ("b", file(b"1"))]),
        directory([("a", inner())]),
        directory([("a", folder([("y", file(b"1"))]))]),
        directory([("a", folder([("x", program(b"1"))]))]),
        directory([("a", folder([("x", file(b"1")), ("y", folder([]))]))]),
        directory([("a", file(&listing))]),
        directory([("a", folder([("a", inner())]))]),
        directory([("x", file(b"1"))]),
    ];
    let digests: std::collections::BTreeSet<Digest> = neighbours.iter().map(|directory| directory.digest).collect();
    assert_eq!(digests.len(), neighbours.len());
}

#[test]
fn where_the_bytes_are_is_no_part_of_it() {
    let temporary = tempfile::tempdir().unwrap();
    fs::write(temporary.path().join("a"), [7; 100_000]).unwrap();
    assert_eq!(look_at_directory(temporary.path()).unwrap().digest, directory([("a", file(&[7; 100_000]))]).digest);
}

#[test]
fn the_size_is_that_of_all_files_and_cannot_overflow() {
    let nested = directory([("a", file(b"12")), ("b", folder([("c", file(b"345"))])), ("l", link("12345"))]);
    assert_eq!((nested.size, nested.listing().size()), (5, 5));
    let large = |name: &str| (name.into(), Listed::Directory { size: u64::MAX, digest: Digest::of(b"") });
    let listing = Listing(BTreeMap::from([large("a"), large("b")]));
    assert_eq!(listing.size(), u64::MAX);
    assert_eq!(Listing::decode(&listing.encode()).unwrap(), listing);
}

/// A listing with one entry, written by `entry`.
fn one(entry: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut cbor = Encoder::new(&mut bytes);
    cbor.array(1).unwrap();
    entry(&mut cbor);
    bytes
}

fn link_named(name: &str, target: &str) -> Vec<u8> {
    one(|cbor| {
        cbor.array(3).unwrap().u8(2).unwrap().str(name).unwrap().str(target).unwrap();
    })
}

#[track_caller]
fn refused(bytes: &[u8], what: &str) {
    match Listing::decode(bytes) {
        Err(ContentError::Damaged { detail }) => assert!(detail.starts_with("no listing: "), "{what}: {detail}"),
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn names_and_targets_that_no_system_has_are_refused() {
    assert!(Listing::decode(&link_named("a", "b")).is_ok());
    for name in ["", ".", "..", "/", "a/b", "../a", "/etc/passwd", "a/", "a\0b", "\0"] {
        refused(&link_named(name, "b"), name);
    }
    for target in ["", "\0", "a\0b"] {
        refused(&link_named("a", target), target);
    }
}

#[test]
fn what_is_no_entry_is_refused() {
    let digest = [1; 32];
    let (short, long) = ([1; 31], [1; 33]);
    type Entry<'a> = &'a dyn Fn(&mut Encoder<&mut Vec<u8>>) -> Option<()>;
    let cases: &[(&str, Entry<'_>)] = &[
        ("no kind", &|e| e.array(3).ok()?.u8(3).ok()?.str("a").ok()?.str("b").map(drop).ok()),
        ("no kind that is a byte", &|e| e.array(3).ok()?.u16(258).ok()?.str("a").ok()?.str("b").map(drop).ok()),
        ("a negative kind", &|e| e.array(3).ok()?.i8(-1).ok()?.str("a").ok()?.str("b").map(drop).ok()),
        ("a link of four", &|e| e.array(4).ok()?.u8(2).ok()?.str("a").ok()?.str("b").ok()?.u8(0).map(drop).ok()),
        ("a link to bytes", &|e| e.array(3).ok()?.u8(2).ok()?.str("a").ok()?.bytes(b"b").map(drop).ok()),
        ("a link of two", &|e| e.array(2).ok()?.u8(2).ok()?.str("a").map(drop).ok()),
        ("a name of bytes", &|e| e.array(3).ok()?.u8(2).ok()?.bytes(b"a").ok()?.str("b").map(drop).ok()),
        ("a folder that is executable", &|e| {
            e.array(5).ok()?.u8(1).ok()?.str("a").ok()?.bool(true).ok()?.u8(0).ok()?.bytes(&digest).map(drop).ok()
        }),
        ("a file that is neither", &|e| {
            e.array(4).ok()?.u8(0).ok()?.str("a").ok()?.u8(0).ok()?.bytes(&digest).map(drop).ok()
        }),
        ("executable as a number", &|e| {
            e.array(5).ok()?.u8(0).ok()?.str("a").ok()?.u8(1).ok()?.u8(0).ok()?.bytes(&digest).map(drop).ok()
        }),
        ("a negative size", &|e| {
            e.array(4).ok()?.u8(1).ok()?.str("a").ok()?.i8(-1).ok()?.bytes(&digest).map(drop).ok()
        }),
        ("a short digest", &|e| e.array(4).ok()?.u8(1).ok()?.str("a").ok()?.u8(0).ok()?.bytes(&short).map(drop).ok()),
        ("a long digest", &|e| e.array(4).ok()?.u8(1).ok()?.str("a").ok()?.u8(0).ok()?.bytes(&long).map(drop).ok()),
        ("a digest as text", &|e| e.array(4).ok()?.u8(1).ok()?.str("a").ok()?.u8(0).ok()?.str("x").map(drop).ok()),
        ("a map", &|e| e.map(3).ok()?.u8(2).ok()?.str("a").ok()?.str("b").map(drop).ok()),
        ("null", &|e| e.null().map(drop).ok()),
        ("an open array", &|e| e.begin_array().ok()?.u8(2).ok()?.str("a").ok()?.str("b").ok()?.end().map(drop).ok()),
        ("an open text", &|e| {
            e.array(3).ok()?.u8(2).ok()?.begin_str().ok()?.str("a").ok()?.end().ok()?.str("b").map(drop).ok()
        }),
    ];
    for (what, entry) in cases {
        refused(&one(|cbor| entry(cbor).unwrap()), what);
    }
}

#[test]
fn what_is_not_its_one_encoding_is_refused() {
    let link = |name: &str| link_named(name, "x")[1..].to_vec();
    let of = |count: u8, entries: &[&[u8]]| [&[0x80 | count][..], &entries.concat()].concat();
    let (a, b) = (link("a"), link("b"));
    assert!(Listing::decode(&of(2, &[&a, &b])).is_ok());
    refused(&of(2, &[&b, &a]), "another order");
    refused(&of(2, &[&a, &a]), "a name that stands twice");
    refused(&of(1, &[&a, &b]), "more than it says");
    refused(&of(3, &[&a, &b]), "less than it says");
    refused(&[of(1, &[&a]), vec![0x80]].concat(), "something behind it");
    refused(&[0x98, 0x00], "a length that could be shorter");
    refused(&[0x9f, 0xff], "a length that is left open");
    refused(&[0x81, 0x83, 0x18, 0x02, 0x61, b'a', 0x61, b'x'], "a kind that could be shorter");
    refused(&[0x81, 0x83, 0x02, 0x78, 0x01, b'a', 0x61, b'x'], "a name whose length could be shorter");
    refused(&[0x81, 0x83, 0x02, 0x61, 0xff, 0x61, b'x'], "a name that is not UTF-8");
    refused(&[0xc1, 0x80], "a tag");
    refused(&[], "nothing");
}

/// None of these lengths is trusted: reading ends where the bytes end.
#[test]
fn lengths_are_not_believed() {
    let most = [0xff; 8];
    for (what, before, behind) in [
        ("entries", &[0x9b][..], &[][..]),
        ("entries, and one is there", &[0x9b], &link_named("a", "b")[1..]),
        ("parts", &[0x81, 0x9b], &[0x02, 0x61, b'a', 0x61, b'b']),
        ("a name", &[0x81, 0x83, 0x02, 0x7b], b"a"),
        ("a target", &[0x81, 0x83, 0x02, 0x61, b'a', 0x7b], b"a"),
        ("a digest", &[0x81, 0x84, 0x01, 0x61, b'a', 0x00, 0x5b], b"a"),
        ("a map", &[0xbb], &[]),
    ] {
        refused(&[before, &most, behind].concat(), what);
        refused(&[before, &[0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff], behind].concat(), what);
    }
    for nested in [0x81, 0x9f, 0xa1, 0xc1, 0xd8] {
        refused(&vec![nested; 1 << 20], "as deep as it is long");
    }
}

fn listed() -> impl Strategy<Value = Listed> {
    let digest = || any::<[u8; 32]>().prop_map(Digest::from_bytes);
    prop_oneof![
        (any::<bool>(), any::<u64>(), digest()).prop_map(|(executable, size, digest)| Listed::File {
            executable,
            size,
            digest
        }),
        (any::<u64>(), digest()).prop_map(|(size, digest)| Listed::Directory { size, digest }),
        "[^\0]{1,40}".prop_map(|target| Listed::Link(target.into())),
    ]
}

fn listing() -> impl Strategy<Value = Listing> {
    let name = "[^/\0]{1,30}".prop_filter("no name", |name| !matches!(name.as_str(), "." | ".."));
    prop::collection::btree_map(name.prop_map(Box::from), listed(), 0..30).prop_map(Listing)
}

/// An encoding that somebody has damaged.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 0..4);
    // Bytes with a meaning in CBOR are more frequent.
    let likely = select(vec![0x00, 0x01, 0x02, 0x18, 0x5b, 0x60, 0x61, 0x7b, 0x80, 0x83, 0x9f, 0xa0, 0xf4, 0xf5, 0xff]);
    (listing(), edits, likely).prop_map(|(listing, edits, likely)| {
        let mut bytes = listing.encode();
        for (at, byte, how) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            match (how, bytes.get_mut(at)) {
                (0, Some(there)) => *there = byte,
                (1, Some(_)) => drop(bytes.remove(at)),
                (_, _) => bytes.insert(at, likely),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_listing_is_read_as_it_was_written(listing in listing()) {
        let encoded = listing.encode();
        prop_assert_eq!(Listing::decode(&encoded), Ok(listing));
        for end in 0..encoded.len() {
            prop_assert!(Listing::decode(&encoded[..end]).is_err(), "cut off at {}", end);
        }
    }

    #[test]
    fn two_listings_have_one_encoding_only_if_they_are_one(one in listing(), name in "[a-c]", other in listed()) {
        let mut changed = one.clone();
        changed.0.insert(name.into(), other);
        prop_assert_eq!(one == changed, one.encode() == changed.encode());
    }

    #[test]
    fn what_is_read_is_its_one_encoding(bytes in damaged()) {
        if let Ok(listing) = Listing::decode(&bytes) {
            prop_assert_eq!(listing.encode(), bytes);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(listing) = Listing::decode(&bytes) {
            prop_assert_eq!(listing.encode(), bytes);
        }
    }
}
