//! The command line: the only code that prints, exits or reads the environment.
//!
//! One direction: raw arguments → checked settings → typed request → outcome → one exit code.

mod args;
mod build;
mod context;
mod escape;
mod failure;
mod inspect;
mod key;
mod print;
mod run;
mod usage;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use self::args::{CacheCommand, Cli, Command};
use self::failure::Exit;
use self::print::Printer;

/// The whole program: parses the arguments of the process, runs the command, and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are printed by the same means; a closed pipe is normal.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    let printer = Printer::new(&cli.global);
    let result = dispatch(&cli, &printer);
    let exit = match result {
        Ok(exit) => exit,
        Err(error) => failure::report(&error, &printer),
    };
    exit.into()
}

fn dispatch(cli: &Cli, printer: &Printer) -> anyhow::Result<Exit> {
    let global = &cli.global;
    match &cli.command {
        Command::Run(run) => run::run(run, global, printer),
        Command::Inspect(inspect) => inspect::inspect(inspect, global, printer),
        Command::Key(key) => key::key(key, global, printer),
        Command::Build(build) => build::build(build, global, printer),
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
    }
}
