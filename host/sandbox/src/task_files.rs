//! The host's side of `larder:task/files`: handles on content, in both worlds.
//!
//! A handle is made of what a call is given, or by the task itself; what is returned is taken out of it again. The
//! bytes of a handle never change, so all that a task can see of one depends on its digest, and on its position among
//! the inputs or, where names count, its name.
//!
//! Where a path leads is each world's own: a sealed task finds content in its scratch folder, an open one in a folder
//! of the machine that is made for the run.

use std::any::Any;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::component::{HasSelf, Linker, Resource, ResourceAny, ResourceTableError};
use wasmtime::{AsContextMut, StoreContextMut};

use self::bindings::larder::task::files::{self, Entry, Error, Kind};
use super::files::{Given, Shown, TakeError};
use super::state::State;
use larder_base::BlobKind;
use larder_base::Digest;
use larder_content::{
    Content, ContentError, Contents, Directory, Node, Quota, Reader, Snapshot, Spool, SpoolError, is_name,
};
use larder_types::limits::LimitExceeded;
use larder_types::value::{Blob, BlobRef};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: r#"
            package larder:host;
            world files { import larder:task/files@0.1.0; }
        "#,
        imports: {
            "larder:task/files.[static]file.from-path": async | trappable,
            "larder:task/files.[static]directory.from-path": async | trappable,
            default: trappable,
        },
        with: {
            "larder:task/files.file": super::FileHandle,
            "larder:task/files.directory": super::DirectoryHandle,
            "larder:task/files.writer": super::WriterHandle,
        },
        require_store_data_send: true,
    });
}

/// What one `read` gives at most.
const PIECE: u64 = 1 << 20;

/// What a copy on the disk is counted in, in bytes.
const COPIED_IN: u64 = 4096;

/// What reading a file takes: the open file, and what it is compared with.
const READER: u64 = 1024;

/// How many files a task may write piece by piece at one time: each holds a buffer, or an open file, of the host.
const WRITERS: u64 = 64;

/// The work for an entry of a directory that is listed, in units of fuel.
const ENTRY_WORK: u64 = 100;

/// The name of a directory that is taken of the whole scratch folder.
const OUT: &str = "out";

/// What a run has to do with files and directories.
pub(super) struct TaskFiles {
    inputs: Arc<Contents>,
    folder: Option<PathBuf>,
    quota: Arc<Quota>,
    spool: Option<Spool>,
    last_number: u32,
    writers: u64,
    faults: Faults,
    outputs: Contents,
}

/// The first content that the host could not read: whatever the task makes of it, the run fails.
#[derive(Clone, Default)]
pub(super) struct Faults(Arc<Mutex<Option<ContentError>>>);

/// What a handle is called, and where it is shown.
struct Named {
    digest: Digest,
    size: u64,
    name: String,
    /// Its position among the inputs, from 1; none for what the task has made, until it is shown.
    number: Option<u32>,
    /// Whether the name is a part of the path, or the number is all there is.
    is_named: bool,
    path: Option<String>,
}

/// A `file`.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct FileHandle {
    named: Named,
    content: Content,
    reader: Option<Checked>,
}

/// Content that is being read. However that ends, it must be what it was: also where the task returns the file, or
/// forgets it.
struct Checked {
    reader: Reader,
    faults: Faults,
}

impl Drop for Checked {
    fn drop(&mut self) {
        if let Err(fault) = self.reader.is_the_same() {
            self.faults.add(fault);
        }
    }
}

/// A `directory`.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct DirectoryHandle {
    named: Named,
    directory: Arc<Directory>,
}

/// A `writer`.
#[expect(unreachable_pub, reason = "the generated bindings re-export it")]
pub struct WriterHandle {
    name: String,
    snapshot: Snapshot,
}

/// The weight of a handle in the table beyond that of any entry: see [`super::weight`]. The content of a directory that
/// the task has made is charged with the directory itself, once, however many handles there are.
pub(super) fn weight(entry: &(dyn Any + Send)) -> u64 {
    let of = |named: &Named| (named.name.len() + named.path.as_deref().map_or(0, str::len)) as u64;
    if let Some(FileHandle { named, content: _, reader }) = entry.downcast_ref() {
        of(named) + if reader.is_some() { READER } else { 0 }
    } else if let Some(DirectoryHandle { named, directory: _ }) = entry.downcast_ref() {
        of(named)
    } else if let Some(WriterHandle { name, snapshot }) = entry.downcast_ref() {
        name.len() as u64 + snapshot.held_bytes()
    } else {
        0
    }
}

impl Faults {
    pub(super) fn add(&self, fault: ContentError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
    }

