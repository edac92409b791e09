//! A finished call on its way through the batch.

use super::bad::Bad;
use super::line::{End, Line};
use larder::key::EntryKey;

/// A finished call.
pub(super) struct Done {
    pub(super) end: End,
    pub(super) is_err: bool,
    /// The line that is printed.
    pub(super) text: String,
    /// Its line in the summary, if it did not end well.
    pub(super) bad: Option<Bad>,
    pub(super) warnings: Vec<String>,
    /// An error that every other call will have, too.
    pub(super) about_all: Option<anyhow::Error>,
    /// The key and the output line of a call that was only looked up and has no entry: of several calls with one key,
    /// one would run.
    pub(super) unmade: Option<(EntryKey, Line)>,
}

impl Done {
    pub(super) const fn ended(end: End) -> Self {
        Self { end, is_err: false, text: String::new(), bad: None, warnings: Vec::new(), about_all: None, unmade: None }
    }

    /// Returns true if the batch does not end well because of this call.
    pub(super) fn is_bad(&self) -> bool {
        self.is_err || self.end == End::Failed
    }
}
