//! Files that a task returns from its folder: copies that stay the same.

use super::super::contents::MAX_SIZE;
use super::super::snapshot::TakeError;
use super::*;
use larder_content::{MAX_DEPTH, Spool};
use larder_types::limits::LimitExceeded;

/// Creates a folder with room for `bytes`, shared with the copies from it, and with one given file and one given
/// directory.
fn shared(bytes: u64) -> (Scratch, Open, Spool, Arc<Quota>) {
    let quota = Quota::new(bytes);
    let setting = Setting {
        files: 1000,
        quota: quota.clone(),
        faults: Faults::default(),
        account: Account::unlimited(),
        is_given: true,
    };
    let (scratch, root) = scratch_of(&setting);
    let program = Node::File { digest: Digest::of(b"#!"), executable: true, content: Content::of(*b"#!") };
    let directory = given_directory([("run", program), ("l", Node::Link("/absolute".into()))]);
    scratch.show(1, None, &Shown::File(&given(b"one"))).unwrap();
    scratch.show(2, None, &Shown::Directory(&directory)).unwrap();
    (scratch, root, Spool::new(None, quota.clone()), quota)
}

fn bytes_of(content: &Content) -> Vec<u8> {
    content.open().unwrap().read(0, usize::MAX).unwrap()
}

