//! The open world: real clocks and randomness, and what the operator allows. Nothing in it is the same twice, so its
//! results are never stored.
//!
//! | it asks for | it gets |
//! |---|---|
//! | clocks, to sleep, to poll | those of the machine |
//! | random bytes, secure or not, and the seed | those of the machine, as many at once as in the sealed world |
//! | environment | the variables that are allowed |
//! | arguments, standard input | empty |
//! | preopened directories | those that are allowed, each read-only or read-write; no path or link leads out of one |
//! | the addresses of a name | those that some connection is allowed to, else `access-denied` |
//! | a TCP connection | one to an address and port that is allowed, else `access-denied` |
//! | to wait for TCP connections, a UDP socket | `access-denied` |
//! | an HTTP request | one whose method, host, port and address are allowed, else `HTTP-request-denied` |
//! | standard output and error | collected to a bounded head and tail |
//!
//! Refusals are recorded. Checks apply to what is used: a connection goes to the very address that was checked, and a
//! name is resolved once for each request. The limits of a run hold as in the sealed world; [`network`] has further
//! ones.

mod client;
mod connection;
mod lookup;
mod network;
mod overlap;
mod paths;
mod tcp;

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};
use wasmtime_wasi_http::WasiHttpHooks;

use self::client::Client;
pub(super) use self::lookup::{LookupView, add_lookups};
use self::network::Network;
pub(super) use self::paths::add_bounded_paths;
pub(super) use self::tcp::add_counted_tcp;
use super::RunError;
use super::account::Account;
use super::denials::Recorder;
use super::files::{Given, Shown};
use super::printed::Printed;
use larder_base::Captured;
use larder_content::{Replace, export_directory, export_file};
use larder_types::capability::{Access, Allowed, DirectoryGrant};
use larder_types::limits::Limits;

/// The open world of one run.
pub(super) struct Open {
    wasi: WasiCtx,
    printed: Printed,
    network: Arc<Network>,
    client: Client,
    /// Folder that shows the files and directories given to the task, if it may be given any.
    given: Option<TempDir>,
}

/// Path of that folder in the guest.
const GIVEN: &str = "/files";

impl Open {
    /// Opens the granted directories and network. If `is_given`, the files given to the task are shown in a separate
    /// folder, in the system's folder for temporary files or in `other_place`.
    ///
    /// # Errors
    ///
    /// [`RunError::Directory`] for a directory that cannot be opened, or if every place for the given files is one
    /// that the task could write to; [`RunError::Protected`] for a directory that covers a protected path.
    pub(super) fn new(
        allowed: Allowed,
        limits: &Limits,
        denials: &Recorder,
        account: &Account,
        is_given: bool,
        other_place: Option<&Path>,
    ) -> Result<Self, RunError> {
        let mut wasi = WasiCtx::builder();
        let printed = Printed::of(&mut wasi, limits.captured_bytes, account);
        wasi.max_random_size(limits.random_bytes).envs(&allowed.variables);
        for directory in &allowed.directories {
            overlap::check(&directory.host, &allowed.protected)?;
            open_directory(&mut wasi, directory)?;
        }
        let temporary = std::env::temp_dir();
        let places: Vec<&Path> = [Some(temporary.as_path()), other_place].into_iter().flatten().collect();
        let given = if is_given { Some(given(&mut wasi, &allowed.directories, &places)?) } else { None };
        let network = Arc::new(Network::new(allowed, denials.clone()));
        let sockets = Arc::clone(&network);
        wasi.allow_tcp(true).allow_udp(false).allow_ip_name_lookup(false).socket_addr_check(move |address, purpose| {
            let permitted = sockets.permits(address, purpose);
            Box::pin(std::future::ready(permitted))
        });
        Ok(Self {
            wasi: wasi.build(),
            printed,
            client: Client::new(Arc::clone(&network), account.clone()),
            network,
            given,
        })
    }
}

