//! `wasi:filesystem` of WASI 0.2: each function translates, asks the folder, and translates back. Nothing here waits.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::{preopens, types};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};
use wasmtime_wasi_io::bindings::wasi::io::error as io_error;

use super::error::Error;
use super::folder::NewTime;
use super::node::{Moment, Stat};
use super::open::{At, Listing, Open, STREAM_BYTES};
use super::p2_streams::{Reading, Writing};
use super::translate::PathFlags as _;
use super::view::FilesView;

type Descriptor = Resource<types::Descriptor>;
type Entries = Resource<types::DirectoryEntryStream>;

impl From<Stat> for types::DescriptorStat {
    fn from(Stat { node: _, ty, names, size, times }: Stat) -> Self {
        Self {
            type_: ty.into(),
            link_count: names,
            size,
            data_access_timestamp: datetime(times.accessed),
            data_modification_timestamp: datetime(times.modified),
            status_change_timestamp: datetime(times.changed),
        }
    }
}

/// Converts a time; `None` for a time before 1970, which only WASI 0.3 can set.
fn datetime(Moment { seconds, nanoseconds }: Moment) -> Option<Datetime> {
    Some(Datetime { seconds: seconds.try_into().ok()?, nanoseconds })
}

fn new_time(time: types::NewTimestamp) -> Result<NewTime, Error> {
    Ok(match time {
        types::NewTimestamp::NoChange => NewTime::Keep,
        types::NewTimestamp::Now => NewTime::Now,
        types::NewTimestamp::Timestamp(Datetime { seconds, nanoseconds }) => {
            let seconds = i64::try_from(seconds).map_err(|_| Error::Overflow)?;
            NewTime::Moment(Moment::new(seconds, nanoseconds).ok_or(Error::Overflow)?)
        }
    })
}

impl FilesView<'_> {
    fn descriptor(&self, descriptor: &Descriptor) -> FsResult<&Open> {
        self.open(descriptor).map_err(FsError::trap)
    }

    fn folder(&self, descriptor: &Descriptor) -> FsResult<&Open> {
        Ok(self.descriptor(descriptor)?.expect_folder()?)
    }
}

impl preopens::Host for FilesView<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Descriptor, String)>> {
        self.preopened()
    }
}

impl types::Host for FilesView<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<types::ErrorCode> {
        error.downcast()
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<types::ErrorCode>> {
        Ok(self.table.get(&error)?.downcast_ref::<Error>().map(|error| (*error).into()))
    }
}

impl io_error::Host for FilesView<'_> {}

