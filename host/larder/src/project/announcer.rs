//! The function that is called before a need is installed.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::config::NeedConfig;

type Announce = dyn Fn(&Path, &NeedConfig) + Send + Sync;

/// A function that is called before a need is installed, with the need and the folder of the build.
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

    /// Calls the function for a need of the build of `folder`.
    pub(super) fn tell(&self, folder: &Path, need: &NeedConfig) {
        (self.0)(folder, need);
    }
}
