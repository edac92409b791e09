//! Tests of content in every location, whole and damaged; and of what must never be read, kept or left behind.

mod bytes;
mod export;
mod links;
mod listing;
mod permissions;
mod scan;
mod spool;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tempfile::TempDir;

use super::*;
use larder_base::BlobKind;
use larder_base::Digest;

/// Returns the bytes of intact content.
fn bytes_of(content: &Content) -> Vec<u8> {
    content.open().unwrap().read(0, usize::MAX).unwrap()
}

fn file(bytes: &[u8]) -> Node {
    Node::File { digest: Digest::of(bytes), executable: false, content: Content::of(bytes) }
}

fn program(bytes: &[u8]) -> Node {
    Node::File { digest: Digest::of(bytes), executable: true, content: Content::of(bytes) }
}

fn link(target: &str) -> Node {
    Node::Link(target.into())
}

fn folder(entries: impl IntoIterator<Item = (&'static str, Node)>) -> Node {
    Node::Directory(Arc::new(directory(entries)))
}

fn directory(entries: impl IntoIterator<Item = (&'static str, Node)>) -> Directory {
    Directory::new(entries.into_iter().map(|(name, node)| (name.into(), node)).collect())
}

/// Creates a folder of this name in a temporary one.
fn made(within: &TempDir, name: &str) -> PathBuf {
    let path = within.path().join(name);
    fs::create_dir(&path).unwrap();
    path
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Scans one path, with nothing remembered.
fn look(kind: BlobKind, path: &Path) -> Result<Found, ContentError> {
    let scanned = scan(&[(kind, path.to_owned())], &|_, _| None, &AtomicBool::new(false))?;
    Ok(scanned.found.into_iter().next().unwrap())
}

fn look_at_directory(path: &Path) -> Result<Arc<Directory>, ContentError> {
    match look(BlobKind::Directory, path)? {
        Found::Directory(directory) => Ok(directory),
        Found::File { .. } => panic!("{} is a file", path.display()),
    }
}

fn look_at_file(path: &Path) -> Result<(Digest, Content), ContentError> {
    match look(BlobKind::File, path)? {
        Found::File { digest, content } => Ok((digest, content)),
        Found::Directory(_) => panic!("{} is a directory", path.display()),
    }
}

#[test]
fn a_name_is_one_part_of_a_path_that_a_terminal_can_show() {
    for name in ["a", "...", ".hidden", "é", "a b", "a\\b", "-", &"x".repeat(255)] {
        assert!(is_name(name), "{name:?}");
    }
    for name in ["", ".", "..", "/", "a/b", "/a", "a/", "a\nb", "a\0", "\u{1b}[2J", "\u{85}", &"x".repeat(256)] {
        assert!(!is_name(name), "{name:?}");
    }
    assert!(!is_name(&"é".repeat(128)), "bytes are counted");
}
