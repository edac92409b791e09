//! Nodes of a scratch folder, by their numbers, and the way up from a folder.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Error;
use super::node::{Folder, Node, NodeId, What};

/// All nodes of one scratch folder.
pub(super) struct Nodes {
    nodes: BTreeMap<NodeId, Node>,
    /// The directories that the task was given.
    given_roots: BTreeSet<NodeId>,
}

impl Nodes {
    /// Creates nodes with only a root.
    pub(super) fn new(root: Node) -> Self {
        Self { nodes: BTreeMap::from([(NodeId::ROOT, root)]), given_roots: BTreeSet::new() }
    }

    /// Returns the node with this number, if any.
    pub(super) fn get(&self, node: NodeId) -> Option<&Node> {
        self.nodes.get(&node)
    }

    /// Returns the node with this number for changes, if any.
    pub(super) fn get_mut(&mut self, node: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(&node)
    }

    /// Returns the node of a number that is in use.
    pub(super) fn node(&self, node: NodeId) -> Result<&Node, Error> {
        self.get(node).ok_or(Error::BadDescriptor)
    }

    /// Returns the node of a number that is in use, for changes.
    pub(super) fn node_mut(&mut self, node: NodeId) -> Result<&mut Node, Error> {
        self.get_mut(node).ok_or(Error::BadDescriptor)
    }

    /// Returns the entries of a folder.
    pub(super) fn folder(&self, node: NodeId) -> Result<&Folder, Error> {
        match &self.node(node)?.what {
            What::Folder(folder) => Ok(folder),
            What::File(_) | What::Given(_) | What::Link(_) => Err(Error::NotDirectory),
        }
    }

    /// Returns the entries of a folder, for changes.
    pub(super) fn folder_mut(&mut self, node: NodeId) -> Result<&mut Folder, Error> {
        match &mut self.node_mut(node)?.what {
            What::Folder(folder) => Ok(folder),
            What::File(_) | What::Given(_) | What::Link(_) => Err(Error::NotDirectory),
        }
    }

    /// Adds a node under a new number.
    pub(super) fn insert(&mut self, node: NodeId, what: Node) {
        self.nodes.insert(node, what);
    }

    /// Removes a node.
    pub(super) fn remove(&mut self, node: NodeId) -> Option<Node> {
        self.nodes.remove(&node)
    }

    /// Returns true if `folder` is `outer` or somewhere in it.
    pub(super) fn is_within(&self, folder: NodeId, outer: NodeId) -> Result<bool, Error> {
        let mut at = folder;
        while at != outer {
            if at == NodeId::ROOT {
                return Ok(false);
            }
            at = self.folder(at)?.parent;
        }
        Ok(true)
    }

    /// Records a directory that was given to the task.
    pub(super) fn add_given_root(&mut self, root: NodeId) {
        self.given_roots.insert(root);
    }

    /// Returns the given directory that contains `folder`.
    pub(super) fn given_root(&self, folder: NodeId) -> Result<NodeId, Error> {
        let mut at = folder;
        while !self.given_roots.contains(&at) {
            if at == NodeId::ROOT {
                return Err(Error::NotPermitted);
            }
            at = self.folder(at)?.parent;
        }
        Ok(at)
    }
}
