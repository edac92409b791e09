//! The end-to-end tests: one binary, one module per subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod authoring;
mod bad_call;
mod bad_component;
mod batch;
mod cache_faults;
mod cache_owner;
mod compiler;
mod conformance;
mod damage;
mod determinism;
mod embedding;
mod files;
mod flights;
mod folders;
mod governing;
mod grants;
mod host_memory;
mod hostile;
mod hostile_bytes;
mod imports;
mod isolation;
mod languages;
mod large_files;
mod many;
mod needs;
mod not_representable;
mod open;
mod options;
mod processes;
mod quoted;
mod readme;
mod refused;
mod remembered;
mod reports;
mod rust_project;
mod scratch;
mod sealed;
mod sizes;
mod smoke;
mod stores;
mod system_limits;
mod time;
mod trust;
