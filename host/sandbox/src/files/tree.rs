//! The tree of a scratch folder: nodes and the names that lead to them. It is independent of WASI, of the storage of
//! bytes, and of clocks: the caller passes the moment of an operation.
//!
//! It behaves like Linux, as far as the interface can tell. Its size is bounded: names and nodes by a count set at
//! creation, each name and target by its length. Only that count bounds the nesting of folders: nothing here recurses,
//! and only a rename walks up the tree.

use std::collections::BTreeMap;

use super::contents::Contents;
use super::error::Error;
use super::node::{Entry, Folder, Moment, Node, NodeId, Stat, Type, What};
use super::nodes::Nodes;
use super::resolve::{self, Links, MAX_TARGET, Name, Place};
use crate::account::{Account, Hold};

/// Options for opening.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct How {
    pub(super) follow: bool,
    pub(super) create: bool,
    pub(super) exclusive: bool,
    pub(super) truncate: bool,
    pub(super) directory: bool,
    pub(super) read: bool,
    pub(super) write: bool,
    /// For a folder: its descriptor reports that its entries can be changed.
    pub(super) mutate: bool,
}

/// A path, and its starting folder.
pub(super) type Path<'a> = (NodeId, &'a str);

/// The nodes of one scratch folder and their operations.
pub(super) struct Tree {
    pub(super) nodes: Nodes,
    last_node: u64,
    last_serial: u64,
    /// Folder that shows the files given to the task, if any.
    pub(super) given: Option<NodeId>,
    limit: u64,
    /// Number of names, and of open nodes that no longer have a name.
    count: u64,
    peak: u64,
    /// The charge for the nodes and the names.
    kept: Hold,
}

/// Host memory of a node, and of a name without its letters, in bytes.
const NODE: u64 = 384;
const NAME: u64 = 96;

/// Work for a node that is shown to the task, in units of fuel.
const SHOWN_WORK: u64 = 200;

const fn name_cost(name: &str) -> u64 {
    NAME + name.len() as u64
}

fn node_cost(what: &What) -> u64 {
    NODE + match what {
        What::Link(target) => target.len() as u64,
        What::File(_) | What::Given(_) | What::Folder(_) => 0,
    }
}

impl Tree {
    /// Creates a tree with an empty root, which may grow by `limit` names.
    pub(super) fn new(limit: u64, account: &Account, now: Moment) -> Self {
        let mut root = Node::new(folder_in(NodeId::ROOT), now);
        root.names = 1;
        Self {
            nodes: Nodes::new(root),
            last_node: NodeId::ROOT.0,
            last_serial: 0,
            given: None,
            limit,
            count: 0,
            peak: 0,
            kept: account.nothing(),
        }
    }

    /// Peak number of files, folders and links.
    pub(super) const fn peak(&self) -> u64 {
        self.peak
    }

    /// Returns the attributes of a node.
    pub(super) fn stat(&self, node: NodeId) -> Result<Stat, Error> {
        Ok(self.nodes.node(node)?.stat(node))
    }

    /// Returns the node at a path.
    pub(super) fn find(&self, (start, path): Path<'_>, follow: bool) -> Result<NodeId, Error> {
        let links = if follow { Links::Follow } else { Links::Stop };
        match self.nodes.resolve(start, path, links)? {
            Place::Folder(node) => Ok(node),
            Place::Name(name) => self.named(&name),
        }
    }

    /// Returns the node of a name; it must be a folder if the path asks for one.
    fn named(&self, name: &Name) -> Result<NodeId, Error> {
        let node = name.node.ok_or(Error::NoEntry)?;
        if name.slash && !self.nodes.node(node)?.is_folder() { Err(Error::NotDirectory) } else { Ok(node) }
    }

    /// Returns the target of the link at a path.
    pub(super) fn read_link(&self, path: Path<'_>) -> Result<&str, Error> {
        match &self.nodes.node(self.find(path, false)?)?.what {
            What::Link(target) => Ok(target),
            What::File(_) | What::Given(_) | What::Folder(_) => Err(Error::Invalid),
        }
    }

    /// Returns the first entry of a folder after the name `after` that is not younger than `until`.
    pub(super) fn next(&self, folder: NodeId, after: Option<&str>, until: u64) -> Result<Option<(&str, Type)>, Error> {
        use std::ops::Bound::{Excluded, Unbounded};
        let behind = (after.map_or(Unbounded, Excluded), Unbounded);
        let mut entries = self.nodes.folder(folder)?.entries.range::<str, _>(behind);
        let Some((name, entry)) = entries.find(|(_, entry)| entry.serial <= until) else { return Ok(None) };
        Ok(Some((name, self.nodes.node(entry.node)?.ty())))
    }

