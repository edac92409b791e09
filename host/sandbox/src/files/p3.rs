//! `wasi:filesystem` of WASI 0.3. Every asynchronous function completes when it is first polled, so concurrent work
//! cannot change what it sees.

use wasmtime::component::{Access, Accessor, Resource, StreamReader};
use wasmtime_wasi::p3::bindings::clocks::system_clock::Instant;
use wasmtime_wasi::p3::bindings::filesystem::{preopens, types};
use wasmtime_wasi::p3::filesystem::{FilesystemError, FilesystemResult};

use super::error::Error;
use super::folder::NewTime;
use super::node::{Moment, Stat};
use super::open::{At, Open};
use super::p3_streams::{self, End, Reading, Writing};
use super::translate::PathFlags as _;
use super::view::{FilesView, ScratchFiles};

type Descriptor = Resource<types::Descriptor>;

impl From<Stat> for types::DescriptorStat {
    fn from(Stat { node: _, ty, names, size, times }: Stat) -> Self {
        Self {
            type_: ty.into(),
            link_count: names,
            size,
            data_access_timestamp: Some(instant(times.accessed)),
            data_modification_timestamp: Some(instant(times.modified)),
            status_change_timestamp: Some(instant(times.changed)),
        }
    }
}

const fn instant(Moment { seconds, nanoseconds }: Moment) -> Instant {
    Instant { seconds, nanoseconds }
}

fn new_time(time: types::NewTimestamp) -> Result<NewTime, Error> {
    Ok(match time {
        types::NewTimestamp::NoChange => NewTime::Keep,
        types::NewTimestamp::Now => NewTime::Now,
        types::NewTimestamp::Timestamp(Instant { seconds, nanoseconds }) => {
            NewTime::Moment(Moment::new(seconds, nanoseconds).ok_or(Error::Overflow)?)
        }
    })
}

/// Operations of the asynchronous functions on a descriptor.
trait OnDescriptors {
    /// Acts on any open node.
    fn on<T>(&self, descriptor: &Descriptor, act: impl FnOnce(&Open) -> Result<T, Error>) -> FilesystemResult<T>;

    /// Acts on a folder.
    fn in_folder<T>(&self, folder: &Descriptor, act: impl FnOnce(&Open) -> Result<T, Error>) -> FilesystemResult<T> {
        self.on(folder, |open| act(open.expect_folder()?))
    }

    /// Acts on two folders.
    fn in_folders(
        &self,
        one: &Descriptor,
        other: &Descriptor,
        act: impl FnOnce(&Open, &Open) -> Result<(), Error>,
    ) -> FilesystemResult<()> {
        let other = self.in_folder(other, Open::again)?;
        self.in_folder(one, |one| act(one, &other))
    }
}

impl<S> OnDescriptors for Accessor<S, ScratchFiles> {
    fn on<T>(&self, descriptor: &Descriptor, act: impl FnOnce(&Open) -> Result<T, Error>) -> FilesystemResult<T> {
        self.with(|mut store| {
            let view = store.get();
            Ok(act(view.open(descriptor).map_err(FilesystemError::trap)?)?)
        })
    }
}

impl preopens::Host for FilesView<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Descriptor, String)>> {
        self.preopened()
    }
}

impl types::Host for FilesView<'_> {
    fn convert_error_code(&mut self, error: FilesystemError) -> wasmtime::Result<types::ErrorCode> {
        error.downcast()
    }
}

impl types::HostDescriptor for FilesView<'_> {
    fn drop(&mut self, file: Descriptor) -> wasmtime::Result<()> {
        self.close(&file)
    }
}

