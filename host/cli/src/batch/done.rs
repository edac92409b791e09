//! A call that is over, as it goes through the batch.

use super::bad::Bad;
use super::line::End;

/// A call that is over.
pub(super) struct Done {
    pub(super) end: End,
    pub(super) is_err: bool,
    /// As it is printed.
    pub(super) text: String,
    /// What the summary says of it, if it did not end well.
    pub(super) bad: Option<Bad>,
    pub(super) warnings: Vec<String>,
    /// What will be wrong with every other call, too.
    pub(super) about_all: Option<anyhow::Error>,
}

impl Done {
    pub(super) const fn ended(end: End) -> Self {
        Self { end, is_err: false, text: String::new(), bad: None, warnings: Vec::new(), about_all: None }
    }

    /// Whether the batch does not end well because of it.
    pub(super) fn is_bad(&self) -> bool {
        self.is_err || self.end == End::Failed
    }
}
