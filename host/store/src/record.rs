//! What is kept for a key: plain, owned data, and its CBOR.
//!
//! A record is what one table of the store holds as a value. It is data and nothing else: no file, no handle, no type
//! of the engine and no WIT value ever gets in here (a result is already encoded when it arrives), so that a record can
//! cross a process or a wire as it is.
//!
//! Encoding: each record is a CBOR array (RFC 8949) of its fields in the numbered order. A number is never given to
//! another meaning. A field may be added at the end as an `Option`: old records then read as `None`, and old programs
//! ignore it. Anything else changes what the stored bytes mean and bumps [`crate::FORMAT_VERSION`].

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

pub use larder_base::BlobKind;
pub use larder_base::Captured;
use larder_base::Digest;

/// Which side of a WIT `result` was stored. A task that returns a plain value stores [`StoredOutcome::Ok`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum StoredOutcome {
    /// The task returned a value, or the `ok` side of its `result`.
    #[n(0)]
    Ok,
    /// The task returned the `err` side of its `result`, and declares that it may be cached.
    #[n(1)]
    Err,
}

/// The answer kept for an entry key.
///
/// This is how the first version of the store kept it, whole; now it is kept in two parts, `StoredEntry` and `Maker`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Entry {
    /// Which side of the result `result` is.
    #[n(0)]
    pub outcome: StoredOutcome,
    /// The deterministic CBOR of the result.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub result: Vec<u8>,
    /// The SHA-256 of each encoded input, in declared order: what a later miss is compared with.
    #[n(2)]
    pub input_digests: Vec<Digest>,
    /// Who made it, with what, and at what cost.
    #[n(3)]
    pub provenance: Provenance,
}

/// The run that made an entry. None of it is in the key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Provenance {
    /// The account that the run was made for.
    #[n(0)]
    pub account: String,
    /// The workflow that the run was made for, if it was made for one.
    #[n(1)]
    pub workflow: Option<String>,
    /// The SHA-256 of the component's bytes.
    #[n(2)]
    pub component_digest: Digest,
    /// The digest of the component's code, custom sections left out.
    #[n(3)]
    pub code_digest: Digest,
    /// The version of Larder that ran it.
    #[n(4)]
    pub host_version: String,
    /// The version of the engine that ran it.
    #[n(5)]
    pub engine_version: String,
    /// When the run ended, in milliseconds since 1970-01-01T00:00:00Z.
    #[n(6)]
    pub finished_at_ms: u64,
    /// How long the call took, in microseconds, without compiling.
    #[n(7)]
    pub run_micros: u64,
    /// The fuel that the run consumed, where fuel was counted.
    #[n(8)]
    pub fuel_used: Option<u64>,
    /// The most linear memory that was in use at one time, in bytes, over all memories.
    #[n(9)]
    pub peak_memory_bytes: u64,
    /// What the guest wrote to standard output.
    #[n(10)]
    pub stdout: Captured,
    /// What the guest wrote to standard error.
    #[n(11)]
    pub stderr: Captured,
    /// The most that the files of the scratch folder took at one time, in bytes.
    #[n(12)]
    pub peak_scratch_bytes: Option<u64>,
    /// Calls of the host's functions.
    #[n(13)]
    pub host_calls: Option<u64>,
}

/// An answer as it is kept: without what it has in common with the other answers of its cache.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct StoredEntry<'a> {
    #[n(0)]
    outcome: StoredOutcome,
    #[cbor(b(1), with = "minicbor::bytes")]
    result: &'a [u8],
    #[n(2)]
    input_digests: Vec<Digest>,
    /// Who made it: see [`Maker::id`].
    #[n(3)]
    maker: ByteArray<MAKER_ID_BYTES>,
    #[n(4)]
    finished_at_ms: u64,
    #[n(5)]
    run_micros: u64,
    #[n(6)]
    fuel_used: Option<u64>,
    #[n(7)]
    peak_memory_bytes: u64,
    #[n(8)]
    peak_scratch_bytes: Option<u64>,
    #[n(9)]
    host_calls: Option<u64>,
    /// `None` where the guest wrote nothing, as most do.
    #[n(10)]
    stdout: Option<Captured>,
    #[n(11)]
    stderr: Option<Captured>,
}

