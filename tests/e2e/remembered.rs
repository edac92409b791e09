//! The cache keeps only results that are true of every run, and keeps them as they were answered.

mod canonical;
mod limits;
mod outcomes;