#[tokio::test]
async fn a_file_is_taken_as_it_is_and_stays() {
    let (scratch, root, spool, _) = shared(1 << 24);
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    write(&root, "x", &bytes).unwrap();
    root.make_link_at("x", "to-x").unwrap();
    for path in ["/x", "x", "//x", "./x", "/to-x", "files/../x"] {
        let (digest, content) = scratch.take_file(path, &spool).await.unwrap();
        write(&root, "x", b"changed").unwrap();
        assert_eq!((digest, content.size), (Digest::of(&bytes), 3_000_000), "{path}");
        assert!(bytes_of(&content) == bytes, "{path}");
        write(&root, "x", &bytes).unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_taken_is_told() {
    let (scratch, root, spool, quota) = shared(1 << 20);
    root.make_folder_at("f").unwrap();
    write(&root, "x", b"bytes").unwrap();
    for (target, name) in [("circle", "circle"), ("missing", "dangling"), ("../..", "f/up"), ("f", "to-f")] {
        root.make_link_at(target, name).unwrap();
    }
    let used = quota.used();
    for (path, expected) in [
        ("missing", TakeError::NoEntry),
        ("dangling", TakeError::NoEntry),
        ("x/", TakeError::NotDirectory),
        ("x/y", TakeError::NotDirectory),
        ("f", TakeError::IsDirectory),
        ("to-f", TakeError::IsDirectory),
        ("", TakeError::IsDirectory),
        ("/", TakeError::IsDirectory),
        ("circle", TakeError::Loop),
        ("..", TakeError::NotPermitted),
        ("/../etc/passwd", TakeError::NotPermitted),
        ("f/up/x", TakeError::NotPermitted),
        ("files/2/l", TakeError::NotPermitted),
        ("a\0b", TakeError::NoEntry),
        (&"x".repeat(256), TakeError::TooLarge),
    ] {
        assert_eq!(scratch.take_file(path, &spool).await.err(), Some(expected), "{path}");
    }
    for (path, expected) in [
        ("x", TakeError::NotDirectory),
        ("files/1", TakeError::NotDirectory),
        ("missing", TakeError::NoEntry),
        ("..", TakeError::NotPermitted),
        ("circle", TakeError::Loop),
    ] {
        assert_eq!(scratch.take_directory(path, &spool).await.err(), Some(expected), "{path}");
    }
    assert_eq!((quota.used(), scratch.used().refused), (used, None));
}

#[tokio::test]
async fn a_directory_is_taken_with_all_that_is_in_it() {
    let (scratch, root, spool, _) = shared(1 << 20);
    for name in ["d", "d/empty", "d/sub"] {
        root.make_folder_at(name).unwrap();
    }
    write(&root, "d/a", b"bytes").unwrap();
    root.add_name_at("d/a", &root, "d/sub/same").unwrap();
    write(&root, "d/sub/b", b"").unwrap();
    for (target, name) in [("a", "d/to-a"), ("../..", "d/sub/up"), ("circle", "d/circle"), ("../files/1", "d/one")] {
        root.make_link_at(target, name).unwrap();
    }
    // A link can name a given file, but the file can never be in two folders.
    assert_eq!(root.add_name_at("files/1", &root, "d/one-too"), Err(Error::CrossDevice));
    let expected = given_directory([
        ("a", given_file(b"bytes")),
        ("circle", Node::Link("circle".into())),
        ("empty", given_folder([])),
        ("one", Node::Link("../files/1".into())),
        (
            "sub",
            given_folder([("b", given_file(b"")), ("same", given_file(b"bytes")), ("up", Node::Link("../..".into()))]),
        ),
        ("to-a", Node::Link("a".into())),
    ]);
    let taken = scratch.take_directory("/d", &spool).await.unwrap();
    assert_eq!((taken.listing(), taken.digest, taken.size), (expected.listing(), expected.digest, 10));
    for name in ["d/a", "d/sub/b"] {
        write(&root, name, b"changed").unwrap();
    }
    root.remove_file_at("d/to-a").unwrap();
    let Node::File { content, .. } = &taken.entries["a"] else { panic!("{taken:?}") };
    assert_eq!(bytes_of(content), b"bytes");
}

#[tokio::test]
async fn the_root_is_taken_without_what_was_given() {
    let (scratch, root, spool, quota) = shared(1 << 20);
    assert_eq!(scratch.take_directory("/", &spool).await.unwrap().digest, given_directory([]).digest);
    write(&root, "x", b"bytes").unwrap();
    // Only the place of given files is left out, not a folder of the same name elsewhere.
    root.make_folder_at("f").unwrap();
    root.make_folder_at("f/files").unwrap();
    let expected = given_directory([("f", given_folder([("files", given_folder([]))])), ("x", given_file(b"bytes"))]);
    for path in ["/", "", ".", "f/..", "//"] {
        assert_eq!(scratch.take_directory(path, &spool).await.unwrap().digest, expected.digest, "{path}");
    }
    assert_eq!(quota.used(), 4096, "of what was dropped nothing is left");
}

#[tokio::test]
async fn what_was_given_is_taken_without_a_copy() {
    let (scratch, _, spool, quota) = shared(0);
    let (digest, content) = scratch.take_file("/files/1", &spool).await.unwrap();
    assert_eq!((digest, bytes_of(&content)), (Digest::of(b"one"), b"one".to_vec()));
    let taken = scratch.take_directory("files/2", &spool).await.unwrap();
    let Node::File { executable: true, .. } = &taken.entries["run"] else { panic!("{taken:?}") };
    let Node::Link(target) = &taken.entries["l"] else { panic!("{taken:?}") };
    assert_eq!((&**target, quota.peak()), ("/absolute", 0));
}

#[tokio::test]
async fn a_sparse_file_that_is_too_large_is_refused_before_anything_is_written() {
    let (scratch, root, spool, quota) = shared(1 << 20);
    let file = root.open_at("x", CREATE).unwrap();
    file.set_size(MAX_SIZE).unwrap();
    assert_eq!(scratch.take_file("x", &spool).await.err(), Some(TakeError::NoRoom));
    assert_eq!((quota.used(), quota.peak()), (0, 0));
    let refused = LimitExceeded::Scratch { limit: 1 << 20, asked: MAX_SIZE };
    assert_eq!(scratch.used().refused, Some(refused), "the run counts as one that exceeded a limit");
    // A hole is written as zeros if there is room.
    file.set_size(300_000).unwrap();
    file.write(At::Offset(299_999), b"x").unwrap();
    let (_, content) = scratch.take_file("x", &spool).await.unwrap();
    assert!(bytes_of(&content)[..299_999].iter().all(|byte| *byte == 0) && content.size == 300_000);
}

#[tokio::test]
async fn a_copy_takes_of_the_same_room_as_the_folder() {
    let (scratch, root, spool, quota) = shared(3 * 4096);
    write(&root, "x", &[1; 8192]).unwrap();
    assert_eq!(scratch.take_file("x", &spool).await.err(), Some(TakeError::NoRoom));
    write(&root, "x", &[1; 4096]).unwrap();
    root.make_folder_at("d").unwrap();
    write(&root, "d/y", &[2; 4096]).unwrap();
    // The first of the two files fits, and its room is given back with the failure.
    assert_eq!(scratch.take_directory("/", &spool).await.err(), Some(TakeError::NoRoom));
    assert_eq!(quota.used(), 2 * 4096);
    let taken = scratch.take_file("x", &spool).await.unwrap();
    assert_eq!(write(&root, "z", b"z"), Err(Error::Full { limit: 3 * 4096, asked: 4 * 4096 }));
    drop(taken);
    write(&root, "z", b"z").unwrap();
}

/// The directory also has files, which are open by then: giving up must not deadlock.
#[tokio::test]
async fn what_is_nested_too_deep_is_refused() {
    let (scratch, root, spool, _) = shared(1 << 24);
    write(&root, "a", b"before").unwrap();
    let mut at = root.again().unwrap();
    for _ in 0..MAX_DEPTH {
        at.make_folder_at("d").unwrap();
        at = at.open_at("d", READ).unwrap();
        write(&at, "a", b"inside").unwrap();
    }
    scratch.take_directory("/", &spool).await.unwrap();
    at.make_folder_at("d").unwrap();
    assert_eq!(scratch.take_directory("/", &spool).await.err(), Some(TakeError::TooLarge));
    scratch.take_directory("/d", &spool).await.unwrap();
    // All are closed again: a removed file is gone.
    root.remove_file_at("a").unwrap();
    write(&root, "a", b"again").unwrap();
}

/// The tree is read at once: a file removed meanwhile is still in the copy.
#[tokio::test]
async fn a_file_that_is_removed_while_it_is_copied_is_copied() {
    let (scratch, root, spool, _) = shared(1 << 24);
    root.make_folder_at("d").unwrap();
    write(&root, "d/a", &[1; 3 << 20]).unwrap();
    write(&root, "d/b", b"bytes").unwrap();
    let taking = scratch.take_directory("d", &spool);
    let removing = async {
        tokio::task::yield_now().await;
        root.remove_file_at("d/b").unwrap();
        root.rename_at("d", &root, "e").unwrap();
    };
    let (taken, ()) = tokio::join!(taking, removing);
    let taken = taken.unwrap();
    assert_eq!(taken.digest, given_directory([("a", given_file(&[1; 3 << 20])), ("b", given_file(b"bytes"))]).digest);
}