/// The part of [`Provenance`] that is the same for many answers of one cache, and kept once for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Maker {
    #[n(0)]
    account: String,
    #[n(1)]
    workflow: Option<String>,
    #[n(2)]
    component_digest: Digest,
    #[n(3)]
    code_digest: Digest,
    #[n(4)]
    host_version: String,
    #[n(5)]
    engine_version: String,
}

/// The length of [`Maker::id`].
pub(crate) const MAKER_ID_BYTES: usize = 16;

impl Maker {
    /// What names it: the beginning of the SHA-256 of its encoding. Sixteen bytes are enough to keep apart those who
    /// ever write to one cache, also if somebody looks for two that collide.
    pub(crate) fn id(encoded: &[u8]) -> [u8; MAKER_ID_BYTES] {
        let digest = Digest::of(encoded);
        let (id, _) = digest.as_bytes().split_first_chunk().expect("a digest is longer");
        *id
    }
}

impl Entry {
    /// Takes it apart: what its maker has in common with others, and what is its own, once it is known how the first is
    /// named.
    pub(crate) fn parts<'a>(&'a self) -> (Maker, impl FnOnce([u8; MAKER_ID_BYTES]) -> StoredEntry<'a>) {
        // Destructured without `..`: a new field has to have a place.
        let Self { outcome, result, input_digests, provenance } = self;
        let Provenance {
            account,
            workflow,
            component_digest,
            code_digest,
            host_version,
            engine_version,
            finished_at_ms,
            run_micros,
            fuel_used,
            peak_memory_bytes,
            stdout,
            stderr,
            peak_scratch_bytes,
            host_calls,
        } = provenance;
        let maker = Maker {
            account: account.clone(),
            workflow: workflow.clone(),
            component_digest: *component_digest,
            code_digest: *code_digest,
            host_version: host_version.clone(),
            engine_version: engine_version.clone(),
        };
        let printed = |captured: &Captured| (*captured != Captured::default()).then(|| captured.clone());
        let stored = move |maker| StoredEntry {
            outcome: *outcome,
            result,
            input_digests: input_digests.clone(),
            maker: ByteArray::from(maker),
            finished_at_ms: *finished_at_ms,
            run_micros: *run_micros,
            fuel_used: *fuel_used,
            peak_memory_bytes: *peak_memory_bytes,
            peak_scratch_bytes: *peak_scratch_bytes,
            host_calls: *host_calls,
            stdout: printed(stdout),
            stderr: printed(stderr),
        };
        (maker, stored)
    }
}

impl StoredEntry<'_> {
    /// The name of its maker.
    pub(crate) fn maker(&self) -> [u8; MAKER_ID_BYTES] {
        *self.maker
    }

    /// The whole of it, with its maker.
    pub(crate) fn made_by(self, maker: Maker) -> Entry {
        let Maker { account, workflow, component_digest, code_digest, host_version, engine_version } = maker;
        let Self {
            outcome,
            result,
            input_digests,
            maker: _,
            finished_at_ms,
            run_micros,
            fuel_used,
            peak_memory_bytes,
            peak_scratch_bytes,
            host_calls,
            stdout,
            stderr,
        } = self;
        let provenance = Provenance {
            account,
            workflow,
            component_digest,
            code_digest,
            host_version,
            engine_version,
            finished_at_ms,
            run_micros,
            fuel_used,
            peak_memory_bytes,
            stdout: stdout.unwrap_or_default(),
            stderr: stderr.unwrap_or_default(),
            peak_scratch_bytes,
            host_calls,
        };
        Entry { outcome, result: result.to_vec(), input_digests, provenance }
    }
}

/// The texts behind a cache id, kept once for each, so that a miss can say what changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Ingredients {
    /// The account.
    #[n(0)]
    pub account: String,
    /// The workflow, when the scope is `workflow`.
    #[n(1)]
    pub workflow: Option<String>,
    /// The task's full name.
    #[n(2)]
    pub task: String,
    /// The canonical text of its signature.
    #[n(3)]
    pub signature: String,
    /// The version, as it is shown to people.
    #[n(4)]
    pub version: String,
    /// The version of the key's format.
    #[n(5)]
    pub format_version: u32,
    /// The version of the sealed world.
    #[n(6)]
    pub sealed_world_version: u32,
}