    pub(super) fn take(&self) -> Option<ContentError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl TaskFiles {
    pub(super) fn new(inputs: Arc<Contents>, folder: Option<PathBuf>, quota: Arc<Quota>, faults: Faults) -> Self {
        let outputs = Contents::default();
        Self { inputs, folder, quota, spool: None, last_number: 0, writers: 0, faults, outputs }
    }

    pub(super) const fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(super) fn peak_bytes(&self) -> u64 {
        self.quota.peak()
    }

    /// The content of what the task has returned.
    pub(super) fn take_outputs(&mut self) -> Contents {
        std::mem::take(&mut self.outputs)
    }

    fn spool(&mut self) -> Spool {
        let Self { folder, quota, spool, .. } = self;
        spool.get_or_insert_with(|| Spool::new(folder.clone(), quota.clone())).clone()
    }

    fn next_number(&mut self) -> u32 {
        self.last_number += 1;
        self.last_number
    }
}

/// Links the interface.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    files::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
}

/// A handle for content that a call is given.
pub(super) fn give(
    mut store: StoreContextMut<'_, State>,
    kind: BlobKind,
    blob: &BlobRef,
) -> wasmtime::Result<ResourceAny> {
    let unknown = || wasmtime::Error::msg("content that the call does not have");
    let Blob { digest, size, name, path: _ } = blob.known().ok_or_else(unknown)?;
    let state = store.data_mut();
    let number = state.files.next_number();
    let named = Named {
        digest: *digest,
        size: *size,
        name: name.clone().unwrap_or_else(|| number.to_string()),
        number: Some(number),
        is_named: name.is_some(),
        path: None,
    };
    match kind {
        BlobKind::File => {
            let content = state.files.inputs.files.get(digest).cloned().ok_or_else(unknown)?;
            let handle = state.table.push(FileHandle { named, content, reader: None })?;
            ResourceAny::try_from_resource(handle, store)
        }
        BlobKind::Directory => {
            let directory = state.files.inputs.directories.get(digest).cloned().ok_or_else(unknown)?;
            let handle = state.table.push(DirectoryHandle { named, directory })?;
            ResourceAny::try_from_resource(handle, store)
        }
    }
}

/// What a handle stands for that a task has returned.
pub(super) fn take(
    mut store: StoreContextMut<'_, State>,
    kind: BlobKind,
    handle: ResourceAny,
) -> wasmtime::Result<BlobRef> {
    let named = match kind {
        BlobKind::File => {
            let handle: Resource<FileHandle> = handle.try_into_resource(store.as_context_mut())?;
            let state = store.data_mut();
            let FileHandle { named, content, reader: _ } = state.table.delete(handle)?;
            state.files.outputs.files.insert(named.digest, content);
            named
        }
        BlobKind::Directory => {
            let handle: Resource<DirectoryHandle> = handle.try_into_resource(store.as_context_mut())?;
            let state = store.data_mut();
            let DirectoryHandle { named, directory } = state.table.delete(handle)?;
            state.files.outputs.directories.insert(named.digest, directory);
            named
        }
    };
    let Named { digest, size, name, number: _, is_named: _, path: _ } = named;
    Ok(BlobRef::Known(Blob { digest, size, name: Some(name), path: None }))
}

impl State {
    fn counted(&mut self) -> &mut Self {
        self.host_calls += 1;
        self
    }

    /// There is no room: the run counts as one that exceeded a limit.
    fn no_room(&mut self, SpoolError { limit, asked }: SpoolError) -> Error {
        self.limiter.refuse(LimitExceeded::Scratch { limit, asked });
        Error::NoRoom
    }

    fn push_file(
        &mut self,
        name: String,
        digest: Digest,
        content: Content,
    ) -> Result<Resource<FileHandle>, ResourceTableError> {
        let named = Named { digest, size: content.size, name, number: None, is_named: true, path: None };
        self.table.push(FileHandle { named, content, reader: None })
    }

    fn push_directory(
        &mut self,
        name: String,
        directory: Arc<Directory>,
    ) -> Result<Resource<DirectoryHandle>, ResourceTableError> {
        let Directory { digest, size, .. } = &*directory;
        let named = Named { digest: *digest, size: *size, name, number: None, is_named: true, path: None };
        self.table.push(DirectoryHandle { named, directory })
    }

    /// Shows what a handle stands for, under its number and, where it counts, its name.
    fn shown(&mut self, number: Option<u32>, name: Option<&str>, what: &Shown<'_>) -> wasmtime::Result<(u32, String)> {
        if self.surroundings.copies_what_it_shows() {
            let (Shown::File(Given { content: Content { size, .. }, .. }) | Shown::Directory(Directory { size, .. })) =
                what;
            let full = |SpoolError { limit, asked }| LimitExceeded::Scratch { limit, asked };
            self.files.quota.take(size.next_multiple_of(COPIED_IN)).map_err(full)?;
        }
        let number = number.unwrap_or_else(|| self.files.next_number());
        let path = self.surroundings.show(number, name, what)?;
        Ok((number, path))
    }

