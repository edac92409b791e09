//! `larder run --check N`: runs a sealed task N times, each in a separate process. All runs must give the same result
//! or error, fuel and output. They share a temporary cache, so that the component is compiled once, but no run is
//! answered from it.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use serde_json::value::RawValue;

use crate::args::{Global, Run, ScopeWord, Together};
use crate::failure::Exit;
use crate::print::{GOOD, Printer, duration};
use crate::problem::Problem;
use crate::runtime;
use crate::shapes::{CheckFacts, FailureReport, RunReport};
use crate::surroundings::Located;
use larder::content::{Contents, Replace, export_directory, export_file};
use larder::{Given, Larder, Prepared, Settings};
use larder_base::BlobKind;

/// Facts that must be equal, as pointers (RFC 6901) into the object that a run prints with `--json`.
const SAME: [&str; 10] = [
    "/result",
    "/outcome",
    "/error/code",
    "/error/message",
    "/provenance/fuel",
    "/provenance/stdout",
    "/provenance/stderr",
    "/run/fuel",
    "/run/stdout",
    "/run/stderr",
];

/// The call to check.
pub(super) struct Checked<'a> {
    pub(super) run: &'a Run,
    pub(super) global: &'a Global,
    pub(super) located: &'a Located,
    pub(super) prepared: &'a Prepared,
    /// The account that owns the cache.
    pub(super) account: &'a str,
    /// The content of the files and directories that its inputs name by digest.
    pub(super) given: &'a Given,
}

impl Checked<'_> {
    /// Runs the call `times` times, and reports whether all runs were the same.
    pub(super) fn check(&self, times: u32, printer: &Printer) -> anyhow::Result<Exit> {
        if self.prepared.policy.open.is_some() {
            return Err(Problem::CheckOpen.into());
        }
        let started = std::time::Instant::now();
        let cache = tempfile::tempdir()?;
        bring(self.given, cache.path(), self.account)?;
        let first = self.once(1, cache.path())?;
        for number in 2..=times {
            let other = self.once(number, cache.path())?;
            if let Some((place, first, other)) = first_difference(&first, &other) {
                return Err(Problem::NotTheSame { number, place, first, other }.into());
            }
        }
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        tell(times, first, micros, printer)
    }
}

/// One run, as printed by its process.
struct Once {
    /// The object to compare.
    said: Value,
    report: Report,
    code: u8,
}

/// The object that a process prints about a run.
enum Report {
    /// An answer. Its result is kept as text: parsing JSON loses the order of its keys and the sign of a zero.
    Answer(Box<RunReport<Box<RawValue>>>),
    Failure(Box<FailureReport>),
}

impl Once {
    fn read(printed: &str, code: u8) -> Option<Self> {
        let said: Value = serde_json::from_str(printed).ok()?;
        let report = match said.get("error") {
            Some(_) => Report::Failure(serde_json::from_str(printed).ok()?),
            None => Report::Answer(serde_json::from_str(printed).ok()?),
        };
        Some(Self { said, report, code })
    }

    fn result(&self) -> Option<&RawValue> {
        match &self.report {
            Report::Answer(answer) => answer.result.as_deref(),
            Report::Failure(_) => None,
        }
    }

    fn fuel(&self) -> Option<u64> {
        match &self.report {
            Report::Answer(answer) => answer.provenance.fuel,
            Report::Failure(failure) => Some(failure.run.as_ref()?.as_ref()?.fuel),
        }
    }

    /// Returns the message of the error that stopped the run, if it was a time or memory limit of this machine. Such an
    /// error does not depend on the task: another run might continue.
    fn ended_by_the_machine(&self) -> Option<&str> {
        let Report::Failure(failure) = &self.report else { return None };
        let codes = ["limit/time", "limit/compile-time", "limit/compile-memory"];
        codes.contains(&failure.error.code.as_str()).then_some(failure.error.message.as_str())
    }
}

