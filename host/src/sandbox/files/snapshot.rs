//! What a task returns of its scratch folder: a copy of a file or a directory, which stays as it is whatever is still
//! open for writing.
//!
//! What is there is looked up at once; the bytes are copied piece by piece, and between two of them whoever waits for
//! the run can stop it.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use super::STREAM_BYTES;
use super::error::Error;
use super::folder::{Scratch, State};
use super::node::{Given, NodeId, What};
use super::open::Open;
use super::tree::Tree;
use crate::content::{Content, Directory, MAX_DEPTH, Node, Spool, SpoolError};
use crate::digest::Digest;

/// Why nothing can be taken from a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum TakeError {
    NoEntry,
    IsDirectory,
    NotDirectory,
    NotPermitted,
    Loop,
    NoRoom,
    TooLarge,
}

/// What is to be copied.
enum Plan {
    Given(Given),
    /// A file, open so that it stays.
    File(Open),
    Directory(BTreeMap<Box<str>, Plan>),
    Link(Box<str>),
}

impl Scratch {
    /// Copies the file at `path`, from the root on, into `spool`.
    pub(in crate::sandbox) async fn take_file(
        &self,
        path: &str,
        spool: &Spool,
    ) -> Result<(Digest, Content), TakeError> {
        match self.copy(self.plan(path)?, spool).await? {
            Node::File { digest, executable: _, content } => Ok((digest, content)),
            Node::Directory(_) => Err(TakeError::IsDirectory),
            Node::Link(_) => Err(TakeError::NoEntry),
        }
    }

    /// Copies the directory at `path` into `spool`. The root is taken without what the task was given.
    pub(in crate::sandbox) async fn take_directory(
        &self,
        path: &str,
        spool: &Spool,
    ) -> Result<Arc<Directory>, TakeError> {
        let plan = self.plan(path)?;
        if !matches!(plan, Plan::Directory(_)) {
            return Err(TakeError::NotDirectory);
        }
        match self.copy(plan, spool).await? {
            Node::Directory(directory) => Ok(directory),
            Node::File { .. } | Node::Link(_) => Err(TakeError::NotDirectory),
        }
    }

    fn plan(&self, path: &str) -> Result<Plan, TakeError> {
        let path = path.trim_start_matches('/');
        let path = if path.is_empty() { "." } else { path };
        let plan = self.act(|state| {
            let node = state.tree.find((Tree::ROOT, path), true)?;
            self.plan_of(state, node, 0)
        });
        Ok(plan?)
    }

    fn plan_of(&self, state: &mut State, node: NodeId, depth: usize) -> Result<Plan, Error> {
        let folder = match &state.tree.node(node)?.what {
            What::Given(given) => return Ok(Plan::Given(given.clone())),
            What::Link(target) => return Ok(Plan::Link(target.clone())),
            What::File(_) => return Ok(Plan::File(Open::of_file(self, state, node)?)),
            What::Folder(folder) => folder,
        };
        if depth > MAX_DEPTH {
            return Err(Error::NameTooLong);
        }
        let given = state.tree.given;
        let entries = folder.entries.iter().filter(|(_, entry)| Some(entry.node) != given);
        let names: Vec<(Box<str>, NodeId)> = entries.map(|(name, entry)| (name.clone(), entry.node)).collect();
        let plans = names.into_iter().map(|(name, node)| Ok((name, self.plan_of(state, node, depth + 1)?)));
        Ok(Plan::Directory(plans.collect::<Result<_, Error>>()?))
    }

    fn copy<'a>(
        &'a self,
        plan: Plan,
        spool: &'a Spool,
    ) -> Pin<Box<dyn Future<Output = Result<Node, TakeError>> + Send + 'a>> {
        Box::pin(async move {
            match plan {
                Plan::Given(Given { digest, executable, content }) => Ok(Node::File { digest, executable, content }),
                Plan::Link(target) => Ok(Node::Link(target)),
                Plan::File(file) => self.copy_file(&file, spool).await,
                Plan::Directory(plans) => {
                    let mut entries = BTreeMap::new();
                    for (name, plan) in plans {
                        entries.insert(name, self.copy(plan, spool).await?);
                    }
                    Ok(Node::Directory(Arc::new(Directory::new(entries))))
                }
            }
        })
    }

    async fn copy_file(&self, file: &Open, spool: &Spool) -> Result<Node, TakeError> {
        let size = file.stat()?.size;
        self.no_room(spool.expect(size))?;
        let (mut snapshot, mut offset) = (spool.snapshot(), 0);
        while offset < size {
            let piece = file.read(offset, STREAM_BYTES)?;
            if piece.is_empty() {
                break;
            }
            self.no_room(snapshot.write(&piece))?;
            offset += piece.len() as u64;
            tokio::task::yield_now().await;
        }
        let spooled = self.no_room(snapshot.finish())?;
        Ok(Node::File { digest: spooled.digest, executable: false, content: spooled.content })
    }

    /// Room that is refused is refused by the limit of the run, and told as such.
    fn no_room<T>(&self, done: Result<T, SpoolError>) -> Result<T, Error> {
        self.act(|_| Ok(done?))
    }
}

impl From<Error> for TakeError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotPermitted => Self::NotPermitted,
            Error::Loop => Self::Loop,
            Error::IsDirectory => Self::IsDirectory,
            Error::NotDirectory => Self::NotDirectory,
            Error::Full { .. } | Error::TooMany { .. } => Self::NoRoom,
            Error::NameTooLong | Error::FileTooLarge => Self::TooLarge,
            Error::BadDescriptor
            | Error::Busy
            | Error::Exist
            | Error::Invalid
            | Error::NoEntry
            | Error::NotEmpty
            | Error::Overflow
            | Error::ReadOnly
            | Error::CrossDevice
            | Error::Io => Self::NoEntry,
        }
    }
}