    /// Returns the serial number of the youngest name.
    pub(super) const fn last_serial(&self) -> u64 {
        self.last_serial
    }

    /// Finds or creates the node to open, and counts it as open. Truncating it is the caller's job.
    pub(super) fn open(&mut self, (start, path): Path<'_>, how: How, now: Moment) -> Result<NodeId, Error> {
        if how.directory && (how.create || how.exclusive || how.truncate) {
            return Err(Error::Invalid);
        }
        let is_new = how.create && how.exclusive;
        let links = match (how.create, how.follow) {
            (true, true) if !is_new => Links::Make,
            (true, _) => Links::Name,
            (false, true) => Links::Follow,
            (false, false) => Links::Stop,
        };
        let node = match self.nodes.resolve(start, path, links)? {
            Place::Name(Name { slash: true, .. }) if how.create => return Err(Error::IsDirectory),
            Place::Folder(_) | Place::Name(Name { node: Some(_), .. }) if is_new => return Err(Error::Exist),
            Place::Name(Name { folder, name, node: None, slash: _ }) if how.create => {
                self.create(folder, name, What::File(Contents::default()), now)?
            }
            Place::Folder(node) => node,
            Place::Name(name) => self.named(&name)?,
        };
        let found = self.nodes.node_mut(node)?;
        match found.ty() {
            Type::Link => return Err(Error::Loop),
            Type::File if how.directory => return Err(Error::NotDirectory),
            Type::Folder if how.create || how.truncate || how.write => return Err(Error::IsDirectory),
            Type::File if found.is_fixed && (how.write || how.truncate) => return Err(Error::ReadOnly),
            Type::File | Type::Folder => {}
        }
        found.open += 1;
        Ok(node)
    }

    /// Counts one more descriptor on an open node.
    pub(super) fn reopen(&mut self, node: NodeId) -> Result<(), Error> {
        self.nodes.node_mut(node)?.open += 1;
        Ok(())
    }

    /// Counts one descriptor less. A node that has become unreachable is removed, and its content returned.
    pub(super) fn close(&mut self, node: NodeId) -> Option<Contents> {
        let found = self.nodes.get_mut(node)?;
        found.open = found.open.saturating_sub(1);
        self.drop_if_lost(node)
    }

    /// Makes a folder.
    pub(super) fn make_folder(&mut self, (start, path): Path<'_>, now: Moment) -> Result<(), Error> {
        let name = self.free_name((start, path), true)?;
        self.create(name.folder, name.name, folder_in(name.folder), now)?;
        Ok(())
    }

    /// Makes a symbolic link.
    pub(super) fn make_link(&mut self, target: &str, path: Path<'_>, now: Moment) -> Result<(), Error> {
        resolve::check(target, MAX_TARGET)?;
        let name = self.free_name(path, false)?;
        self.create(name.folder, name.name, What::Link(target.into()), now)?;
        Ok(())
    }

    /// Gives the node at `old` a second name.
    pub(super) fn add_name(&mut self, old: Path<'_>, new: Path<'_>, now: Moment) -> Result<(), Error> {
        let node = self.find(old, false)?;
        let name = self.free_name(new, false)?;
        if self.nodes.node(node)?.is_folder() {
            return Err(Error::NotPermitted);
        }
        self.expect_named(name.folder)?;
        match (self.nodes.node(node)?.is_fixed, self.nodes.node(name.folder)?.is_fixed) {
            (false, false) => {}
            (true, true) => return Err(Error::ReadOnly),
            (true, false) | (false, true) => return Err(Error::CrossDevice),
        }
        self.count_one_more()?;
        self.kept.extend(name_cost(&name.name))?;
        self.enter(name.folder, name.name, node, now)?;
        self.nodes.node_mut(node)?.times.changed = now;
        Ok(())
    }

    /// Returns a name for a new node, which does not exist yet and can be created.
    fn free_name(&self, (start, path): Path<'_>, is_for_folder: bool) -> Result<Name, Error> {
        match self.nodes.resolve(start, path, Links::Name)? {
            Place::Folder(_) | Place::Name(Name { node: Some(_), .. }) => Err(Error::Exist),
            Place::Name(name) if name.slash && !is_for_folder => Err(Error::NoEntry),
            Place::Name(name) => Ok(name),
        }
    }

