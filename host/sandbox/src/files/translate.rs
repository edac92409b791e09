//! Conversions that the two generations of the interface share: the same names, in separate types.

use wasmtime_wasi::p2::FsError;
use wasmtime_wasi::p2::bindings::filesystem::types as p2;
use wasmtime_wasi::p3::bindings::filesystem::types as p3;
use wasmtime_wasi::p3::filesystem::FilesystemError;

use super::error::Error;
use super::node::{NodeId, Type};
use super::open::Mode;
use super::tree::How;

/// The flags beside a path.
pub(super) trait PathFlags {
    /// Returns true if a link at the end of the path is followed.
    fn follows(self) -> bool;
}

macro_rules! generation {
    ($types:ident, $trappable:ty) => {
        impl From<Error> for $types::ErrorCode {
            fn from(error: Error) -> Self {
                match error {
                    Error::BadDescriptor => Self::BadDescriptor,
                    Error::Busy => Self::Busy,
                    Error::Exist => Self::Exist,
                    Error::FileTooLarge => Self::FileTooLarge,
                    Error::Invalid => Self::Invalid,
                    Error::IsDirectory => Self::IsDirectory,
                    Error::Loop => Self::Loop,
                    Error::NameTooLong => Self::NameTooLong,
                    Error::NoEntry => Self::NoEntry,
                    Error::NotDirectory => Self::NotDirectory,
                    Error::NotEmpty => Self::NotEmpty,
                    Error::NotPermitted => Self::NotPermitted,
                    Error::Overflow => Self::Overflow,
                    Error::ReadOnly => Self::ReadOnly,
                    Error::CrossDevice => Self::CrossDevice,
                    Error::Io => Self::Io,
                    Error::Full { .. } => Self::InsufficientSpace,
                    Error::TooMany { .. } => Self::Quota,
                    Error::Memory => Self::InsufficientMemory,
                }
            }
        }

        impl From<Error> for $trappable {
            fn from(error: Error) -> Self {
                $types::ErrorCode::from(error).into()
            }
        }

        impl From<Type> for $types::DescriptorType {
            fn from(ty: Type) -> Self {
                match ty {
                    Type::File => Self::RegularFile,
                    Type::Folder => Self::Directory,
                    Type::Link => Self::SymbolicLink,
                }
            }
        }

        impl From<NodeId> for $types::MetadataHashValue {
            // Libraries treat it as an inode number, so it stays the same when the node changes.
            fn from(NodeId(number): NodeId) -> Self {
                Self { lower: number, upper: 0 }
            }
        }

        impl From<Mode> for $types::DescriptorFlags {
            fn from(mode: Mode) -> Self {
                match mode {
                    Mode::Folder { mutate: true } => Self::READ | Self::MUTATE_DIRECTORY,
                    Mode::Folder { mutate: false } => Self::READ,
                    Mode::File { read, write } => {
                        let mut flags = Self::empty();
                        if read {
                            flags |= Self::READ;
                        }
                        if write {
                            flags |= Self::WRITE;
                        }
                        flags
                    }
                }
            }
        }

        impl PathFlags for $types::PathFlags {
            fn follows(self) -> bool {
                self.contains(Self::SYMLINK_FOLLOW)
            }
        }

        impl From<($types::PathFlags, $types::OpenFlags, $types::DescriptorFlags)> for How {
            // Synchronous writes are granted, since there is nothing to wait for.
            fn from((path, open, flags): ($types::PathFlags, $types::OpenFlags, $types::DescriptorFlags)) -> Self {
                let write = flags.contains($types::DescriptorFlags::WRITE);
                Self {
                    follow: path.follows(),
                    create: open.contains($types::OpenFlags::CREATE),
                    exclusive: open.contains($types::OpenFlags::EXCLUSIVE),
                    truncate: open.contains($types::OpenFlags::TRUNCATE),
                    directory: open.contains($types::OpenFlags::DIRECTORY),
                    // As in wasmtime, a request for neither may read.
                    read: flags.contains($types::DescriptorFlags::READ) || !write,
                    write,
                    mutate: flags.contains($types::DescriptorFlags::MUTATE_DIRECTORY),
                }
            }
        }
    };
}

generation!(p2, FsError);
generation!(p3, FilesystemError);
