//! From content to a path of the machine: all of it or nothing, and never a link into what is ours.
//!
//! A file is written beside its place under another name, checked against its digest, and moved there, in place of what
//! was there. A directory is written beside its place and moved there whole; where a directory is already, it must be
//! the same one. Where the file system can, bytes are shared with the copy (a reflink) until one of the two changes.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use sha2::{Digest as _, Sha256};

use super::{Content, ContentError, Directory, Found, Node, Reader, scan};
use crate::blob_kind::BlobKind;
use crate::digest::Digest;

/// How much is copied at a time.
const PIECE: usize = 1 << 20;

/// What was left out of a copy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// Symbolic links that would have led out of the directory: whose target they reach is nobody's to say.
    pub links_left_out: Vec<String>,
}

/// Writes a file whose bytes have this digest to `path`, in place of a file that may be there.
///
/// # Errors
///
/// A [`ContentError`]; nothing is there then that was not before.
pub fn export_file(content: &Content, digest: &Digest, path: &Path) -> Result<(), ContentError> {
    if path.is_dir() {
        return Err(ContentError::InTheWay { path: path.to_owned() });
    }
    let folder = folder_of(path);
    let unwritable = |error| ContentError::unwritable(path, error);
    fs::create_dir_all(folder).map_err(unwritable)?;
    let mut draft = named_draft(0o666).tempfile_in(folder).map_err(unwritable)?;
    copy(content, digest, draft.as_file_mut(), path)?;
    draft.as_file().sync_all().map_err(unwritable)?;
    draft.persist(path).map_err(|refused| unwritable(refused.error))?;
    Ok(())
}

/// Writes a directory to `path`, where there must be nothing, an empty directory, or the same directory already.
///
/// # Errors
///
/// A [`ContentError`]; nothing is there then that was not before.
pub fn export_directory(directory: &Directory, path: &Path) -> Result<Exported, ContentError> {
    let mut exported = Exported::default();
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() && is_same(directory, path)? => return Ok(exported),
        // Removed only when it is empty.
        Ok(there) if there.is_dir() && fs::remove_dir(path).is_ok() => {}
        Ok(_) => return Err(ContentError::InTheWay { path: path.to_owned() }),
        Err(_) => {}
    }
    let folder = folder_of(path);
    let unwritable = |error| ContentError::unwritable(path, error);
    fs::create_dir_all(folder).map_err(unwritable)?;
    let draft = named_draft(0o777).tempdir_in(folder).map_err(unwritable)?;
    fill(directory, draft.path(), &mut Vec::new(), &mut exported)?;
    // It fails where something has come into the way meanwhile, unless that is an empty directory.
    fs::rename(draft.path(), path).map_err(unwritable)?;
    drop(draft.keep());
    Ok(exported)
}

fn is_same(directory: &Directory, path: &Path) -> Result<bool, ContentError> {
    let there = scan(&[(BlobKind::Directory, path.to_owned())], &|_, _| None, &AtomicBool::new(false));
    Ok(match there?.found.as_slice() {
        [Found::Directory(found)] => found.digest == directory.digest,
        _ => false,
    })
}

/// Writes all entries of a directory into a folder that is empty and ours. `above` has the names that lead to it.
fn fill<'d>(
    directory: &'d Directory,
    folder: &Path,
    above: &mut Vec<&'d str>,
    exported: &mut Exported,
) -> Result<(), ContentError> {
    for (name, node) in &directory.entries {
        let path = folder.join(&**name);
        let unwritable = |error| ContentError::unwritable(&path, error);
        match node {
            Node::File { digest, executable, content } => {
                let mode = if *executable { 0o777 } else { 0o666 };
                let file = OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(&path);
                copy(content, digest, &mut file.map_err(unwritable)?, &path)?;
            }
            Node::Directory(inner) => {
                fs::create_dir(&path).map_err(unwritable)?;
                above.push(name);
                fill(inner, &path, above, exported)?;
                above.pop();
            }
            Node::Link(target) if leads_out(target, above.len()) => {
                let place: Vec<&str> = above.iter().copied().chain([&**name]).collect();
                exported.links_left_out.push(place.join("/"));
            }
            Node::Link(target) => symlink(&**target, &path).map_err(unwritable)?,
        }
    }
    Ok(())
}

/// Whether a link in a folder so deep inside could lead out of the directory, read letter by letter: a link on the way
/// may itself lead deeper, so `..` is only counted from where it stands.
fn leads_out(target: &str, depth: usize) -> bool {
    if target.starts_with('/') {
        return true;
    }
    let mut here = depth;
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if here == 0 => return true,
            ".." => here -= 1,
            _ => here += 1,
        }
    }
    false
}

/// Copies bytes into an empty file, and checks that they are those of the digest.
fn copy(content: &Content, digest: &Digest, into: &mut File, path: &Path) -> Result<(), ContentError> {
    let unwritable = |error: io::Error| ContentError::unwritable(path, error);
    let reader = content.open()?;
    let is_shared = share(&reader, into);
    let (mut hasher, mut offset) = (Sha256::new(), 0);
    while offset < content.size {
        let piece = reader.read(offset, PIECE)?;
        hasher.update(&piece);
        if !is_shared {
            into.write_all(&piece).map_err(unwritable)?;
        }
        offset += piece.len() as u64;
    }
    reader.is_the_same()?;
    if Digest::from_bytes(hasher.finalize().into()) != *digest {
        return Err(ContentError::Damaged { detail: format!("the bytes of sha256:{digest} are not what they were") });
    }
    Ok(())
}

/// Shares the bytes of a whole file with an empty one, where the file system can.
fn share(reader: &Reader, into: &File) -> bool {
    let is_whole = |file: &File| file.metadata().is_ok_and(|metadata| metadata.len() == reader.size());
    let whole = reader.file().filter(|(file, offset)| *offset == 0 && is_whole(file));
    whole.is_some_and(|(file, _)| rustix::fs::ioctl_ficlone(into, file).is_ok())
}

/// Something beside its place, with the permissions that programs usually ask for; the system takes its mask off them.
fn named_draft(mode: u32) -> tempfile::Builder<'static, 'static> {
    let mut draft = tempfile::Builder::new();
    draft.prefix(".larder-").permissions(Permissions::from_mode(mode));
    draft
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}
