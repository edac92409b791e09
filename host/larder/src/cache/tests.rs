//! Files that a run has written are stored, and can be read when the run is gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::content::{stored_directory, stored_file};
use super::publish::{put_directory, put_file};
use crate::error::Error;
use larder_base::Digest;
use larder_content::{Content, ContentError, Directory, Node, Quota, Spool, Spooled};
use larder_store::{BLOBS, Commit, INLINE_BYTES, Lookup, Store};

struct Cache {
    _folder: tempfile::TempDir,
    store: Store,
    spool: Spool,
}

fn cache() -> Cache {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("cache")).unwrap();
    store.commit(Commit::new()).unwrap();
    let spool = Spool::new(Some(store.blobs().for_drafts().unwrap()), Quota::new(1 << 30));
    Cache { _folder: folder, store, spool }
}

fn written(spool: &Spool, bytes: &[u8]) -> Spooled {
    let mut snapshot = spool.snapshot();
    snapshot.write(bytes).unwrap();
    snapshot.finish().unwrap()
}

fn bytes_of(content: &Content) -> Vec<u8> {
    content.open().unwrap().read(0, usize::MAX).unwrap()
}

/// A single small output fills the file of all small ones, but must not become the blob: when the run is gone, its
/// space in that file is given back and reads as zeros.
#[test]
fn a_file_is_kept_when_the_run_is_gone() {
    for size in [0, 1, INLINE_BYTES as usize, INLINE_BYTES as usize + 1, 100_000, 4 << 20, (4 << 20) + 1] {
        let Cache { _folder, store, spool } = cache();
        let bytes = vec![7; size];
        let Spooled { digest, content } = written(&spool, &bytes);
        store.commit(put_file(&store, &digest, Some(&content), Commit::new()).unwrap()).unwrap();
        drop((content, spool));
        let kept = stored_file(&store, &digest).unwrap();
        assert!(kept.size == size as u64 && bytes_of(&kept) == bytes, "{size}");
    }
}

#[test]
fn a_directory_is_kept_when_the_run_is_gone() {
    let Cache { _folder, store, spool } = cache();
    let file = |byte: u8, size: usize| {
        let Spooled { digest, content } = written(&spool, &vec![byte; size]);
        Node::File { digest, executable: byte == 1, content }
    };
    let inner = BTreeMap::from([("a".into(), file(1, 50_000)), ("b".into(), file(2, 10))]);
    let entries = BTreeMap::from([
        ("sub".into(), Node::Directory(Arc::new(Directory::new(inner)))),
        ("same".into(), file(1, 50_000)),
        ("empty".into(), Node::Directory(Arc::new(Directory::new(BTreeMap::new())))),
        ("link".into(), Node::Link("sub/a".into())),
    ]);
    let directory = Arc::new(Directory::new(entries));
    store.commit(put_directory(&store, Some(&directory), Commit::new()).unwrap()).unwrap();
    let (digest, listing) = (directory.digest, directory.listing());
    drop((directory, spool));
    let kept = stored_directory(&store, &digest).unwrap();
    assert_eq!((kept.digest, kept.listing(), kept.size), (digest, listing, 100_010));
    let Node::Directory(sub) = &kept.entries["sub"] else { panic!("{kept:?}") };
    let Node::File { content, .. } = &sub.entries["a"] else { panic!("{sub:?}") };
    assert!(bytes_of(content) == vec![1; 50_000]);
}

#[test]
fn what_is_not_stored_or_is_no_listing_is_damaged() {
    let Cache { _folder, store, spool } = cache();
    let Spooled { digest, content } = written(&spool, b"no listing");
    let lost = |error| matches!(error, ContentError::Damaged { .. });
    assert!(lost(stored_file(&store, &digest).unwrap_err()));
    store.commit(put_file(&store, &digest, Some(&content), Commit::new()).unwrap()).unwrap();
    assert!(lost(stored_directory(&store, &digest).unwrap_err()));
    // A directory with a missing file.
    let node = Node::File { digest: Digest::of(b"gone"), executable: false, content: Content::of(*b"gone") };
    let directory = Directory::new(BTreeMap::from([("a".into(), node)]));
    let record = store.blobs().publish_bytes(&directory.listing().encode(), &directory.digest).unwrap();
    store.commit(Commit::new().put(&BLOBS, &directory.digest, &record)).unwrap();
    assert!(lost(stored_directory(&store, &directory.digest).unwrap_err()));
}

/// An input that a task returns is read again when it is stored, because it may have changed.
#[test]
fn what_is_copied_is_compared_with_its_digest() {
    for size in [1, INLINE_BYTES as usize + 1, (4 << 20) + 1] {
        let Cache { _folder, store, spool: _ } = cache();
        let (was, content) = (vec![7; size], Content::of(vec![8; size]));
        let digest = Digest::of(&was);
        let refused = put_file(&store, &digest, Some(&content), Commit::new());
        assert!(matches!(refused, Err(Error::Content(ContentError::Damaged { .. }))), "{size}");
        assert!(matches!(store.get(&BLOBS, &digest), Ok(Lookup::Absent)), "{size}");
        let kept = put_file(&store, &Digest::of(&vec![8; size]), Some(&content), Commit::new());
        assert!(kept.is_ok(), "{size}");
    }
}
