//! `larder run`: one call, from the command line to its result.

use std::time::Instant;

use super::args::{Format, Global, Run};
use super::check::Checked;
use super::context::{self, Task};
use super::failure::Exit;
use super::out::Places;
use super::print::{FAINT, GOOD, Printer, STRONG, WORK, bytes, duration, printed_lines};
use super::problem::Problem;
use super::surroundings::Surroundings;
use super::usage;
use super::{denial, escape, wait};
use larder::capability::Allowed;
use larder::policy::DeclaredBy;
use larder::record::Provenance;
use larder::value::{BlobRef, Json, Value, to_wave_text};
use larder::{BlobKind, Larder, Outcome, Prepared, Resolved, Status};

pub(super) fn run(run: &Run, global: &Global, printer: &Printer) -> anyhow::Result<Exit> {
    if run.help {
        return usage::help(&run.called, run.trusting, global, printer);
    }
    let (component, task) = run.called.names()?;
    let places = Places::new(run.out.as_deref(), run.force, &run.output)?;
    let takes_stdout = places.take_stdout();
    if takes_stdout && printer.json {
        return Err(Problem::JsonAndFile.into());
    }
    let around = Surroundings::trusting(global, run.trusting, printer)?;
    let mut settings = context::settings(&around, run.caching.no_cache)?;
    settings.budget = run.together.over(settings.budget);
    let larder = Larder::open(settings)?;
    context::tell_whose_cache(&larder, printer);
    let located = around.locate(component, &larder)?;
    let runtime = super::runtime::on_this_thread()?;
    // From here on it is the call that takes the time, not a build.
    let started = Instant::now();
    let called = async {
        let Run { called, caching, allow, trusting, .. } = run;
        let (declared, trusting) = (&called.declared, *trusting);
        let task = Task { located: &located, name: task, declared, caching, allow, trusting };
        let prepared = task.prepare(&larder, printer).await?;
        let inputs = context::inputs(&prepared, &run.called.arguments)?;
        if run.check.is_some() {
            let resolved = larder.resolve(&named_by_digest(&inputs), true).await?;
            return Ok((prepared, None, resolved));
        }
        let outcome = larder.call(&prepared, &inputs).await?;
        // Whatever becomes of its files, the result itself is printed.
        let put = put(places, outcome, &prepared, &larder, printer).await?;
        anyhow::Ok((prepared, Some(put), Resolved::default()))
    };
    let ended = runtime.block_on(wait::wait(called, &larder, printer));
    // A compilation that goes on is of no use to anybody any more.
    runtime.shutdown_background();
    let (prepared, outcome, resolved) = ended?;
    let Some((outcome, put)) = outcome else {
        let checked = Checked {
            run,
            global,
            located: &located,
            prepared: &prepared,
            given: &resolved.given,
            account: &larder.settings().account,
        };
        return checked.check(run.check.unwrap_or(2), printer);
    };
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let told = Told {
        prepared: &prepared,
        outcome: &outcome,
        logs: run.logs,
        prints_result: !takes_stdout,
        micros,
        build_micros: located.build_micros,
    };
    told.print(run.format, &larder, printer)?;
    put?;
    Ok(if outcome.is_err() { Exit::TaskErr } else { Exit::Done })
}

/// The files and directories that are named by their digests: another cache does not have them.
fn named_by_digest(inputs: &[Value]) -> Vec<Value> {
    let mut named = Vec::new();
    for input in inputs {
        input.each_blob(&mut |kind, blob| match (kind, blob) {
            (_, BlobRef::Path(_)) => {}
            (BlobKind::File, stored) => named.push(Value::File(stored.clone())),
            (BlobKind::Directory, stored) => named.push(Value::Directory(stored.clone())),
        });
    }
    named
}

/// Puts the files and directories of the result where they should be.
async fn put(
    places: Places,
    outcome: Outcome,
    prepared: &Prepared,
    larder: &Larder,
    printer: &Printer,
) -> anyhow::Result<(Outcome, anyhow::Result<()>)> {
    if !places.are_none() {
        return places.put_apart(outcome, prepared, larder, *printer).await;
    }
    let mut kept_nowhere = false;
    if let Some(result) = &outcome.result {
        result.each_blob(&mut |_, _| kept_nowhere |= !outcome.stored);
    }
    if kept_nowhere {
        printer.warning("the files of this result are kept nowhere: name a place for them with --out DIR");
    }
    Ok((outcome, Ok(())))
}

