//! The paths of WASI 0.3 in the open world. A path longer than any valid one is refused before it is kept.
//!
//! The engine's functions hand each operation on a path, with the path, to another thread and wait for it, many at a
//! time. The kernel would refuse a long path too, but only when its turn comes.

use wasmtime::component::{Accessor, Linker, Resource};
use wasmtime_wasi::WasiView;
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p3::bindings::filesystem::types::{
    self, DescriptorFlags, DescriptorStat, ErrorCode, HostDescriptorWithStore, MetadataHashValue, NewTimestamp,
    OpenFlags, PathFlags,
};
use wasmtime_wasi::p3::filesystem::FilesystemResult;

use crate::bets::names::replace;

/// The interface, under the version by which wasmtime links it.
const TYPES: &str = "wasi:filesystem/types@0.3.0";

/// Maximum length of a path that is passed on, in bytes: on Linux none is longer than 4096.
const LONGEST: usize = 4096;

type Descriptor = Resource<types::Descriptor>;

/// Defines a function that refuses a long path, and otherwise does what the engine's own does.
macro_rules! bounded {
    ($l:ident, $name:literal, $method:ident($($arg:ident: $ty:ty),*) -> $done:ty, $($path:ident),+) => {
        replace($l, TYPES, concat!("[method]descriptor.", $name), |l, name| {
            l.func_wrap_concurrent(name, |accessor: &Accessor<T>, ($($arg,)*): ($($ty,)*)| {
                Box::pin(async move {
                    if [$($path.len()),+].into_iter().any(|length| length > LONGEST) {
                        return Ok((Err::<$done, _>(ErrorCode::NameTooLong),));
                    }
                    let view = accessor.with_getter::<WasiFilesystem>(T::filesystem);
                    let done: FilesystemResult<$done> = WasiFilesystem::$method(&view, $($arg),*).await;
                    Ok((match done {
                        Ok(done) => Ok(done),
                        Err(error) => Err(error.downcast()?),
                    },))
                })
            })
        })?
    };
}

/// Replaces the functions that take a path.
pub(crate) fn add_bounded_paths<T: WasiView + 'static>(l: &mut Linker<T>) -> wasmtime::Result<()> {
    bounded!(l, "create-directory-at", create_directory_at(folder: Descriptor, path: String) -> (), path);
    bounded!(l, "stat-at", stat_at(folder: Descriptor, flags: PathFlags, path: String) -> DescriptorStat, path);
    bounded!(
        l,
        "set-times-at",
        set_times_at(
            folder: Descriptor,
            flags: PathFlags,
            path: String,
            accessed: NewTimestamp,
            modified: NewTimestamp
        ) -> (),
        path
    );
    bounded!(
        l,
        "link-at",
        link_at(folder: Descriptor, flags: PathFlags, old: String, to: Descriptor, new: String) -> (),
        old,
        new
    );
    bounded!(
        l,
        "open-at",
        open_at(
            folder: Descriptor,
            path_flags: PathFlags,
            path: String,
            open_flags: OpenFlags,
            flags: DescriptorFlags
        ) -> Descriptor,
        path
    );
    bounded!(l, "readlink-at", readlink_at(folder: Descriptor, path: String) -> String, path);
    bounded!(l, "remove-directory-at", remove_directory_at(folder: Descriptor, path: String) -> (), path);
    bounded!(l, "rename-at", rename_at(folder: Descriptor, old: String, to: Descriptor, new: String) -> (), old, new);
    bounded!(l, "symlink-at", symlink_at(folder: Descriptor, target: String, path: String) -> (), target, path);
    bounded!(l, "unlink-file-at", unlink_file_at(folder: Descriptor, path: String) -> (), path);
    bounded!(
        l,
        "metadata-hash-at",
        metadata_hash_at(folder: Descriptor, flags: PathFlags, path: String) -> MetadataHashValue,
        path
    );
    Ok(())
}
