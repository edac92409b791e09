//! The host's side of `larder:task/files`: handles on content, in both worlds.
//!
//! A handle is made of what a call is given, or by the task itself; what is returned is taken out of it again. The
//! bytes of a handle never change, so all that a task can see of one depends on its digest, and on its position among
//! the inputs or, where names count, its name.
//!
//! Where a path leads is each world's own: a sealed task finds content in its scratch folder, an open one in a folder
//! of the machine that is made for the run.

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