impl Checked<'_> {
    fn once(&self, number: u32, cache: &Path) -> anyhow::Result<Once> {
        let Self { run, global, located, prepared, account: _, given: _ } = self;
        let called = &run.called;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("run").arg(&located.path).arg(prepared.task().exported.qualified_name()).arg("--json");
        command.arg("--refresh").arg("--cache-dir").arg(cache);
        for (option, value) in [
            ("--account", &global.account),
            ("--workflow", &global.workflow),
            ("--cache-version", &called.declared.cache_version),
        ] {
            if let Some(value) = value {
                command.arg(format!("{option}={value}"));
            }
        }
        let Together { cpus, memory_mib } = run.together;
        for (option, number) in [("--cpus", cpus.map(u64::from)), ("--memory-mib", memory_mib)] {
            if let Some(number) = number {
                command.arg(format!("{option}={number}"));
            }
        }
        if called.declared.pinned {
            command.arg("--pinned");
        }
        if run.trusting.untrusted {
            command.arg("--untrusted");
        }
        // Uses the current file, even if another one is approved meanwhile.
        if let Some(config) = located.config.as_ref().filter(|config| config.is_trusted) {
            command.arg("--config").arg(&config.path);
        }
        command.arg("--sealed");
        match called.declared.scope {
            Some(ScopeWord::Account) => drop(command.args(["--scope", "account"])),
            Some(ScopeWord::Workflow) => drop(command.args(["--scope", "workflow"])),
            None => {}
        }
        command.arg("--").args(&called.arguments);
        let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output()?;
        let code = output.status.code().and_then(|code| u8::try_from(code).ok());
        let printed = String::from_utf8(output.stdout).ok();
        match printed.zip(code).and_then(|(printed, code)| Once::read(&printed, code)) {
            Some(once) => match once.ended_by_the_machine() {
                Some(message) => Err(Problem::CheckStopped { number, message: message.to_owned() }.into()),
                None => Ok(once),
            },
            None => Err(Problem::CheckDied { status: output.status.to_string() }.into()),
        }
    }
}

/// Stores the content that the inputs name by digest in the cache of the runs, which is empty at first.
fn bring(given: &Given, cache: &Path, account: &str) -> anyhow::Result<()> {
    let Contents { files, directories } = &*given.contents;
    if files.is_empty() && directories.is_empty() {
        return Ok(());
    }
    let mut settings = Settings::new(Some(cache.to_path_buf()));
    settings.account = account.to_owned();
    let larder = Larder::open(settings)?;
    let drafts = tempfile::tempdir()?;
    let runtime = runtime::on_this_thread()?;
    for (digest, content) in files {
        let path = drafts.path().join(digest.to_string());
        export_file(content, digest, &path, Replace::Any)?;
        runtime.block_on(larder.put_blob(BlobKind::File, path))?;
    }
    for (digest, directory) in directories {
        let path = drafts.path().join(digest.to_string());
        export_directory(directory, &path)?;
        runtime.block_on(larder.put_blob(BlobKind::Directory, path))?;
    }
    Ok(())
}

/// Returns the first difference of two runs: its place, and the value in each run.
fn first_difference(first: &Once, other: &Once) -> Option<(String, String, String)> {
    let null = Value::Null;
    let seen = SAME.iter().find_map(|place| {
        let at = |once: &Once| once.said.pointer(place).unwrap_or(&null).clone();
        difference((*place).to_owned(), &at(first), &at(other))
    });
    let text = |once: &Once| once.result().map_or("nothing", RawValue::get).to_owned();
    let unseen = || (text(first) != text(other)).then(|| ("/result".to_owned(), text(first), text(other)));
    seen.or_else(unseen)
}

fn difference(place: String, first: &Value, other: &Value) -> Option<(String, String, String)> {
    match (first, other) {
        (first, other) if first == other => None,
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().zip(b.values()).find_map(|((key, a), b)| difference(format!("{place}/{key}"), a, b))
        }
        (Value::Array(a), Value::Array(b)) => {
            let at = a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
            let null = Value::Null;
            difference(format!("{place}/{at}"), a.get(at).unwrap_or(&null), b.get(at).unwrap_or(&null))
        }
        (Value::String(a), Value::String(b)) => {
            let line =
                a.lines().zip(b.lines()).position(|(a, b)| a != b).unwrap_or(a.lines().count().min(b.lines().count()));
            let at =
                |text: &str| text.lines().nth(line).map_or_else(|| "nothing".to_owned(), |line| format!("{line:?}"));
            Some((format!("{place}, line {}", line + 1), at(a), at(b)))
        }
        (first, other) => Some((place, first.to_string(), other.to_string())),
    }
}

