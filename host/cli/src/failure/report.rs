//! Reports of failures: an object for programs, and on standard error the message, what the run printed, and the hints.

use std::io::Write as _;

use super::diagnosis::Diagnosis;
use super::exit::Exit;
use crate::print::{BAD, FAINT, HINT, Printer, printed_lines};
use crate::shapes::{ErrorFacts, FailedRun, FailureReport};
use crate::{denial, escape};
use larder::sandbox::{Report, RunError};
use larder::{Error, RunFailure};
use larder_base::excerpt::passage;

/// Prints the error, and returns the exit code.
pub(crate) fn report(error: &anyhow::Error, printer: &Printer) -> Exit {
    let diagnosis = Diagnosis::of(error);
    let error = error.downcast_ref::<Error>();
    if printer.json {
        let run = error.and_then(run_failure).map(failed_run);
        // If printing fails, the exit code still reports the error.
        let _ = printer.json(&failure_report(&diagnosis, Some(run)));
    }
    printer.always(&format!("{BAD}error{BAD:#}: {}", escape::lines(&diagnosis.message)));
    match error {
        Some(Error::Run(failure)) => show_run(&failure.error, &failure.report, printer),
        Some(Error::Manifest(failure)) => show_run(&failure.error, &failure.report, printer),
        Some(_) | None => {}
    }
    for hint in &diagnosis.hints {
        printer.always(&format!("{HINT}hint{HINT:#}: {}", escape::lines(&passage(hint))));
    }
    diagnosis.exit
}

/// Prints an error in the arguments with the parser's own message, which names the nearest option and the usage.
pub(crate) fn report_usage(error: &clap::Error, json_is_asked: bool) -> Exit {
    if json_is_asked {
        // Options are not parsed yet, and colours mean nothing in JSON.
        let text = error.render().to_string();
        let message = text.strip_prefix("error: ").unwrap_or(&text).trim_end().to_owned();
        let diagnosis = Diagnosis { exit: Exit::Usage, code: "usage".to_owned(), message, hints: Vec::new() };
        if let Ok(text) = serde_json::to_string(&failure_report(&diagnosis, None)) {
            let _ = writeln!(std::io::stdout(), "{}", escape::json(&text));
        }
    }
    let _ = error.print();
    Exit::Usage
}

/// Prints that Larder has a bug: a panic that was not contained.
pub(crate) fn report_panic(printer: &Printer) -> Exit {
    report(&Error::Internal("Larder panicked; where stands above".to_owned()).into(), printer)
}

/// Returns the run behind an error, even if another call of this process made it.
fn run_failure(error: &Error) -> Option<&RunFailure> {
    if let Error::Shared(error) = error {
        return run_failure(error);
    }
    if let Error::Run(failure) = error { Some(failure) } else { None }
}

/// Number of functions in the trace of a trap that are shown by default, the innermost first.
const INNERMOST: usize = 5;

/// Prints the trace of a failed run, and its output.
fn show_run(error: &RunError, report: &Report, printer: &Printer) {
    if let RunError::Trapped { backtrace, .. } = error {
        // Printed if nothing else describes the failure, as in C.
        let said_nothing = report.stdout.total_bytes == 0 && report.stderr.total_bytes == 0;
        for (depth, frame) in backtrace.iter().enumerate() {
            let frame = format!("  {FAINT}in {}{FAINT:#}", escape::line(frame));
            if said_nothing && depth < INNERMOST { printer.always(&frame) } else { printer.detail(&frame) }
        }
    }
    for (stream, captured) in [("standard output", &report.stdout), ("standard error", &report.stderr)] {
        if captured.total_bytes > 0 {
            printer.always(&format!("{FAINT}the task wrote to {stream}:{FAINT:#}"));
            for line in printed_lines(&captured.text()) {
                printer.always(&format!("  {}", escape::line(line)));
            }
        }
    }
}

/// Builds the failure object for programs, with its run if there is one. If the arguments cannot be read, it has no
/// run.
fn failure_report(diagnosis: &Diagnosis, run: Option<Option<FailedRun>>) -> FailureReport {
    let Diagnosis { exit, code, message, hints } = diagnosis;
    let error = ErrorFacts { code: code.clone(), hints: hints.clone(), message: message.clone() };
    FailureReport { check: None, error, exit_code: *exit as u8, run }
}

fn failed_run(failure: &RunFailure) -> FailedRun {
    let RunFailure { error: _, report, miss, run } = failure;
    let Report {
        fuel_used,
        peak_memory_bytes,
        peak_host_bytes,
        peak_scratch_bytes,
        peak_scratch_files,
        host_calls,
        wall_micros,
        denials,
        stdout,
        stderr,
    } = report;
    FailedRun {
        denied: denial::report(denials, run),
        fuel: *fuel_used,
        host_calls: *host_calls,
        miss: miss.into(),
        missed: denials.missed().to_vec(),
        peak_host_bytes: *peak_host_bytes,
        peak_memory_bytes: *peak_memory_bytes,
        peak_scratch_bytes: *peak_scratch_bytes,
        peak_scratch_files: *peak_scratch_files,
        run_us: *wall_micros,
        stderr: stderr.text(),
        stdout: stdout.text(),
        world: run.into(),
    }
}
