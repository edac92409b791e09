//! Files and directories given to a task, shown in the tree: numbered entries of one folder, which can only be read.
//!
//! They are added when the task first asks for a path, and do not count as files that the task has made. All their
//! times are the moment at which the run began.

use std::collections::BTreeMap;

use super::error::Error;
use super::node::{Folder, Given, Moment, NodeId, What};
use super::tree::Tree;
use larder_content as content;

/// Name of the folder that shows the files given to the task.
pub(super) const GIVEN: &str = "files";

/// A file or directory to be shown.
pub(crate) enum Shown<'a> {
    File(&'a Given),
    Directory(&'a content::Directory),
}

impl Tree {
    /// Makes the folder, if a task may be given something. A task that is given nothing can still ask for the path of
    /// its own files; whatever it has already put in this place stays there.
    pub(super) fn show_given(&mut self, now: Moment) -> Result<(), Error> {
        if self.nodes.folder(NodeId::ROOT)?.entries.contains_key(GIVEN) {
            return Err(Error::Exist);
        }
        let folder = self.insert_fixed(NodeId::ROOT, GIVEN, empty(NodeId::ROOT), now)?;
        self.given = Some(folder);
        Ok(())
    }

    /// Shows `what` as number `number`, under its own name if it has one, and returns its path.
    pub(super) fn show(
        &mut self,
        number: u32,
        name: Option<&str>,
        what: &Shown<'_>,
        now: Moment,
    ) -> Result<String, Error> {
        if self.given.is_none() {
            self.show_given(now)?;
        }
        let mut folder = self.given.ok_or(Error::NoEntry)?;
        let number = number.to_string();
        let mut path = format!("/{GIVEN}/{number}");
        if let Some(name) = name {
            folder = self.insert_fixed(folder, &number, empty(folder), now)?;
            path = format!("{path}/{name}");
        }
        let name = name.unwrap_or(&number);
        match what {
            Shown::File(given) => {
                self.insert_fixed(folder, name, What::Given((*given).clone()), now)?;
            }
            Shown::Directory(directory) => {
                let root = self.insert_fixed(folder, name, empty(folder), now)?;
                self.nodes.add_given_root(root);
                self.fill(root, directory, now)?;
            }
        }
        Ok(path)
    }

    fn fill(&mut self, into: NodeId, directory: &content::Directory, now: Moment) -> Result<(), Error> {
        for (name, node) in &directory.entries {
            match node {
                content::Node::File { digest, executable, content } => {
                    let given = Given { digest: *digest, executable: *executable, content: content.clone() };
                    self.insert_fixed(into, name, What::Given(given), now)?;
                }
                // The recursion is as deep as a directory may be nested, which is not deep.
                content::Node::Directory(inner) => {
                    let folder = self.insert_fixed(into, name, empty(into), now)?;
                    self.fill(folder, inner, now)?;
                }
                content::Node::Link(target) => {
                    self.insert_fixed(into, name, What::Link(target.clone()), now)?;
                }
            }
        }
        Ok(())
    }
}

fn empty(parent: NodeId) -> What {
    What::Folder(Folder { parent, entries: BTreeMap::new() })
}
