//! `larder batch`: one task, many inputs.
//!
//! Inputs come from a file, from standard input or from `--each`. Each input is a call like a call of `larder run`, and
//! becomes one line of output. After an interruption, a kill or a power failure, the same command resumes the batch:
//! stored answers are hits, and there is no other state.

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
