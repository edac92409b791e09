//! The sandbox as a whole: what it provides, and what bounds that.

// Its components are encoded by a crate that only the command line needs.
#[cfg(feature = "cli")]
mod functions;
