//! Objects of each shape, for tests.

use std::path::{Path, PathBuf};

use serde_json::value::{RawValue, to_raw_value};

use super::batch::{BatchError, BatchLine, BatchSummary, EndOfBatch, FirstBad, InputObject, LineStatus};
use super::blob::{BlobKindWord, BlobList, StoredBlob};
use super::check::CheckFacts;
use super::facts::{DeclaredBy, DeniedAccess, MissReason, OutcomeWord, WorkCounts, WorldWord};
use super::failure::{ErrorFacts, FailedRun, FailureReport};
use super::inspect::{CacheFacts, ComponentReport, ExportFacts, NotATask, ParamFacts, ScopeWord, TaskReport};
use super::key::{IngredientFacts, KeyReport};
use super::path::{BuiltComponent, NewProject, PathReport};
use super::run::{ProvenanceFacts, RunReport, RunStatus};
use super::sizes::{CompileHelperFacts, MachineFacts, SizeFacts, SizeTable, SizesReport};
use super::trust::{Approved, ApprovedFile, Removed, StandingWord};
use larder::value::{Json, Value};
use larder::{Field, WitType};

/// Returns an answered call with this result.
pub(crate) fn run_report<R>(result: R) -> RunReport<R> {
    RunReport {
        build_us: None,
        check: None,
        compile_us: Some(7),
        component: "ab".to_owned(),
        denied: vec![denied()],
        granted: Some(vec!["http GET@example.org".to_owned()]),
        key: None,
        made_by_other_component: None,
        miss: Some(miss()),
        missed: vec!["/data".to_owned()],
        outcome: OutcomeWord::Ok,
        peak_host_bytes: Some(1),
        provenance: provenance(),
        saved_us: None,
        status: RunStatus::Miss,
        stored: false,
        task: "a:b/c#d".to_owned(),
        time_us: 5,
        version_from: Some(DeclaredBy::Caller),
        warnings: vec!["the cache is full".to_owned()],
        work: WorkCounts { runs: 1, ..WorkCounts::default() },
        world: WorldWord::Sealed,
        result: Some(result),
    }
}

/// Returns a call whose run failed.
pub(crate) fn failure_report() -> FailureReport {
    FailureReport { check: None, error: error(), exit_code: 3, run: Some(Some(failed_run())) }
}

fn denied() -> DeniedAccess {
    DeniedAccess {
        code: "http".into(),
        flag: Some("--allow-http GET@example.org".to_owned()),
        hint: "use the flag".to_owned(),
        toml: None,
        what: "an HTTP request".to_owned(),
    }
}

fn miss() -> MissReason {
    MissReason { code: "no-entry".into(), reason: "there is no entry".to_owned() }
}

fn error() -> ErrorFacts {
    ErrorFacts {
        code: "trap/unreachable".to_owned(),
        hints: vec!["a hint".to_owned()],
        message: "it trapped".to_owned(),
    }
}

fn provenance() -> ProvenanceFacts {
    ProvenanceFacts {
        account: "default".to_owned(),
        code: "cd".to_owned(),
        component: "ab".to_owned(),
        engine: "48.0.8".to_owned(),
        finished_at_ms: 1_700_000_000_000,
        fuel: Some(100),
        host: "0.1.0".to_owned(),
        host_calls: None,
        peak_memory_bytes: 65536,
        peak_scratch_bytes: Some(0),
        run_us: 3,
        stderr: String::new(),
        stdout: "out\u{9b}".to_owned(),
        workflow: None,
    }
}

fn failed_run() -> FailedRun {
    FailedRun {
        denied: vec![denied()],
        fuel: 1,
        host_calls: 2,
        miss: miss(),
        missed: Vec::new(),
        peak_host_bytes: 3,
        peak_memory_bytes: 4,
        peak_scratch_bytes: 5,
        peak_scratch_files: 6,
        run_us: 7,
        stderr: "err".to_owned(),
        stdout: "out".to_owned(),
        world: WorldWord::Open,
    }
}

fn component() -> ComponentReport {
    let cache = CacheFacts {
        cache_errors: false,
        from: "larder.toml".to_owned(),
        pinned: false,
        scope: ScopeWord::Account,
        version: Some("1".to_owned()),
    };
    let task = TaskReport {
        is_async: true,
        cache: Some(cache),
        docs: Some("Counts.".to_owned()),
        export: ExportFacts { function: "count".to_owned(), interface: Some("a:b/c".to_owned()) },
        file_names: false,
        granted: None,
        granted_if_trusted: Some(vec!["open world".to_owned()]),
        name: "a:b/c#count".to_owned(),
        needs: Some(Vec::new()),
        package_version: Some("0.1.0".to_owned()),
        params: vec![ParamFacts { name: "n".to_owned(), ty: "u8".to_owned() }],
        problem: None,
        result: Some("u8".to_owned()),
        signature: "func(n: u8) -> u8".to_owned(),
        size: Some("small".to_owned()),
        timeout_seconds: Some(60),
    };
    ComponentReport {
        code_digest: "cd".to_owned(),
        digest: "ab".to_owned(),
        has_manifest: true,
        name: None,
        not_tasks: vec![NotATask { export: "x".to_owned(), reason: "it is a resource".to_owned() }],
        tasks: vec![task],
    }
}

