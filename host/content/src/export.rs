//! Export of content to a path of the machine: all of it or nothing, and never a link into files of ours.
//!
//! A file is written next to its path under another name, checked against its digest, and moved there, replacing the
//! file that was there; anything but a file is written in place (see `destination`). A directory is written next to its
//! path and moved there whole; an existing directory must be the same one. If the file system can, bytes are shared
//! with the copy (a reflink) until one of the two changes.
//!
//! Every command that writes a file to a path which a user named uses [`export_file`].

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use sha2::{Digest as _, Sha256};

use super::destination::{Above, Destination, Draft, Replace, folder_of, named_draft, open_in_place};
use super::links::without_those_that_lead_out;
use super::{Content, ContentError, Directory, Found, Node, Reader, scan};
use larder_base::BlobKind;
use larder_base::Digest;

/// Number of bytes copied at a time.
const PIECE: usize = 1 << 20;

/// The parts that a copy leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// Symbolic links that would lead out of the directory: nobody can say whose files they reach.
    pub links_left_out: Vec<String>,
}

/// Writes a file whose bytes have this digest to `path`: as a new file, in place of a file that `replace` allows,
/// through a link, or into a pipe or a device.
///
/// # Errors
///
/// A [`ContentError`]; it leaves nothing new at the path, unless a pipe or a device failed on the way.
pub fn export_file(content: &Content, digest: &Digest, path: &Path, replace: Replace<'_>) -> Result<(), ContentError> {
    let unwritable = |error| ContentError::unwritable(path, error);
    let destination = Destination::of(path)?;
    destination.permit(replace, digest, path)?;
    match destination {
        Destination::Named { path: end, there, is_linked: _ } => {
            let mut draft = Draft::new(end, there.as_ref()).map_err(unwritable)?;
            copy_content(content, digest, draft.file(), path)?;
            draft.keep().map_err(unwritable)
        }
        Destination::InPlace { path: end, appends } => {
            let mut file = open_in_place(&end, appends).map_err(unwritable)?;
            stream_file(content, digest, &mut file, path)
        }
    }
}

/// Writes a file whose bytes have this digest into a stream. A stream cannot take bytes back, so they are compared
/// before the first is written. A reader that goes away is not an error. `path` is for errors.
///
/// # Errors
///
/// A [`ContentError`].
pub fn stream_file(content: &Content, digest: &Digest, into: &mut dyn Write, path: &Path) -> Result<(), ContentError> {
    let reader = content.open()?;
    read_through(&reader, digest, |_| Ok(()))?;
    let mut is_closed = false;
    read_through(&reader, digest, |piece| {
        if is_closed {
            return Ok(());
        }
        match into.write_all(piece).and_then(|()| into.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => is_closed = true,
            written => written.map_err(|error| ContentError::unwritable(path, error))?,
        }
        Ok(())
    })
}

/// Writes a directory to `path`, where there must be nothing, an empty directory, or the same directory.
///
/// # Errors
///
/// A [`ContentError`]; it leaves nothing new at the path.
pub fn export_directory(directory: &Directory, path: &Path) -> Result<Exported, ContentError> {
    let mut exported = Exported::default();
    let kept = without_those_that_lead_out(directory, &mut exported.links_left_out);
    let directory = kept.as_ref().unwrap_or(directory);
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() && is_same(directory, path) => return Ok(exported),
        Ok(there) if there.is_dir() && is_empty(path) => {}
        Ok(_) => return Err(ContentError::InTheWay { path: path.to_owned() }),
        Err(_) => {}
    }
    let unwritable = |error| ContentError::unwritable(path, error);
    let above = Above::of(path).map_err(unwritable)?;
    let draft = named_draft(0o777).tempdir_in(folder_of(path)).map_err(unwritable)?;
    fill(directory, draft.path())?;
    // Replaces nothing or an empty directory; it fails if something else has appeared there meanwhile.
    fs::rename(draft.path(), path).map_err(unwritable)?;
    drop(draft.keep());
    above.keep();
    Ok(exported)
}

/// Returns true if the same directory exists. A directory with contents that ours cannot have is a different one.
fn is_same(directory: &Directory, path: &Path) -> bool {
    let there = scan(&[(BlobKind::Directory, path.to_owned())], &|_, _| None, &AtomicBool::new(false));
    there.is_ok_and(|there| match there.found.as_slice() {
        [Found::Directory(found)] => found.digest == directory.digest,
        _ => false,
    })
}

fn is_empty(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// Writes all entries of a directory into an empty folder of ours.
fn fill(directory: &Directory, folder: &Path) -> Result<(), ContentError> {
    for (name, node) in &directory.entries {
        let path = folder.join(&**name);
        let unwritable = |error| ContentError::unwritable(&path, error);
        match node {
            Node::File { digest, executable, content } => {
                let mode = if *executable { 0o777 } else { 0o666 };
                let file = OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(&path);
                copy_content(content, digest, &mut file.map_err(unwritable)?, &path)?;
            }
            Node::Directory(inner) => {
                fs::create_dir(&path).map_err(unwritable)?;
                fill(inner, &path)?;
            }
            Node::Link(target) => symlink(&**target, &path).map_err(unwritable)?,
        }
    }
    Ok(())
}

/// Copies bytes into an empty file, and checks that they have the digest; `path` is for errors.
pub fn copy_content(content: &Content, digest: &Digest, into: &mut File, path: &Path) -> Result<(), ContentError> {
    let reader = content.open()?;
    let is_shared = share(&reader, into);
    read_through(&reader, digest, |piece| {
        if is_shared {
            return Ok(());
        }
        into.write_all(piece).map_err(|error: io::Error| ContentError::unwritable(path, error))
    })
}

/// Passes all bytes to `take`, piece by piece, and checks that they have the digest.
fn read_through(
    reader: &Reader,
    digest: &Digest,
    mut take: impl FnMut(&[u8]) -> Result<(), ContentError>,
) -> Result<(), ContentError> {
    let (mut hasher, mut offset) = (Sha256::new(), 0);
    while offset < reader.size() {
        let piece = reader.read(offset, PIECE)?;
        hasher.update(&piece);
        take(&piece)?;
        offset += piece.len() as u64;
    }
    reader.is_the_same()?;
    if Digest::from_bytes(hasher.finalize().into()) != *digest {
        return Err(ContentError::Damaged { detail: format!("the bytes of sha256:{digest} are not what they were") });
    }
    Ok(())
}

/// Shares the bytes of a whole file with an empty one, if the file system can.
fn share(reader: &Reader, into: &File) -> bool {
    let is_whole = |file: &File| file.metadata().is_ok_and(|metadata| metadata.len() == reader.size());
    let whole = reader.file().filter(|(file, offset)| *offset == 0 && is_whole(file));
    whole.is_some_and(|(file, _)| rustix::fs::ioctl_ficlone(into, file).is_ok())
}
