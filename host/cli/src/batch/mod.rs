//! `larder batch`: one task, many inputs.
//!
//! Inputs come from a file, from standard input or from `--each`; each is a call like one of `larder run`; each call is
//! one line of output. A batch that is interrupted, killed or without power is begun again by the same command: what
//! was stored is a hit, and that is all there is to going on.

mod bad;
mod bounds;
mod call;
mod columns;
mod command;
mod done;
mod each;
mod flow;
mod folder;
mod form;
mod inputs;
mod json;
mod line;
mod previous;
mod progress;
mod rows;
mod source;
mod strict;
mod summary;
mod table;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use self::command::batch;
