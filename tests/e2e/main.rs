//! The end-to-end tests: one binary, one module a subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod isolation;
mod readme;
mod remembered;
mod sealed;
mod smoke;
