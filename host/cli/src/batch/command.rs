//! The command: from its arguments to a flow of calls, a summary, and an exit code.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Runtime;
use tokio::signal::unix::Signal;
use tokio::sync::mpsc::Receiver;

use super::call::Calls;
use super::flow::{Flow, Order, Read};
use super::form::Form;
use super::inputs::BatchInputs;
use super::progress::Progress;
use super::source::Total;
use super::summary::Ended;
use super::writer::Written;
use super::{flow, previous, writer};
use crate::args::{Batch, Global, OutputFormat};
use crate::context::{self, Task};
use crate::failure::Exit;
use crate::print::{FAINT, Printer, bytes};
use crate::problem::Problem;
use crate::shapes::EndOfBatch;
use crate::surroundings::Surroundings;
use crate::{interrupts, runtime};
use larder::{Budget, Larder, Miss, Prepared};

/// Number of waiting rows for each call that may run: enough that the reader need not wake another thread for each row.
const ROWS: usize = 32;

pub(crate) fn batch(batch: &Batch, global: &Global, printer: &Printer) -> anyhow::Result<Exit> {
    let jobs = batch.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let inputs = BatchInputs::of(batch)?;
    let done = previous::done(&batch.retry_failed)?;
    let around = Surroundings::trusting(global, batch.trusting, printer)?;
    let mut settings = context::settings(&around, batch.caching.no_cache)?;
    settings.read_only = batch.dry_run;
    settings.budget = budget(batch, jobs, settings.budget);
    let larder = Larder::open(settings)?;
    context::tell_whose_cache(&larder, printer);
    let located = around.locate(&batch.component, &larder)?;
    let (runtime, mut interrupts) = start(jobs)?;
    interrupts::guard(flow::GRACE * 3 + interrupts::PATIENCE, printer)?;
    let task = Task {
        located: &located,
        name: &batch.task,
        declared: &batch.declared,
        caching: &batch.caching,
        allow: &batch.allow,
        trusting: batch.trusting,
    };
    let ended = runtime.block_on(async {
        let prepared = tokio::select! {
            biased;
            prepared = task.prepare(&larder, printer) => prepared?,
            _ = interrupts.recv() => return Err(Problem::Interrupted.into()),
        };
        if prepared.policy.cache.is_none() && prepared.policy.open.is_none() {
            let remedy = "see --cache-version";
            printer.note(&format!("{FAINT}answers are not cached: {} ({remedy}){FAINT:#}", Miss::NotDeclared));
        }
        if !batch.dry_run {
            tell_room(&larder, &prepared, jobs, printer);
        }
        let signature = prepared.task().exported.signature.clone();
        let calls = Calls {
            larder: larder.clone(),
            prepared: prepared.clone(),
            printer: *printer,
            form: match batch.output_format {
                OutputFormat::Ndjson => Form::Ndjson(signature),
                OutputFormat::Csv => {
                    Form::csv(signature, batch.id.is_some(), batch.echo, std::io::stdout().is_terminal())
                }
            },
            has_out: batch.out.is_some(),
            force: batch.force,
            dry_run: batch.dry_run,
            refresh: batch.caching.refresh,
            echo: batch.echo,
            changed: AtomicU64::new(0),
        };
        let (rows, total) = inputs.read(batch, prepared, done, ROWS * jobs)?;
        let order = Order { jobs, unordered: batch.unordered, fail_fast: batch.fail_fast };
        run(calls, order, rows, total, &mut interrupts).await
    });
    // Threads that still wait for the disk or for an input are abandoned.
    runtime.shutdown_background();
    ended
}

/// Returns the budget of all runs together. More jobs than processors are allowed if requested.
fn budget(batch: &Batch, jobs: usize, machine: Budget) -> Budget {
    let asked = batch.jobs.map_or(machine.cpus, |jobs| machine.cpus.max(jobs.into()));
    batch.together.over(Budget { cpus: asked, runs: Some(jobs), ..machine })
}

/// Starts `jobs` threads for calls, and one more, with a listener to Ctrl-C. If every run is in an operation that
/// cannot be interrupted, the extra thread watches signals and clocks.
fn start(jobs: usize) -> anyhow::Result<(Runtime, Signal)> {
    Ok(interrupts::listen_in(|| runtime::on_threads(jobs + 1)).map_err(Problem::NotStarted)?)
}

/// Reports the reason why fewer calls run at once than allowed, since that looks like idleness.
fn tell_room(larder: &Larder, prepared: &Prepared, jobs: usize, printer: &Printer) {
    let room = larder.room_for(prepared);
    // The first call that has to run reports that there is no room at all.
    if room == 0 || room >= jobs {
        return;
    }
    let Budget { cpus, memory_bytes, runs: _ } = larder.settings().budget;
    let (needed, memory) = (prepared.class.cpus, prepared.limits.memory_bytes);
    printer.note(&format!(
        "{FAINT}{room} at once: each, of size {}, needs {needed} of {cpus} cpus and may use {} of {} of memory; \
         --cpus and --memory-mib allow more{FAINT:#}",
        prepared.policy.size,
        bytes(memory),
        bytes(memory_bytes)
    ));
}

async fn run(
    calls: Calls,
    order: Order,
    rows: Receiver<Read>,
    total: Total,
    interrupts: &mut Signal,
) -> anyhow::Result<Exit> {
    let printer = calls.printer;
    let calls = Arc::new(calls);
    let progress = Progress::new(total, &printer);
    let (lines, mut writer) = writer::start()?;
    if let Some(header) = calls.form.header() {
        // The writer takes the line, or has ended, which the first line will show.
        let _ = lines.send(header).await;
    }
    let mut flow = Flow::new(calls.clone(), order, &progress);
    flow.run(rows, &lines, interrupts).await;
    drop(lines);
    // After an interrupt, do not wait for a reader that may not be reading.
    let written = tokio::select! {
        written = &mut writer => written.map_err(|_| larder::Error::Internal("the writer of lines is gone".to_owned()))?,
        _ = interrupts.recv() => {
            flow.why = EndOfBatch::Interrupted;
            Ok(Written::All)
        }
        () = tokio::time::sleep(flow::GRACE), if flow.why == EndOfBatch::Interrupted => Ok(Written::All),
    };
    progress.end();
    flow.why = match &written {
        Ok(Written::All) => flow.why,
        Ok(Written::Closed) => EndOfBatch::Closed,
        Err(_) => EndOfBatch::Unwritten,
    };
    let ended = Ended {
        why: flow.why,
        is_error: flow.error.is_some(),
        dry_run: calls.dry_run,
        is_kept: calls.are_kept(),
        changed: calls.changed.load(Ordering::Relaxed),
    };
    flow.summary.print(ended, calls.larder.work(), &printer);
    written?;
    match (flow.error, flow.why) {
        (_, EndOfBatch::Interrupted) => Ok(Exit::Interrupted),
        // The error of `Unwritten` was returned above.
        (_, EndOfBatch::Closed | EndOfBatch::Unwritten) => Ok(Exit::Done),
        (Some(error), EndOfBatch::Through | EndOfBatch::FailedFast | EndOfBatch::Hopeless) => Err(error),
        (None, EndOfBatch::Through | EndOfBatch::FailedFast | EndOfBatch::Hopeless) => {
            Ok(if flow.summary.is_good() { Exit::Done } else { Exit::TaskErr })
        }
    }
}
