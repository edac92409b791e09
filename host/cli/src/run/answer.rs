//! The answer of a call: the result on standard output, and its source on standard error.

use crate::args::Format;
use crate::print::{FAINT, GOOD, Printer, STRONG, WORK, bytes, duration, printed_lines};
use crate::shapes::{OutcomeWord, RunReport, RunStatus};
use crate::{denial, escape};
use larder::capability::Allowed;
use larder::record::Provenance;
use larder::value::{Json, to_wave_text};
use larder::{Larder, Miss, Outcome, Prepared, Status};

/// An outcome with the settings for printing it.
pub(super) struct Answer<'a> {
    pub(super) prepared: &'a Prepared,
    pub(super) outcome: &'a Outcome,
    pub(super) logs: bool,
    /// True if the result is printed; false if one of its files goes to standard output.
    pub(super) prints_result: bool,
    /// The time of the call, compiling included.
    pub(super) micros: u64,
    /// The time of the build before it, if there was one.
    pub(super) build_micros: Option<u64>,
}

impl Answer<'_> {
    pub(super) fn print(&self, format: Format, larder: &Larder, printer: &Printer) -> anyhow::Result<()> {
        for warning in self.warnings() {
            printer.warning(&warning);
        }
        if let Status::Miss(miss) = &self.outcome.status
            && miss.is_a_fault()
        {
            printer.warning(&miss.to_string());
        }
        // The result comes first, so that its reader does not wait for the status line.
        if printer.json {
            printer.json_in_pieces(&self.report(larder))?;
        } else if let Some(result) = self.result().filter(|_| self.prints_result) {
            match format {
                Format::Json => printer.json_in_pieces(&result)?,
                Format::Wave => {
                    printer.stdout(&format!("{}\n", escape::wave(&to_wave_text(result.value, result.ty))))?;
                }
            }
        }
        printer.note(&self.status_line(larder.work().compile_micros));
        self.print_details(printer);
        // A denial is a likely cause of an `err`.
        if printer.verbose || self.outcome.is_err() && !printer.is_quiet() {
            denial::show(&self.outcome.denials, &self.prepared.ran(), printer);
        }
        if self.logs || printer.verbose {
            self.print_logs(printer);
        }
        Ok(())
    }

    /// Returns the warnings about the cache, each once.
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

    fn result(&self) -> Option<Json<'_>> {
        let (value, ty) = self.outcome.result.as_ref().zip(self.prepared.task().exported.signature.result.as_ref())?;
        Some(Json { value, ty })
    }

    /// Describes the call in one line, and how its time was spent.
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
                format!("{WORK}miss{WORK:#}  {FAINT}{key}{FAINT:#}  {took}: {}{err}", escape::line(&in_words(miss)))
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

    /// Prints the output of the run that made the answer.
    fn print_logs(&self, printer: &Printer) {
        let Provenance { stdout, stderr, .. } = &self.outcome.provenance;
        for (stream, captured) in [("stdout", stdout), ("stderr", stderr)] {
            for line in printed_lines(&captured.text()) {
                printer.always(&format!("  {STRONG}{stream:<10}{STRONG:#} {}", escape::line(line)));
            }
        }
    }

    /// Builds the object with the facts of the status line, its details, and the result.
    fn report(&self, larder: &Larder) -> RunReport<Json<'_>> {
        let Self { prepared, outcome, logs: _, prints_result: _, micros, build_micros } = self;
        let (status, miss, made_by) = match &outcome.status {
            Status::Hit(hit) => (RunStatus::Hit, None, hit.made_by_other_component),
            Status::Miss(miss) => (RunStatus::Miss, Some(miss.into()), None),
            Status::Shared => (RunStatus::Shared, None, None),
        };
        let (policy, ran, work) = (&prepared.policy, prepared.ran(), larder.work());
        RunReport {
            build_us: *build_micros,
            check: None,
            compile_us: Some(work.compile_micros).filter(|micros| *micros > 0),
            component: prepared.component.digest.to_string(),
            denied: denial::report(&outcome.denials, &ran),
            granted: policy.open.as_ref().map(Allowed::words),
            key: outcome.key.map(|key| key.to_string()),
            made_by_other_component: made_by.map(|digest| digest.to_string()),
            miss,
            missed: outcome.denials.missed().to_vec(),
            outcome: OutcomeWord::of(outcome.is_err()),
            peak_host_bytes: outcome.peak_host_bytes,
            provenance: (&outcome.provenance).into(),
            saved_us: (status == RunStatus::Hit).then_some(outcome.provenance.run_micros),
            status,
            stored: outcome.stored,
            task: prepared.task().exported.name.to_string(),
            time_us: *micros,
            version_from: policy.cache.as_ref().map(|cache| cache.declared_by.into()),
            warnings: self.warnings(),
            work: work.into(),
            world: (&ran).into(),
            result: self.result(),
        }
    }
}

/// Formats the time of a call, and in addition the times of a build before it and of compiling, which the next call
/// does not need.
fn took(micros: u64, build_micros: Option<u64>, compile_micros: u64) -> String {
    let call = duration(micros.saturating_sub(compile_micros));
    let build = build_micros.map(|micros| format!("{} build", duration(micros)));
    let compile = (compile_micros > 0).then(|| format!("{} compile", duration(compile_micros)));
    let once: Vec<String> = build.into_iter().chain(compile).collect();
    if once.is_empty() { call } else { format!("{call} (+ {})", once.join(", ")) }
}

/// Describes the reason of a miss, and the flag that would change it.
fn in_words(miss: &Miss) -> String {
    if matches!(miss, Miss::NotDeclared) { format!("{miss} (see --cache-version)") } else { miss.to_string() }
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
