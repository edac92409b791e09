//! `directory`: a tree of content that a task can list, open, and have shown under a path.

use wasmtime::component::Resource;

use super::bindings::larder::task::files::{self, Entry, Error, Kind};
use super::handles::{DirectoryHandle, FileHandle};
use super::inside::{find, last_part};
use super::view::TaskFilesView;
use crate::files::Shown;
use larder_content::Node;

/// Work for an entry of a directory that is listed, in units of fuel.
const ENTRY_WORK: u64 = 100;

/// The name of a directory that is the whole scratch folder.
const OUT: &str = "out";

impl files::HostDirectory for TaskFilesView<'_> {
    async fn from_path(&mut self, path: String) -> wasmtime::Result<Result<Resource<DirectoryHandle>, Error>> {
        let spool = self.files.spool();
        let is_all = path.split('/').all(|part| matches!(part, "" | "." | ".."));
        let name = if is_all { Some(OUT.to_owned()) } else { last_part(&path) };
        let Some(name) = name else { return Ok(Err(Error::InvalidName)) };
        let taken = self.surroundings.take_directory(&path, &spool).await;
        Ok(match taken {
            Ok(directory) => Ok(self.push_directory(name, directory)?),
            Err(error) => Err(error.into()),
        })
    }

    fn name(&mut self, handle: Resource<DirectoryHandle>) -> wasmtime::Result<String> {
        Ok(self.table.get(&handle)?.named.name.clone())
    }

    fn size(&mut self, handle: Resource<DirectoryHandle>) -> wasmtime::Result<u64> {
        Ok(self.table.get(&handle)?.named.size)
    }

    fn digest(&mut self, handle: Resource<DirectoryHandle>) -> wasmtime::Result<Vec<u8>> {
        Ok(self.table.get(&handle)?.named.digest.as_bytes().to_vec())
    }

    fn path(&mut self, handle: Resource<DirectoryHandle>) -> wasmtime::Result<String> {
        let DirectoryHandle { named, directory } = self.table.get(&handle)?;
        if let Some(path) = &named.path {
            return Ok(path.clone());
        }
        let (number, name) = (named.number, named.is_named.then(|| named.name.clone()));
        let directory = directory.clone();
        let (number, path) = self.show(number, name.as_deref(), &Shown::Directory(&directory))?;
        let named = &mut self.table.get_mut(&handle)?.named;
        named.number = Some(number);
        named.path = Some(path.clone());
        Ok(path)
    }

    fn entries(&mut self, handle: Resource<DirectoryHandle>) -> wasmtime::Result<Vec<Entry>> {
        let DirectoryHandle { named: _, directory } = self.table.get(&handle)?;
        self.account.owe(ENTRY_WORK * directory.entries.len() as u64);
        let kind = |node: &Node| match node {
            Node::File { .. } => Kind::File,
            Node::Directory(_) => Kind::Directory,
            Node::Link(_) => Kind::Link,
        };
        let entries = directory.entries.iter();
        Ok(entries.map(|(name, node)| Entry { name: name.to_string(), kind: kind(node) }).collect())
    }

    fn open_file(
        &mut self,
        handle: Resource<DirectoryHandle>,
        path: String,
    ) -> wasmtime::Result<Result<Resource<FileHandle>, Error>> {
        Ok(match find(&self.table.get(&handle)?.directory, &path) {
            Ok(Node::File { digest, executable: _, content }) => {
                let Some(name) = last_part(&path) else { return Ok(Err(Error::InvalidName)) };
                Ok(self.push_file(name, digest, content)?)
            }
            Ok(Node::Directory(_)) => Err(Error::IsDirectory),
            Ok(Node::Link(_)) => Err(Error::NoEntry),
            Err(error) => Err(error),
        })
    }

    fn open_directory(
        &mut self,
        handle: Resource<DirectoryHandle>,
        path: String,
    ) -> wasmtime::Result<Result<Resource<DirectoryHandle>, Error>> {
        Ok(match find(&self.table.get(&handle)?.directory, &path) {
            Ok(Node::Directory(directory)) => {
                let name = last_part(&path).unwrap_or_else(|| OUT.to_owned());
                Ok(self.push_directory(name, directory)?)
            }
            Ok(Node::File { .. }) => Err(Error::NotDirectory),
            Ok(Node::Link(_)) => Err(Error::NoEntry),
            Err(error) => Err(error),
        })
    }

    fn drop(&mut self, handle: Resource<DirectoryHandle>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}
