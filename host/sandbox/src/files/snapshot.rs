//! Files and directories that a task returns from its scratch folder: copies that stay the same, even if the originals
//! are still open for writing.
//!
//! The tree is read at once. The bytes are copied piece by piece, and between two pieces the caller can stop the run.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use super::error::Error;
use super::folder::{Scratch, State};
use super::node::{Given, NodeId, What};
use super::open::{Open, STREAM_BYTES};
use larder_base::Digest;
use larder_content::{Content, Directory, MAX_DEPTH, MAX_ENTRIES, Node, Spool, SpoolError};

/// Work for an entry of a directory that is taken, in units of fuel.
const ENTRY_WORK: u64 = 500;

/// Reason why nothing can be taken from a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TakeError {
    NoEntry,
    IsDirectory,
    NotDirectory,
    NotPermitted,
    Loop,
    NoRoom,
    TooLarge,
}

/// Tree of the files to copy.
enum Plan {
    Given(Given),
    /// Index of a file among the open ones.
    File(usize),
    Directory(BTreeMap<Box<str>, Plan>),
    Link(Box<str>),
}

/// Files and entries found while planning.
#[derive(Default)]
struct Planned {
    /// The files, kept open so that they stay.
    files: Vec<Open>,
    entries: usize,
}

impl Scratch {
    /// Copies the file at `path`, from the root, into `spool`.
    pub(crate) async fn take_file(&self, path: &str, spool: &Spool) -> Result<(Digest, Content), TakeError> {
        let (plan, Planned { files, entries: _ }) = self.plan(path)?;
        match self.copy(plan, &files, spool).await? {
            Node::File { digest, executable: _, content } => Ok((digest, content)),
            Node::Directory(_) => Err(TakeError::IsDirectory),
            Node::Link(_) => Err(TakeError::NoEntry),
        }
    }

    /// Copies the directory at `path` into `spool`. The root is copied without the files given to the task.
    pub(crate) async fn take_directory(&self, path: &str, spool: &Spool) -> Result<Arc<Directory>, TakeError> {
        let (plan, Planned { files, entries: _ }) = self.plan(path)?;
        if !matches!(plan, Plan::Directory(_)) {
            return Err(TakeError::NotDirectory);
        }
        match self.copy(plan, &files, spool).await? {
            Node::Directory(directory) => Ok(directory),
            Node::File { .. } | Node::Link(_) => Err(TakeError::NotDirectory),
        }
    }

    fn plan(&self, path: &str) -> Result<(Plan, Planned), TakeError> {
        let path = path.trim_start_matches('/');
        let path = if path.is_empty() { "." } else { path };
        // If planning fails, the files are closed again. That takes the lock, so it must happen outside of the locked
        // part.
        let mut planned = Planned::default();
        let plan = self.act(|state| {
            let node = state.tree.find((NodeId::ROOT, path), true)?;
            self.plan_of(state, node, 0, &mut planned)
        });
        Ok((plan?, planned))
    }

    fn plan_of(&self, state: &mut State, node: NodeId, depth: usize, planned: &mut Planned) -> Result<Plan, Error> {
        let folder = match &state.tree.nodes.node(node)?.what {
            What::Given(given) => return Ok(Plan::Given(given.clone())),
            What::Link(target) => return Ok(Plan::Link(target.clone())),
            What::File(_) => {
                planned.files.push(Open::of_file(self, state, node)?);
                return Ok(Plan::File(planned.files.len() - 1));
            }
            What::Folder(folder) => folder,
        };
        if depth > MAX_DEPTH {
            return Err(Error::NameTooLong);
        }
        let given = state.tree.given;
        let entries = folder.entries.iter().filter(|(_, entry)| Some(entry.node) != given);
        let names: Vec<(Box<str>, NodeId)> = entries.map(|(name, entry)| (name.clone(), entry.node)).collect();
        planned.entries += names.len();
        // Its entries are copied, encoded and hashed.
        state.account.owe(ENTRY_WORK * names.len() as u64);
        // Given files do not count as made, and may occur several times.
        if planned.entries > MAX_ENTRIES {
            return Err(Error::NameTooLong);
        }
        let plans = names.into_iter().map(|(name, node)| Ok((name, self.plan_of(state, node, depth + 1, planned)?)));
        Ok(Plan::Directory(plans.collect::<Result<_, Error>>()?))
    }

    fn copy<'a>(
        &'a self,
        plan: Plan,
        files: &'a [Open],
        spool: &'a Spool,
    ) -> Pin<Box<dyn Future<Output = Result<Node, TakeError>> + Send + 'a>> {
        Box::pin(async move {
            match plan {
                Plan::Given(Given { digest, executable, content }) => Ok(Node::File { digest, executable, content }),
                Plan::Link(target) => Ok(Node::Link(target)),
                Plan::File(file) => self.copy_file(files.get(file).ok_or(TakeError::NoEntry)?, spool).await,
                Plan::Directory(plans) => {
                    let mut entries = BTreeMap::new();
                    for (name, plan) in plans {
                        entries.insert(name, self.copy(plan, files, spool).await?);
                    }
                    let directory = Directory::new(entries);
                    Ok(Node::Directory(self.act(|state| state.share(directory))?))
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
            self.lock().account.owe(piece.len() as u64);
            offset += piece.len() as u64;
            tokio::task::yield_now().await;
        }
        let spooled = self.no_room(snapshot.finish())?;
        Ok(Node::File { digest: spooled.digest, executable: false, content: spooled.content })
    }

    /// Reports room that was refused as a refusal by the limit of the run.
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
            Error::Full { .. } | Error::TooMany { .. } | Error::Memory => Self::NoRoom,
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
