//! A call that is over, as it goes through the batch.

use super::bad::Bad;
use super::line::End;

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
}

impl Done {
    pub(super) const fn ended(end: End) -> Self {
        Self { end, is_err: false, text: String::new(), bad: None, warnings: Vec::new(), about_all: None }
    }

    /// Tells that the batch does not end well because of it.
    pub(super) fn is_bad(&self) -> bool {
        self.is_err || self.end == End::Failed
    }
}
