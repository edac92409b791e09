//! The sandbox as a whole: what it provides, and what bounds that.

mod functions;
pub(crate) mod packages;
