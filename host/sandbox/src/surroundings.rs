//! The world of a run, either of the two, behind one type.
//!
//! The engine's generic code is compiled once for each type of state, so both worlds share one. The type of a linker
//! keeps them apart: see [`crate::link`].

use std::sync::Arc;

use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::WasiHttpHooks;

use super::files::{Shown, TakeError, Used};
use super::open::Open;
use super::sealed::Sealed;
use larder_base::{Captured, Digest};
use larder_content::{Content, Directory, Spool};

/// The surroundings of a run: the part that differs between the worlds.
#[expect(clippy::large_enum_variant, reason = "most runs are sealed, and an allocation for each would cost more")]
pub(super) enum Surroundings {
    Sealed(Sealed),
    Open(Box<Open>),
}

impl From<Sealed> for Surroundings {
    fn from(sealed: Sealed) -> Self {
        Self::Sealed(sealed)
    }
}

impl From<Open> for Surroundings {
    fn from(open: Open) -> Self {
        Self::Open(Box::new(open))
    }
}

impl Surroundings {
    /// Returns the sealed world, for a function that is linked in that world alone.
    pub(super) fn sealed(&mut self) -> &mut Sealed {
        match self {
            Self::Sealed(sealed) => sealed,
            Self::Open(_) => unreachable!("a function of the sealed world is called in the open one"),
        }
    }

    /// Returns the open world, for a function that is linked in that world alone.
    pub(super) fn open(&self) -> &Open {
        match self {
            Self::Open(open) => open,
            Self::Sealed(_) => unreachable!("a function of the open world is called in the sealed one"),
        }
    }

    /// Returns the number of bytes that a stream of WASI 0.2 may hold in the host.
    pub(super) const fn stream_bytes(&self) -> u64 {
        match self {
            // No stream here has a buffer: each operation completes at once.
            Self::Sealed(_) => 0,
            // The piece of a file or of a connection that is being written.
            Self::Open(_) => 1 << 20,
        }
    }

    /// Returns true if content is shown as a copy on the disk.
    pub(super) const fn copies_what_it_shows(&self) -> bool {
        matches!(self, Self::Open(_))
    }

    /// Returns the context of the interfaces that both worlds have.
    pub(super) fn wasi(&mut self) -> &mut WasiCtx {
        match self {
            Self::Sealed(sealed) => sealed.wasi(),
            Self::Open(open) => open.wasi(),
        }
    }

    /// Returns the receiver of HTTP requests.
    pub(super) fn http_hooks(&mut self) -> &mut dyn WasiHttpHooks {
        match self {
            Self::Sealed(sealed) => sealed.http_hooks(),
            Self::Open(open) => open.http_hooks(),
        }
    }

    /// Takes the guest's standard output and standard error.
    pub(super) fn take_printed(&mut self) -> (Captured, Captured) {
        match self {
            Self::Sealed(sealed) => sealed.take_printed(),
            Self::Open(open) => open.take_printed(),
        }
    }

    /// Shows content that the task holds as number `number`, and under a name if names count; returns its path.
    pub(super) fn show(&mut self, number: u32, name: Option<&str>, what: &Shown<'_>) -> wasmtime::Result<String> {
        match self {
            Self::Sealed(sealed) => sealed.show(number, name, what),
            Self::Open(open) => open.show(number, name, what),
        }
    }

    /// Copies a file that the task has written.
    pub(super) async fn take_file(&mut self, path: &str, spool: &Spool) -> Result<(Digest, Content), TakeError> {
        match self {
            Self::Sealed(sealed) => sealed.take_file(path, spool).await,
            // The open world has no scratch folder: granted directories belong to the operator, and stay.
            Self::Open(_) => Err(TakeError::NotPermitted),
        }
    }

    /// Copies a directory that the task has made.
    pub(super) async fn take_directory(&mut self, path: &str, spool: &Spool) -> Result<Arc<Directory>, TakeError> {
        match self {
            Self::Sealed(sealed) => sealed.take_directory(path, spool).await,
            Self::Open(_) => Err(TakeError::NotPermitted),
        }
    }

    /// Returns the use of the scratch folder, if the world has one.
    pub(super) fn scratch_used(&self) -> Used {
        match self {
            Self::Sealed(sealed) => sealed.scratch_used(),
            Self::Open(_) => Used::default(),
        }
    }
}
