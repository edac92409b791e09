//! The function that is told of a need before it is installed.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::config::NeedConfig;

type Announce = dyn Fn(&Path, &NeedConfig) + Send + Sync;

/// A function that is told of a need, and of the folder whose build has it, before the need is installed.
#[derive(Clone)]
pub(super) struct Announcer(Arc<Announce>);

impl fmt::Debug for Announcer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Announcer")
    }
}

impl Announcer {
    pub(super) fn new(announce: impl Fn(&Path, &NeedConfig) + Send + Sync + 'static) -> Self {
        Self(Arc::new(announce))
    }

    /// Tells of a need of the build of `folder`.
    pub(super) fn tell(&self, folder: &Path, need: &NeedConfig) {
        (self.0)(folder, need);
    }
}
