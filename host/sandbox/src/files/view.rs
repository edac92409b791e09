//! The view of the scratch folder that the functions of `wasi:filesystem` have.

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::filesystem as p2_bindings;
use wasmtime_wasi::p3::bindings::filesystem as p3_bindings;
use wasmtime_wasi_io::bindings::wasi::io::error as p2_error;

use super::super::engine::EngineKind;
use super::Scratch;
use super::open::Open;

/// Path of the folder in the guest.
const GUEST_PATH: &str = "/";

/// The part of a run that the functions of the interface see.
pub(crate) struct FilesView<'a> {
    pub(crate) scratch: &'a Scratch,
    pub(crate) table: &'a mut ResourceTable,
}

/// Names [`FilesView`] to the linker.
pub(crate) struct ScratchFiles;

impl HasData for ScratchFiles {
    type Data<'a> = FilesView<'a>;
}

/// Links the scratch folder as the file system.
pub(crate) fn add_to_linker<T: Send + 'static>(
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

/// The descriptors of the interface are numbers in the table. The table holds [`Open`] for them, not the type that the
/// bindings name.
impl FilesView<'_> {
    pub(super) fn push<D: 'static>(&mut self, open: Open) -> wasmtime::Result<Resource<D>> {
        Ok(Resource::new_own(self.table.push(open)?.rep()))
    }

    pub(super) fn open<D: 'static>(&self, descriptor: &Resource<D>) -> wasmtime::Result<&Open> {
        Ok(self.table.get(&Resource::new_borrow(descriptor.rep()))?)
    }

    pub(super) fn close<D: 'static>(&mut self, descriptor: &Resource<D>) -> wasmtime::Result<()> {
        self.table.delete(Resource::<Open>::new_own(descriptor.rep()))?;
        Ok(())
    }

    pub(super) fn preopened<D: 'static>(&mut self) -> wasmtime::Result<Vec<(Resource<D>, String)>> {
        let root = self.scratch.root().map_err(wasmtime::Error::new)?;
        Ok(vec![(self.push(root)?, GUEST_PATH.to_owned())])
    }
}
