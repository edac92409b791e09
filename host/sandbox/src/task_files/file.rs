//! `file`: content that a task can read, and have shown under a path.

use wasmtime::component::Resource;

use super::bindings::larder::task::files::{self, Error};
use super::handles::{CheckedReader, FileHandle};
use super::inside::last_part;
use super::view::TaskFilesView;
use crate::files::{Given, Shown};
use larder_content::is_name;

/// Maximum number of bytes that one `read` returns.
const PIECE: u64 = 1 << 20;

impl files::HostFile for TaskFilesView<'_> {
    async fn from_path(&mut self, path: String) -> wasmtime::Result<Result<Resource<FileHandle>, Error>> {
        let spool = self.files.spool();
        let Some(name) = last_part(&path) else { return Ok(Err(Error::InvalidName)) };
        let taken = self.surroundings.take_file(&path, &spool).await;
        Ok(match taken {
            Ok((digest, content)) => Ok(self.push_file(name, digest, content)?),
            Err(error) => Err(error.into()),
        })
    }

    fn from_bytes(&mut self, name: String, bytes: Vec<u8>) -> wasmtime::Result<Result<Resource<FileHandle>, Error>> {
        let mut snapshot = self.files.spool().snapshot();
        if !is_name(&name) {
            return Ok(Err(Error::InvalidName));
        }
        // The bytes are copied and hashed.
        self.account.owe(2 * bytes.len() as u64);
        match snapshot.write(&bytes).and_then(|()| snapshot.finish()) {
            Ok(spooled) => Ok(Ok(self.push_file(name, spooled.digest, spooled.content)?)),
            Err(full) => Ok(Err(self.no_room(full))),
        }
    }

    fn name(&mut self, handle: Resource<FileHandle>) -> wasmtime::Result<String> {
        Ok(self.table.get(&handle)?.named.name.clone())
    }

    fn size(&mut self, handle: Resource<FileHandle>) -> wasmtime::Result<u64> {
        Ok(self.table.get(&handle)?.named.size)
    }

    fn digest(&mut self, handle: Resource<FileHandle>) -> wasmtime::Result<Vec<u8>> {
        Ok(self.table.get(&handle)?.named.digest.as_bytes().to_vec())
    }

    fn path(&mut self, handle: Resource<FileHandle>) -> wasmtime::Result<String> {
        let FileHandle { named, content, reader: _ } = self.table.get(&handle)?;
        if let Some(path) = &named.path {
            return Ok(path.clone());
        }
        let given = Given { digest: named.digest, executable: false, content: content.clone() };
        let (number, name) = (named.number, named.is_named.then(|| named.name.clone()));
        let (number, path) = self.show(number, name.as_deref(), &Shown::File(&given))?;
        let named = &mut self.table.get_mut(&handle)?.named;
        named.number = Some(number);
        named.path = Some(path.clone());
        Ok(path)
    }

    fn read(&mut self, handle: Resource<FileHandle>, offset: u64, length: u32) -> wasmtime::Result<Vec<u8>> {
        let faults = self.files.faults();
        let FileHandle { named: _, content, reader } = self.table.get_mut(&handle)?;
        let read = match reader {
            Some(checked) => checked.reader.read(offset, piece(length)),
            None => content.open().and_then(|opened| {
                let checked = reader.insert(CheckedReader { reader: opened, faults: faults.clone() });
                checked.reader.read(offset, piece(length))
            }),
        };
        let bytes = read.map_err(|fault| {
            faults.add(fault.clone());
            wasmtime::Error::new(fault)
        })?;
        self.account.owe(bytes.len() as u64);
        Ok(bytes)
    }

    fn drop(&mut self, handle: Resource<FileHandle>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}

fn piece(length: u32) -> usize {
    usize::try_from(u64::from(length).min(PIECE)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_at_most_a_mebibyte() {
        assert_eq!([0, 1, 1 << 20, (1 << 20) + 1, u32::MAX].map(piece), [0, 1, 1 << 20, 1 << 20, 1 << 20]);
    }
}
