//! The command: one call, from its arguments to its answer.

use std::time::Instant;

use super::answer::Answer;
use super::check::Checked;
use crate::args::{Global, Run};
use crate::context::{self, Task};
use crate::failure::Exit;
use crate::out::Places;
use crate::print::Printer;
use crate::problem::Problem;
use crate::surroundings::Surroundings;
use crate::{runtime, usage, wait};
use larder::value::{BlobRef, Value};
use larder::{BlobKind, Larder, Outcome, Prepared, Resolved};

pub(crate) fn run(run: &Run, global: &Global, printer: &Printer) -> anyhow::Result<Exit> {
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
    let runtime = runtime::on_this_thread()?;
    // The time of the call starts here, after a build.
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
        // The result is printed even if writing its files fails.
        let put = put(places, outcome, &prepared, &larder, printer).await?;
        anyhow::Ok((prepared, Some(put), Resolved::default()))
    };
    let ended = runtime.block_on(wait::wait(called, &larder, printer));
    runtime::end(runtime, &larder, ended.is_ok());
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
    let answer = Answer {
        prepared: &prepared,
        outcome: &outcome,
        logs: run.logs,
        prints_result: !takes_stdout,
        micros,
        build_micros: located.build_micros,
    };
    answer.print(run.format, &larder, printer)?;
    put?;
    Ok(if outcome.is_err() { Exit::TaskErr } else { Exit::Done })
}

/// Returns the files and directories that are named by digest: another cache does not have them.
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

/// Writes the files and directories of the result to their destinations.
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