impl<S: 'static> types::HostDescriptorWithStore<S> for ScratchFiles {
    fn read_via_stream(
        mut store: Access<S, Self>,
        file: Descriptor,
        offset: u64,
    ) -> wasmtime::Result<(StreamReader<u8>, End)> {
        let file = store.get().open(&file)?.to_stream_from();
        p3_streams::produce(store, file.map(|file| Reading { file, offset }))
    }

    fn write_via_stream(
        mut store: Access<S, Self>,
        file: Descriptor,
        data: StreamReader<u8>,
        offset: u64,
    ) -> wasmtime::Result<End> {
        let file = store.get().open(&file)?.to_stream_into();
        p3_streams::consume(store, data, file.map(|file| Writing { file, at: At::Offset(offset) }))
    }

    fn append_via_stream(
        mut store: Access<S, Self>,
        file: Descriptor,
        data: StreamReader<u8>,
    ) -> wasmtime::Result<End> {
        let file = store.get().open(&file)?.to_stream_into();
        p3_streams::consume(store, data, file.map(|file| Writing { file, at: At::End }))
    }

    async fn advise(
        store: &Accessor<S, Self>,
        file: Descriptor,
        _: u64,
        _: u64,
        _: types::Advice,
    ) -> FilesystemResult<()> {
        store.on(&file, Open::expect_file)
    }

    async fn sync_data(store: &Accessor<S, Self>, file: Descriptor) -> FilesystemResult<()> {
        store.on(&file, |_| Ok(()))
    }

    async fn sync(store: &Accessor<S, Self>, file: Descriptor) -> FilesystemResult<()> {
        store.on(&file, |_| Ok(()))
    }

    async fn get_flags(store: &Accessor<S, Self>, file: Descriptor) -> FilesystemResult<types::DescriptorFlags> {
        store.on(&file, |open| Ok(open.mode().into()))
    }

    async fn get_type(store: &Accessor<S, Self>, file: Descriptor) -> FilesystemResult<types::DescriptorType> {
        store.on(&file, |open| Ok(open.stat()?.ty.into()))
    }

    async fn set_size(store: &Accessor<S, Self>, file: Descriptor, size: u64) -> FilesystemResult<()> {
        store.on(&file, |open| open.set_size(size))
    }

    async fn set_times(
        store: &Accessor<S, Self>,
        file: Descriptor,
        accessed: types::NewTimestamp,
        modified: types::NewTimestamp,
    ) -> FilesystemResult<()> {
        store.on(&file, |open| open.set_times(new_time(accessed)?, new_time(modified)?))
    }

    fn read_directory(
        mut store: Access<S, Self>,
        folder: Descriptor,
    ) -> wasmtime::Result<(StreamReader<types::DirectoryEntry>, End)> {
        let listing = store.get().open(&folder)?.expect_folder().and_then(Open::list);
        p3_streams::produce(store, listing)
    }

    async fn create_directory_at(store: &Accessor<S, Self>, folder: Descriptor, path: String) -> FilesystemResult<()> {
        store.in_folder(&folder, |folder| folder.make_folder_at(&path))
    }

    async fn stat(store: &Accessor<S, Self>, file: Descriptor) -> FilesystemResult<types::DescriptorStat> {
        store.on(&file, |open| Ok(open.stat()?.into()))
    }

    async fn stat_at(
        store: &Accessor<S, Self>,
        folder: Descriptor,
        flags: types::PathFlags,
        path: String,
    ) -> FilesystemResult<types::DescriptorStat> {
        store.in_folder(&folder, |folder| Ok(folder.stat_at(&path, flags.follows())?.into()))
    }

    async fn set_times_at(
        store: &Accessor<S, Self>,
        folder: Descriptor,
        flags: types::PathFlags,
        path: String,
        accessed: types::NewTimestamp,
        modified: types::NewTimestamp,
    ) -> FilesystemResult<()> {
        let (accessed, modified) = (new_time(accessed)?, new_time(modified)?);
        store.in_folder(&folder, |folder| folder.set_times_at(&path, flags.follows(), accessed, modified))
    }

    async fn link_at(
        store: &Accessor<S, Self>,
        folder: Descriptor,
        flags: types::PathFlags,
        old: String,
        new_folder: Descriptor,
        new: String,
    ) -> FilesystemResult<()> {
        store.in_folders(&folder, &new_folder, |folder, new_folder| {
            // As in wasmtime, a hard link to a link's target is not supported.
            if flags.follows() { Err(Error::Invalid) } else { folder.add_name_at(&old, new_folder, &new) }
        })
    }

    async fn open_at(
        store: &Accessor<S, Self>,
        folder: Descriptor,
        path_flags: types::PathFlags,
        path: String,
        open_flags: types::OpenFlags,
        flags: types::DescriptorFlags,
    ) -> FilesystemResult<Descriptor> {
        let how = (path_flags, open_flags, flags).into();
        let open = store.in_folder(&folder, |folder| folder.open_at(&path, how))?;
        store.with(|mut store| store.get().push(open)).map_err(FilesystemError::trap)
    }

    async fn readlink_at(store: &Accessor<S, Self>, folder: Descriptor, path: String) -> FilesystemResult<String> {
        store.in_folder(&folder, |folder| folder.read_link_at(&path))
    }

    async fn remove_directory_at(store: &Accessor<S, Self>, folder: Descriptor, path: String) -> FilesystemResult<()> {
        store.in_folder(&folder, |folder| folder.remove_folder_at(&path))
    }

    async fn rename_at(
        store: &Accessor<S, Self>,
        folder: Descriptor,
        old: String,
        new_folder: Descriptor,
        new: String,
    ) -> FilesystemResult<()> {
        store.in_folders(&folder, &new_folder, |folder, new_folder| folder.rename_at(&old, new_folder, &new))
    }

    async fn symlink_at(
        store: &Accessor<S, Self>,
        folder: Descriptor,
        target: String,
        path: String,
    ) -> FilesystemResult<()> {
        store.in_folder(&folder, |folder| folder.make_link_at(&target, &path))
    }

    async fn unlink_file_at(store: &Accessor<S, Self>, folder: Descriptor, path: String) -> FilesystemResult<()> {
        store.in_folder(&folder, |folder| folder.remove_file_at(&path))
    }

    async fn is_same_object(store: &Accessor<S, Self>, one: Descriptor, other: Descriptor) -> wasmtime::Result<bool> {
        store.with(|mut store| {
            let view = store.get();
            Ok(view.open(&one)?.is_same(view.open(&other)?))
        })
    }

    async fn metadata_hash(store: &Accessor<S, Self>, file: Descriptor) -> FilesystemResult<types::MetadataHashValue> {
        store.on(&file, |open| Ok(open.stat()?.node.into()))
    }

    async fn metadata_hash_at(
        store: &Accessor<S, Self>,
        folder: Descriptor,
        flags: types::PathFlags,
        path: String,
    ) -> FilesystemResult<types::MetadataHashValue> {
        store.in_folder(&folder, |folder| Ok(folder.stat_at(&path, flags.follows())?.node.into()))
    }
}
