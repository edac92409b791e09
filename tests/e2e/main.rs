//! The end-to-end tests: one binary, one module a subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod bad_call;
mod bad_component;
mod cache_faults;
mod damage;
mod folders;
mod governing;
mod isolation;
mod options;
mod processes;
mod readme;
mod remembered;
mod scratch;
mod sealed;
mod smoke;
