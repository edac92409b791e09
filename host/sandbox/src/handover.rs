//! Handles on files and directories among the arguments and the result of a call, as they cross the border.

use wasmtime::component::{Resource, ResourceAny};
use wasmtime::{AsContextMut as _, StoreContextMut};

use super::state::State;
use super::task_files::{DirectoryHandle, FileHandle};
use larder_base::BlobKind;
use larder_types::value::BlobRef;

/// Makes a handle for content passed to the call.
pub(super) fn give(
    mut store: StoreContextMut<'_, State>,
    kind: BlobKind,
    blob: &BlobRef,
) -> wasmtime::Result<ResourceAny> {
    let State { table, files, .. } = store.data_mut();
    match kind {
        BlobKind::File => {
            let handle = table.push(files.give_file(blob)?)?;
            ResourceAny::try_from_resource(handle, store)
        }
        BlobKind::Directory => {
            let handle = table.push(files.give_directory(blob)?)?;
            ResourceAny::try_from_resource(handle, store)
        }
    }
}

/// Takes the content out of a handle that the task has returned.
pub(super) fn take(
    mut store: StoreContextMut<'_, State>,
    kind: BlobKind,
    handle: ResourceAny,
) -> wasmtime::Result<BlobRef> {
    match kind {
        BlobKind::File => {
            let handle: Resource<FileHandle> = handle.try_into_resource(store.as_context_mut())?;
            let State { table, files, .. } = store.data_mut();
            Ok(files.return_file(table.delete(handle)?))
        }
        BlobKind::Directory => {
            let handle: Resource<DirectoryHandle> = handle.try_into_resource(store.as_context_mut())?;
            let State { table, files, .. } = store.data_mut();
            Ok(files.return_directory(table.delete(handle)?))
        }
    }
}
