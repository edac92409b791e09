//! Resolution of a path to a place in the tree. This is the wall of the folder: no path leads above its starting
//! directory, whether by `..`, by being absolute, or through a link.

use super::error::Error;
use super::node::{NodeId, What};
use super::nodes::Nodes;

/// Maximum length of a name and of a path, in bytes, as on Linux, where the closing zero counts.
const MAX_NAME: usize = 255;
const MAX_PATH: usize = 4095;

/// Maximum length of a link's target. The targets are held in memory, and longer paths are rare.
pub(super) const MAX_TARGET: usize = 1023;

/// Maximum number of links that one path may lead through, as on Linux.
const MAX_LINKS: u32 = 40;

/// Treatment of a link that is the last name of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    /// Follow it.
    Follow,
    /// Follow it, to create a file there: with a `/` behind the name that is impossible.
    Make,
    /// Stop at the link, unless a `/` behind the name asks for a folder.
    Stop,
    /// Always stop at the link: the name itself is to be changed.
    Name,
}

/// Target of a path.
pub(super) enum Place {
    /// A folder that the path does not name: its end is `.` or `..`.
    Folder(NodeId),
    /// A name in a folder, which may not exist yet.
    Name(Name),
}

/// A name in a folder.
pub(super) struct Name {
    pub(super) folder: NodeId,
    pub(super) name: Box<str>,
    pub(super) node: Option<NodeId>,
    /// True if a `/` followed the name, which must then be a folder's.
    pub(super) slash: bool,
}

/// A path being resolved.
struct Walk<'a> {
    nodes: &'a Nodes,
    /// The folders passed, from the start to the parent of `here`.
    above: Vec<NodeId>,
    here: NodeId,
    /// The remaining parts, the next one last.
    rest: Vec<Box<str>>,
    links: u32,
    slash: bool,
    /// The given directory whose link the path has followed, and which it must not leave.
    confined: Option<NodeId>,
}

impl Nodes {
    /// Resolves `path` from the folder `start`.
    pub(super) fn resolve(&self, start: NodeId, path: &str, links: Links) -> Result<Place, Error> {
        check(path, MAX_PATH)?;
        self.folder(start)?;
        let mut walk = Walk {
            nodes: self,
            above: Vec::new(),
            here: start,
            rest: Vec::new(),
            links: 0,
            slash: false,
            confined: None,
        };
        walk.push(path)?;
        walk.run(links)
    }
}

/// Refuses texts that cannot be a path.
pub(super) fn check(path: &str, longest: usize) -> Result<(), Error> {
    if path.is_empty() {
        Err(Error::NoEntry)
    } else if path.len() > longest {
        Err(Error::NameTooLong)
    } else if path.contains('\0') {
        Err(Error::Invalid)
    } else if path.starts_with('/') {
        Err(Error::NotPermitted)
    } else {
        Ok(())
    }
}

impl Walk<'_> {
    /// Puts the parts of `path` before the remaining parts.
    fn push(&mut self, path: &str) -> Result<(), Error> {
        if self.rest.is_empty() {
            self.slash |= path.ends_with('/');
        }
        for part in path.split('/').filter(|part| !part.is_empty()).rev() {
            if part.len() > MAX_NAME {
                return Err(Error::NameTooLong);
            }
            self.rest.push(part.into());
        }
        Ok(())
    }

    fn run(mut self, links: Links) -> Result<Place, Error> {
        while let Some(part) = self.rest.pop() {
            match &*part {
                "." => {}
                ".." if self.confined == Some(self.here) => return Err(Error::NotPermitted),
                ".." => self.here = self.above.pop().ok_or(Error::NotPermitted)?,
                name => {
                    let node = self.nodes.folder(self.here)?.entries.get(name).map(|entry| entry.node);
                    if self.rest.is_empty() && !self.follows(node, links)? {
                        return Ok(Place::Name(Name { folder: self.here, name: part, node, slash: self.slash }));
                    }
                    self.enter(node.ok_or(Error::NoEntry)?)?;
                }
            }
        }
        Ok(Place::Folder(self.here))
    }

    /// Returns true if the last name of the path is a link to be followed.
    fn follows(&self, node: Option<NodeId>, links: Links) -> Result<bool, Error> {
        let wanted = match links {
            Links::Follow => true,
            Links::Make => !self.slash,
            Links::Stop => self.slash,
            Links::Name => false,
        };
        let is_link = node.map(|node| self.nodes.node(node)).transpose()?.is_some_and(|node| match node.what {
            What::Link(_) => true,
            What::File(_) | What::Given(_) | What::Folder(_) => false,
        });
        Ok(wanted && is_link)
    }

    fn enter(&mut self, node: NodeId) -> Result<(), Error> {
        match &self.nodes.node(node)?.what {
            What::File(_) | What::Given(_) => Err(Error::NotDirectory),
            What::Folder(_) => {
                self.above.push(self.here);
                self.here = node;
                Ok(())
            }
            What::Link(target) => {
                self.links += 1;
                if self.links > MAX_LINKS {
                    return Err(Error::Loop);
                }
                if self.nodes.node(node)?.is_fixed {
                    self.confined = Some(self.nodes.given_root(self.here)?);
                }
                if target.starts_with('/') {
                    return Err(Error::NotPermitted);
                }
                self.push(target)
            }
        }
    }
}
