//! A call that is over, as it goes through the batch.

use super::bad::Bad;
use super::line::{End, Line};
use larder::key::EntryKey;

/// A call that is over.
pub(super) struct Done {
    pub(super) end: End,
    pub(super) is_err: bool,
    /// The line that is printed.
    pub(super) text: String,
    /// Its line in the summary, if it did not end well.
    pub(super) bad: Option<Bad>,
    pub(super) warnings: Vec<String>,
    /// Error that every other call will have, too.
    pub(super) about_all: Option<anyhow::Error>,
    /// The key of a call that was only looked up and has no entry, and the line to be printed of it: of several with one
    /// key, one would run.
    pub(super) unmade: Option<(EntryKey, Line)>,
}

impl Done {
    pub(super) const fn ended(end: End) -> Self {
        Self { end, is_err: false, text: String::new(), bad: None, warnings: Vec::new(), about_all: None, unmade: None }
    }

    /// Tells that the batch does not end well because of it.
    pub(super) fn is_bad(&self) -> bool {
        self.is_err || self.end == End::Failed
    }
}
