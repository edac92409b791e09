//! The scratch folder: the only place where a sealed task can write, private, empty at first, and gone with the run.
//!
//! It is `wasi:filesystem` of our own, in both of its generations, over a tree in memory and blocks in a nameless file.
//! None of it is a folder of the machine, so there is nothing to escape from: no inode, clock, order or error of the
//! machine's file system can reach a task. What it must never see is a path of the machine.
//!
//! | a task asks for | it gets |
//! |---|---|
//! | the preopened directories | one, at `/` |
//! | a listing | the names in the order of their bytes: those that were there when it began and still are |
//! | a time | the virtual clock's. A call that may change something is a reading of it, and so moves it by a tick; one that only looks is not, nor are the bytes of a stream of WASI 0.3 |
//! | an inode, a metadata hash | the node's number, counted in the order of creation |
//! | a device, a socket, a pipe | nothing: there are none, and none can be made |
//! | to synchronise, to advise | success: nothing outlives the run |
//! | more than there is room for | the interface's error, and the run counts as one that exceeded a limit |
//! | a path of a file or directory that it was given | a place in `/files`, where nothing can be changed |
//!
//! [`given`] is what the task was given, [`snapshot`] what it returns. [`tree`] knows names, [`resolve`] is the wall, [`blocks`] holds the bytes of [`contents`]; [`p2`] and [`p3`] only
//! translate.

mod blocks;
mod contents;
mod error;
mod folder;
mod given;
mod node;
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

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::filesystem as p2_bindings;
use wasmtime_wasi::p3::bindings::filesystem as p3_bindings;
use wasmtime_wasi_io::bindings::wasi::io::error as p2_error;

pub(super) use self::folder::{Scratch, Setting, Used};
pub(super) use self::given::Shown;
pub(super) use self::node::Given;
use self::open::Open;
pub(super) use self::snapshot::TakeError;
use super::engine::EngineKind;

/// What one read or one write of a stream carries at most: the bytes are copied on their way.
const STREAM_BYTES: usize = 1 << 20;

/// Where the guest finds the folder.
const GUEST_PATH: &str = "/";

/// The folder in it that shows what the task was given.
const GIVEN: &str = "files";

/// What the functions of the interface see of a run.
pub(super) struct FilesView<'a> {
    pub(super) scratch: &'a Scratch,
    pub(super) table: &'a mut ResourceTable,
}

/// Names [`FilesView`] to the linker.
pub(super) struct ScratchFiles;

impl HasData for ScratchFiles {
    type Data<'a> = FilesView<'a>;
}

/// Links the scratch folder as the file system.
pub(super) fn add_to_linker<T: Send + 'static>(
    linker: &mut Linker<T>,
    kind: EngineKind,
    view: fn(&mut T) -> FilesView<'_>,
) -> wasmtime::Result<()> {
    p2_bindings::types::add_to_linker::<T, ScratchFiles>(linker, view)?;
    p2_bindings::preopens::add_to_linker::<T, ScratchFiles>(linker, view)?;
    p2_error::add_to_linker::<T, ScratchFiles>(linker, view)?;
    if kind == EngineKind::Async {
        p3_bindings::types::add_to_linker::<T, ScratchFiles>(linker, view)?;
        p3_bindings::preopens::add_to_linker::<T, ScratchFiles>(linker, view)?;
    }
    Ok(())
}

/// The descriptors of the interface are numbers in the table; what is there is [`Open`], and not what the bindings
/// name as their type.
impl FilesView<'_> {
    fn push<D: 'static>(&mut self, open: Open) -> wasmtime::Result<Resource<D>> {
        Ok(Resource::new_own(self.table.push(open)?.rep()))
    }

    fn open<D: 'static>(&self, descriptor: &Resource<D>) -> wasmtime::Result<&Open> {
        Ok(self.table.get(&Resource::new_borrow(descriptor.rep()))?)
    }

    fn close<D: 'static>(&mut self, descriptor: &Resource<D>) -> wasmtime::Result<()> {
        self.table.delete(Resource::<Open>::new_own(descriptor.rep()))?;
        Ok(())
    }

    fn preopened<D: 'static>(&mut self) -> wasmtime::Result<Vec<(Resource<D>, String)>> {
        let root = self.scratch.root().map_err(wasmtime::Error::new)?;
        Ok(vec![(self.push(root)?, GUEST_PATH.to_owned())])
    }
}
