//! What is remembered: only what is true of every run. And what is remembered is what was answered.

mod canonical;
mod limits;
mod outcomes;
