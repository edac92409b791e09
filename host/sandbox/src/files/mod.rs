//! The scratch folder: the only place where a sealed task can write. It is private, empty at first, and gone with the
//! run.
//!
//! It implements `wasi:filesystem`, in both generations, over a tree in memory and blocks in a nameless file. No part
//! of it is a folder of the machine, so there is nothing to escape from: no inode, clock, order or error of the
//! machine's file system can reach a task. A task must never see a path of the machine.
//!
//! | a task asks for | it gets |
//! |---|---|
//! | the preopened directories | one, at `/` |
//! | a listing | the names in the order of their bytes: those that were there when it began and still are |
//! | a time | the virtual clock's, as described below |
//! | an inode, a metadata hash | the node's number, counted in the order of creation |
//! | a device, a socket, a pipe | nothing: there are none, and none can be made |
//! | to synchronise, to advise | success: nothing outlives the run |
//! | more than there is room for | the interface's error, and the run counts as one that exceeded a limit |
//! | a path of a file or directory that it was given | a place in `/files`, where nothing can be changed |
//!
//! A call that may change something reads the virtual clock, and so advances it by a tick. A call that only looks does
//! not, nor do the bytes of a stream of WASI 0.3.
//!
//! [`given`] has the files given to the task, [`snapshot`] those that it returns. [`tree`] changes the [`nodes`],
//! [`resolve`] is the wall between them and a path, [`blocks`] holds the bytes of [`contents`]; [`p2`] and [`p3`] only
//! translate.

mod blocks;
mod contents;
mod error;
mod folder;
mod given;
mod node;
mod nodes;
mod open;
mod p2;
mod p2_streams;
mod p3;
mod p3_streams;
mod resolve;
mod snapshot;
#[cfg(test)]
mod tests;
mod translate;
mod tree;
mod view;

pub(super) use self::folder::{Scratch, Setting, Used};
pub(super) use self::given::Shown;
pub(super) use self::node::Given;
pub(super) use self::snapshot::TakeError;
pub(super) use self::view::{FilesView, add_to_linker};