fn key() -> KeyReport {
    let ingredients = IngredientFacts {
        account: "default".to_owned(),
        key_format: 1,
        sealed_world: 1,
        signature: "func(n: u8)".to_owned(),
        task: "a:b/c#count".to_owned(),
        version: "\"1\"".to_owned(),
        workflow: None,
    };
    KeyReport {
        cache_id: Some("ef".to_owned()),
        cached: true,
        ingredients: Some(ingredients),
        inputs: [("n".to_owned(), "01".to_owned()), ("a".to_owned(), "02".to_owned())].into(),
        key: Some("0123".to_owned()),
    }
}

fn blob(stored_at_ms: Option<u64>) -> StoredBlob<'static> {
    StoredBlob { digest: "sha256:ab".to_owned(), kind: BlobKindWord::File, name: Some("a"), size: 3, stored_at_ms }
}

fn sizes() -> SizesReport {
    let size = || SizeFacts { cpus: 1, fuel: 2, gpus: 0, memory_bytes: 3, storage_bytes: 4, timeout_seconds: 5 };
    SizesReport {
        compile_helper: CompileHelperFacts { landlock: true, seccomp: false },
        machine: MachineFacts { cpus: 2, gpus: 0, memory_bytes: 1 << 33, storage_bytes: 1 << 34 },
        sizes: SizeTable { large: size(), large_gpu: size(), medium: size(), small: size(), small_gpu: size() },
    }
}

fn summary() -> BatchSummary<'static> {
    BatchSummary {
        calls: 12,
        calls_per_second: 4.0,
        changed: 0,
        dry_run: false,
        ended: EndOfBatch::FailedFast,
        errs: 1,
        failures: 0,
        first_bad: vec![FirstBad { code: "err", id: None, index: 3, message: "no" }],
        hits: 10,
        hits_made_by_other_components: 0,
        misses: 2,
        saved_us: 9,
        shared: 0,
        time_us: 8,
        unchanged: 0,
        work: WorkCounts::default(),
    }
}

/// Returns a call that was answered, a call of a task without a result, and a call that failed.
fn lines() -> Vec<Box<RawValue>> {
    let params = [Field { name: "n".to_owned(), ty: WitType::U8 }];
    let line = |status| BatchLine {
        index: 7,
        id: Some("s1"),
        status,
        run_us: 5,
        wait_us: 6,
        key: None,
        made_by_other_component: Some("ab"),
        input: Some(InputObject { params: &params, values: &[Value::U8(1)] }),
        line: None,
        exit_code: None,
        error: None,
        outcome: None,
        result: None,
    };
    let result = Some(Some(Json { value: &Value::U8(3), ty: &WitType::U8 }));
    let error = Some(BatchError { code: "argument", hints: &[], message: "no" });
    [
        BatchLine { outcome: Some(OutcomeWord::Ok), result, ..line(LineStatus::Hit) },
        BatchLine { outcome: Some(OutcomeWord::Ok), result: Some(None), ..line(LineStatus::Miss) },
        BatchLine { line: Some(9), exit_code: Some(2), error, ..line(LineStatus::Failed) },
    ]
    .iter()
    .map(|line| to_raw_value(line).expect("JSON"))
    .collect()
}

/// Returns objects of each schema, by its name.
pub(super) fn all() -> Vec<(&'static str, Vec<Box<RawValue>>)> {
    fn raw(shape: impl serde::Serialize) -> Box<RawValue> {
        to_raw_value(&shape).expect("JSON")
    }
    let (path, files) = (Path::new("/a"), [PathBuf::from("wit/world.wit")]);
    let check = || Some(CheckFacts { runs: 5, same: true, time_us: 1 });
    vec![
        (
            "run",
            vec![
                raw(run_report(serde_json::json!({ "ok": 1 }))),
                raw(RunReport { check: check(), miss: None, result: None, ..run_report(()) }),
            ],
        ),
        (
            "failure",
            vec![
                raw(failure_report()),
                raw(FailureReport { check: check(), run: Some(None), ..failure_report() }),
                raw(FailureReport { run: None, ..failure_report() }),
            ],
        ),
        ("batch-line", lines()),
        ("batch-summary", vec![raw(summary())]),
        ("inspect", vec![raw(component())]),
        ("key", vec![raw(key()), raw(KeyReport { ingredients: None, key: None, ..key() })]),
        ("blob-put", vec![raw(blob(None))]),
        ("blob-ls", vec![raw(BlobList { blobs: vec![blob(Some(4))] })]),
        ("sizes", vec![raw(sizes())]),
        (
            "trust",
            vec![raw(Approved {
                grants: [("t", vec!["open world".to_owned()])].into(),
                path,
                sha256: "ab".to_owned(),
            })],
        ),
        ("trust-remove", vec![raw(Removed { path, removed: true })]),
        ("trust-list", vec![raw([ApprovedFile { path, sha256: "ab".to_owned(), standing: StandingWord::Missing }])]),
        ("new", vec![raw(NewProject { files: &files, path })]),
        ("build", vec![raw(BuiltComponent { built: true, path })]),
        ("path", vec![raw(PathReport { path })]),
    ]
}