/// Creates an empty directory that will show the files given to the task, and that is removed after the run. It lies
/// in no directory that the task may write to, so the given files cannot be written by any path.
fn given(wasi: &mut WasiCtxBuilder, directories: &[DirectoryGrant], places: &[&Path]) -> Result<TempDir, RunError> {
    let writable: Vec<_> = directories.iter().filter(|directory| directory.access == Access::ReadWrite).collect();
    let is_private = |place: &Path| !writable.iter().any(|directory| contains(&directory.host, place));
    let Some(place) = places.iter().find(|place| is_private(place)) else {
        let host = places.first().map(|place| (*place).to_owned()).unwrap_or_default();
        let reason = "it lies in a directory that the task may write to".to_owned();
        return Err(RunError::Directory { host, guest: GIVEN.to_owned(), reason });
    };
    let given = tempfile::tempdir_in(place).map_err(|error| RunError::Internal(error.to_string()))?;
    let grant = DirectoryGrant { host: given.path().to_owned(), guest: GIVEN.to_owned(), access: Access::ReadOnly };
    open_directory(wasi, &grant)?;
    Ok(given)
}

/// Returns true if `folder` is `place` or a parent of it, by any path: links and mounts are followed, and folders
/// compared as the system does.
fn contains(folder: &Path, place: &Path) -> bool {
    let identity = |path: &Path| path.metadata().ok().map(|metadata| (metadata.dev(), metadata.ino()));
    let (Some(folder), Ok(place)) = (identity(folder), place.canonicalize()) else { return false };
    place.ancestors().any(|above| identity(above) == Some(folder))
}

fn open_directory(wasi: &mut WasiCtxBuilder, directory: &DirectoryGrant) -> Result<(), RunError> {
    let DirectoryGrant { host, guest, access } = directory;
    let permissions = match access {
        Access::ReadOnly => FsPerms::ReadOnly,
        Access::ReadWrite => FsPerms::ReadWrite,
    };
    match wasi.preopened_dir(host, guest, permissions) {
        Ok(_) => Ok(()),
        Err(error) => {
            let reason = error.root_cause().to_string();
            Err(RunError::Directory { host: host.clone(), guest: guest.clone(), reason })
        }
    }
}

impl Open {
    pub(super) fn wasi(&mut self) -> &mut WasiCtx {
        &mut self.wasi
    }

    pub(super) fn http_hooks(&mut self) -> &mut dyn WasiHttpHooks {
        &mut self.client
    }

    pub(super) fn take_printed(&mut self) -> (Captured, Captured) {
        self.printed.take()
    }

    /// Returns the network, as far as it is allowed.
    pub(super) const fn network(&self) -> &Arc<Network> {
        &self.network
    }

    pub(super) fn show(&self, number: u32, name: Option<&str>, what: &Shown<'_>) -> wasmtime::Result<String> {
        let Some(given) = &self.given else {
            return Err(wasmtime::Error::msg("an open task that is given no files has no place to show one"));
        };
        let number = number.to_string();
        let inside = name.map_or_else(|| number.clone(), |name| format!("{number}/{name}"));
        let path = given.path().join(&inside);
        match what {
            Shown::File(Given { digest, executable: _, content }) => export_file(content, digest, &path, Replace::Any)?,
            Shown::Directory(directory) => drop(export_directory(directory, &path)?),
        }
        Ok(format!("{GIVEN}/{inside}"))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn given_in(places: &[&Path], writable: &[&Path]) -> Result<TempDir, RunError> {
        let grant = |host: &&Path| DirectoryGrant {
            host: (*host).to_owned(),
            guest: "/d".to_owned(),
            access: Access::ReadWrite,
        };
        let grants: Vec<_> = writable.iter().map(grant).collect();
        given(&mut WasiCtx::builder(), &grants, places)
    }

    #[test]
    fn what_is_given_lies_in_no_directory_that_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let [place, other, link] = ["place", "other", "link"].map(|name| folder.path().join(name));
        fs::create_dir(&place).unwrap();
        fs::create_dir(&other).unwrap();
        std::os::unix::fs::symlink(&place, &link).unwrap();

        let lies_in = |writable: &[&Path], place: &Path| {
            assert!(given_in(&[&link, &other], writable).unwrap().path().starts_with(place));
        };
        lies_in(&[], &link);
        lies_in(&[&other], &link);
        lies_in(&[&place], &other);
        lies_in(&[&link], &other);
        for writable in [&[place.as_path(), other.as_path()][..], &[folder.path()], &[Path::new("/")]] {
            let refused = given_in(&[&link, &other], writable).unwrap_err();
            assert!(matches!(&refused, RunError::Directory { guest, .. } if guest == GIVEN), "{refused}");
        }
        // Below a place is not above it.
        let below = place.join("below");
        fs::create_dir(&below).unwrap();
        lies_in(&[&below], &link);
    }
}
