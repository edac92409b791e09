//! The host's side of `larder:task/files`: handles on content, in both worlds.
//!
//! The host makes a handle for content given to a call, and the task makes others; returned content is taken out of
//! its handle. The bytes of a handle never change, so all that a task can see of one depends on its digest, and on its
//! position among the inputs or, where names count, its name.
//!
//! Each world has its own meaning of a path: a sealed task finds content in its scratch folder, an open one in a
//! folder of the machine that is made for the run.

mod bindings;
mod directory;
mod file;
mod handles;
mod inside;
mod run;
mod view;
mod writer;

pub(super) use self::handles::{DirectoryHandle, FileHandle, weight};
pub(super) use self::run::TaskFiles;
pub(super) use self::view::{TaskFilesView, add_to_linker};