/// An outcome as it is told.
struct Told<'a> {
    prepared: &'a Prepared,
    outcome: &'a Outcome,
    logs: bool,
    /// Whether the result is printed: not where a file of it goes to standard output.
    prints_result: bool,
    /// The time of the call, compiling included.
    micros: u64,
    /// The time of the build before it, if there was one.
    build_micros: Option<u64>,
}

impl Told<'_> {
    fn print(&self, format: Format, larder: &Larder, printer: &Printer) -> anyhow::Result<()> {
        for warning in self.warnings() {
            printer.warning(&warning);
        }
        if let Status::Miss(miss) = &self.outcome.status
            && miss.is_a_fault()
        {
            printer.warning(&miss.to_string());
        }
        // The result first: whoever waits for it should not wait for the status line.
        if printer.json {
            let facts = self.json(larder);
            let result = self.outcome.result.as_ref().zip(self.result_type()).map(|(value, ty)| Json { value, ty });
            let facts = facts.strip_suffix('}').unwrap_or(&facts);
            printer.json_result(&format!("{facts},\"result\":"), result, "}")?;
        } else if let Some((result, ty)) =
            self.outcome.result.as_ref().zip(self.result_type()).filter(|_| self.prints_result)
        {
            match format {
                Format::Json => printer.json_result("", Some(Json { value: result, ty }), "")?,
                Format::Wave => printer.stdout(&format!("{}\n", escape::wave(&to_wave_text(result, ty))))?,
            }
        }
        printer.note(&self.status_line(larder.work().compile_micros));
        self.print_details(printer);
        // An `err` may well be about what was denied.
        if printer.verbose || self.outcome.is_err() && !printer.is_quiet() {
            denial::show(&self.outcome.denials, &self.prepared.ran(), printer);
        }
        if self.logs || printer.verbose {
            self.print_logs(printer);
        }
        Ok(())
    }

    /// What the cache could not do, each said once.
    fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = Vec::new();
        for warning in self.prepared.component.warnings.iter().chain(&self.outcome.warnings) {
            let warning = warning.to_string();
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        warnings
    }

    fn result_type(&self) -> Option<&larder::WitType> {
        self.prepared.task().exported.signature.result.as_ref()
    }

    /// The call in one line, and where its time went.
    fn status_line(&self, compile_micros: u64) -> String {
        let key = self.outcome.key.map_or_else(|| "-".to_owned(), |key| key.short());
        let took = took(self.micros, self.build_micros, compile_micros);
        match &self.outcome.status {
            Status::Hit(hit) => {
                let saved = duration(self.outcome.provenance.run_micros);
                let other = match hit.made_by_other_component {
                    Some(digest) => format!(", made by another component ({})", digest.short()),
                    None => String::new(),
                };
                format!("{GOOD}hit{GOOD:#}   {FAINT}{key}{FAINT:#}  {took}, saved {saved}{other}")
            }
            Status::Shared => format!("{GOOD}shared{GOOD:#} {FAINT}{key}{FAINT:#}  {took}"),
            Status::Miss(miss) => {
                let not_stored = self.outcome.is_err() && self.outcome.key.is_some() && !self.outcome.stored;
                let err = if not_stored { "; an err is not stored" } else { "" };
                format!("{WORK}miss{WORK:#}  {FAINT}{key}{FAINT:#}  {took}: {}{err}", escape::line(&miss.to_string()))
            }
        }
    }

    fn print_details(&self, printer: &Printer) {
        let provenance = &self.outcome.provenance;
        let row = |name: &str, text: String| {
            printer.detail(&format!("  {STRONG}{name:<10}{STRONG:#} {}", escape::line(&text)));
        };
        row("task", self.prepared.task().exported.name.to_string());
        row("component", self.prepared.component.digest.to_string());
        if let Some(cache) = &self.prepared.policy.cache {
            let ingredients = self.prepared.ingredients.as_ref();
            let version = ingredients.map(|ingredients| ingredients.version.to_string()).unwrap_or_default();
            row("version", format!("{version}, from {}", cache.declared_by));
        }
        if let Some(key) = &self.outcome.key {
            row("key", key.to_string());
        }
        let fuel = provenance.fuel_used.map(|fuel| format!(", {fuel} fuel")).unwrap_or_default();
        let memory = bytes(provenance.peak_memory_bytes);
        let calls = provenance.host_calls.map(|calls| format!(", {calls} host calls")).unwrap_or_default();
        let scratch = provenance.peak_scratch_bytes.filter(|scratch| *scratch > 0);
        let scratch = scratch.map(|scratch| format!(", {} of scratch files", bytes(scratch))).unwrap_or_default();
        let host = self.outcome.peak_host_bytes.map(|host| format!(", {} kept by the host", bytes(host)));
        let host = host.unwrap_or_default();
        let took = duration(provenance.run_micros);
        row("run", format!("{took}{fuel}, {memory} of memory{host}{scratch}{calls}"));
        row("world", self.prepared.ran().world().to_owned());
        row("stored", if self.outcome.stored { "yes" } else { "no" }.to_owned());
    }

    /// What the run that made the answer printed.
    fn print_logs(&self, printer: &Printer) {
        let Provenance { stdout, stderr, .. } = &self.outcome.provenance;
        for (stream, captured) in [("stdout", stdout), ("stderr", stderr)] {
            for line in printed_lines(&captured.text()) {
                printer.always(&format!("  {STRONG}{stream:<10}{STRONG:#} {}", escape::line(line)));
            }
        }
    }

    /// One object with the facts of the status line and its details. The result is spliced in as it is written, so that
    /// its keys keep their declared order.
    fn json(&self, larder: &Larder) -> String {
        let outcome = self.outcome;
        let provenance = &outcome.provenance;
        let (status, miss, made_by) = match &outcome.status {
            Status::Hit(hit) => ("hit", None, hit.made_by_other_component),
            Status::Miss(miss) => {
                ("miss", Some(serde_json::json!({ "code": miss.code(), "reason": miss.to_string() })), None)
            }
            Status::Shared => ("shared", None, None),
        };
        let warnings = self.warnings();
        let ran = self.prepared.ran();
        let facts = serde_json::json!({
            "status": status,
            "miss": miss,
            "outcome": if outcome.is_err() { "err" } else { "ok" },
            "task": self.prepared.task().exported.name.to_string(),
            "key": outcome.key.map(|key| key.to_string()),
            "stored": outcome.stored,
            "time_us": self.micros,
            "build_us": self.build_micros,
            "compile_us": Some(larder.work().compile_micros).filter(|micros| *micros > 0),
            "saved_us": if status == "hit" { Some(provenance.run_micros) } else { None },
            "component": self.prepared.component.digest.to_string(),
            "made_by_other_component": made_by.map(|digest| digest.to_string()),
            "version_from": self.prepared.policy.cache.as_ref().map(|cache| match cache.declared_by {
                DeclaredBy::Caller => "caller",
                DeclaredBy::Config => "config",
                DeclaredBy::Manifest => "manifest",
            }),
            "provenance": {
                "account": provenance.account,
                "workflow": provenance.workflow,
                "component": provenance.component_digest.to_string(),
                "code": provenance.code_digest.to_string(),
                "host": provenance.host_version,
                "engine": provenance.engine_version,
                "finished_at_ms": provenance.finished_at_ms,
                "run_us": provenance.run_micros,
                "fuel": provenance.fuel_used,
                "peak_memory_bytes": provenance.peak_memory_bytes,
                "peak_scratch_bytes": provenance.peak_scratch_bytes,
                "host_calls": provenance.host_calls,
                "stdout": provenance.stdout.text(),
                "stderr": provenance.stderr.text(),
            },
            "world": ran.world(),
            "granted": self.prepared.policy.open.as_ref().map(Allowed::words),
            "denied": denial::json(&outcome.denials, &ran),
            "peak_host_bytes": outcome.peak_host_bytes,
            "missed": outcome.denials.missed(),
            "warnings": warnings,
            "work": larder.work(),
        });
        facts.to_string()
    }
}

/// The time of a call, and beside it that of a build before it and of compiling, which the next call does not have.
fn took(micros: u64, build_micros: Option<u64>, compile_micros: u64) -> String {
    let call = duration(micros.saturating_sub(compile_micros));
    let build = build_micros.map(|micros| format!("{} build", duration(micros)));
    let compile = (compile_micros > 0).then(|| format!("{} compile", duration(compile_micros)));
    let once: Vec<String> = build.into_iter().chain(compile).collect();
    if once.is_empty() { call } else { format!("{call} (+ {})", once.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_once_is_told_beside_the_time_of_a_call() {
        assert_eq!(took(1_300, None, 0), duration(1_300));
        let told = took(2_501_300, Some(15_100_000), 2_500_000);
        assert_eq!(
            told,
            format!("{} (+ {} build, {} compile)", duration(1_300), duration(15_100_000), duration(2_500_000))
        );
        assert_eq!(took(7, Some(9_000_000), 0), format!("{} (+ {} build)", duration(7), duration(9_000_000)));
    }
}