/// Prints the common result of all runs, and returns its exit code.
fn tell(times: u32, first: Once, micros: u64, printer: &Printer) -> anyhow::Result<Exit> {
    let fuel = first.fuel().map_or_else(|| "null".to_owned(), |fuel| fuel.to_string());
    let check = CheckFacts { runs: times, same: true, time_us: micros };
    match first.report {
        Report::Answer(mut answer) if printer.json => {
            answer.check = Some(check);
            printer.json(&answer)?;
        }
        Report::Failure(mut failure) if printer.json => {
            failure.check = Some(check);
            printer.json(&failure)?;
        }
        Report::Answer(answer) => printer.json(&answer.result)?,
        Report::Failure(failure) => {
            printer.warning(&format!("each run failed in the same way: {}", failure.error.message));
        }
    }
    let took = duration(micros);
    printer.note(&format!("{GOOD}same{GOOD:#}  {times} runs gave the same result, fuel ({fuel}) and output, {took}"));
    Ok(Exit::of_a_run(first.code))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::shapes::{failure_report, run_report};

    /// Returns a run that answered.
    fn said(result: Value, fuel: u64, stdout: &str) -> Value {
        let mut said = serde_json::to_value(run_report(result)).expect("JSON");
        said["time_us"] = json!(fuel);
        said["provenance"]["fuel"] = json!(fuel);
        said["provenance"]["stdout"] = json!(stdout);
        said
    }

    /// Returns a run that failed.
    fn failed(code: &str) -> Value {
        let mut said = serde_json::to_value(failure_report()).expect("JSON");
        said["error"]["code"] = json!(code);
        said["error"]["message"] = json!("too slow");
        said
    }

    fn once(said: &Value) -> Once {
        Once::read(&said.to_string(), 0).expect("the output of a run")
    }

    fn place(first: &Value, other: &Value) -> String {
        first_difference(&once(first), &once(other)).expect("a difference").0
    }

    #[test]
    fn a_run_that_the_machine_stopped_is_told_from_one_that_ended() {
        let ended = |said: Value| once(&said).ended_by_the_machine().map(str::to_owned);
        assert_eq!(ended(failed("limit/time")).as_deref(), Some("too slow"));
        assert_eq!(ended(failed("limit/compile-time")).as_deref(), Some("too slow"));
        assert_eq!(ended(failed("limit/fuel")), None);
        assert_eq!(ended(said(json!(1), 1, "")), None);
    }

    #[test]
    fn a_result_is_compared_and_kept_letter_by_letter() {
        let read = |result: &str| {
            let result = RawValue::from_string(result.to_owned()).expect("JSON");
            Once::read(&serde_json::to_string(&run_report(result)).expect("JSON"), 0).expect("the output of a run")
        };
        let first = read(r#"{"z":0.0,"result":[1],"a":1}"#);
        assert_eq!(first.result().map(RawValue::get), Some(r#"{"z":0.0,"result":[1],"a":1}"#));
        assert!(first_difference(&first, &read(r#"{"z":0.0,"result":[1],"a":1}"#)).is_none());
        let (place, zero, negative) =
            first_difference(&first, &read(r#"{"z":-0.0,"result":[1],"a":1}"#)).expect("a difference");
        assert!(place.starts_with("/result") && zero != negative, "{place}: {zero} {negative}");
        assert_eq!(read("null").result().map(RawValue::get), Some("null"));
        assert!(Once::read("{", 0).is_none() && Once::read("{\"a\":1}", 0).is_none());
        assert!(once(&failed("limit/fuel")).result().is_none());
    }

    #[test]
    fn what_may_differ_is_not_compared() {
        let first = said(json!({ "ok": [1, 2] }), 5, "out");
        let mut other = first.clone();
        other["time_us"] = json!(99);
        other["provenance"]["run_us"] = json!(99);
        assert_eq!(first_difference(&once(&first), &once(&other)), None);
    }

    #[test]
    fn the_first_difference_is_found_where_it_is() {
        let first = said(json!({ "ok": [1, { "a": 2, "b": "x\ny\nz" }] }), 5, "out\nmore");
        for (other, expected) in [
            (said(json!({ "ok": [1, { "a": 3, "b": "x" }] }), 6, "out"), "/result/ok/1/a"),
            (said(json!({ "ok": [1] }), 5, "out\nmore"), "/result/ok/1"),
            (said(json!({ "ok": [1, { "a": 2, "b": "x\nY\nz" }] }), 6, "out"), "/result/ok/1/b, line 2"),
            (said(json!({ "err": [1] }), 5, "out\nmore"), "/result"),
            (said(first["result"].clone(), 6, "out"), "/provenance/fuel"),
            (said(first["result"].clone(), 5, "out\nless"), "/provenance/stdout, line 2"),
            (said(first["result"].clone(), 5, "out"), "/provenance/stdout, line 2"),
        ] {
            assert_eq!(place(&first, &other), expected);
            assert_eq!(place(&other, &first), expected);
        }
    }

    #[test]
    fn a_failed_run_differs_from_one_that_did_not_and_from_one_that_failed_otherwise() {
        assert_eq!(place(&said(json!(1), 1, ""), &failed("trap/unreachable")), "/result");
        assert_eq!(place(&failed("limit/time"), &failed("limit/fuel")), "/error/code, line 1");
        assert_eq!(first_difference(&once(&failed("limit/fuel")), &once(&failed("limit/fuel"))), None);
    }
}
