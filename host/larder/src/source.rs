//! Bytes of components: their places, and reading them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::blocking::blocking;
use crate::config::LimitsConfig;
use crate::counters::Counters;
use crate::error::Error;
use larder_component as component;
use larder_component::ComponentBytes;
use larder_content::FileIdentity;

/// Place of the bytes of a component, for when they are needed.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// A file, if it still has the digest.
    File(PathBuf),
    Memory(Arc<ComponentBytes>),
}

/// Reader of components, up to a size.
pub(crate) struct Reader {
    pub(crate) max_bytes: u64,
    pub(crate) counters: Arc<Counters>,
}

impl Reader {
    /// Reads the bytes of a component, once.
    pub(crate) async fn read(
        &self,
        path: &Path,
        limits: &LimitsConfig,
    ) -> Result<(ComponentBytes, FileIdentity), Error> {
        let max_bytes = limits.component_mib.map_or(self.max_bytes, |mib| u64::from(mib) << 20);
        let path = path.to_owned();
        let read = blocking(move || component::read(&path, max_bytes)).await??;
        self.counters.component_reads.add_one();
        Ok(read)
    }
}
