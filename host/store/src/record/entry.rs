//! The record of an answer: the result of a run, and its maker.
//!
//! In memory it is one [`Entry`]. It is stored in two parts: a [`Maker`], which many entries of one cache share and
//! which is stored once for all of them, and a [`StoredEntry`], which refers to its maker by a digest.

use larder_base::{Captured, Digest};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

/// The side of a WIT `result` that was stored. A task that returns a plain value stores [`StoredOutcome::Ok`].
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

/// The stored answer for an entry key.
///
/// It is stored in two parts: `Maker`, which many entries share, and `StoredEntry`, the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The side of the WIT `result` that `result` represents.
    pub outcome: StoredOutcome,
    /// The deterministic CBOR of the result.
    pub result: Vec<u8>,
    /// The SHA-256 of each encoded input, in declared order; a later miss is compared with them.
    pub input_digests: Vec<Digest>,
    /// The run that made it: its account, its versions, and its cost.
    pub provenance: Provenance,
}

/// The run that made an entry. None of it is in the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The account that the run was made for.
    pub account: String,
    /// The workflow that the run was made for, if any.
    pub workflow: Option<String>,
    /// The SHA-256 of the component's bytes.
    pub component_digest: Digest,
    /// The digest of the component's code, custom sections left out.
    pub code_digest: Digest,
    /// The version of Larder that ran it.
    pub host_version: String,
    /// The version of the engine that ran it.
    pub engine_version: String,
    /// The time when the run ended, in milliseconds since 1970-01-01T00:00:00Z.
    pub finished_at_ms: u64,
    /// The time of the call without compiling, in microseconds.
    pub run_micros: u64,
    /// The fuel that the run consumed, if fuel was counted.
    pub fuel_used: Option<u64>,
    /// The greatest amount of linear memory in use at one time, in bytes, over all memories.
    pub peak_memory_bytes: u64,
    /// The guest's standard output.
    pub stdout: Captured,
    /// The guest's standard error.
    pub stderr: Captured,
    /// The greatest total size of the files in the scratch folder at one time, in bytes.
    pub peak_scratch_bytes: Option<u64>,
    /// The number of calls to the host's functions.
    pub host_calls: Option<u64>,
}

/// An answer in stored form: without the parts that it shares with the other answers of its cache.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct StoredEntry<'a> {
    #[n(0)]
    outcome: StoredOutcome,
    #[cbor(b(1), with = "minicbor::bytes")]
    result: &'a [u8],
    #[n(2)]
    input_digests: Vec<Digest>,
    /// The id of its maker: see [`Maker::id`].
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
    /// `None` if the guest wrote nothing, as most do.
    #[n(10)]
    stdout: Option<Captured>,
    #[n(11)]
    stderr: Option<Captured>,
}

/// The part of [`Provenance`] that many answers of one cache share, stored once for all of them.
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
    /// Returns the id of the maker: the beginning of the SHA-256 of its encoding. Sixteen bytes are enough to
    /// distinguish all makers of one cache, even if somebody searches for a collision.
    pub(crate) fn id(&self) -> [u8; MAKER_ID_BYTES] {
        let digest = Digest::of(&minicbor::to_vec(self).expect("encoding into memory has no way to fail"));
        let (id, _) = digest.as_bytes().split_first_chunk().expect("a digest is longer");
        *id
    }
}

impl Entry {
    /// Splits the entry into its maker, and a function that returns the rest for a maker id.
    pub(crate) fn parts<'a>(&'a self) -> (Maker, impl FnOnce([u8; MAKER_ID_BYTES]) -> StoredEntry<'a>) {
        // Destructured without `..`, so that a new field must be handled.
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
    /// Returns the id of its maker.
    pub(crate) fn maker(&self) -> [u8; MAKER_ID_BYTES] {
        *self.maker
    }

    /// Combines it with its maker to the whole entry.
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
