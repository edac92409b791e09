//! The command line: the only code that prints, exits or reads the environment.
//!
//! Data flows in one direction: raw arguments → checked settings → typed request → outcome → one exit code. [`main`] is
//! the program; each command has a file of its name. `failure` turns every error into a message, hints and an exit
//! code, and `shapes` has a type for each JSON object that is printed.

mod allow;
mod args;
mod author;
mod batch;
mod blob;
mod build;
mod compile_helper;
mod context;
mod denial;
mod environment;
mod escape;
mod failure;
mod inspect;
mod interrupts;
mod key;
mod out;
mod print;
mod problem;
mod program;
mod run;
mod runtime;
mod shapes;
mod shell;
mod sizes;
mod spinner;
mod surroundings;
mod trust;
mod usage;
mod wait;

pub use self::program::main;
