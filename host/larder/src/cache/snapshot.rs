//! Copies of inputs by reference, where the file system can.

use std::sync::Arc;

use super::account::Cache;
use crate::blocking::blocking;
use larder_content::{Content, Contents, Source};

/// Greatest number of inputs that are copied before a run: each is an open file.
const SNAPSHOTS: usize = 64;

impl Cache {
    /// Copies inputs by reference where the file system can, so that nobody changes them while the task runs. Inputs
    /// that cannot be copied are watched instead.
    pub(crate) async fn snapshot(&self, contents: Arc<Contents>) -> Arc<Contents> {
        let Some(store) = self.store_to_write().cloned() else { return contents };
        let is_watched = |content: &&Content| matches!(content.source, Source::Watched { .. });
        if contents.files.values().find(is_watched).is_none() {
            return contents;
        }
        let before = contents.clone();
        let copied = blocking(move || {
            let mut copied = Contents::clone(&contents);
            let blobs = store.blobs();
            for content in copied.files.values_mut().filter(|content| is_watched(&&**content)).take(SNAPSHOTS) {
                let Ok(draft) = blobs.draft() else { break };
                let Ok(reader) = content.open() else { continue };
                let shared =
                    reader.file().is_some_and(|(file, _)| rustix::fs::ioctl_ficlone(draft.file(), file).is_ok());
                if !shared {
                    // The file system cannot do it, or the files are on two file systems: the others would fail too.
                    break;
                }
                if reader.is_the_same().is_ok() {
                    content.source = Source::Ours { file: Arc::new(draft.into_file()), offset: 0, room: None };
                }
            }
            Arc::new(copied)
        });
        copied.await.unwrap_or(before)
    }
}
