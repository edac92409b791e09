//! Tests of the sandbox as a whole: the functions that it provides, and their bounds.

mod functions;
pub(crate) mod packages;
