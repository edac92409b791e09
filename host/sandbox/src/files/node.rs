//! Nodes of the tree: files, folders and symbolic links, with their attributes.

use std::collections::BTreeMap;

use super::contents::Contents;
use larder_base::Digest;
use larder_content::Content;

/// The number of a node, counted in the order of creation and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NodeId(pub(super) u64);

impl NodeId {
    /// The root folder.
    pub(super) const ROOT: Self = Self(1);
}

/// A moment: whole seconds since 1970, and nanoseconds after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) seconds: i64,
    pub(super) nanoseconds: u32,
}

/// Times at which a node was last read, written, and changed in any way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) accessed: Moment,
    pub(super) modified: Moment,
    pub(super) changed: Moment,
}

/// Type of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    File,
    Folder,
    Link,
}

/// Attributes of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) node: NodeId,
    pub(super) ty: Type,
    /// Number of names that lead to it; a folder has one, whatever it contains.
    pub(super) names: u64,
    /// Size in bytes of a file or of a link's target; 0 for a folder.
    pub(super) size: u64,
    pub(super) times: Times,
}

/// A node. It lives as long as it has a name or an open descriptor.
pub(super) struct Node {
    pub(super) what: What,
    /// Marks content given to the task, of which nothing changes.
    pub(super) is_fixed: bool,
    pub(super) names: u64,
    pub(super) open: u64,
    pub(super) times: Times,
}

/// Content of a node.
pub(super) enum What {
    File(Contents),
    /// A file that the task was given, or has made immutable.
    Given(Given),
    Folder(Folder),
    /// A symbolic link and its target, which is absolute only if the link was given to the task.
    Link(Box<str>),
}

/// Content that does not change.
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) digest: Digest,
    pub(crate) executable: bool,
    pub(crate) content: Content,
}

/// A folder: its entries by name, and its parent folder.
pub(super) struct Folder {
    pub(super) parent: NodeId,
    pub(super) entries: BTreeMap<Box<str>, Entry>,
}

/// One name in a folder.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) node: NodeId,
    /// Serial number of the name, in the order of creation: a listing shows no name younger than itself.
    pub(super) serial: u64,
}

impl Moment {
    /// Creates a moment. A second or more of nanoseconds counts as further seconds. `None` if the sum overflows.
    pub(super) fn new(seconds: i64, nanoseconds: u32) -> Option<Self> {
        const SECOND: u32 = 1_000_000_000;
        let seconds = seconds.checked_add(i64::from(nanoseconds / SECOND))?;
        Some(Self { seconds, nanoseconds: nanoseconds % SECOND })
    }
}

impl Node {
    pub(super) const fn new(what: What, now: Moment) -> Self {
        let times = Times { accessed: now, modified: now, changed: now };
        Self { what, is_fixed: false, names: 0, open: 0, times }
    }

    pub(super) const fn ty(&self) -> Type {
        match self.what {
            What::File(_) | What::Given(_) => Type::File,
            What::Folder(_) => Type::Folder,
            What::Link(_) => Type::Link,
        }
    }

    pub(super) const fn is_folder(&self) -> bool {
        matches!(self.what, What::Folder(_))
    }

    /// Sets the times of a change to the content.
    pub(super) const fn touch(&mut self, now: Moment) {
        self.times.modified = now;
        self.times.changed = now;
    }

    pub(super) fn stat(&self, node: NodeId) -> Stat {
        let size = match &self.what {
            What::File(contents) => contents.size(),
            What::Given(given) => given.content.size,
            What::Folder(_) => 0,
            What::Link(target) => target.len() as u64,
        };
        Stat { node, ty: self.ty(), names: self.names, size, times: self.times }
    }
}
