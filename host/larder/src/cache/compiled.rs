//! Compiled code: files of the cache folder, named by the component and the parts of the engine that the code depends
//! on.

use std::fs::File;
use std::sync::Arc;

use super::account::{Cache, look};
use crate::outcome::Warning;
use larder_base::Digest;
use larder_store::{COMPILED, Commit, CompiledFile, Draft, Store, StoreError};

impl Cache {
    /// Opens compiled code after reading it through and verifying it; code that fails becomes a warning.
    pub(crate) fn open_code(&self, key: &Digest, warnings: &mut Vec<Warning>) -> Option<File> {
        let store = self.store()?;
        let record = look(store.get(&COMPILED, key), warnings)?;
        let refused = match store.compiled_folder().open_verified(&record) {
            Ok(CompiledFile::Verified(file)) => return Some(file),
            Ok(CompiledFile::Refused(refusal)) => refusal.to_string(),
            Err(error) => error.to_string(),
        };
        warnings.push(Warning::CompiledRefused(refused));
        None
    }

    /// Returns the folder of compiled code, if it is writable.
    pub(crate) fn code_to_write(&self) -> Option<CodeFolder> {
        self.store_to_write().cloned().map(CodeFolder)
    }
}

/// The folder of compiled code, for the thread that compiles.
pub(crate) struct CodeFolder(Arc<Store>);

impl CodeFolder {
    /// Creates a file without a name.
    pub(crate) fn draft(&self) -> Result<Draft, StoreError> {
        self.0.compiled_folder().draft()
    }

    /// Names a file, and records it. Returns the reason for a failure, for a warning.
    pub(crate) fn keep(&self, draft: &mut Draft, key: &Digest) -> Result<(), String> {
        let record = draft.keep(&file_name(key)).map_err(|error| error.to_string())?;
        self.0.commit(Commit::new().put(&COMPILED, key, &record)).map_err(|error| error.to_string())
    }

    /// Writes code, and records it. Returns the reason for a failure, for a warning.
    pub(crate) fn write(&self, key: &Digest, code: &[u8]) -> Result<(), String> {
        let record = self.0.compiled_folder().write(&file_name(key), code).map_err(|error| error.to_string())?;
        self.0.commit(Commit::new().put(&COMPILED, key, &record)).map_err(|error| error.to_string())
    }
}

fn file_name(key: &Digest) -> String {
    format!("{key}.cwasm")
}