    /// The node at a path inside a directory, links followed.
    fn inside(&mut self, handle: &Resource<DirectoryHandle>, path: &str) -> wasmtime::Result<Result<Node, Error>> {
        let DirectoryHandle { named: _, directory } = self.table.get(handle)?;
        Ok(find(directory, path))
    }
}

impl files::Host for State {}

impl files::HostFile for State {
    async fn from_path(&mut self, path: String) -> wasmtime::Result<Result<Resource<FileHandle>, Error>> {
        let spool = self.counted().files.spool();
        let Some(name) = last_part(&path) else { return Ok(Err(Error::InvalidName)) };
        let taken = self.surroundings.take_file(&path, &spool).await;
        Ok(match taken {
            Ok((digest, content)) => Ok(self.push_file(name, digest, content)?),
            Err(error) => Err(error.into()),
        })
    }

    fn from_bytes(&mut self, name: String, bytes: Vec<u8>) -> wasmtime::Result<Result<Resource<FileHandle>, Error>> {
        let mut snapshot = self.counted().files.spool().snapshot();
        if !is_name(&name) {
            return Ok(Err(Error::InvalidName));
        }
        // Copied, and hashed.
        self.account.owe(2 * bytes.len() as u64);
        match snapshot.write(&bytes).and_then(|()| snapshot.finish()) {
            Ok(spooled) => Ok(Ok(self.push_file(name, spooled.digest, spooled.content)?)),
            Err(full) => Ok(Err(self.no_room(full))),
        }
    }

    fn name(&mut self, handle: Resource<FileHandle>) -> wasmtime::Result<String> {
        Ok(self.counted().table.get(&handle)?.named.name.clone())
    }

    fn size(&mut self, handle: Resource<FileHandle>) -> wasmtime::Result<u64> {
        Ok(self.counted().table.get(&handle)?.named.size)
    }

    fn digest(&mut self, handle: Resource<FileHandle>) -> wasmtime::Result<Vec<u8>> {
        Ok(self.counted().table.get(&handle)?.named.digest.as_bytes().to_vec())
    }

    fn path(&mut self, handle: Resource<FileHandle>) -> wasmtime::Result<String> {
        let FileHandle { named, content, reader: _ } = self.counted().table.get(&handle)?;
        if let Some(path) = &named.path {
            return Ok(path.clone());
        }
        let given = Given { digest: named.digest, executable: false, content: content.clone() };
        let (number, name) = (named.number, named.is_named.then(|| named.name.clone()));
        let (number, path) = self.shown(number, name.as_deref(), &Shown::File(&given))?;
        let named = &mut self.table.get_mut(&handle)?.named;
        named.number = Some(number);
        named.path = Some(path.clone());
        Ok(path)
    }