impl io_error::HostError for FilesView<'_> {
    // The engine's own text of an error includes the host's stack if the host's environment asks for that.
    fn to_debug_string(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<String> {
        Ok(self.table.get(&error)?.to_string())
    }

    fn drop(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<()> {
        self.table.delete(error)?;
        Ok(())
    }
}

impl types::HostDescriptor for FilesView<'_> {
    async fn advise(&mut self, file: Descriptor, _: u64, _: u64, _: types::Advice) -> FsResult<()> {
        Ok(self.descriptor(&file)?.expect_file()?)
    }

    async fn sync_data(&mut self, file: Descriptor) -> FsResult<()> {
        self.descriptor(&file)?;
        Ok(())
    }

    async fn sync(&mut self, file: Descriptor) -> FsResult<()> {
        self.descriptor(&file)?;
        Ok(())
    }

    async fn get_flags(&mut self, file: Descriptor) -> FsResult<types::DescriptorFlags> {
        Ok(self.descriptor(&file)?.mode().into())
    }

    async fn get_type(&mut self, file: Descriptor) -> FsResult<types::DescriptorType> {
        Ok(self.descriptor(&file)?.stat()?.ty.into())
    }

    async fn set_size(&mut self, file: Descriptor, size: u64) -> FsResult<()> {
        Ok(self.descriptor(&file)?.set_size(size)?)
    }

    async fn set_times(
        &mut self,
        file: Descriptor,
        accessed: types::NewTimestamp,
        modified: types::NewTimestamp,
    ) -> FsResult<()> {
        Ok(self.descriptor(&file)?.set_times(new_time(accessed)?, new_time(modified)?)?)
    }

    async fn read(&mut self, file: Descriptor, length: u64, offset: u64) -> FsResult<(Vec<u8>, bool)> {
        let length = usize::try_from(length).unwrap_or(STREAM_BYTES).min(STREAM_BYTES);
        let bytes = self.descriptor(&file)?.read(offset, length)?;
        let is_end = bytes.is_empty();
        Ok((bytes, is_end))
    }

    async fn write(&mut self, file: Descriptor, bytes: Vec<u8>, offset: u64) -> FsResult<u64> {
        self.descriptor(&file)?.write(At::Offset(offset), &bytes)?;
        Ok(bytes.len() as u64)
    }

    async fn read_directory(&mut self, folder: Descriptor) -> FsResult<Entries> {
        let listing = self.folder(&folder)?.list()?;
        Ok(Resource::new_own(self.table.push(listing)?.rep()))
    }

    async fn create_directory_at(&mut self, folder: Descriptor, path: String) -> FsResult<()> {
        Ok(self.folder(&folder)?.make_folder_at(&path)?)
    }

    async fn stat(&mut self, file: Descriptor) -> FsResult<types::DescriptorStat> {
        Ok(self.descriptor(&file)?.stat()?.into())
    }

    async fn stat_at(
        &mut self,
        folder: Descriptor,
        flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::DescriptorStat> {
        Ok(self.folder(&folder)?.stat_at(&path, flags.follows())?.into())
    }

    async fn set_times_at(
        &mut self,
        folder: Descriptor,
        flags: types::PathFlags,
        path: String,
        accessed: types::NewTimestamp,
        modified: types::NewTimestamp,
    ) -> FsResult<()> {
        let (accessed, modified) = (new_time(accessed)?, new_time(modified)?);
        Ok(self.folder(&folder)?.set_times_at(&path, flags.follows(), accessed, modified)?)
    }

    async fn link_at(
        &mut self,
        folder: Descriptor,
        flags: types::PathFlags,
        old: String,
        new_folder: Descriptor,
        new: String,
    ) -> FsResult<()> {
        let (folder, new_folder) = (self.folder(&folder)?, self.folder(&new_folder)?);
        // As in wasmtime, a hard link to a link's target is not supported.
        if flags.follows() {
            return Err(Error::Invalid.into());
        }
        Ok(folder.add_name_at(&old, new_folder, &new)?)
    }

    async fn open_at(
        &mut self,
        folder: Descriptor,
        path_flags: types::PathFlags,
        path: String,
        open_flags: types::OpenFlags,
        flags: types::DescriptorFlags,
    ) -> FsResult<Descriptor> {
        let open = self.folder(&folder)?.open_at(&path, (path_flags, open_flags, flags).into())?;
        self.push(open).map_err(FsError::trap)
    }

    async fn readlink_at(&mut self, folder: Descriptor, path: String) -> FsResult<String> {
        Ok(self.folder(&folder)?.read_link_at(&path)?)
    }

    async fn remove_directory_at(&mut self, folder: Descriptor, path: String) -> FsResult<()> {
        Ok(self.folder(&folder)?.remove_folder_at(&path)?)
    }

    async fn rename_at(
        &mut self,
        folder: Descriptor,
        old: String,
        new_folder: Descriptor,
        new: String,
    ) -> FsResult<()> {
        let (folder, new_folder) = (self.folder(&folder)?, self.folder(&new_folder)?);
        Ok(folder.rename_at(&old, new_folder, &new)?)
    }

    async fn symlink_at(&mut self, folder: Descriptor, target: String, path: String) -> FsResult<()> {
        Ok(self.folder(&folder)?.make_link_at(&target, &path)?)
    }

    async fn unlink_file_at(&mut self, folder: Descriptor, path: String) -> FsResult<()> {
        Ok(self.folder(&folder)?.remove_file_at(&path)?)
    }

    fn read_via_stream(&mut self, file: Descriptor, offset: u64) -> FsResult<Resource<DynInputStream>> {
        let file = self.descriptor(&file)?.to_stream_from()?;
        let stream: DynInputStream = Box::new(Reading { file, offset });
        Ok(self.table.push(stream)?)
    }

    fn write_via_stream(&mut self, file: Descriptor, offset: u64) -> FsResult<Resource<DynOutputStream>> {
        self.writing(&file, At::Offset(offset))
    }

    fn append_via_stream(&mut self, file: Descriptor) -> FsResult<Resource<DynOutputStream>> {
        self.writing(&file, At::End)
    }

    async fn is_same_object(&mut self, one: Descriptor, other: Descriptor) -> wasmtime::Result<bool> {
        Ok(self.open(&one)?.is_same(self.open(&other)?))
    }

    async fn metadata_hash(&mut self, file: Descriptor) -> FsResult<types::MetadataHashValue> {
        Ok(self.descriptor(&file)?.stat()?.node.into())
    }

    async fn metadata_hash_at(
        &mut self,
        folder: Descriptor,
        flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::MetadataHashValue> {
        Ok(self.folder(&folder)?.stat_at(&path, flags.follows())?.node.into())
    }

    fn drop(&mut self, file: Descriptor) -> wasmtime::Result<()> {
        self.close(&file)
    }
}

impl types::HostDirectoryEntryStream for FilesView<'_> {
    async fn read_directory_entry(&mut self, entries: Entries) -> FsResult<Option<types::DirectoryEntry>> {
        let listing = self.table.get_mut(&Resource::<Listing>::new_borrow(entries.rep()))?;
        Ok(listing.next()?.map(|(name, ty)| types::DirectoryEntry { type_: ty.into(), name }))
    }

    fn drop(&mut self, entries: Entries) -> wasmtime::Result<()> {
        self.table.delete(Resource::<Listing>::new_own(entries.rep()))?;
        Ok(())
    }
}

impl FilesView<'_> {
    fn writing(&mut self, file: &Descriptor, at: At) -> FsResult<Resource<DynOutputStream>> {
        let file = self.descriptor(file)?.to_stream_into()?;
        let stream: DynOutputStream = Box::new(Writing { file: Some(file), at });
        Ok(self.table.push(stream)?)
    }
}