    /// Removes the name of a file or a link, and returns its content if it has become unreachable.
    pub(super) fn remove_file(&mut self, (start, path): Path<'_>, now: Moment) -> Result<Option<Contents>, Error> {
        let Place::Name(name) = self.nodes.resolve(start, path, Links::Name)? else { return Err(Error::IsDirectory) };
        let node = name.node.ok_or(Error::NoEntry)?;
        if self.nodes.node(node)?.is_folder() {
            return Err(Error::IsDirectory);
        }
        if name.slash {
            return Err(Error::NotDirectory);
        }
        self.expect_free(name.folder)?;
        self.leave(name.folder, &name.name, now)?;
        self.lose_name(node, now)
    }

    /// Removes an empty folder.
    pub(super) fn remove_folder(&mut self, (start, path): Path<'_>, now: Moment) -> Result<(), Error> {
        let Place::Name(name) = self.nodes.resolve(start, path, Links::Name)? else { return Err(Error::Invalid) };
        let node = name.node.ok_or(Error::NoEntry)?;
        if name.slash && matches!(self.nodes.node(node)?.what, What::Link(_)) {
            // It is not a folder, wherever it leads; if it leads out of the folder, that is the error.
            let outside = self.nodes.resolve(start, path, Links::Stop).err();
            return Err(outside.filter(|error| *error == Error::NotPermitted).unwrap_or(Error::NotDirectory));
        }
        if !self.nodes.folder(node)?.entries.is_empty() {
            return Err(Error::NotEmpty);
        }
        self.expect_free(name.folder)?;
        if self.nodes.node(node)?.is_fixed {
            return Err(Error::Busy);
        }
        self.leave(name.folder, &name.name, now)?;
        self.lose_name(node, now)?;
        Ok(())
    }

    /// Renames the node at `old` to `new`, and returns the content of a file that had that name.
    pub(super) fn rename(&mut self, old: Path<'_>, new: Path<'_>, now: Moment) -> Result<Option<Contents>, Error> {
        let (from, to) =
            (self.nodes.resolve(old.0, old.1, Links::Name)?, self.nodes.resolve(new.0, new.1, Links::Name)?);
        let (Place::Name(from), Place::Name(to)) = (from, to) else { return Err(Error::Busy) };
        let moved = from.node.ok_or(Error::NoEntry)?;
        self.may_rename(moved, &from, &to)?;
        if to.node == Some(moved) {
            return Ok(None);
        }
        self.kept.extend(name_cost(&to.name))?;
        self.leave(from.folder, &from.name, now)?;
        self.nodes.node_mut(moved)?.names -= 1;
        // A replaced name keeps its age: a listing under way still shows it.
        let serial = self.leave(to.folder, &to.name, now)?.map(|entry| entry.serial);
        let replaced = to.node.map(|node| self.lose_name(node, now)).transpose()?.flatten();
        self.enter(to.folder, to.name.clone(), moved, now)?;
        if let (Some(serial), Some(entry)) = (serial, self.nodes.folder_mut(to.folder)?.entries.get_mut(&to.name)) {
            entry.serial = serial;
        }
        let node = self.nodes.node_mut(moved)?;
        node.times.changed = now;
        if let What::Folder(folder) = &mut node.what {
            folder.parent = to.folder;
        }
        Ok(replaced)
    }

    /// Checks the rules of a rename, in the order of Linux.
    fn may_rename(&self, moved: NodeId, from: &Name, to: &Name) -> Result<(), Error> {
        let is_folder = self.nodes.node(moved)?.is_folder();
        if !is_folder && (from.slash || to.slash) {
            return Err(Error::NotDirectory);
        }
        self.expect_named(to.folder)?;
        self.expect_one_system(moved, from.folder, to.folder)?;
        if to.node.map(|node| self.nodes.node(node)).transpose()?.is_some_and(|node| node.is_fixed) {
            return Err(Error::Busy);
        }
        if self.nodes.is_within(to.folder, moved)? {
            return Err(Error::Invalid);
        }
        let Some(target) = to.node else { return Ok(()) };
        if target == moved {
            return Ok(());
        }
        if self.nodes.is_within(from.folder, target)? {
            return Err(Error::NotEmpty);
        }
        match &self.nodes.node(target)?.what {
            What::Folder(_) if !is_folder => Err(Error::IsDirectory),
            What::Folder(folder) if !folder.entries.is_empty() => Err(Error::NotEmpty),
            What::File(_) | What::Given(_) | What::Link(_) if is_folder => Err(Error::NotDirectory),
            What::File(_) | What::Given(_) | What::Folder(_) | What::Link(_) => Ok(()),
        }
    }