    fn read(&mut self, handle: Resource<FileHandle>, offset: u64, length: u32) -> wasmtime::Result<Vec<u8>> {
        let faults = self.counted().files.faults.clone();
        let FileHandle { named: _, content, reader } = self.table.get_mut(&handle)?;
        let read = match reader {
            Some(checked) => checked.reader.read(offset, piece(length)),
            None => content.open().and_then(|opened| {
                let checked = reader.insert(Checked { reader: opened, faults: faults.clone() });
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
        self.counted().table.delete(handle)?;
        Ok(())
    }
}

impl files::HostWriter for State {
    fn create(&mut self, name: String) -> wasmtime::Result<Result<Resource<WriterHandle>, Error>> {
        let snapshot = self.counted().files.spool().snapshot();
        if !is_name(&name) {
            return Ok(Err(Error::InvalidName));
        }
        if self.files.writers == WRITERS {
            self.limiter.refuse(LimitExceeded::Handles { limit: WRITERS });
            return Ok(Err(Error::NoRoom));
        }
        self.files.writers += 1;
        Ok(Ok(self.table.push(WriterHandle { name, snapshot })?))
    }

    fn write(&mut self, handle: Resource<WriterHandle>, bytes: Vec<u8>) -> wasmtime::Result<Result<(), Error>> {
        self.account.owe(2 * bytes.len() as u64);
        self.account.note(bytes.len());
        let written = self.counted().table.get_mut(&handle)?.snapshot.write(&bytes);
        Ok(written.map_err(|full| self.no_room(full)))
    }

    fn finish(&mut self, handle: Resource<WriterHandle>) -> wasmtime::Result<Result<Resource<FileHandle>, Error>> {
        let WriterHandle { name, snapshot } = self.counted().table.delete(handle)?;
        self.files.writers -= 1;
        self.account.owe(snapshot.size());
        match snapshot.finish() {
            Ok(spooled) => Ok(Ok(self.push_file(name, spooled.digest, spooled.content)?)),
            Err(full) => Ok(Err(self.no_room(full))),
        }
    }

    fn drop(&mut self, handle: Resource<WriterHandle>) -> wasmtime::Result<()> {
        self.counted().table.delete(handle)?;
        self.files.writers -= 1;
        Ok(())
    }
}

impl files::HostDirectory for State {
    async fn from_path(&mut self, path: String) -> wasmtime::Result<Result<Resource<DirectoryHandle>, Error>> {
        let spool = self.counted().files.spool();
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
        Ok(self.counted().table.get(&handle)?.named.name.clone())
    }

    fn size(&mut self, handle: Resource<DirectoryHandle>) -> wasmtime::Result<u64> {
        Ok(self.counted().table.get(&handle)?.named.size)
    }

    fn digest(&mut self, handle: Resource<DirectoryHandle>) -> wasmtime::Result<Vec<u8>> {
        Ok(self.counted().table.get(&handle)?.named.digest.as_bytes().to_vec())
    }

    fn path(&mut self, handle: Resource<DirectoryHandle>) -> wasmtime::Result<String> {
        let DirectoryHandle { named, directory } = self.counted().table.get(&handle)?;
        if let Some(path) = &named.path {
            return Ok(path.clone());
        }
        let (number, name) = (named.number, named.is_named.then(|| named.name.clone()));
        let directory = directory.clone();
        let (number, path) = self.shown(number, name.as_deref(), &Shown::Directory(&directory))?;
        let named = &mut self.table.get_mut(&handle)?.named;
        named.number = Some(number);
        named.path = Some(path.clone());
        Ok(path)
    }

    fn entries(&mut self, handle: Resource<DirectoryHandle>) -> wasmtime::Result<Vec<Entry>> {
        let account = self.account.clone();
        let DirectoryHandle { named: _, directory } = self.counted().table.get(&handle)?;
        account.owe(ENTRY_WORK * directory.entries.len() as u64);
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
        Ok(match self.counted().inside(&handle, &path)? {
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
        Ok(match self.counted().inside(&handle, &path)? {
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
        self.counted().table.delete(handle)?;
        Ok(())
    }
}

/// How many links one path may lead through, as on Linux.
const MAX_LINKS: u32 = 40;

/// The node at a path inside a directory. Nothing leads out of it.
fn find(directory: &Arc<Directory>, path: &str) -> Result<Node, Error> {
    let mut above: Vec<Arc<Directory>> = Vec::new();
    let mut here = directory.clone();
    let mut rest: Vec<Box<str>> = parts(path)?;
    let mut links = 0;
    while let Some(part) = rest.pop() {
        match &*part {
            "." => continue,
            ".." => {
                here = above.pop().ok_or(Error::NotPermitted)?;
                continue;
            }
            _ => {}
        }
        match here.entries.get(&part).ok_or(Error::NoEntry)?.clone() {
            Node::Directory(inner) => above.push(std::mem::replace(&mut here, inner)),
            Node::Link(target) => {
                links += 1;
                if links > MAX_LINKS {
                    return Err(Error::Loop);
                }
                rest.extend(parts(&target)?);
            }
            file @ Node::File { .. } if rest.is_empty() => return Ok(file),
            Node::File { .. } => return Err(Error::NotDirectory),
        }
    }
    Ok(Node::Directory(here))
}

/// The longest path, in bytes, as in a scratch folder: each part of it takes more of the host's memory than of the
/// task's.
const MAX_PATH: usize = 4095;

/// The parts of a relative path, the last one first.
fn parts(path: &str) -> Result<Vec<Box<str>>, Error> {
    match path {
        "" => Err(Error::NoEntry),
        _ if path.len() > MAX_PATH => Err(Error::InvalidName),
        _ if path.starts_with('/') => Err(Error::NotPermitted),
        _ => Ok(path.split('/').filter(|part| !part.is_empty()).map(Box::from).rev().collect()),
    }
}

/// The last part of a path, if it can be a name.
fn last_part(path: &str) -> Option<String> {
    path.trim_end_matches('/').rsplit('/').next().filter(|name| is_name(name)).map(str::to_owned)
}

fn piece(length: u32) -> usize {
    usize::try_from(u64::from(length).min(PIECE)).unwrap_or(usize::MAX)
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

#[cfg(test)]
mod tests;
