//! Tests of records: each is read back as it was written, and later fields do no harm.

use larder_base::{BlobKind, Captured, Digest};
use minicbor::{Decode, Encode};

use super::*;

fn captured(text: &str) -> Captured {
    Captured { head: text.as_bytes().to_vec(), tail: vec![0xff], total_bytes: 70_000 }
}

fn entry() -> Entry {
    Entry {
        outcome: StoredOutcome::Err,
        result: vec![0x82, 0x01, 0xf6],
        input_digests: vec![Digest::of(b"one"), Digest::of(b"two")],
        provenance: Provenance {
            account: "ann".to_owned(),
            workflow: Some("assemble".to_owned()),
            component_digest: Digest::of(b"component"),
            code_digest: Digest::of(b"code"),
            host_version: "0.1.0".to_owned(),
            engine_version: "48.0.0".to_owned(),
            finished_at_ms: 1_700_000_000_000,
            run_micros: 1500,
            fuel_used: Some(1_000_000),
            peak_memory_bytes: 65_536,
            stdout: captured("out"),
            stderr: Captured::default(),
            peak_scratch_bytes: None,
            host_calls: None,
        },
    }
}

/// The stored bytes of [`entry`], which every released version must be able to read. If a test of these bytes fails,
/// the format changed: see the head of this file.
const PINNED_PARTS: [&str; 2] = [
    concat!(
        "8b014382",
        "01f682",
        "58207692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
        "58203fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
        "501115e3046beffd6eff821141fe504606",
        "1b0000018bcfe568001905dc1a000f42401a00010000f6f6",
        "83436f757441ff1a00011170",
    ),
    concat!(
        "8663616e6e68617373656d626c65",
        "58206985ca1f4daa5a584a28eae043a239cb96689af1337ea13afb63e00c2bf512fa",
        "58205694d08a2e53ffcae0c3103e5ad6f6076abd960eb1f8a56577040bc1028f702b",
        "65302e312e306634382e302e30",
    ),
];

#[test]
fn the_bytes_of_the_parts_of_an_entry_are_pinned_and_they_make_it_again() {
    let entry = entry();
    let (maker, stored) = entry.parts();
    let encoded = minicbor::to_vec(&maker).unwrap();
    let stored = minicbor::to_vec(stored(maker.id())).unwrap();
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    assert_eq!([hex(&stored), hex(&encoded)], PINNED_PARTS.map(str::to_owned));
    let read: StoredEntry<'_> = minicbor::decode(&stored).unwrap();
    assert_eq!(read.maker(), maker.id());
    assert_eq!(read.maker(), Digest::of(&encoded).as_bytes()[..MAKER_ID_BYTES]);
    assert_eq!(read.made_by(minicbor::decode(&encoded).unwrap()), entry);
    for end in 0..stored.len() {
        assert!(minicbor::decode::<StoredEntry<'_>>(&stored[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn every_record_reads_back() {
    fn round<T: for<'b> Decode<'b, ()> + Encode<()> + PartialEq + std::fmt::Debug>(record: &T) {
        let bytes = minicbor::to_vec(record).unwrap();
        assert_eq!(&minicbor::decode::<T>(&bytes).unwrap(), record);
        // A record cut anywhere is an error, never a shorter record.
        for end in 0..bytes.len() {
            assert!(minicbor::decode::<T>(&bytes[..end]).is_err(), "cut at {end}");
        }
    }
    let text = "example:seq/stats#gc".to_owned();
    let digest = Digest::of(b"x");
    round(&entry().parts().0);
    round(&Ingredients {
        account: String::new(),
        workflow: None,
        task: text.clone(),
        signature: "func(a: u32) -> u32".to_owned(),
        version: "1".to_owned(),
        format_version: 1,
        sealed_world_version: 2,
    });
    round(&KnownFile { identity: vec![1, 2, 3], digest, remembered_at_ms: u64::MAX });
    round(&CompiledRecord { file_name: text, sha256: digest, bytes: 7 });
    round(&BuildStamp { fingerprint: digest });
    for place in [BlobPlace::Inline(Vec::new()), BlobPlace::File { identity: vec![7; 40] }] {
        round(&BlobRecord { size: u64::MAX, place });
    }
    for name in [None, Some("reads.fastq".to_owned())] {
        round(&BlobReference { size: 0, name, stored_at_ms: 9 });
    }
    for kind in [BlobKind::File, BlobKind::Directory] {
        round(&kind);
    }
}

#[test]
fn the_bytes_of_blobs_and_references_are_pinned() {
    fn hex(record: &impl Encode<()>) -> String {
        data_encoding::HEXLOWER.encode(&minicbor::to_vec(record).unwrap())
    }
    assert_eq!(hex(&BlobRecord { size: 2, place: BlobPlace::Inline(b"ab".to_vec()) }), "8202820081426162");
    assert_eq!(hex(&BlobRecord { size: 2, place: BlobPlace::File { identity: vec![9] } }), "82028201814109");
    assert_eq!(hex(&BlobReference { size: 2, name: Some("a".to_owned()), stored_at_ms: 3 }), "8302616103");
    assert_eq!(hex(&BlobReference { size: 2, name: None, stored_at_ms: 3 }), "8302f603");
    assert_eq!((hex(&BlobKind::File), hex(&BlobKind::Directory)), ("00".to_owned(), "01".to_owned()));
}

#[test]
fn an_entry_with_a_field_of_the_future_still_reads() {
    // An entry with output on both streams: a last field that is `None` is omitted.
    let mut entry = entry();
    entry.provenance.stderr = captured("err");
    let (maker, stored) = entry.parts();
    let stored = stored([7; MAKER_ID_BYTES]);
    let with_one_more = |record: Vec<u8>| {
        let mut bytes = record;
        bytes[0] += 1;
        bytes.extend(minicbor::to_vec("a field of the future").unwrap());
        bytes
    };
    let bytes = with_one_more(minicbor::to_vec(&stored).unwrap());
    assert_eq!((bytes[0], minicbor::decode::<StoredEntry<'_>>(&bytes).unwrap()), (0x8d, stored), "12 fields and one");
    let bytes = with_one_more(minicbor::to_vec(&maker).unwrap());
    assert_eq!((bytes[0], minicbor::decode::<Maker>(&bytes).unwrap()), (0x87, maker), "6 fields and one");
}
