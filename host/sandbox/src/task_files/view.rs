//! The view of a run that the functions of `larder:task/files` have.

use std::sync::Arc;

use wasmtime::component::{HasData, Linker, Resource, ResourceTable, ResourceTableError};

use super::bindings::larder::task::files::{self, Error};
use super::handles::{DirectoryHandle, FileHandle};
use super::run::TaskFiles;
use crate::account::Account;
use crate::files::{Given, Shown, TakeError};
use crate::limiter::Limiter;
use crate::surroundings::Surroundings;
use larder_base::Digest;
use larder_content::{Content, Directory, SpoolError};
use larder_types::limits::LimitExceeded;

/// The part of a run that the functions of the interface see.
pub(crate) struct TaskFilesView<'a> {
    pub(crate) files: &'a mut TaskFiles,
    /// The world that shows content, and from which it is taken.
    pub(crate) surroundings: &'a mut Surroundings,
    pub(crate) table: &'a mut ResourceTable,
    pub(crate) account: &'a Account,
    pub(crate) limiter: &'a mut Limiter,
}

/// Names [`TaskFilesView`] to the linker.
struct Files;

impl HasData for Files {
    type Data<'a> = TaskFilesView<'a>;
}

/// Links the interface.
pub(crate) fn add_to_linker<T: Send + 'static>(
    linker: &mut Linker<T>,
    view: fn(&mut T) -> TaskFilesView<'_>,
) -> wasmtime::Result<()> {
    files::add_to_linker::<_, Files>(linker, view)
}

impl files::Host for TaskFilesView<'_> {}

impl TaskFilesView<'_> {
    /// Returns the error of a lack of room: the run counts as one that exceeded a limit.
    pub(super) fn no_room(&mut self, SpoolError { limit, asked }: SpoolError) -> Error {
        self.limiter.refuse(LimitExceeded::Scratch { limit, asked });
        Error::NoRoom
    }

    /// Makes a handle for a file that the task has made.
    pub(super) fn push_file(
        &mut self,
        name: String,
        digest: Digest,
        content: Content,
    ) -> Result<Resource<FileHandle>, ResourceTableError> {
        self.table.push(FileHandle::made(name, digest, content))
    }

    /// Makes a handle for a directory that the task has made, or for one inside of it.
    pub(super) fn push_directory(
        &mut self,
        name: String,
        directory: Arc<Directory>,
    ) -> Result<Resource<DirectoryHandle>, ResourceTableError> {
        self.table.push(DirectoryHandle::made(name, directory))
    }

    /// Shows the content of a handle, under its number and, where names count, its name.
    pub(super) fn show(
        &mut self,
        number: Option<u32>,
        name: Option<&str>,
        what: &Shown<'_>,
    ) -> wasmtime::Result<(u32, String)> {
        if self.surroundings.copies_what_it_shows() {
            let (Shown::File(Given { content: Content { size, .. }, .. }) | Shown::Directory(Directory { size, .. })) =
                what;
            self.files.take_room_for_a_copy(*size)?;
        }
        let number = number.unwrap_or_else(|| self.files.next_number());
        let path = self.surroundings.show(number, name, what)?;
        Ok((number, path))
    }
}

impl From<TakeError> for Error {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::NoEntry => Self::NoEntry,
            TakeError::IsDirectory => Self::IsDirectory,
            TakeError::NotDirectory => Self::NotDirectory,
            TakeError::NotPermitted => Self::NotPermitted,
            TakeError::Loop => Self::Loop,
            TakeError::NoRoom => Self::NoRoom,
            TakeError::TooLarge => Self::TooLarge,
        }
    }
}