/// A file whose content was hashed before: while its identity is the same, so is its digest.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct KnownFile {
    /// The encoded identity (device, inode, size, times); the store compares nothing in it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub identity: Vec<u8>,
    /// The SHA-256 of the content.
    #[n(1)]
    pub digest: Digest,
    /// When it was hashed, in milliseconds since 1970-01-01T00:00:00Z: what the rule for racy timestamps needs.
    #[n(2)]
    pub remembered_at_ms: u64,
}

/// A file of compiled code in the private folder of the store, and what it must contain to be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct CompiledRecord {
    /// Its name in the folder, without any path.
    #[n(0)]
    pub file_name: String,
    /// The SHA-256 of its content.
    #[n(1)]
    pub sha256: Digest,
    /// Its length in bytes.
    #[n(2)]
    pub bytes: u64,
}

/// What a project's sources looked like when it was last built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BuildStamp {
    /// The digest of everything that the build depends on.
    #[n(0)]
    pub fingerprint: Digest,
}

/// Bytes that are kept by their digest, for whoever has a reference to them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BlobRecord {
    /// Their number.
    #[n(0)]
    pub size: u64,
    /// Where they are.
    #[n(1)]
    pub place: BlobPlace,
}

/// Where the bytes of a blob are.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub enum BlobPlace {
    /// Here.
    #[n(0)]
    Inline(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
    /// In the file of the store's folder that is named by their digest.
    #[n(1)]
    File {
        /// The encoded identity of that file (device, inode, size, times) when its content was known to be right.
        #[cbor(n(0), with = "minicbor::bytes")]
        identity: Vec<u8>,
    },
}

/// That an account stored a blob, and so may have its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BlobReference {
    /// The number of bytes: of a file's content, or of a directory's listing.
    #[n(0)]
    pub size: u64,
    /// What it was called when it was stored, for people.
    #[n(1)]
    pub name: Option<String>,
    /// When it was stored, in milliseconds since 1970-01-01T00:00:00Z.
    #[n(2)]
    pub stored_at_ms: u64,
}

#[cfg(test)]
mod tests {
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

    /// How an entry is kept now.
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
        let stored = minicbor::to_vec(stored(Maker::id(&encoded))).unwrap();
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        assert_eq!([hex(&stored), hex(&encoded)], PINNED_PARTS.map(str::to_owned));
        let read: StoredEntry<'_> = minicbor::decode(&stored).unwrap();
        assert_eq!(read.maker(), Maker::id(&encoded));
        assert_eq!(read.made_by(minicbor::decode(&encoded).unwrap()), entry);
        for end in 0..stored.len() {
            assert!(minicbor::decode::<StoredEntry<'_>>(&stored[..end]).is_err(), "cut at {end}");
        }
    }

    /// What every released version must go on reading. If this fails, the format changed: see the head of this file.
    const PINNED: &str = concat!(
        "84014382",
        "01f682",
        "58207692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
        "58203fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3",
        "8c63616e6e68617373656d626c65",
        "58206985ca1f4daa5a584a28eae043a239cb96689af1337ea13afb63e00c2bf512fa",
        "58205694d08a2e53ffcae0c3103e5ad6f6076abd960eb1f8a56577040bc1028f702b",
        "65302e312e306634382e302e30",
        "1b0000018bcfe568001905dc1a000f42401a00010000",
        "83436f757441ff1a00011170",
        "83404000",
    );

    #[test]
    fn the_bytes_of_an_entry_are_pinned() {
        let bytes = minicbor::to_vec(entry()).unwrap();
        assert_eq!(data_encoding::HEXLOWER.encode(&bytes), PINNED);
        assert_eq!(minicbor::decode::<Entry>(&bytes).unwrap(), entry());
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
        round(&entry());
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
        let mut bytes = minicbor::to_vec(entry()).unwrap();
        assert_eq!(bytes[0], 0x84, "an array of four");
        bytes[0] = 0x85;
        bytes.extend(minicbor::to_vec("a fifth field").unwrap());
        assert_eq!(minicbor::decode::<Entry>(&bytes).unwrap(), entry());
    }
}
