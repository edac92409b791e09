//! The program: from the arguments of the process to its exit code.

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::args::{CacheCommand, Cli, Command};
use crate::failure::{self, Exit};
use crate::print::Printer;
use crate::{
    author, batch, blob, build, compile_helper, context, environment, inspect, interrupts, key, print, run, sizes,
    trust,
};

/// Runs the whole program: parses the arguments of the process, runs the command, and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            let json = std::env::args_os().take_while(|argument| argument != "--").any(|argument| argument == "--json");
            return failure::report_usage(&error, json).into();
        }
        Err(help) => {
            // Help and version are printed in the same way.
            return match print::help(&help) {
                Ok(()) => Exit::Done.into(),
                Err(problem) => failure::report(&problem.into(), &Printer::default()).into(),
            };
        }
    };
    let printer = Printer::new(&cli.global);
    keep_contained_panics_silent();
    // The helper has its own limits, which that signal enforces.
    if !matches!(cli.command, Command::CompileHelper { .. })
        && let Err(error) = interrupts::survive_large_writes()
    {
        printer.warning(&format!("cannot handle the signal of too large files: {error}"));
    }
    // If panics abort, there is nothing to catch. If they unwind, a bug gets its own exit code.
    let exit = match std::panic::catch_unwind(AssertUnwindSafe(|| dispatch(&cli, &printer))) {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => failure::report(&error, &printer),
        Err(_) => failure::report_panic(&printer),
    };
    exit.into()
}

/// Silences contained panics, which are reported as a warning or an error instead.
fn keep_contained_panics_silent() {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !larder::panic_is_contained() {
            loud(panic);
        }
    }));
}

fn dispatch(cli: &Cli, printer: &Printer) -> anyhow::Result<Exit> {
    environment::forget()?;
    let global = &cli.global;
    match &cli.command {
        Command::Run(run) => run::run(run, global, printer),
        Command::Batch(batch) => batch::batch(batch, global, printer),
        Command::Inspect(inspect) => inspect::inspect(inspect, global, printer),
        Command::Key(key) => key::key(key, global, printer),
        Command::Trust(arguments) => trust::trust(arguments, printer),
        Command::Sizes => sizes::sizes(global, printer),
        Command::New(new) => author::new(new, printer),
        Command::Build(build) => build::build(build, global, printer),
        Command::Bindings(bindings) => author::bindings(bindings, printer),
        Command::Componentize(componentize) => author::componentize(componentize, printer),
        Command::Blob(arguments) => blob::blob(arguments, global, printer),
        Command::Cache(cache) => match cache.command {
            CacheCommand::Path => {
                let folder = context::cache_dir(global)?;
                printer.path(&folder)?;
                Ok(Exit::Done)
            }
        },
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "larder", &mut script);
            printer.stdout(&String::from_utf8_lossy(&script))?;
            Ok(Exit::Done)
        }
        Command::CompileHelper { request } => Ok(compile_helper::compile_helper(request)),
    }
}
