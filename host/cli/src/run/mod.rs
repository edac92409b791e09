//! `larder run`: one call; with `--check`, several calls that must be the same.

mod answer;
mod check;
mod command;

pub(crate) use self::command::run;