    /// Refuses new names in a folder that was removed while it was open.
    fn expect_named(&self, folder: NodeId) -> Result<(), Error> {
        if self.nodes.node(folder)?.names == 0 { Err(Error::NoEntry) } else { Ok(()) }
    }

    /// Refuses to add to a folder given to the task, or to remove from it.
    pub(super) fn expect_free(&self, folder: NodeId) -> Result<(), Error> {
        if self.nodes.node(folder)?.is_fixed { Err(Error::ReadOnly) } else { Ok(()) }
    }

    /// Treats the files given to the task as a separate, read-only file system.
    fn expect_one_system(&self, node: NodeId, from: NodeId, to: NodeId) -> Result<(), Error> {
        let is_fixed = |node| self.nodes.node(node).map(|node| node.is_fixed);
        match (is_fixed(from)?, is_fixed(to)?) {
            (false, false) if is_fixed(node)? => Err(Error::Busy),
            (false, false) => Ok(()),
            (true, true) => Err(Error::ReadOnly),
            (true, false) | (false, true) => Err(Error::CrossDevice),
        }
    }

    fn count_one_more(&mut self) -> Result<(), Error> {
        if self.count >= self.limit {
            return Err(Error::TooMany { limit: self.limit, asked: self.count + 1 });
        }
        self.count += 1;
        self.peak = self.peak.max(self.count);
        Ok(())
    }

    /// Creates a new node under a new name.
    fn create(&mut self, folder: NodeId, name: Box<str>, what: What, now: Moment) -> Result<NodeId, Error> {
        self.expect_named(folder)?;
        self.expect_free(folder)?;
        self.count_one_more()?;
        self.kept.extend(node_cost(&what) + name_cost(&name))?;
        self.last_node += 1;
        let node = NodeId(self.last_node);
        self.nodes.insert(node, Node::new(what, now));
        self.enter(folder, name, node, now)?;
        Ok(node)
    }

    /// Inserts a new immutable node, which counts towards no limit, in place of any node of that name.
    pub(super) fn insert_fixed(
        &mut self,
        folder: NodeId,
        name: &str,
        what: What,
        now: Moment,
    ) -> Result<NodeId, Error> {
        self.kept.extend(node_cost(&what) + name_cost(name))?;
        self.kept.account().owe(SHOWN_WORK);
        self.last_node += 1;
        let node = NodeId(self.last_node);
        self.last_serial += 1;
        let entry = Entry { node, serial: self.last_serial };
        self.nodes.folder_mut(folder)?.entries.insert(name.into(), entry);
        self.nodes.insert(node, Node { is_fixed: true, names: 1, ..Node::new(what, now) });
        Ok(node)
    }

    /// Adds a name to a folder.
    fn enter(&mut self, folder: NodeId, name: Box<str>, node: NodeId, now: Moment) -> Result<(), Error> {
        self.last_serial += 1;
        let serial = self.last_serial;
        self.nodes.folder_mut(folder)?.entries.insert(name, Entry { node, serial });
        self.nodes.node_mut(folder)?.touch(now);
        self.nodes.node_mut(node)?.names += 1;
        Ok(())
    }

    /// Removes a name from a folder, if it exists.
    fn leave(&mut self, folder: NodeId, name: &str, now: Moment) -> Result<Option<Entry>, Error> {
        let entry = self.nodes.folder_mut(folder)?.entries.remove(name);
        if entry.is_some() {
            self.kept.shrink(name_cost(name));
            self.nodes.node_mut(folder)?.touch(now);
        }
        Ok(entry)
    }

    /// Counts one name less of a node.
    fn lose_name(&mut self, node: NodeId, now: Moment) -> Result<Option<Contents>, Error> {
        let found = self.nodes.node_mut(node)?;
        found.names -= 1;
        found.times.changed = now;
        if found.names > 0 {
            self.count -= 1;
        }
        Ok(self.drop_if_lost(node))
    }

    fn drop_if_lost(&mut self, node: NodeId) -> Option<Contents> {
        let is_lost = self.nodes.get(node).is_some_and(|found| found.names == 0 && found.open == 0);
        let lost = if is_lost { self.nodes.remove(node) } else { None }?;
        self.count -= 1;
        self.kept.shrink(node_cost(&lost.what));
        match lost.what {
            What::File(contents) => Some(contents),
            What::Given(_) | What::Folder(_) | What::Link(_) => None,
        }
    }
}

const fn folder_in(parent: NodeId) -> What {
    What::Folder(Folder { parent, entries: BTreeMap::new() })
}
