//! Files and directories of one run: those that it is given, makes and returns.

use std::path::PathBuf;
use std::sync::Arc;

use super::handles::{DirectoryHandle, FileHandle, Named};
use crate::faults::Faults;
use larder_content::{Contents, Quota, Spool, SpoolError};
use larder_types::limits::LimitExceeded;
use larder_types::value::{Blob, BlobRef};

/// Unit in which a copy on the disk is counted, in bytes.
const COPIED_IN: u64 = 4096;

/// Maximum number of files that a task may write piece by piece at one time: each holds a buffer or an open file of
/// the host.
const WRITERS: u64 = 64;

/// Files and directories of one run.
pub(crate) struct TaskFiles {
    inputs: Arc<Contents>,
    folder: Option<PathBuf>,
    quota: Arc<Quota>,
    spool: Option<Spool>,
    last_number: u32,
    writers: u64,
    faults: Faults,
    outputs: Contents,
}

impl TaskFiles {
    /// Creates the files of a run that is given `inputs` and writes the returned ones into `folder`.
    pub(crate) fn new(inputs: Arc<Contents>, folder: Option<PathBuf>, quota: Arc<Quota>, faults: Faults) -> Self {
        let outputs = Contents::default();
        Self { inputs, folder, quota, spool: None, last_number: 0, writers: 0, faults, outputs }
    }

    /// Returns the record of content that could not be read.
    pub(crate) const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Peak use of the room for files, in bytes.
    pub(crate) fn peak_bytes(&self) -> u64 {
        self.quota.peak()
    }

    /// Makes a handle for a file that is given to the call.
    ///
    /// # Errors
    ///
    /// Fails if the call does not have its content, which is a bug of Larder.
    pub(crate) fn give_file(&mut self, blob: &BlobRef) -> wasmtime::Result<FileHandle> {
        let named = self.name_given(blob)?;
        let content = self.inputs.files.get(&named.digest).cloned().ok_or_else(unknown)?;
        Ok(FileHandle { named, content, reader: None })
    }

    /// Makes a handle for a directory that is given to the call: see [`TaskFiles::give_file`].
    pub(crate) fn give_directory(&mut self, blob: &BlobRef) -> wasmtime::Result<DirectoryHandle> {
        let named = self.name_given(blob)?;
        let directory = self.inputs.directories.get(&named.digest).cloned().ok_or_else(unknown)?;
        Ok(DirectoryHandle { named, directory })
    }

    fn name_given(&mut self, blob: &BlobRef) -> wasmtime::Result<Named> {
        let Blob { digest, size, name, path: _ } = blob.known().ok_or_else(unknown)?;
        let number = self.next_number();
        Ok(Named {
            digest: *digest,
            size: *size,
            name: name.clone().unwrap_or_else(|| number.to_string()),
            number: Some(number),
            is_named: name.is_some(),
            path: None,
        })
    }

    /// Keeps the content of a file that the task has returned.
    pub(crate) fn return_file(&mut self, handle: FileHandle) -> BlobRef {
        let FileHandle { named, content, reader: _ } = handle;
        self.outputs.files.insert(named.digest, content);
        BlobRef::Known(named.into_blob())
    }

    /// Keeps the content of a directory that the task has returned.
    pub(crate) fn return_directory(&mut self, handle: DirectoryHandle) -> BlobRef {
        let DirectoryHandle { named, directory } = handle;
        self.outputs.directories.insert(named.digest, directory);
        BlobRef::Known(named.into_blob())
    }

    /// Takes the content that the task has returned.
    pub(crate) fn take_outputs(&mut self) -> Contents {
        std::mem::take(&mut self.outputs)
    }

    /// Returns the spool for files that the task makes.
    pub(super) fn spool(&mut self) -> Spool {
        let Self { folder, quota, spool, .. } = self;
        spool.get_or_insert_with(|| Spool::new(folder.clone(), quota.clone())).clone()
    }

    /// Returns the number for the next content that is given or shown.
    pub(super) const fn next_number(&mut self) -> u32 {
        self.last_number += 1;
        self.last_number
    }

    /// Takes room for a copy on the disk.
    ///
    /// # Errors
    ///
    /// [`LimitExceeded::Scratch`] if there is too little room.
    pub(super) fn take_room_for_a_copy(&self, size: u64) -> Result<(), LimitExceeded> {
        let full = |SpoolError { limit, asked }| LimitExceeded::Scratch { limit, asked };
        self.quota.take(size.next_multiple_of(COPIED_IN)).map_err(full)
    }

    /// Counts one more writer.
    ///
    /// # Errors
    ///
    /// [`LimitExceeded::Handles`] if the limit is reached.
    pub(super) const fn begin_writing(&mut self) -> Result<(), LimitExceeded> {
        if self.writers == WRITERS {
            return Err(LimitExceeded::Handles { limit: WRITERS });
        }
        self.writers += 1;
        Ok(())
    }

    /// Counts one writer less.
    pub(super) const fn end_writing(&mut self) {
        self.writers -= 1;
    }
}

fn unknown() -> wasmtime::Error {
    wasmtime::Error::msg("content that the call does not have")
}
