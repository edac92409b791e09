//! `writer`: a file that a task writes piece by piece.

use wasmtime::component::Resource;

use super::bindings::larder::task::files::{self, Error};
use super::handles::{FileHandle, WriterHandle};
use super::view::TaskFilesView;
use larder_content::is_name;

impl files::HostWriter for TaskFilesView<'_> {
    fn create(&mut self, name: String) -> wasmtime::Result<Result<Resource<WriterHandle>, Error>> {
        let snapshot = self.files.spool().snapshot();
        if !is_name(&name) {
            return Ok(Err(Error::InvalidName));
        }
        if let Err(too_many) = self.files.begin_writing() {
            self.limiter.refuse(too_many);
            return Ok(Err(Error::NoRoom));
        }
        Ok(Ok(self.table.push(WriterHandle { name, snapshot })?))
    }

    fn write(&mut self, handle: Resource<WriterHandle>, bytes: Vec<u8>) -> wasmtime::Result<Result<(), Error>> {
        self.account.owe(2 * bytes.len() as u64);
        self.account.note(bytes.len());
        let written = self.table.get_mut(&handle)?.snapshot.write(&bytes);
        Ok(written.map_err(|full| self.no_room(full)))
    }

    fn finish(&mut self, handle: Resource<WriterHandle>) -> wasmtime::Result<Result<Resource<FileHandle>, Error>> {
        let WriterHandle { name, snapshot } = self.table.delete(handle)?;
        self.files.end_writing();
        self.account.owe(snapshot.size());
        match snapshot.finish() {
            Ok(spooled) => Ok(Ok(self.push_file(name, spooled.digest, spooled.content)?)),
            Err(full) => Ok(Err(self.no_room(full))),
        }
    }

    fn drop(&mut self, handle: Resource<WriterHandle>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        self.files.end_writing();
        Ok(())
    }
}
